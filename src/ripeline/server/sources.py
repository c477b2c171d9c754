"""Where events come from: each source has a write key, by which it may append events and nothing else."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ripeline.server.instants import InstantField


class SourceKind(models.TextChoices):
    """Whose word a source is."""

    WEB = "web", _("Website: its key is public")
    SERVER = "server", _("Server: its key is secret")
    OWN = "own", _("Ripeline itself")


class Source(models.Model):
    """A website, a program or an import whose events come with one write key.

    The key of a website is public: it may only append events of leads. A server may also tell consents and answers.
    """

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=8, choices=SourceKind.choices)
    write_key_digest = models.CharField(max_length=64, unique=True, null=True)
    origins = models.TextField(default="", blank=True)  # the websites that may send, one a line; none: any
    events_per_second = models.PositiveIntegerField(default=0)  # 0: without limit
    is_history = models.BooleanField(default=False)  # an import of the past
    created_at = InstantField()
    closed_at = InstantField(null=True)
