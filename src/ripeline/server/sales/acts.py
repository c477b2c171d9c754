"""What people do with leads: each act is a row of the ledger, on which the next round decides.

What is plainly out of place is refused at once, as a value. Two who act in the same moment both write their row: the
round lets the first one count and writes down why the other one did not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from ripeline.core.columns import DataProblem
from ripeline.core.needs import needs_of
from ripeline.core.reserved import read_act, read_changes
from ripeline.server import instants, json_text, ledger, playbooks, sources
from ripeline.server.events import Event
from ripeline.server.leads import Lead
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sales import handoffs
from ripeline.server.sales.handoffs import OPEN, Handoff, HandoffStatus
from ripeline.server.staff.users import Action, Role, may

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ripeline.server.staff.users import User

# --- a hand-off -----------------------------------------------------------------------------------


def accept(handoff: Handoff, *, by: User, now: int) -> str | Refused:
    """Take on an offered lead; of two who do so at once the second is refused."""
    return _answer(handoff, "accepted", by=by, now=now)


def confirm(handoff: Handoff, *, by: User, now: int) -> str | Refused:
    """Say that the lead is sales-qualified."""
    return _answer(handoff, "confirmed", by=by, now=now)


def reject(handoff: Handoff, *, reason: str, by: User, now: int) -> str | Refused:
    """Turn down an offer before contact; `misrouted` offers it to another rep, `bad_data` has it mended first."""
    return _answer(handoff, "rejected", by=by, now=now, reason=reason)


def recycle(handoff: Handoff, *, reason: str, by: User, now: int) -> str | Refused:
    """Give the lead back to marketing: it is not ready yet."""
    return _answer(handoff, "recycled", by=by, now=now, reason=reason)


def disqualify(handoff: Handoff, *, reason: str, by: User, now: int) -> str | Refused:
    """Say that the lead will never buy."""
    return _answer(handoff, "disqualified", by=by, now=now, reason=reason)


def touch(
    lead: Lead,
    *,
    how: str,
    reached: bool | None = None,
    note: str = "",
    by: User,
    now: int,
    once: str | None = None,
) -> str | Refused:
    """Write down a call, a personal mail or a meeting; the first one on an open hand-off stops its clock."""
    told = {"reached": reached, "note": note.strip()}
    said = {"how": how} | {name: value for name, value in told.items() if value not in (None, "")}
    return say(lead, "touch_logged", said, by=by, now=now, once=once)


def book_call(what: Handoff | Lead, *, at: int, by: User, now: int) -> str | Refused:
    """Write down that a call is agreed on; until then the clock of the lead's open hand-off stands still."""
    if not instants.is_plan(at):
        return Refused(Refusal.NO_TIME)
    if at <= now:
        return Refused(Refusal.IN_THE_PAST)
    return _call(what, "call_booked", at, by=by, now=now)


def cancel_call(what: Handoff | Lead, *, by: User, now: int) -> str | Refused:
    """Write down that a booked call does not take place; the clock of the hand-off runs on as if it had not stood."""
    return _call(what, "call_cancelled", None, by=by, now=now)


# --- a lead ---------------------------------------------------------------------------------------


def override(
    lead: Lead, stage: str, *, reason: str, by: User, now: int, until: int | None = None, once: str | None = None
) -> str | Refused:
    """Set the stage by hand and keep automation from undoing it, for 90 days unless told otherwise."""
    return say(lead, "override_set", _until({"stage": stage, "reason": reason}, until), by=by, now=now, once=once)


def hold(
    lead: Lead, *, reason: str, by: User, now: int, until: int | None = None, once: str | None = None
) -> str | Refused:
    """Keep automation from the lead altogether."""
    return say(lead, "override_set", _until({"hold": True, "reason": reason}, until), by=by, now=now, once=once)


def release(lead: Lead, *, by: User, now: int, once: str | None = None) -> str | Refused:
    """End the override or hold in force."""
    return say(lead, "override_ended", {}, by=by, now=now, once=once)


def move(lead: Lead, stage: str, *, reason: str, by: User, now: int) -> str | Refused:
    """Move the lead to a stage that belongs to people: opportunity, customer, lost, disqualified, and back."""
    return say(lead, "stage_set", {"stage": stage, "reason": reason}, by=by, now=now)


def change(lead: Lead, attributes: Mapping[str, object], *, by: User, now: int) -> str | Refused:
    """Write down what is known of the lead; None makes an attribute unknown."""
    return say(lead, "attributes_changed", attributes, by=by, now=now)


