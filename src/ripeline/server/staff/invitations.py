"""How people come in and back in: a link that opens once, for a while, and of which only a digest is kept."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from ripeline.server.delivery.endpoints import is_mailbox
from ripeline.server.digests import digest_of
from ripeline.server.instants import DAY, HOUR, InstantField
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.staff import logins, users
from ripeline.server.staff.users import Action, Role, User, WithSecret, may

INVITED_FOR, RESET_FOR = 7 * DAY, HOUR
MOST_RESETS = 3
"""So many links to reset a password a user is sent within an hour."""
_BYTES = 32
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class LinkKind(models.TextChoices):
    """What a link opens."""

    INVITED = "invited", _("Invitation")
    PASSWORD = "password", _("New password")


class Link(models.Model):
    """A link that lets its user choose a password, once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="links")
    kind = models.CharField(max_length=8, choices=LinkKind.choices)
    digest = models.CharField(max_length=64, unique=True)
    created_at = InstantField()
    ends_at = InstantField()
    used_at = InstantField(null=True)  # used, or replaced by another one


@dataclass(frozen=True, slots=True)
class WithToken:
    """A user, and the token of the link, which is told this once."""

    user: User
    token: str


def invite(
    email: str, role: Role, *, language: str = "", is_manager: bool = False, by: User | None = None, now: int
) -> WithToken | Refused:
    """A new user without a password, called by the e-mail, and a link to choose one; refused to all but admins."""
    if by is not None and not may(by, Action.MANAGE_USERS):
        return Refused(Refusal.NOT_ALLOWED)
    if not is_mailbox(email):
        return Refused(Refusal.NOT_AN_ADDRESS)
    with transaction.atomic():
        if User.objects.filter(models.Q(username__iexact=email) | models.Q(email__iexact=email)).exists():
            return Refused(Refusal.NAME_TAKEN)
        user = User(username=email, email=email, role=role, language=language, is_manager=is_manager)
        if not users.is_name(user):
            return Refused(Refusal.BAD_NAME)
        user.set_unusable_password()
        user.save()
        return WithToken(user, _link(user, LinkKind.INVITED, now))


def invite_again(user: User, *, by: User | None = None, now: int) -> WithToken | Refused:
    """Another link for somebody who has not come in yet; the one before opens nothing any more."""
    if by is not None and not may(by, Action.MANAGE_USERS):
        return Refused(Refusal.NOT_ALLOWED)
    if user.has_usable_password() or not user.is_active:
        return Refused(Refusal.CLOSED_ALREADY)
    with transaction.atomic():
        return WithToken(user, _link(user, LinkKind.INVITED, now))


def ask_reset(email: str, address: str, *, now: int) -> list[WithToken]:
    """The links to be mailed to whoever has this e-mail; none for an unknown one, or while the asker has to wait.

    Nobody but the mailbox may learn which of these it is. Each ask counts like a bad login of the e-mail.
    """
    name = f"reset {email}"
    has_to_wait = logins.has_to_wait(name, address, now=now)
    logins.count_bad(name, address, now=now)
    found: list[WithToken] = []
    with transaction.atomic():
        for user in User.objects.select_for_update().filter(email__iexact=email, is_active=True).order_by("pk"):
            sent = user.links.filter(kind=LinkKind.PASSWORD, created_at__gt=now - HOUR).count()
            if email and not has_to_wait and user.has_usable_password() and sent < MOST_RESETS:
                found.append(WithToken(user, _link(user, LinkKind.PASSWORD, now)))
    return found


def user_of(token: str, kind: LinkKind, *, now: int) -> User | None:
    """Whose link this is; None for one that was used, that is too old, or that nobody was given."""
    link = _open(token, kind, now).select_related("user").first()
    return link.user if link else None


def choose_password(token: str, kind: LinkKind, password: str, *, now: int) -> User | Refused:
    """Use a link: the password is what it says from now on, and all sessions end. A weak one leaves the link open."""
    link = _open(token, kind, now).select_related("user").first()
    if link is None:
        return Refused(Refusal.NO_SUCH_LINK)
    with transaction.atomic():
        if not _open(token, kind, now).update(used_at=now):
            return Refused(Refusal.NO_SUCH_LINK)
        done = users.set_password(link.user, password)
        if not isinstance(done, WithSecret):
            transaction.set_rollback(True)
            return done
        link.user.links.filter(used_at=None).update(used_at=now)
    return link.user


def _link(user: User, kind: LinkKind, now: int) -> str:
    """A new link in place of those before it, in the caller's transaction; its token."""
    token = secrets.token_urlsafe(_BYTES)
    user.links.filter(kind=kind, used_at=None).update(used_at=now)
    ends_at = now + (INVITED_FOR if kind == LinkKind.INVITED else RESET_FOR)
    Link.objects.create(user=user, kind=kind, digest=digest_of(token), created_at=now, ends_at=ends_at)
    return token


def _open(token: str, kind: LinkKind, now: int) -> models.QuerySet[Link]:
    digest = digest_of(token) if _TOKEN.fullmatch(token) else ""
    return Link.objects.filter(digest=digest, kind=kind, used_at=None, ends_at__gt=now, user__is_active=True)
