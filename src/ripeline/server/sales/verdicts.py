"""What a rep answers to an offer, with the reasons that there are, and what follows from it for marketing."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from ripeline.core.phrases import gettext
from ripeline.server import instants, json_text
from ripeline.server.events import OF_LEAD, Event
from ripeline.server.instants import DAY
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sales import acts, tasks
from ripeline.server.sales.handoffs import OPEN, Handoff, HandoffStatus, locked
from ripeline.server.sales.tasks import TaskKind
from ripeline.server.staff.users import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ripeline.server.staff.users import User


class Rejected(StrEnum):
    """Why an offer is turned down before contact."""

    MISROUTED = "misrouted"
    BAD_DATA = "bad_data"
    BELOW_BAR = "below_bar"


class Recycled(StrEnum):
    """Why a lead is not ready."""

    NO_BUDGET = "no_budget"
    BAD_TIMING = "bad_timing"
    NO_NEED_YET = "no_need_yet"
    NO_AUTHORITY = "no_authority"
    NOT_REACHED = "not_reached"


class Disqualified(StrEnum):
    """Why a lead will never buy."""

    NO_NEED = "no_need"
    NO_FIT = "no_fit"
    COMPETITOR = "competitor"
    LOOKS_FOR_A_JOB = "looks_for_a_job"
    CUSTOMER_ALREADY = "customer_already"
    NOT_A_PERSON = "not_a_person"


REJECT: Mapping[str, str] = {
    Rejected.MISROUTED: gettext("Wrong person: it belongs to another rep"),
    Rejected.BAD_DATA: gettext("Wrong data: it cannot be reached like this"),
    Rejected.BELOW_BAR: gettext("Below the bar that we agreed on"),
}
RECYCLE: Mapping[str, str] = {
    Recycled.NO_BUDGET: gettext("No budget yet"),
    Recycled.BAD_TIMING: gettext("Bad timing"),
    Recycled.NO_NEED_YET: gettext("No need yet"),
    Recycled.NO_AUTHORITY: gettext("Cannot decide"),
    Recycled.NOT_REACHED: gettext("Not reached"),
}
DISQUALIFY: Mapping[str, str] = {
    Disqualified.NO_NEED: gettext("Will never need it"),
    Disqualified.NO_FIT: gettext("Does not fit us"),
    Disqualified.COMPETITOR: gettext("A competitor"),
    Disqualified.LOOKS_FOR_A_JOB: gettext("A student, or looks for a job"),
    Disqualified.CUSTOMER_ALREADY: gettext("A customer already"),
    Disqualified.NOT_A_PERSON: gettext("Not a real person"),
}
"""The reasons of each answer as people read them, in English; the catalogs translate them."""
REASONS: Mapping[str, str] = {**REJECT, **RECYCLE, **DISQUALIFY}
_MENDED = DAY
"""Marketing has so long to mend what cannot be reached."""
_PREPARED = 7 * DAY
"""Marketing has so long for what a rep prepared, or until the lead is looked at again if that is sooner."""


class Standing(StrEnum):
    """Where an offer stands for its rep, with what was said of it and that no round has read yet."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    TOUCHED = "touched"
    OVER = "over"


def standings(handoffs: Iterable[Handoff]) -> dict[int, Standing]:
    """By the number of a hand-off, where it stands. Two queries, however many."""
    rows = list(handoffs)
    said: dict[int, set[str]] = {}
    for lead, name, properties in _undecided({one.lead_id for one in rows if one.status in OPEN}):
        word = "touched" if name == "touch_logged" else str(json_text.read(properties).get("verdict"))
        said.setdefault(lead, set()).add(word)
    # After the words: what a round decides on between the two is a word no more, and stands in the row by then.
    fresh = Handoff.objects.only("status", "touched_at").in_bulk([one.pk for one in rows if one.status in OPEN])
    return {one.pk: _standing(fresh.get(one.pk, one), said.get(one.lead_id, set())) for one in rows}


def _undecided(leads: set[int]) -> Iterator[tuple[int, str, str]]:
    """What was said of these leads and no round has decided on: whose row it is, its name, what it says."""
    claims = {json_text.written({"lead": str(lead)}): lead for lead in leads}
    named = Event.objects.filter(name__in=("verdict_given", "touch_logged")).order_by()
    unread = named.filter(known_at=None, claims__in=claims)
    # A round reads first and decides a moment later.
    decided = F(f"{OF_LEAD}__decided_at")
    read = named.filter(**{f"{OF_LEAD}__in": leads}, claims__in=claims, known_at__gt=decided)
    columns = ("claims", "name", "properties")
    for claim, name, properties in unread.values_list(*columns).union(read.values_list(*columns)):
        yield claims[claim], name, properties


def may_answer(user: User, handoff: Handoff) -> bool:
    """Whether the offer is this rep's to answer: it was made to the rep, or to nobody."""
    return user.is_active and user.role == Role.SALES and handoff.rep_id in (None, user.pk)


def reject(handoff: Handoff, *, reason: Rejected, by: User, now: int) -> str | Refused:
    """Turn down an offer; wrong data are mended before anybody gets it again, as a task of marketing."""
    with transaction.atomic():
        done = acts.reject(handoff, reason=reason, by=by, now=now)
        if reason == Rejected.BAD_DATA and not isinstance(done, Refused):
            tasks.add(handoff.lead, REJECT[reason], kind=TaskKind.REPAIR_DATA, due_at=now + _MENDED, by=by, now=now)
        return done


def recycle(
    handoff: Handoff,
    *,
    reason: Recycled,
    revisit_at: int | None = None,
    steps: Sequence[str] = (),
    by: User,
    now: int,
) -> str | Refused:
    """Give a lead back to marketing, with what it is to do and when it is to look at it again, as its tasks.

    A form that comes twice counts once: after a verdict there is none to give.
    """
    if revisit_at is not None and not instants.is_plan(revisit_at):
        return Refused(Refusal.NO_TIME)
    if revisit_at is not None and revisit_at <= now:
        return Refused(Refusal.IN_THE_PAST)
    with transaction.atomic():
        locked(Handoff.objects.filter(pk=handoff.pk)).first()
        if standings([handoff])[handoff.pk] == Standing.OVER:
            return Refused(Refusal.NOT_OPEN)
        done = acts.recycle(handoff, reason=reason, by=by, now=now)
        if isinstance(done, Refused):
            return done
        due_at = now + _PREPARED if revisit_at is None else min(now + _PREPARED, revisit_at)
        for step in steps:
            tasks.add(handoff.lead, step, kind=TaskKind.PREPARED_STEP, due_at=due_at, by=by, now=now)
        if revisit_at is not None:
            tasks.add(handoff.lead, RECYCLE[reason], kind=TaskKind.REVISIT, due_at=revisit_at, by=by, now=now)
        return done


def _standing(handoff: Handoff, said: set[str]) -> Standing:
    verdicts = said - {"touched", "accepted"}
    if handoff.status not in OPEN or verdicts:
        return Standing.OVER
    is_accepted = handoff.status == HandoffStatus.ACCEPTED or "accepted" in said
    if is_accepted and (handoff.touched_at is not None or "touched" in said):
        return Standing.TOUCHED
    return Standing.ACCEPTED if is_accepted else Standing.OFFERED
