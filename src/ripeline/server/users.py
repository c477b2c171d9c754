"""Staff: users with one role each, and the keys by which programs act for them."""

from __future__ import annotations

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
