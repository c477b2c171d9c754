"""Staff: users with one role each, what a role may do, and the keys by which programs act for them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from ripeline.integrations import claims
from ripeline.server.digests import digest_of
from ripeline.server.instants import InstantField
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.staff import calendars

_KEY_BYTES = 32
_PASSWORD_BYTES = 15


class Role(models.TextChoices):
    """What a user may do."""

    MARKETING = "marketing", _("Marketing")
    SALES = "sales", _("Sales")
    ADMIN = "admin", _("Administrator")
    READ_ONLY = "read_only", _("Read only")


class Action(StrEnum):
    """What is asked for in the name of a user."""

    READ = "read"
    READ_ALL = "read_all"
    PROPOSE = "propose"
    SIGN_MARKETING = "sign_marketing"
    SIGN_SALES = "sign_sales"
    PUBLISH = "publish"
    EDIT_CONTENT = "edit_content"
    MANAGE_CAMPAIGNS = "manage_campaigns"
    WRITE_TO_LEADS = "write_to_leads"
    SETTLE_REJECTED = "settle_rejected"
    MANAGE_SOURCES = "manage_sources"
    MANAGE_USERS = "manage_users"
    LEAD_TEAM = "lead_team"
    IMPORT = "import"
    ACT_ON_LEADS = "act_on_leads"
    ERASE = "erase"
    SERVE_RIGHTS = "serve_rights"


_ALL = frozenset(Role)
_WORKING = _ALL - {Role.READ_ONLY}
MAY = {
    Action.READ: _ALL,  # of leads, what `visibility` lets a user see
    Action.READ_ALL: _ALL - {Role.SALES},
    Action.PROPOSE: _WORKING,
    Action.SIGN_MARKETING: {Role.MARKETING},  # who administers the system does not thereby speak for a side
    Action.SIGN_SALES: {Role.SALES},
    Action.PUBLISH: _WORKING,
    Action.EDIT_CONTENT: {Role.MARKETING, Role.ADMIN},
    Action.MANAGE_CAMPAIGNS: {Role.MARKETING, Role.ADMIN},
    Action.WRITE_TO_LEADS: {Role.MARKETING, Role.ADMIN},  # by mailings and tracks: to start them and to stop them
    Action.SETTLE_REJECTED: {Role.MARKETING, Role.ADMIN},
    Action.MANAGE_SOURCES: {Role.ADMIN},
    Action.MANAGE_USERS: {Role.ADMIN},
    Action.LEAD_TEAM: {Role.ADMIN},  # and whoever leads the sales team
    Action.IMPORT: {Role.MARKETING, Role.ADMIN},
    Action.ACT_ON_LEADS: {Role.MARKETING, Role.SALES},
    Action.ERASE: {Role.MARKETING, Role.ADMIN},
    Action.SERVE_RIGHTS: {Role.MARKETING, Role.ADMIN},  # what a person may ask about its data
}
"""Which roles may do what; whatever is not said is forbidden."""


class Scope(models.TextChoices):
    """What a key opens; it is never more than its user's role may."""

    READ = "read", _("Read")
    ACT = "act", _("Read and act")


class User(AbstractUser):
    """A person who works with Ripeline; a user with the role `sales` is a rep and receives hand-offs."""

    role = models.CharField(max_length=16, choices=Role.choices, default=Role.READ_ONLY)
    is_manager = models.BooleanField(default=False)  # of sales: sees what all reps see, and hands over
    language = models.CharField(max_length=8, default="", blank=True)  # none chosen: that of the browser
    capacity = models.PositiveIntegerField(null=True, blank=True)  # so many hand-offs may be open; none: any number
    calendar = models.TextField(default="", blank=True)  # a rep's own hours, in YAML; none: the playbook's


class ApiKey(models.Model):
    """A program's key: only a hash of it is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    scope = models.CharField(max_length=8, choices=Scope.choices, default=Scope.READ)
    created_at = InstantField()
    revoked_at = InstantField(null=True)

    class Meta:
        """Of a user's keys that open something each has a name of its own."""

        constraints = (
            models.UniqueConstraint(
                fields=["user", "name"], name="key_name_once", condition=models.Q(revoked_at__isnull=True)
            ),
        )


def may(user: User, action: Action) -> bool:
    """Whether the user's role allows it; a disabled user may nothing. Whoever leads the team may lead it."""
    leads = action == Action.LEAD_TEAM and user.role == Role.SALES and user.is_manager
    return user.is_active and (user.role in MAY[action] or leads)


@dataclass(frozen=True, slots=True)
class WithSecret:
    """A user or a key, and its secret, which is shown this once and stored as a hash only."""

    row: User | ApiKey
    secret: str


def add(name: str, role: Role, *, password: str | None = None, language: str = "") -> WithSecret | Refused:
    """A new user; without a password one is made up. Refused if the name is taken or the password weak."""
    if User.objects.filter(username__iexact=name).exists():
        return Refused(Refusal.NAME_TAKEN)
    user = User(username=name, role=role, language=language)
    return set_password(user, password) if is_name(user) else Refused(Refusal.BAD_NAME)


