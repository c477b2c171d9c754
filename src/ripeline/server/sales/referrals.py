"""Satisfied customers who speak for us, and the leads that they bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models, transaction

from ripeline.core.lifecycle import Stage
from ripeline.server.events import said_of
from ripeline.server.instants import InstantField
from ripeline.server.leads import Lead, with_absorbed
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sales import acts

if TYPE_CHECKING:
    from ripeline.server.staff.users import User

MARKED, ENDED = "advocate_marked", "advocate_ended"
REFERRED, REFERRED_BY = "referral_made", "referred_by"
_CUSTOMER = Stage.CUSTOMER.name.lower()


class Referral(models.Model):
    """A lead that an advocate brought; a lead is brought once."""

    advocate = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="referrals")
    lead = models.OneToOneField(Lead, on_delete=models.PROTECT, related_name="referral")
    note = models.CharField(max_length=500, default="", blank=True)
    at = InstantField()
    by = models.ForeignKey("server.User", on_delete=models.PROTECT)


def is_advocate(lead: Lead) -> bool:
    """Whether a customer speaks for us, by the last word on it."""
    rows = said_of(lead, MARKED, ENDED)
    return bool(rows) and rows[-1].name == MARKED


def mark(lead: Lead, *, note: str = "", by: User, now: int, once: str | None = None) -> str | Refused:
    """Say that a customer speaks for us; refused for whoever is no customer."""
    if not Lead.objects.filter(pk=lead.pk, stage=_CUSTOMER).exists():
        return Refused(Refusal.NOT_A_CUSTOMER)
    return acts.say(lead, MARKED, {"note": note} if note else {}, by=by, now=now, once=once)


def end(lead: Lead, *, by: User, now: int, once: str | None = None) -> str | Refused:
    """Say that a customer speaks for us no more."""
    return acts.say(lead, ENDED, {}, by=by, now=now, once=once)


def refer(
    advocate: Lead, lead: Lead, *, note: str = "", by: User, now: int, once: str | None = None
) -> Referral | Refused:
    """Tie a lead to the advocate who brought it, by a row on each; refused a second time, and for one and the same."""
    if advocate.pk == lead.pk:
        return Refused(Refusal.SAME_LEAD)
    if not is_advocate(advocate):
        return Refused(Refusal.NO_ADVOCATE)
    with transaction.atomic():
        made = {"advocate": advocate, "note": note, "at": now, "by": by}
        known = bringer_of(lead)
        referral, is_new = (known, False) if known else Referral.objects.get_or_create(lead=lead, defaults=made)
        if not is_new:
            is_same = referral.advocate_id in with_absorbed([advocate.pk])
            return referral if is_same else Refused(Refusal.REFERRED_ALREADY)
        more: dict[str, object] = {"note": note} if note else {}
        for of, name, said in ((advocate, REFERRED, {"lead": lead.pk}), (lead, REFERRED_BY, {"lead": advocate.pk})):
            done = acts.say(of, name, said | more, by=by, now=now, once=once)
            if isinstance(done, Refused):
                transaction.set_rollback(True)
                return done
        return referral


def brought_by(lead: Lead) -> models.QuerySet[Referral]:
    """The leads that a lead brought, or those that were merged into it, the latest first."""
    own = Referral.objects.filter(advocate__in=with_absorbed([lead.pk]))
    return own.select_related("lead", "by").order_by("-at", "-pk")


def bringer_of(lead: Lead) -> Referral | None:
    """Who brought a lead; None if nobody did."""
    own = Referral.objects.filter(lead__in=with_absorbed([lead.pk]))
    return own.select_related("advocate", "by").order_by("at").first()