def note(lead: Lead, text: str, *, by: User, now: int, once: str | None = None) -> str | Refused:
    """Write down what is worth knowing of a lead."""
    return say(lead, "note_added", {"text": text}, by=by, now=now, once=once)


def _until(said: dict[str, object], until: int | None) -> dict[str, object]:
    return said if until is None else said | {"until": instants.text(until)}


def _answer(handoff: Handoff, verdict: str, *, by: User, now: int, reason: str | None = None) -> str | Refused:
    current, is_first = Handoff.objects.get(pk=handoff.pk), verdict in ("accepted", "rejected")
    if current.status not in OPEN:
        return Refused(Refusal.NOT_OPEN)
    if current.rep_id not in (None, by.pk) and by.role != Role.ADMIN:
        is_late = is_first and handoff.rep_id in (None, by.pk)  # it was free, or this rep's, when the rep looked
        return Refused(Refusal.ANSWERED_ALREADY if is_late else Refusal.NOT_ALLOWED)
    if is_first and current.status == HandoffStatus.ACCEPTED:
        return Refused(Refusal.ACCEPTED_ALREADY)
    said = {"verdict": verdict} | ({"reason": reason} if reason else {})
    with transaction.atomic():
        done = say(current.lead, "verdict_given", said, by=by, now=now)
        if isinstance(done, Refused):
            return done
        if is_first and not handoffs.answer(current, by=by, takes=verdict == "accepted", now=now):
            transaction.set_rollback(True)
            return Refused(Refusal.ANSWERED_ALREADY)
        return done


def _call(what: Handoff | Lead, name: str, at: int | None, *, by: User, now: int) -> str | Refused:
    """A row, and the clock of the lead's open hand-off, if there is one."""
    lead = what if isinstance(what, Lead) else what.lead
    said = {} if at is None else {"at": instants.text(at)}
    with transaction.atomic():
        current = handoffs.locked(Handoff.objects.filter(lead=lead, status__in=OPEN)).first()
        if isinstance(what, Handoff) and (current is None or current.pk != what.pk):
            return Refused(Refusal.NOT_OPEN)
        if current is not None and current.rep_id not in (None, by.pk) and not may(by, Action.LEAD_TEAM):
            return Refused(Refusal.NOT_ALLOWED)
        if at is None and (current is None or current.call_at is None):
            return Refused(Refusal.NO_CALL)
        done = say(lead, name, said, by=by, now=now)
        if current is not None and not isinstance(done, Refused):
            handoffs.set_call(current, at)
        return done


def say(
    lead: Lead, name: str, said: Mapping[str, object], *, by: User, now: int, once: str | None = None
) -> str | Refused:
    """Add what a person says of a lead, and tell its key in the ledger; refused to who may not, or if it is no sense.

    A token of `activities.token` as `once` lets it be written down once, however often it is sent.
    """
    if not may(by, Action.ACT_ON_LEADS):
        return Refused(Refusal.NOT_ALLOWED)
    if not _is_understood(name, said):
        return Refused(Refusal.NOT_UNDERSTOOD)
    with transaction.atomic():
        if once is None:
            return ledger.say(lead.pk, name, said, by=by.username, now=now)
        return _say_once(lead, name, said, _key(once, name, by), by=by, now=now)


def was_said(once: str, name: str, *, by: User, now: int) -> bool:
    """Whether a row with this token and of this name is there."""
    return Event.objects.filter(source=sources.own(now), key=_key(once, name, by)).exists()


def _key(once: str, name: str, by: User) -> str:
    return f"say{by.pk:010d}{once}-{name}"


def _say_once(lead: Lead, name: str, said: Mapping[str, object], key: str, *, by: User, now: int) -> str | Refused:
    before = Event.objects.filter(source=sources.own(now), key=key).first()
    if before is None:
        ledger.tell({"lead": str(lead.pk)}, name, said, key=key, at=now, by=by.username, now=now)
        before = Event.objects.get(source=sources.own(now), key=key)  # of two at the same moment, the first one
    own = json_text.read(before.properties) == {**said, "by": by.username}
    is_same = before.name == name and json_text.read(before.claims) == {"lead": str(lead.pk)} and own
    return key if is_same else Refused(Refusal.LOGGED_ALREADY)


def _is_understood(name: str, said: Mapping[str, object]) -> bool:
    """Whether the active definition knows the stages, answers and attributes that are named."""
    playbook = playbooks.active_playbook()
    if playbook is None:
        return True
    needs = needs_of([playbook])
    try:
        if name == "attributes_changed":
            return {attribute for attribute, _ in read_changes(said, needs)} == set(said)
        read_act(name, said, needs)
    except DataProblem:
        return False
    return True
