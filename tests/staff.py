"""The people of the tests: one of each role."""

from __future__ import annotations

from ripeline.server.staff import users
from ripeline.server.staff.users import ApiKey, Role, Scope, User, WithSecret


def member(name: str, role: Role, *, is_active: bool = True) -> User:
    """A user of a role, without a password."""
    return User.objects.create(username=name, role=role, is_active=is_active)


def key_of(user: User, name: str = "crm", *, now: int, scope: Scope = Scope.READ) -> tuple[ApiKey, str]:
    """A new key of a user, and its secret."""
    made = users.add_key(user, name, now=now, scope=scope)
    assert isinstance(made, WithSecret)
    assert isinstance(made.row, ApiKey)
    return made.row, made.secret


def mara() -> User:
    """Mara of marketing."""
    return member("mara", Role.MARKETING)


def simon() -> User:
    """Simon of sales."""
    return member("simon", Role.SALES)


def anna() -> User:
    """Anna, who administers."""
    return member("anna", Role.ADMIN)
