"""What a rep answers to an offer, with the reasons that there are, and what follows from it for marketing."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from ripeline.core.phrases import gettext
from ripeline.server import acts, json_text, tasks
from ripeline.server.events import OF_LEAD, Event
from ripeline.server.handoffs import OPEN, Handoff, HandoffStatus
from ripeline.server.instants import DAY
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.tasks import TaskKind
from ripeline.server.users import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ripeline.server.users import User

REJECT: Mapping[str, str] = {
    "misrouted": gettext("Wrong person: it belongs to another rep"),
    "bad_data": gettext("Wrong data: it cannot be reached like this"),
    "below_bar": gettext("Below the bar that we agreed on"),
}
RECYCLE: Mapping[str, str] = {
    "no_budget": gettext("No budget yet"),
    "bad_timing": gettext("Bad timing"),
    "no_need_yet": gettext("No need yet"),
    "no_authority": gettext("Cannot decide"),
    "not_reached": gettext("Not reached"),
}
DISQUALIFY: Mapping[str, str] = {
    "no_need": gettext("Will never need it"),
    "no_fit": gettext("Does not fit us"),
    "competitor": gettext("A competitor"),
    "looks_for_a_job": gettext("A student, or looks for a job"),
    "customer_already": gettext("A customer already"),
    "not_a_person": gettext("Not a real person"),
}
"""The reasons of each answer as people read them, in English; the catalogs translate them."""
REASONS: Mapping[str, str] = {**REJECT, **RECYCLE, **DISQUALIFY}
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


def recycle(
    handoff: Handoff, *, reason: str, revisit_at: int | None, steps: Sequence[str], by: User, now: int
) -> str | Refused:
    """Give a lead back to marketing, with what it is to do and when it is to look at it again, as its tasks."""
    if revisit_at is not None and revisit_at <= now:
        return Refused(Refusal.IN_THE_PAST)
    with transaction.atomic():
        done = acts.recycle(handoff, reason=reason, by=by, now=now)
        if isinstance(done, Refused):
            return done
        due_at = now + _PREPARED if revisit_at is None else min(now + _PREPARED, revisit_at)
        for step in steps:
            tasks.add(handoff.lead, step, kind=TaskKind.PREPARED_STEP, due_at=due_at, by=by, now=now)
        if revisit_at is not None:
            text = RECYCLE.get(reason, reason)
            tasks.add(handoff.lead, text, kind=TaskKind.REVISIT, due_at=revisit_at, by=by, now=now)
        return done


def _standing(handoff: Handoff, said: set[str]) -> Standing:
    verdicts = said - {"touched", "accepted"}
    if handoff.status not in OPEN or verdicts:
        return Standing.OVER
    is_accepted = handoff.status == HandoffStatus.ACCEPTED or "accepted" in said
    if is_accepted and (handoff.touched_at is not None or "touched" in said):
        return Standing.TOUCHED
    return Standing.ACCEPTED if is_accepted else Standing.OFFERED
