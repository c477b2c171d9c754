"""Hand-offs of leads to reps: offers with a clock, and who got each of them why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models, transaction
from django.db.models import F, Max

from ripeline.core.handoff import acceptance_clock
from ripeline.core.lifecycle import Stage
from ripeline.core.phrases import gettext
from ripeline.server import instants, playbooks
from ripeline.server.chunks import chunks
from ripeline.server.decisions import Decision
from ripeline.server.delivery import outbox
from ripeline.server.delivery.outbox import Message
from ripeline.server.delivery.topics import REASSIGNED
from ripeline.server.instants import HOUR, InstantField
from ripeline.server.leads import Lead
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.staff import calendars
from ripeline.server.staff.users import Action, Role, User, may

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


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
WITH_SALES = (Stage.SQL, Stage.OPPORTUNITY)
CALL_TIME = HOUR
"""So long after a booked call began, nobody asks what became of it."""


class Handoff(models.Model):
    """The offer of one lead to one rep; when the first touch is due is told once and never slides."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="handoffs")
    offer = models.OneToOneField(Decision, on_delete=models.PROTECT)
    rep = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="handoffs")
    status = models.CharField(max_length=16, choices=HandoffStatus.choices, default=HandoffStatus.OFFERED)
    offered_at = InstantField()
    accept_by = InstantField(null=True)  # by whoever has it now
    first_accept_by = InstantField(null=True)  # as it was when it was offered
    due_at = InstantField(null=True)
    calendar = models.CharField(max_length=64)
    clock = models.TextField(default="", blank=True)  # the rep's calendar by which it was timed; none: the playbook's
    answered_at = InstantField(null=True)  # when its rep said yes or no, which the next round reads
    call_at = InstantField(null=True)  # a call is booked: till then nothing is due
    remind_at = InstantField(null=True)  # when its clock is next looked at
    escalated_at = InstantField(null=True)  # when whoever leads the team was told
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
            models.Index(
                fields=["accept_by"],
                name="handoff_waits",
                condition=models.Q(status=HandoffStatus.OFFERED, answered_at=None, escalated_at=None),
            ),
        )


class Why(models.TextChoices):
    """Why a rep got a hand-off."""

    RETURNING = "returning"
    ACCOUNT_OWNER = "account_owner"
    TERRITORY = "territory"
    PERSONA = "persona"
    SOURCE = "source"
    TURN = "turn"
    MISROUTED = "misrouted"
    NOT_ACCEPTED = "not_accepted"
    ABSENT = "absent"
    HANDED_OVER = "handed_over"
    BY_HAND = "by_hand"
    TAKEN = "taken"


WHY: Mapping[Why, str] = {
    Why.RETURNING: gettext("The lead came back within its time of peace, and goes to whoever knows it."),
    Why.ACCOUNT_OWNER: gettext("The lead's company has this owner."),
    Why.TERRITORY: gettext("The lead belongs to this territory."),
    Why.PERSONA: gettext("Leads of this kind go here."),
    Why.SOURCE: gettext("Leads from this source go here."),
    Why.TURN: gettext("It was this rep's turn: the fewest open hand-offs, or the longest wait."),
    Why.MISROUTED: gettext("The rep before said that it was misrouted."),
    Why.NOT_ACCEPTED: gettext("The rep before did not accept it in time."),
    Why.ABSENT: gettext("The rep before is away."),
    Why.HANDED_OVER: gettext("The rep before has left."),
    Why.BY_HAND: gettext("Somebody gave it by hand."),
    Why.TAKEN: gettext("Nobody had it, and this rep took it."),
}
"""Each reason as people read it, in English; the catalogs translate it."""


class Assignment(models.Model):
    """That a rep got a hand-off, and why: the last row of a hand-off answers "why me"."""

    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, related_name="assignments")
    rep = models.ForeignKey(User, on_delete=models.PROTECT, related_name="assignments")
    at = InstantField()
    reason = models.CharField(max_length=16, choices=Why.choices)
    route = models.CharField(max_length=100, default="", blank=True)  # the name of the route that fitted, if one did
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # none: Ripeline itself

    class Meta:
        """When a rep got the last one is found at once."""

        indexes = (models.Index(fields=["rep", "at"], name="assignment_rep"),)


# --- the clock of one -----------------------------------------------------------------------------


def clock_of(handoff: Handoff, timezone: str) -> dict[str, object]:
    """What is told of a hand-off: which one it is, and by when what is due, with the zone of the definition."""
    due = {"accept_by": handoff.accept_by, "due_at": handoff.due_at}
    told = {name: at if at is None else instants.text(at) for name, at in due.items()}
    return {"handoff": str(handoff.pk), **told, "timezone": timezone}


def runs_out_at(handoff: Handoff) -> int | None:
    """From when on the first touch is overdue: its due time, or an hour into a booked call if that is later."""
    if handoff.due_at is None or handoff.call_at is None:
        return handoff.due_at
    return max(handoff.due_at, handoff.call_at + CALL_TIME)


