"""Accounts: the companies of the leads."""

from __future__ import annotations

from django.db import models, transaction

from ripeline.server.instants import InstantField
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.staff.users import Action, Role, User, may


class Account(models.Model):
    """A company, by the name under which its sources know it."""

    key = models.CharField(max_length=254, unique=True)
    created_at = InstantField()
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="accounts")  # a rep, if any


def set_owner(account: Account, owner: User | None, *, by: User) -> Account | Refused:
    """Let offers of a company's leads go to one rep, or by the other rules (None), as whoever leads the team says.

    A rep who owns a company sees all its leads, so nobody makes oneself the owner.
    """
    if not may(by, Action.LEAD_TEAM):
        return Refused(Refusal.NOT_ALLOWED)
    if owner is not None and (owner.role != Role.SALES or not owner.is_active):
        return Refused(Refusal.NOT_A_REP)
    account.owner = owner
    with transaction.atomic():
        account.save(update_fields=["owner"])
    return account
