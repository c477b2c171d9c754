"""The commands about users: who may come in, and with which keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripeline.server import users
from ripeline.server.operation.commands.answers import Declined, command, done
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.users import ApiKey, Role, Scope, User

if TYPE_CHECKING:
    from ripeline.server.operation.commands.answers import Answer


@command
def user_add(*, now: int, name: str, role: str, password: str | None = None, language: str = "") -> Answer:
    """A new user, with the password if it was made up."""
    made = done(users.add(name, Role(role), password=password, language=language), name)
    return {"name": name, "password": None if password else made.secret}


@command
def user_list(*, now: int) -> Answer:
    """All users with their roles and keys, without any secret."""
    rows = User.objects.prefetch_related("api_keys").order_by("username")
    told = [
        {
            "name": user.username,
            "role": user.role,
            "language": user.language or None,
            "is_active": user.is_active,
            "keys": [key.name for key in user.api_keys.all() if key.revoked_at is None],
        }
        for user in rows
    ]
    return {"users": told}


@command
def user_password(*, now: int, name: str, password: str | None = None) -> Answer:
    """A new password for a user, told if it was made up."""
    made = done(users.set_password(user_of(name), password), name)
    return {"name": name, "password": None if password else made.secret}


@command
def user_role(*, now: int, name: str, role: str) -> Answer:
    """Another role for a user."""
    return {"name": name, "role": done(users.set_role(user_of(name), Role(role)), name).role}


@command
def user_disable(*, now: int, name: str) -> Answer:
    """The user is out, with all sessions and keys."""
    return {"name": name, "is_active": done(users.disable(user_of(name), now=now), name).is_active}


@command
def user_enable(*, now: int, name: str) -> Answer:
    """The user may come in again."""
    return {"name": name, "is_active": users.enable(user_of(name)).is_active}


@command
def user_key(*, now: int, name: str, key: str, scope: str = Scope.READ) -> Answer:
    """A new key for a program that acts for the user."""
    made = done(users.add_key(user_of(name), key, scope=Scope(scope), now=now), key)
    return {"name": name, "key": made.secret}


@command
def user_revoke(*, now: int, name: str, key: str) -> Answer:
    """The user's keys of that name open nothing any more."""
    keys = ApiKey.objects.filter(user=user_of(name), name=key, revoked_at=None)
    revoked = [users.revoke(each, now=now) for each in keys]
    if not revoked:
        raise Declined(Refusal.NO_SUCH_KEY, which=key)
    return {"name": name, "revoked": len(revoked)}


def user_of(name: str) -> User:
    """The user of that name; raises Declined if there is none."""
    return done(User.objects.filter(username=name).first() or Refused(Refusal.NO_SUCH_USER), name)
