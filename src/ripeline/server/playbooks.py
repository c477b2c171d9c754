"""The definition as the company holds it: versions by the hash of their text, signatures, publications."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ripeline.server.instants import InstantField
from ripeline.server.users import User


class Side(models.TextChoices):
    """Whose signature it is."""

    MARKETING = "marketing", _("Marketing")
    SALES = "sales", _("Sales")


class Mode(models.TextChoices):
    """Whom a publication judges."""

    FROM_NOW_ON = "from_now_on", _("From now on: each lead at its next own row")
    RETROACTIVE = "retroactive", _("All leads at once")


class PlaybookVersion(models.Model):
    """One text, for ever: its key is the SHA-256 of it."""

    digest = models.CharField(max_length=64, primary_key=True)
    text = models.TextField()
    title = models.CharField(max_length=200)
    created_at = InstantField()


class Signature(models.Model):
    """A person's yes to one version, for marketing or for sales."""

    version = models.ForeignKey(PlaybookVersion, on_delete=models.PROTECT, related_name="signatures")
    side = models.CharField(max_length=16, choices=Side.choices)
    user = models.ForeignKey(User, on_delete=models.PROTECT)
    at = InstantField()

    class Meta:
        """A side signs a version once."""

        constraints = (models.UniqueConstraint(fields=["version", "side"], name="signed_once"),)


class Publication(models.Model):
    """From this instant on the version decides."""

    version = models.ForeignKey(PlaybookVersion, on_delete=models.PROTECT, related_name="publications")
    at = InstantField(unique=True)
    mode = models.CharField(max_length=16, choices=Mode.choices)
    by = models.ForeignKey(User, on_delete=models.PROTECT)
