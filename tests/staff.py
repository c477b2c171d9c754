"""The people of the tests: one of each role."""

from __future__ import annotations

from ripeline.server.users import Role, User


def member(name: str, role: Role, *, is_active: bool = True) -> User:
    """A user of a role, without a password."""
    return User.objects.create(username=name, role=role, is_active=is_active)


def mara() -> User:
    """Mara of marketing."""
    return member("mara", Role.MARKETING)


def simon() -> User:
    """Simon of sales."""
    return member("simon", Role.SALES)


def anna() -> User:
    """Anna, who administers."""
    return member("anna", Role.ADMIN)
