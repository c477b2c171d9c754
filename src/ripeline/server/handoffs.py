"""Hand-offs of leads to reps: offers with a clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.db.models import Count, Max, Q

from ripeline.core.handoff import acceptance_clock, response_clock
from ripeline.core.lifecycle import Stage
from ripeline.core.results import HandoffChange, Move
from ripeline.server import instants, outbox, playbooks
from ripeline.server.chunks import CHUNK, chunks
from ripeline.server.decisions import Decision
from ripeline.server.instants import HOUR, InstantField
from ripeline.server.leads import Lead
from ripeline.server.outbox import Message
from ripeline.server.topics import DUE_SOON, OVERDUE
from ripeline.server.users import Role, User

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ripeline.core.playbook import Playbook
    from ripeline.core.results import JournalEntry


class HandoffStatus(models.TextChoices):
    """What became of an offer."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    RECYCLED = "recycled"
    REJECTED = "rejected"
    DISQUALIFIED = "disqualified"
    EXPIRED = "expired"
    MERGED = "merged"


OPEN = (HandoffStatus.OFFERED, HandoffStatus.ACCEPTED)
_WITH_SALES = (Stage.SQL, Stage.OPPORTUNITY)
_BACK = (Stage.MQL, Stage.LOST, Stage.DISQUALIFIED)


class Handoff(models.Model):
    """The offer of one lead to one rep; its times are told once and never slide."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="handoffs")
    offer = models.OneToOneField(Decision, on_delete=models.PROTECT)
    rep = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="handoffs")
    status = models.CharField(max_length=16, choices=HandoffStatus.choices, default=HandoffStatus.OFFERED)
    offered_at = InstantField()
    accept_by = InstantField(null=True)
    due_at = InstantField(null=True)
    calendar = models.CharField(max_length=64)
    remind_at = InstantField(null=True)  # when people are next told that it is due soon, or overdue
    touched_at = InstantField(null=True)
    ended_at = InstantField(null=True)

    class Meta:
        """At most one is open per lead."""

        constraints = (
            models.UniqueConstraint(fields=["lead"], condition=models.Q(status__in=OPEN), name="one_open_handoff"),
        )
        indexes = (
            models.Index(fields=["status", "due_at"], name="handoff_due"),
            models.Index(fields=["remind_at"], name="handoff_remind", condition=models.Q(remind_at__isnull=False)),
        )


def clock_of(handoff: Handoff, timezone: str) -> dict[str, object]:
    """What is told of a hand-off: which one it is, and by when what is due, with the zone of the definition."""
    due = {"accept_by": handoff.accept_by, "due_at": handoff.due_at}
    told = {name: at if at is None else instants.text(at) for name, at in due.items()}
    return {"handoff": str(handoff.pk), **told, "timezone": timezone}


def remind(now: int) -> int:
    """Tell of the first touches that are due soon or overdue, each once; returns of how many was looked at."""
    due = Handoff.objects.filter(remind_at__lte=now).select_related("offer__version").order_by("remind_at")
    if not due.exists():
        return 0
    with transaction.atomic():
        found = list(due.select_for_update(skip_locked=True, of=("self",))[:CHUNK])
        told = [one for one in found if one.status in OPEN and one.touched_at is None and one.due_at is not None]
        outbox.tell([_reminder(one, now) for one in told], now=now)
        for one in found:
            one.remind_at = one.due_at if one in told and one.due_at is not None and now < one.due_at else None
        Handoff.objects.bulk_update(found, ["remind_at"])
    return len(found)


def _reminder(handoff: Handoff, now: int) -> Message:
    """Its sequence is that of the lead's last decision, because it changes nothing about the lead."""
    is_late = handoff.due_at is not None and now >= handoff.due_at
    topic = OVERDUE if is_late else DUE_SOON
    version, lead = handoff.offer.version, handoff.lead_id
    last = Decision.objects.filter(lead=lead).aggregate(last=Max("place"))["last"]
    data = outbox.about(lead, sequence=last, version=version.pk)
    data |= clock_of(handoff, playbooks.playbook_of(version).timezone)
    key = f"handoff-{handoff.pk}-{topic.rpartition('.')[2]}"
    return Message(topic, key, outbox.body(topic, now, data))