def first_look_at(handoff: Handoff) -> int | None:
    """An hour before it is due, or when half of a shorter time has passed; where a call is booked, once it ran out."""
    due = runs_out_at(handoff)
    if due is None or due != handoff.due_at:
        return due
    return max(due - HOUR, (handoff.offered_at + due) // 2)


def set_call(handoff: Handoff, at: int | None) -> None:
    """Let the clock stand still till a booked call, or run on (None), in the caller's transaction that locked it."""
    handoff.call_at = at
    handoff.remind_at = None if handoff.touched_at is not None else first_look_at(handoff)
    handoff.save(update_fields=["call_at", "remind_at"])


def message(handoff: Handoff, topic: str, *, at: int, more: Mapping[str, object] | None = None, once: str) -> Message:
    """What is told of a hand-off beside decisions, once for a text.

    Its sequence is that of the lead's last decision, because it changes nothing about the lead.
    """
    version, lead = handoff.offer.version, handoff.lead_id
    last = Decision.objects.filter(lead=lead).aggregate(last=Max("place"))["last"]
    data = outbox.about(lead, sequence=last, version=version.pk)
    data |= clock_of(handoff, playbooks.playbook_of(version).timezone) | dict(more or {})
    return Message(topic, f"handoff-{handoff.pk}-{once}", outbox.body(topic, at, data))


# --- who has one ----------------------------------------------------------------------------------


def answer(handoff: Handoff, *, by: User, takes: bool, now: int) -> bool:
    """Note, in the caller's transaction, that a rep answers an offer; whether nobody had answered before.

    An offer for which there was no rep is whose who takes it on.
    """
    waiting = Handoff.objects.filter(pk=handoff.pk, status=HandoffStatus.OFFERED, answered_at=None)
    if handoff.rep_id is not None:
        return bool(waiting.filter(rep=handoff.rep_id).update(answered_at=now))
    won = waiting.filter(rep=None).update(answered_at=now, **({"rep": by} if takes else {}))
    if won and takes:
        Assignment.objects.create(handoff=handoff, rep=by, at=now, reason=Why.TAKEN, by=by)
    return bool(won)


def give(
    handoff: Handoff, rep: User, reason: Why, *, route: str = "", by: User | None = None, at: int, tells: bool = True
) -> None:
    """Let a rep have an open hand-off that the caller's transaction has locked; it stays due when it was."""
    playbook = playbooks.playbook_of(handoff.offer.version)
    rules = calendars.rules(playbook, rep.calendar)
    handoff.rep = rep
    if handoff.status == HandoffStatus.OFFERED:
        handoff.accept_by = acceptance_clock(rules, playbook.timezone, offered_at=at).due_at
    handoff.save(update_fields=["rep", "accept_by"])
    given = Assignment.objects.create(handoff=handoff, rep=rep, at=at, reason=reason, route=route, by=by)
    if handoff.status == HandoffStatus.ACCEPTED:
        Lead.objects.filter(pk=handoff.lead_id).update(owner=rep)
    if tells:
        more = {"rep": rep.username, "reason": str(reason)}
        outbox.tell([message(handoff, REASSIGNED, at=at, more=more, once=f"given-{given.pk}")], now=at)


def reassign(handoff: Handoff, rep: User, *, by: User, now: int) -> Handoff | Refused:
    """Give an open hand-off to another rep by hand; refused to others than its rep and whoever leads the team."""
    if rep.role != Role.SALES or not rep.is_active:
        return Refused(Refusal.NOT_A_REP)
    with transaction.atomic():
        current = locked(Handoff.objects.filter(pk=handoff.pk)).first()
        if current is None or current.status not in OPEN:
            return Refused(Refusal.NOT_OPEN)
        if not may(by, Action.LEAD_TEAM) and not (by.is_active and by.pk == current.rep_id):
            return Refused(Refusal.NOT_ALLOWED)
        if handoff.rep_id not in (current.rep_id, rep.pk):
            return Refused(Refusal.GIVEN_ALREADY)
        if current.status == HandoffStatus.OFFERED and current.answered_at is not None:
            return Refused(Refusal.ANSWERED_ALREADY)
        if current.rep_id != rep.pk:
            give(current, rep, Why.BY_HAND, by=by, at=now)
        return current


def locked(rows: models.QuerySet[Handoff], **options: bool) -> models.QuerySet[Handoff]:
    """Hand-offs that nobody else changes until the caller's transaction ends, with what their clocks ask for."""
    return rows.select_related("lead", "offer__version").select_for_update(of=("self",), **options).order_by("pk")


def with_sales(leads: Iterable[int]) -> set[int]:
    """Those of these leads that sales is talking to: offered or accepted, or in its stages. Two queries."""
    asked = set(leads)
    stages = [stage.name.lower() for stage in WITH_SALES]
    offered = Handoff.objects.filter(lead__in=asked, status__in=OPEN).values_list("lead", flat=True)
    return {*offered, *Lead.objects.filter(pk__in=asked, stage__in=stages).values_list("pk", flat=True)}


def end_unfounded(leads: Collection[int], *, at: int) -> None:
    """End the open offers of leads of whose rows none is left that founds them, in the caller's transaction."""
    for chunk in chunks(sorted(leads)):
        ended = Handoff.objects.filter(lead__in=chunk, status__in=OPEN)
        if ended.update(status=HandoffStatus.EXPIRED, ended_at=at):
            Lead.objects.filter(pk__in=chunk).update(owner=None)


def given(handoffs: Iterable[Handoff]) -> dict[int, Assignment]:
    """By the number of a hand-off how its rep came to have it; nothing for an offer to nobody."""
    rows = Assignment.objects.filter(handoff__in=list(handoffs), rep=F("handoff__rep"))
    return {row.handoff_id: row for row in rows.select_related("rep", "by").order_by("pk")}


def why(handoff: Handoff) -> Assignment | None:
    """How its rep came to have it; None for an offer to nobody."""
    return given([handoff]).get(handoff.pk)


def open_of(user: User) -> models.QuerySet[Handoff]:
    """The open hand-offs of a rep."""
    return Handoff.objects.filter(rep=user, status__in=OPEN)
