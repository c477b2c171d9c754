"""Staff: users with one role each, what a role may do, and the keys by which programs act for them."""

from __future__ import annotations

from enum import StrEnum

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from ripeline.server.instants import InstantField


class Role(models.TextChoices):
    """What a user may do."""

    MARKETING = "marketing", _("Marketing")
    SALES = "sales", _("Sales")
    ADMIN = "admin", _("Administrator")
    READ_ONLY = "read_only", _("Read only")


class Action(StrEnum):
    """What is asked for in the name of a user."""

    READ = "read"
    PROPOSE = "propose"
    SIGN_MARKETING = "sign_marketing"
    SIGN_SALES = "sign_sales"
    PUBLISH = "publish"
    EDIT_CONTENT = "edit_content"
    SETTLE_REJECTED = "settle_rejected"
    MANAGE_SOURCES = "manage_sources"
    MANAGE_USERS = "manage_users"
    IMPORT = "import"
    ACT_ON_LEADS = "act_on_leads"


_ALL = frozenset(Role)
_WORKING = _ALL - {Role.READ_ONLY}
MAY = {
    Action.READ: _ALL,
    Action.PROPOSE: _WORKING,
    Action.SIGN_MARKETING: {Role.MARKETING},  # who administers the system does not thereby speak for a side
    Action.SIGN_SALES: {Role.SALES},
    Action.PUBLISH: _WORKING,
    Action.EDIT_CONTENT: {Role.MARKETING, Role.ADMIN},
    Action.SETTLE_REJECTED: {Role.MARKETING, Role.ADMIN},
    Action.MANAGE_SOURCES: {Role.ADMIN},
    Action.MANAGE_USERS: {Role.ADMIN},
    Action.IMPORT: {Role.MARKETING, Role.ADMIN},
    Action.ACT_ON_LEADS: {Role.MARKETING, Role.SALES},
}
"""Which roles may do what; whatever is not said is forbidden."""


class User(AbstractUser):
    """A person who works with Ripeline; a user with the role `sales` is a rep and receives hand-offs."""

    role = models.CharField(max_length=16, choices=Role.choices, default=Role.READ_ONLY)
    language = models.CharField(max_length=8, default="en")


class ApiKey(models.Model):
    """A program's key: only a hash of it is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    created_at = InstantField()
    revoked_at = InstantField(null=True)


def may(user: User, action: Action) -> bool:
    """Whether the user's role allows it; a disabled user may nothing."""
    return user.is_active and user.role in MAY[action]