def set_password(user: User, password: str | None = None) -> WithSecret | Refused:
    """Give a user a new password, by which all open sessions end; without one it is made up."""
    secret = password or secrets.token_urlsafe(_PASSWORD_BYTES)
    try:
        validate_password(secret, user)
    except ValidationError:
        return Refused(Refusal.WEAK_PASSWORD)
    user.set_password(secret)  # takes its time, and so comes before the transaction
    with transaction.atomic():
        user.save()
    return WithSecret(user, secret)


def set_role(user: User, role: Role) -> User | Refused:
    """Give a user another role; refused if nobody would be left to administer. `leaving` hands over what it held."""
    with transaction.atomic():
        if role != Role.ADMIN and _is_last_admin(user):
            return Refused(Refusal.LAST_ADMIN)
        user.role, user.is_manager = role, user.is_manager and role == Role.SALES
        user.save(update_fields=["role", "is_manager"])
        return user


def disable(user: User, *, now: int) -> User | Refused:
    """Let a user in no more: sessions and keys end at once, what the user did stays. Refused to the last admin."""
    with transaction.atomic():
        if _is_last_admin(user):
            return Refused(Refusal.LAST_ADMIN)
        user.is_active = False
        user.save(update_fields=["is_active"])
        ApiKey.objects.filter(user=user, revoked_at=None).update(revoked_at=now)
        return user


def set_manager(user: User, is_manager: bool) -> User | Refused:  # noqa: FBT001 - it is what is said
    """Let a rep lead the sales team, or no more; refused for other roles."""
    if is_manager and user.role != Role.SALES:
        return Refused(Refusal.NOT_A_REP)
    return _change(user, is_manager=is_manager)


def set_capacity(user: User, capacity: int | None) -> User:
    """Let so many hand-offs be open at a rep at once; None for any number, 0 for none."""
    return _change(user, capacity=capacity)


def set_calendar(user: User, text: str) -> User | Refused:
    """Let a rep's clocks run by the hours of a text in YAML, or by the playbook's ("") from the next offer on."""
    if len(text) > calendars.LONGEST:
        return Refused(Refusal.NO_CALENDAR)
    found = calendars.read(text) if text.strip() else None
    if isinstance(found, tuple):
        return Refused(Refusal.NO_CALENDAR, problems=found)
    return _change(user, calendar=text if found else "")


def set_language(user: User, language: str) -> User:
    """Speak another language to a user."""
    return _change(user, language=language)


def set_email(user: User, email: str) -> User | Refused:
    """Reach a user by another address, or by none (""); refused for what is none, or another user's."""
    if email and claims.email(email) is None:
        return Refused(Refusal.NOT_AN_ADDRESS)
    if email and User.objects.filter(email__iexact=email).exclude(pk=user.pk).exists():
        return Refused(Refusal.NAME_TAKEN)
    return _change(user, email=email)


def _change(user: User, **values: Any) -> User:  # noqa: ANN401 - those of the columns
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(**values)
    user.refresh_from_db(fields=list(values))
    return user


def enable(user: User) -> User:
    """Let a user in again, with the password of before and without the keys."""
    user.is_active = True
    with transaction.atomic():
        user.save(update_fields=["is_active"])
    return user


def add_key(user: User, name: str, *, now: int, scope: Scope = Scope.READ) -> WithSecret | Refused:
    """A new key for a program that acts for the user: 256 random bits; refused if a valid one of theirs is named so."""
    secret = secrets.token_urlsafe(_KEY_BYTES)
    said = {"user": user, "name": name, "scope": scope, "created_at": now}
    try:
        with transaction.atomic():
            return WithSecret(ApiKey.objects.create(digest=digest_of(secret), **said), secret)
    except IntegrityError:
        return Refused(Refusal.NAME_TAKEN)


def revoke(key: ApiKey, *, now: int) -> ApiKey | Refused:
    """Let a key open nothing any more."""
    with transaction.atomic():
        won = ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now)
    if not won:
        return Refused(Refusal.CLOSED_ALREADY)
    key.revoked_at = now
    return key


def key_of(secret: str) -> ApiKey | None:
    """The key with its user; None for a key that is unknown or revoked, or of a disabled user."""
    key = ApiKey.objects.select_related("user").filter(digest=digest_of(secret), revoked_at=None).first()
    return key if key and key.user.is_active else None


def key_may(key: ApiKey, action: Action) -> bool:
    """Whether the key opens it and its user's role allows it."""
    return (action == Action.READ or key.scope == Scope.ACT) and may(key.user, action)


def is_name(user: User) -> bool:
    """Whether a user is called so that no page and no log misreads it."""
    try:
        user.clean_fields(exclude={field.name for field in User._meta.fields} - {"username"})  # noqa: SLF001 - Django's own way
    except ValidationError:
        return False
    return True


def _is_last_admin(user: User) -> bool:
    # Locked in one order, so that of two admins who disable each other one is left.
    admins = User.objects.select_for_update().filter(role=Role.ADMIN, is_active=True).order_by("pk")
    return [each.pk for each in admins] == [user.pk]
