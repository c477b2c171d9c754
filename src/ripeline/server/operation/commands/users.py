"""The commands about users: who may come in, and with which keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripeline.server.operation.commands.answers import Declined, command, done
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sales import leaving
from ripeline.server.staff import invitations, letters, users
from ripeline.server.staff.invitations import LinkKind
from ripeline.server.staff.users import ApiKey, Role, Scope, User

if TYPE_CHECKING:
    from ripeline.server.operation.commands.answers import Answer
    from ripeline.server.staff.invitations import WithToken


_PATIENCE = 10
"""So many seconds a command waits for the mail server."""


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
            "email": user.email,
            "is_manager": user.is_manager,
            "capacity": user.capacity,
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
def user_role(*, now: int, name: str, role: str, successor: str | None = None) -> Answer:
    """Another role for a user, and what the user had in the one before is somebody else's."""
    heir = user_of(successor) if successor else None
    changed = leaving.change_role(user_of(name), Role(role), successor=heir, now=now)
    return {"name": name, "role": done(changed, name).role}


@command
def user_disable(*, now: int, name: str, successor: str | None = None) -> Answer:
    """The user is out, with all sessions and keys, and what the user was responsible for is somebody else's."""
    heir = user_of(successor) if successor else None
    return {"name": name, "is_active": done(leaving.deactivate(user_of(name), successor=heir, now=now), name).is_active}


@command
def user_invite(*, now: int, email: str, role: str, language: str = "", manager: bool = False) -> Answer:
    """A new user, with the link by which a password is chosen; mailed, too, if a mail server is named."""
    made = invitations.invite(email, Role(role), language=language, is_manager=manager, now=now)
    return _link(done(made, email))


@command
def user_invite_again(*, now: int, name: str) -> Answer:
    """Another link for somebody who has not come in yet."""
    return _link(done(invitations.invite_again(user_of(name), now=now), name))


@command
def user_change(
    *,
    now: int,
    name: str,
    email: str | None = None,
    manager: bool | None = None,
    capacity: int | None = None,
    calendar: str | None = None,
) -> Answer:
    """How a user is reached and works, as far as told; a capacity below nothing is none, an empty calendar, too."""
    user = user_of(name)
    if email is not None:
        done(users.set_email(user, email), name)
    if manager is not None:
        done(users.set_manager(user, manager), name)
    if capacity is not None:
        users.set_capacity(user, capacity if capacity >= 0 else None)
    if calendar is not None:
        done(users.set_calendar(user, calendar), name)
    return {"name": name, **{key: getattr(user, key) for key in ("email", "is_manager", "capacity", "calendar")}}


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


def _link(made: WithToken) -> Answer:
    letter = letters.post(made, LinkKind.INVITED)
    if letter is not None:
        letter.join(_PATIENCE)  # without a server that runs, the process ends with the command
    link = letters.address_of(made, LinkKind.INVITED)
    return {"name": made.user.username, "link": link, "is_mailed": letter is not None}


def user_of(name: str) -> User:
    """The user of that name; raises Declined if there is none."""
    return done(User.objects.filter(username=name).first() or Refused(Refusal.NO_SUCH_USER), name)
