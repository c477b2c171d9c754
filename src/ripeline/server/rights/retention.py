"""Retention: what is kept for how long, what would go now and why, and letting it go, a portion at a time.

A lead goes whole, by the one verb of erasure, when its last contact is too long ago: what it did itself or what was
talked over with it, but no opened mail and no click of a machine. Whoever is with sales, or a customer, stays. An old
event of a lead that stays loses all but what definitions ask of it, so that scores and replay stay what they were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, Max, OuterRef, Q

from ripeline.core.needs import RESERVED, needs_of
from ripeline.server import json_text, playbooks
from ripeline.server.chunks import chunks
from ripeline.server.content.catalogue import CLASS, TOPIC
from ripeline.server.delivery.outbox import Delivery, Outgoing
from ripeline.server.events import Event, Rejected
from ripeline.server.instants import DAY, InstantField
from ripeline.server.leadmail.clicks import CLICKED, Click
from ripeline.server.leads import Identifier, IdentifierKind, Lead
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.rights import erasures
from ripeline.server.rights.erasing import rows
from ripeline.server.sales.handoffs import OPEN, Handoff
from ripeline.server.sources import SourceKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.db.models import QuerySet

PORTION = 50
"""So many people are erased in one step."""
ROWS = 2_000
"""So many rows of another kind go in one step."""
LEAP = DAY
"""If nothing came for so long, the clock may have leapt: then nothing goes."""
NO_CONTACT = ("email_opened", "email_delivered", "email_bounced", "attributes_changed", "event_voided")
"""What is no contact, whoever tells it."""
_TALKED = ("touch_logged", "call_booked", "bant_answered", "consent_given")
_WITH_SALES = ("sql", "opportunity", "customer")
_STAMPS = (CLASS, TOPIC, "content_id")


class RetentionRun(models.Model):
    """One time that what is too old was let go, and how far it got."""

    at = InstantField()
    looked_upto = models.BigIntegerField(default=0)  # in the ledger
    gone = models.TextField(default="{}")  # how many of each kind: JSON
    finished_at = InstantField(null=True)


class Due(NamedTuple):
    """How many of a kind are too old, since which instant that counts, and how many stay although they are."""

    kind: str
    number: int
    before: int
    kept: int = 0


def due(now: int) -> list[Due] | Refused:
    """What would go now, by kind; nothing is changed. Refused if the clock seems to have leapt."""
    if _has_leapt(now):
        return Refused(Refusal.CLOCK_LEAPT)
    stale, cut = _stale(now), {kind: now - span for kind, span in settings.RETENTION.items()}
    leads = stale.filter(_free()).count()
    return [
        Due("leads", leads, cut["leads"], stale.count() - leads),
        Due("visitors", _visitors(now).count(), cut["visitors"]),
        Due("events", _events(now, 0).count(), cut["events"]),
        Due("quarantine", _rejected(now).count(), cut["quarantine"]),
        Due("deliveries", _deliveries(now).count(), cut["deliveries"]),
    ]


def apply(now: int) -> Mapping[str, int] | Refused:
    """Let everything go that is too old; how many of each kind. Refused if the clock seems to have leapt."""
    if _has_leapt(now):
        return Refused(Refusal.CLOCK_LEAPT)
    run = RetentionRun.objects.create(at=now)
    while _step(run, now):
        pass
    return _gone(run)


def run_daily(now: int) -> int:
    """One step of the day's run, if it is switched on and not through: 1, else 0."""
    if not settings.RETENTION_DAILY:
        return 0
    last = RetentionRun.objects.order_by("-pk").first()
    if last is not None and last.finished_at is not None and now - last.at < DAY:
        return 0
    if _has_leapt(now):
        return 0
    one = last if last is not None and last.finished_at is None else RetentionRun.objects.create(at=now)
    _step(one, now)
    return 1


def _step(run: RetentionRun, now: int) -> bool:
    """Let one portion go; False when there is nothing more, which is written down."""
    steps: tuple[tuple[str, Callable[[RetentionRun, int], int]], ...] = (
        ("leads", _leads_go),
        ("visitors", _visitors_go),
        ("quarantine", _rejected_go),
        ("deliveries", _deliveries_go),
        ("events", _events_go),
    )
    for kind, step in steps:
        count = step(run, now)
        if count:
            gone = dict(_gone(run))
            gone[kind] = gone.get(kind, 0) + max(count, 0)
            run.gone = json_text.written(gone)
            run.save(update_fields=["gone", "looked_upto"])
            return True
    run.finished_at = now
    run.save(update_fields=["finished_at"])
    return False


def _gone(run: RetentionRun) -> Mapping[str, int]:
    found: dict[str, int] = json_text.read(run.gone)
    return found


