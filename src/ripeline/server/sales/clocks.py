"""The clocks of hand-offs in action: who is told, who gets what nobody took, and when whoever leads the team is told.

Each step is one transaction that locks the reps, then hand-offs that nobody else works on, and moves what it has done
out of its own sight. So several workers share the work, and a worker that dies leaves all or nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from ripeline.server import playbooks
from ripeline.server.chunks import CHUNK
from ripeline.server.delivery import outbox
from ripeline.server.delivery.topics import DUE_SOON, ESCALATED, OVERDUE
from ripeline.server.instants import HOUR
from ripeline.server.sales.handoffs import (
    OPEN,
    Assignment,
    Handoff,
    HandoffStatus,
    Why,
    give,
    locked,
    message,
    runs_out_at,
)
from ripeline.server.sales.routing import Ask, Router
from ripeline.server.staff import managers
from ripeline.server.staff.absences import Absence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from ripeline.server.delivery.outbox import Message

ESCALATES_AFTER = HOUR
"""So long after a first touch became overdue, whoever leads the team is told."""


def run(now: int) -> int:
    """Everything that is due by now; how many hand-offs and absences were looked at."""
    return begin_absences(now) + pass_on(now) + remind(now)


# --- the first touch ------------------------------------------------------------------------------


def remind(now: int) -> int:
    """Tell of the first touches that are due soon, overdue or long overdue, each once; of how many was looked at."""
    due = Handoff.objects.filter(remind_at__lte=now)
    if not due.exists():
        return 0
    with transaction.atomic():
        found = list(locked(due, skip_locked=True)[:CHUNK])
        told = [each for one in found if (each := _look(one, now)) is not None]
        _tell(told, now)
        Handoff.objects.bulk_update(found, ["remind_at", "escalated_at"])
    return len(found)


def _look(handoff: Handoff, now: int) -> Message | None:
    """What is told of one whose clock is looked at, and when it is looked at next."""
    due, looked_at = runs_out_at(handoff), handoff.remind_at
    handoff.remind_at = None
    if handoff.status not in OPEN or handoff.touched_at is not None or due is None or looked_at is None:
        return None
    if looked_at >= due + ESCALATES_AFTER:
        return _escalated(handoff, "overdue", now)
    handoff.remind_at = due if now < due else due + ESCALATES_AFTER
    if now < due:
        return message(handoff, DUE_SOON, at=now, once="due_soon") if due == handoff.due_at else None
    later = "" if due == handoff.due_at else f"-{due}"
    return message(handoff, OVERDUE, at=now, once=f"overdue{later}")


def _escalated(handoff: Handoff, reason: str, now: int) -> Message | None:
    if handoff.escalated_at is not None:
        return None
    handoff.escalated_at = now
    return message(handoff, ESCALATED, at=now, more={"reason": reason}, once="escalated")


def _tell(messages: list[Message], now: int) -> None:
    if any(each.topic == ESCALATED for each in messages):
        managers.reach(now=now)
    outbox.tell_once(messages, now=now)


# --- what nobody took -----------------------------------------------------------------------------


def pass_on(now: int) -> int:
    """Give offers that were not accepted in time to the next rep; to nobody twice, and then it is escalated."""
    late = Handoff.objects.filter(status=HandoffStatus.OFFERED, answered_at=None, escalated_at=None, accept_by__lte=now)
    waiting = late.filter(Q(call_at=None) | Q(call_at__lte=now))
    return _pass_on(waiting, Why.NOT_ACCEPTED, now) if waiting.exists() else 0


def begin_absences(now: int) -> int:
    """Give the offers that wait for the yes of somebody who is away from now on to others, once for each absence."""
    begun = Absence.objects.filter(since__lte=now, begun_at=None)
    if not begun.exists():
        return 0
    with transaction.atomic():
        found = list(begun.select_for_update(skip_locked=True)[:CHUNK])
        away = [one.user_id for one in found if now < one.until]
        waiting = Handoff.objects.filter(status=HandoffStatus.OFFERED, answered_at=None, rep__in=away)
        if away:
            _pass_on(waiting, Why.ABSENT, now)
        Absence.objects.filter(pk__in=[one.pk for one in found]).update(begun_at=now)
    return len(found)


def _pass_on(waiting: QuerySet[Handoff], reason: Why, now: int) -> int:
    with transaction.atomic():
        leads = list(waiting.values_list("lead", flat=True)[:CHUNK])
        router = Router(leads)
        found = list(locked(waiting.filter(lead__in=leads), skip_locked=True))
        had = _had(found)
        left = [one for one in found if not reassigned(router, one, reason, besides=had.get(one.pk, ()), now=now)]
        if reason == Why.NOT_ACCEPTED:
            _tell([each for one in left if (each := _escalated(one, reason, now)) is not None], now)
            Handoff.objects.bulk_update(left, ["escalated_at"])
    return len(found)


def reassigned(router: Router, handoff: Handoff, reason: Why, *, besides: Iterable[int], now: int) -> bool:
    """Whether somebody else was free for a hand-off, who has it now."""
    playbook = playbooks.playbook_of(handoff.offer.version)
    ask = Ask(handoff.lead_id, now, handoff.lead.persona or None, ())
    choice = router.choose(ask, playbook, besides=besides)
    if choice is None:
        return False
    give(handoff, choice.rep, reason, route=choice.route, at=now)
    return True


def _had(found: Iterable[Handoff]) -> dict[int, set[int]]:
    """By hand-off, who had it so far."""
    had: dict[int, set[int]] = {}
    for handoff, rep in Assignment.objects.filter(handoff__in=found).values_list("handoff", "rep"):
        had.setdefault(handoff, set()).add(rep)
    return had