def _remind_at(offered_at: int, due_at: int | None) -> int | None:
    """An hour before it is due, or when half of a shorter time has passed."""
    return None if due_at is None else max(due_at - HOUR, (offered_at + due_at) // 2)


class NoOpenHandoff(Exception):
    """A hand-off was decided on that is not in the table: the table and the decisions disagree."""


class Desk:
    """The hand-offs of some leads while what was decided of them is carried out; `save` writes them."""

    def __init__(self, leads: Iterable[int]) -> None:
        self._open: dict[int, Handoff] = {}
        for chunk in chunks(sorted(leads)):
            self._open |= {one.lead_id: one for one in Handoff.objects.filter(lead__in=chunk, status__in=OPEN)}
        self._new: list[Handoff] = []
        self._changed: dict[int, Handoff] = {}
        self._owners: dict[int, int | None] = {}
        self._reps: list[_Load] | None = None

    def follow(self, decision: Decision, entry: JournalEntry, playbook: Playbook) -> Handoff | None:
        """Let the lead's hand-off and its owner become what was decided; the hand-off that it was about, if any."""
        lead = decision.lead_id
        if isinstance(entry, HandoffChange):
            if entry.status == HandoffStatus.OFFERED:
                return self._offer(decision, entry, playbook)
            return self._change(lead, entry)
        if isinstance(entry, Move) and entry.old in _WITH_SALES and entry.new in _BACK:
            self._owners[lead] = None
        return None

    def save(self) -> None:
        """Everything that changed, in the caller's transaction."""
        # What ends is written before what begins, because one is open at a time.
        Handoff.objects.bulk_update(self._changed.values(), ["status", "touched_at", "ended_at"], batch_size=CHUNK)
        Handoff.objects.bulk_create(self._new, batch_size=CHUNK)
        for owner in set(self._owners.values()):
            for chunk in chunks([lead for lead, its in self._owners.items() if its == owner]):
                Lead.objects.filter(pk__in=chunk).update(owner=owner)

    def _change(self, lead: int, entry: HandoffChange) -> Handoff:
        handoff = self._open.get(lead)
        if handoff is None:
            raise NoOpenHandoff(f"lead {lead} at {entry.at}: {entry.status}")
        if handoff.pk:
            self._changed[lead] = handoff
        if entry.status == "touched":
            handoff.touched_at = entry.at
            return handoff
        handoff.status = HandoffStatus(entry.status)
        # A rep owns the lead from acceptance on; what ends without a rep's yes goes back to marketing.
        owns = handoff.status in (HandoffStatus.ACCEPTED, HandoffStatus.CONFIRMED)
        self._owners[lead] = handoff.rep_id if owns else None
        if handoff.status not in OPEN:
            handoff.ended_at = entry.at
        return handoff

    def _offer(self, decision: Decision, entry: HandoffChange, playbook: Playbook) -> Handoff:
        rules, zone = playbook.handoff, playbook.timezone
        due = response_clock(rules, zone, offered_at=entry.at, conversion_at=entry.conversion_at)
        before = self._open.get(decision.lead_id)
        handoff = Handoff(
            lead_id=decision.lead_id,
            offer=decision,
            rep_id=self._next_rep(entry.at, besides=_rejecting(before, entry.at)),
            offered_at=entry.at,
            accept_by=acceptance_clock(rules, zone, offered_at=entry.at).due_at,
            due_at=due.due_at,
            calendar=due.calendar,
            remind_at=_remind_at(entry.at, due.due_at),
        )
        self._open[decision.lead_id] = handoff
        self._new.append(handoff)
        return handoff

    def _next_rep(self, at: int, *, besides: int | None) -> int | None:
        """The rep with the fewest open hand-offs; of equals, who has waited longest for one. None if there is none."""
        if self._reps is None:
            self._reps = _loads()
        free = [load for load in self._reps if load.rep != besides]
        if not free:
            return None
        load = min(free)
        load.open += 1
        load.last = at
        return load.rep


@dataclass(order=True, slots=True)
class _Load:
    """What a rep has on the desk, and when the last offer came."""

    open: int
    last: int
    rep: int


def _loads() -> list[_Load]:
    reps = User.objects.filter(role=Role.SALES, is_active=True)
    open_ones = Count("handoffs", filter=Q(handoffs__status__in=OPEN))
    counted = reps.annotate(open=open_ones, last=Max("handoffs__offered_at")).values_list("open", "last", "pk")
    return [_Load(open_now, last or 0, rep) for open_now, last, rep in counted]


def _rejecting(before: Handoff | None, at: int) -> int | None:
    """Who rejected the lead at this very instant: a misrouted one goes to somebody else."""
    is_rejected = before is not None and before.status == HandoffStatus.REJECTED and before.ended_at == at
    return before.rep_id if before is not None and is_rejected else None