def _has_leapt(now: int) -> bool:
    newest = Event.objects.aggregate(newest=Max("received_at"))["newest"]
    return newest is not None and now - newest > LEAP


# --- people ---------------------------------------------------------------------------------------


def _stale(now: int) -> QuerySet[Lead]:
    """The leads whose last contact is too long ago."""
    before = now - settings.RETENTION["leads"]
    of_lead = Event.objects.filter(Q(identifier__lead=OuterRef("pk")) | Q(identifier__lead__merged_into=OuterRef("pk")))
    contact = of_lead.filter(_contact(), at__gte=before)
    return Lead.objects.filter(~Exists(contact), merged_into=None, created_at__lt=before)


def _contact() -> Q:
    """The rows that are a contact: what people did themselves, or talked over with us."""
    by_machine = Click.objects.filter(is_machine=True).values("key")
    talked = Q(source__kind=SourceKind.OWN, name__in=_TALKED)
    clicked = Q(source__kind=SourceKind.OWN, name=CLICKED) & ~Q(key__in=by_machine)
    of_others = ~Q(source__kind=SourceKind.OWN) & ~Q(name__in=NO_CONTACT)
    return talked | clicked | of_others


def _free() -> Q:
    """Those whom sales has nothing to do with."""
    is_open = Handoff.objects.filter(lead=OuterRef("pk"), status__in=OPEN)
    return Q(~Q(stage__in=_WITH_SALES), ~Exists(is_open))


def _leads_go(_run: RetentionRun, now: int) -> int:
    found = _stale(now).filter(_free()).order_by("pk")[:PORTION]
    return sum(not isinstance(erasures.erase(lead, None, now=now, reason="retention"), Refused) for lead in found)


def _visitors(now: int) -> QuerySet[Identifier]:
    """Those who never made themselves known and have not come for too long."""
    before = now - settings.RETENTION["visitors"]
    lately = Event.objects.filter(identifier=OuterRef("pk"), at__gte=before)
    return Identifier.objects.filter(~Exists(lately), lead=None, created_at__lt=before).exclude(
        kind=IdentifierKind.LEAD
    )


def _visitors_go(_run: RetentionRun, now: int) -> int:
    numbers = list(_visitors(now).order_by("pk").values_list("pk", flat=True)[:PORTION])
    if numbers:
        erasures.forget_visitors(numbers, now=now)
    return len(numbers)


# --- rows -----------------------------------------------------------------------------------------


def _events(now: int, after: int) -> QuerySet[Event]:
    """The old events that still hold more than definitions ask of them."""
    old = Event.objects.filter(pk__gt=after, at__lt=now - settings.RETENTION["events"], known_at__isnull=False)
    return old.exclude(source__kind=SourceKind.OWN).exclude(name__in=RESERVED).exclude(body="", claims="{}")


def _events_go(run: RetentionRun, now: int) -> int:
    found = list(_events(now, run.looked_upto).order_by("pk")[:ROWS])
    if not found:
        return 0
    needs = needs_of([version.playbook for version in playbooks.core_versions(now)])
    spoken, asked = frozenset(needs.events), {*needs.properties, *_STAMPS}
    with transaction.atomic():
        for event in found:
            said = json_text.read(event.properties) if event.name in spoken else {}
            left = json_text.written({name: value for name, value in said.items() if name in asked})
            Event.objects.filter(pk=event.pk).update(body="", claims="{}", properties=left)
    run.looked_upto = found[-1].pk
    return len(found)


def _rejected(now: int) -> QuerySet[Rejected]:
    return Rejected.objects.filter(received_at__lt=now - settings.RETENTION["quarantine"])


def _rejected_go(_run: RetentionRun, now: int) -> int:
    with transaction.atomic():
        return rows.delete(Rejected, set(_rejected(now).values_list("pk", flat=True)[:ROWS]))


def _deliveries(now: int) -> QuerySet[Delivery]:
    """Messages that arrived or were given up long ago."""
    before = now - settings.RETENTION["deliveries"]
    return Delivery.objects.filter(next_try_at=None, outgoing__created_at__lt=before)


def _deliveries_go(_run: RetentionRun, now: int) -> int:
    with transaction.atomic():
        found = list(_deliveries(now).values_list("pk", "outgoing")[:ROWS])
        # That it was told is kept by its key, so that it is not told again.
        for told in chunks([outgoing for _pk, outgoing in found]):
            Outgoing.objects.filter(pk__in=told).exclude(deliveries__next_try_at__isnull=False).update(body="")
        return rows.delete(Delivery, {pk for pk, _outgoing in found})
