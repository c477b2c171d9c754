"""Accounts: the companies of the leads."""

from __future__ import annotations

from django.db import models

from ripeline.server.instants import InstantField


class Account(models.Model):
    """A company, by the name under which its sources know it."""

    key = models.CharField(max_length=254, unique=True)
    created_at = InstantField()
    owner = models.ForeignKey("server.User", on_delete=models.PROTECT, null=True, related_name="accounts")
