"""What happens at a look: people's acts, gates, automation, signals (``docs/meaning.md`` sections 7 and 8).

Compiled. Each function is one step of the text, in its order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ripeline.core.codes import (
    Act,
    Entry,
    GateName,
    HandoffStatus,
    MoveReason,
    Refusal,
    Rejection,
    Signal,
    Stage,
    Verdict,
)
from ripeline.core.compiling import compiled
from ripeline.core.facts import series_bounds, tree_truth
from ripeline.core.layout import FOREVER, NEVER, TRUE, Bytes, Definition, Ints, Journal, Rows, State
from ripeline.core.lifecycle import BY_HAND, LEGAL
from ripeline.core.space import COOLING, FOR_DATA, NOT_WAITING
from ripeline.core.turns import forced_until

if TYPE_CHECKING:
    from ripeline.core.space import Scratch

NO_FLOOR, NO_CEILING = np.int8(0), np.int8(2)
NO_GATE = -1


class Look(NamedTuple):
    """One look at one lead of a unit."""

    j: int
    lead: int
    at: int
    forced: Bytes  # [g]
    entered: Bytes  # [g]
    written: Ints  # [1]: entries in the journal


@compiled
def note(book: Journal, look: Look, entry: int, a: int, b: int, c: int, d: int) -> None:
    """One entry in the journal; past the journal's end it is only counted."""
    n = look.written[0]
    look.written[0] += 1
    if n < book.entries.size:
        row = book.entries[n]
        row.lead, row.at, row.kind = look.lead, look.at, entry
        row.a, row.b, row.c, row.d = a, b, c, d


@compiled
def move_to(state: State, book: Journal, look: Look, stage: int, reason: int, gate: int) -> None:
    """A legal move."""
    note(book, look, Entry.MOVE, state.leads[look.lead].stage, stage, reason, gate)
    state.leads[look.lead].stage = stage


@compiled
def end_handoff(state: State, book: Journal, look: Look, status: int) -> None:
    """The hand-off becomes what it is said to be."""
    state.leads[look.lead].handoff = status
    note(book, look, Entry.HANDOFF, status, NEVER, 0, 0)


@compiled
def is_open(state: State, lead: int) -> bool:
    """Whether a hand-off is open."""
    return state.leads[lead].handoff in (HandoffStatus.OFFERED, HandoffStatus.ACCEPTED)


@compiled
def cool_down(d: Definition, s: Scratch, state: State, look: Look) -> None:
    """The cool-down begins."""
    state.leads[look.lead].waiting, state.leads[look.lead].waiting_since = COOLING, look.at
    state.leads[look.lead].cool_until = look.at + d.cool_down[s.leads[look.j].persona + 1]


# --- (a) people's acts --------------------------------------------------------------------------


@compiled
def set_stage(d: Definition, s: Scratch, state: State, book: Journal, look: Look, stage: int, reason: int) -> None:
    """A person moves the lead; an open hand-off ends accordingly."""
    old = state.leads[look.lead].stage
    move_to(state, book, look, stage, reason, NO_GATE)
    if is_open(state, look.lead):
        if stage == Stage.DISQUALIFIED:
            end_handoff(state, book, look, HandoffStatus.DISQUALIFIED)
        elif stage in (Stage.LEAD, Stage.MQL):
            end_handoff(state, book, look, HandoffStatus.RECYCLED)
        else:
            end_handoff(state, book, look, HandoffStatus.CONFIRMED)
    if stage == Stage.MQL and old != Stage.LEAD:
        cool_down(d, s, state, look)


@compiled
def override(d: Definition, s: Scratch, state: State, book: Journal, look: Look, stage: int, until: int) -> bool:
    """An override or (stage -1) a hold; False if it is not legal."""
    lead, old = look.lead, state.leads[look.lead].stage
    moves = stage >= 0 and stage != old
    if moves and not LEGAL[old, stage]:
        return False
    if moves:
        set_stage(d, s, state, book, look, stage, MoveReason.OVERRIDE)
    state.leads[lead].override_until, state.leads[lead].hold = until, stage < 0
    # Stages after sql count as above it, and automation never reaches them.
    rank = min(old, NO_CEILING)
    state.leads[lead].floor = stage if stage >= rank else NO_FLOOR
    state.leads[lead].ceiling = stage if 0 <= stage <= rank else NO_CEILING
    return True


@compiled
def reject(d: Definition, s: Scratch, state: State, book: Journal, look: Look, reason: int) -> None:
    """An offer is rejected before contact."""
    lead = look.lead
    end_handoff(state, book, look, HandoffStatus.REJECTED)
    if reason == Rejection.MISROUTED:
        state.leads[lead].handoff, state.leads[lead].touched = HandoffStatus.OFFERED, False
        note(book, look, Entry.HANDOFF, HandoffStatus.OFFERED, state.leads[lead].handoff_conversion, 0, 0)
    elif reason == Rejection.BAD_DATA:
        state.leads[lead].waiting, state.leads[lead].waiting_since = FOR_DATA, look.at
    else:
        cool_down(d, s, state, look)


@compiled
def answer(d: Definition, s: Scratch, state: State, book: Journal, look: Look, verdict: int, reason: int) -> int:
    """A rep's verdict; -1 if it took effect, else why it is refused."""
    lead, stage = look.lead, state.leads[look.lead].stage
    handing = is_open(state, lead)
    if verdict == Verdict.DISQUALIFIED:
        if not LEGAL[stage, Stage.DISQUALIFIED]:
            return Refusal.ILLEGAL_MOVE
        if handing:
            end_handoff(state, book, look, HandoffStatus.DISQUALIFIED)
        move_to(state, book, look, Stage.DISQUALIFIED, MoveReason.DISQUALIFIED, NO_GATE)
        return -1
    if verdict == Verdict.RECYCLED:
        if not handing and stage not in (Stage.SQL, Stage.OPPORTUNITY):
            return Refusal.NO_OPEN_HANDOFF
        if handing:
            end_handoff(state, book, look, HandoffStatus.RECYCLED)
        if stage == Stage.SQL or (stage == Stage.OPPORTUNITY and not handing):
            move_to(state, book, look, Stage.MQL, MoveReason.RECYCLED, NO_GATE)
        cool_down(d, s, state, look)
        return -1
    if not handing:
        return Refusal.NO_OPEN_HANDOFF
    if verdict == Verdict.CONFIRMED:
        end_handoff(state, book, look, HandoffStatus.CONFIRMED)
        if stage != Stage.SQL:
            move_to(state, book, look, Stage.SQL, MoveReason.CONFIRMED, NO_GATE)
        return -1
    if verdict == Verdict.MERGED:
        end_handoff(state, book, look, HandoffStatus.MERGED)
        state.leads[lead].waiting, state.leads[lead].waiting_since = COOLING, look.at
        state.leads[lead].cool_until = look.at
        return -1
    if state.leads[lead].handoff == HandoffStatus.ACCEPTED:
        return Refusal.ALREADY_ACCEPTED
    if verdict == Verdict.ACCEPTED:
        end_handoff(state, book, look, HandoffStatus.ACCEPTED)
    else:
        reject(d, s, state, book, look, reason)
    return -1


@compiled
def carry_out(d: Definition, rows: Rows, s: Scratch, state: State, book: Journal, look: Look, i: int) -> None:
    """One act of a person, or its refusal."""
    lead, kind, a, b = look.lead, rows.acts[i].kind, rows.acts[i].a, rows.acts[i].b
    refusal = -1
    if kind == Act.STAGE:
        if BY_HAND[state.leads[lead].stage, a]:
            set_stage(d, s, state, book, look, a, MoveReason.PERSON)
        else:
            refusal = Refusal.ILLEGAL_MOVE
    elif kind == Act.OVERRIDE:
        if not override(d, s, state, book, look, a, b):
            refusal = Refusal.ILLEGAL_MOVE
    elif kind == Act.OVERRIDE_END:
        if look.at >= state.leads[lead].override_until:
            refusal = Refusal.NO_OVERRIDE
        state.leads[lead].override_until = NEVER
    elif kind == Act.VERDICT:
        refusal = answer(d, s, state, book, look, a, b)
    elif kind == Act.TOUCH and is_open(state, lead) and not state.leads[lead].touched:
        state.leads[lead].touched = True
        note(book, look, Entry.TOUCHED, 0, 0, 0, 0)
    if refusal >= 0:
        note(book, look, Entry.REFUSED, kind, refusal, 0, 0)


# --- (b) gates ----------------------------------------------------------------------------------


@compiled
def move_gate(d: Definition, rows: Rows, s: Scratch, state: State, look: Look, g: int) -> None:
    """A gate opens, closes or stays as it is."""
    lead, j, v = look.lead, look.j, s.leads[look.j].persona + 1
    look.forced[g], look.entered[g] = 0, 0
    if s.leads[j].shut:
        state.gates[lead, g].open, state.gates[lead, g].since = False, FOREVER
        return
    look.forced[g] = look.at < forced_until(d, rows, s, j, g)
    look.entered[g] = tree_truth(d, s, s.truth[j], d.gates[v, g].enter) == TRUE
    if not look.entered[g]:
        state.gates[lead, g].since = FOREVER
    elif state.gates[lead, g].since == FOREVER:
        state.gates[lead, g].since = look.at
    if not state.gates[lead, g].open:
        dwelt = look.entered[g] and look.at - state.gates[lead, g].since >= d.gates[v, g].dwell
        state.gates[lead, g].open = look.forced[g] or dwelt
    elif not look.forced[g]:
        if d.gates[v, g].leave >= 0:
            leaves = tree_truth(d, s, s.truth[j], d.gates[v, g].leave) == TRUE and not look.entered[g]
        else:
            leaves = tree_truth(d, s, s.truth[j], d.gates[v, g].eased) != TRUE
        if leaves:
            state.gates[lead, g].open = False


# --- (c) automation -----------------------------------------------------------------------------


@compiled
def news_since(rows: Rows, s: Scratch, first: int, last: int, instant: int) -> bool:
    """Whether one of a series' events became known after an instant."""
    for i in range(last - 1, first - 1, -1):
        if rows.known[s.series_row[i]] > instant:
            return True
    return False


@compiled
def may_offer(d: Definition, rows: Rows, s: Scratch, state: State, look: Look) -> bool:
    """Whether what the lead waits for, if it waits, has come."""
    lead, j = look.lead, look.j
    since = state.leads[lead].waiting_since
    if state.leads[lead].waiting == COOLING:
        series = d.gates[s.leads[j].persona + 1, GateName.SALES_READY].force
        if series >= 0:
            first, last = series_bounds(d, s, j, series)
            if news_since(rows, s, first, last, since):
                return True
        first, last = series_bounds(d, s, j, d.conversion_series)
        return look.at >= state.leads[lead].cool_until and news_since(rows, s, first, last, since)
    if state.leads[lead].waiting == FOR_DATA:
        for i in range(rows.leads[lead].acts, s.leads[j].act_next):
            if rows.acts[i].kind == Act.ATTRIBUTES and rows.acts[i].known > since:
                return True
        return False
    return True


@compiled
def offer(d: Definition, rows: Rows, s: Scratch, state: State, book: Journal, look: Look) -> None:
    """A hand-off is offered; its clock runs from the last conversion action if that is recent enough."""
    lead = look.lead
    first, last = series_bounds(d, s, look.j, d.conversion_series)
    conversion = NEVER
    for i in range(last - 1, first - 1, -1):
        at = rows.at[s.series_row[i]]
        if at <= look.at:
            conversion = at if look.at - at <= d.response_time else NEVER
            break
    state.leads[lead].handoff, state.leads[lead].handoff_conversion = HandoffStatus.OFFERED, conversion
    state.leads[lead].touched, state.leads[lead].waiting = False, NOT_WAITING
    note(book, look, Entry.HANDOFF, HandoffStatus.OFFERED, conversion, 0, 0)


@compiled
def leave_reason(rows: Rows, s: Scratch, look: Look) -> int:
    """Why a gate that is closed now closed."""
    if s.leads[look.j].shut:
        return MoveReason.NO_CONSENT if s.leads[look.j].shut < 0 else MoveReason.EXCLUDED
    for i in range(s.leads[look.j].act_first, s.leads[look.j].act_next):
        if rows.acts[i].kind == Act.VOID and rows.acts[i].known == look.at:
            return MoveReason.VOIDED
    return MoveReason.GATE


@compiled
def automate(d: Definition, rows: Rows, s: Scratch, state: State, book: Journal, look: Look) -> None:
    """What follows from the gates by itself."""
    lead, ready = look.lead, GateName.SALES_READY
    overridden = look.at < state.leads[lead].override_until
    if overridden and state.leads[lead].hold:
        return
    floor = state.leads[lead].floor if overridden else NO_FLOOR
    ceiling = state.leads[lead].ceiling if overridden else NO_CEILING
    if state.leads[lead].handoff == HandoffStatus.OFFERED and not state.gates[lead, ready].open:
        end_handoff(state, book, look, HandoffStatus.EXPIRED)
    mql_open = state.gates[lead, GateName.MQL].open or state.gates[lead, ready].open
    offers = state.gates[lead, ready].open and not is_open(state, lead) and ceiling >= Stage.SQL
    offers = offers and state.leads[lead].stage in (Stage.LEAD, Stage.MQL) and may_offer(d, rows, s, state, look)
    skips = offers and d.automatic and look.forced[ready] == 1 and state.leads[lead].stage == Stage.LEAD
    if state.leads[lead].stage == Stage.LEAD and mql_open and ceiling >= Stage.MQL and not skips:
        gate = GateName.MQL if state.gates[lead, GateName.MQL].open else ready
        forced = look.forced[gate] and not look.entered[gate]
        move_to(state, book, look, Stage.MQL, MoveReason.FORCED if forced else MoveReason.GATE, gate)
    if offers and (state.leads[lead].stage == Stage.MQL or skips):
        offer(d, rows, s, state, book, look)
        if d.automatic:
            end_handoff(state, book, look, HandoffStatus.CONFIRMED)
            forced = skips or (look.forced[ready] and not look.entered[ready])
            move_to(state, book, look, Stage.SQL, MoveReason.FORCED if forced else MoveReason.GATE, ready)
    falls = state.leads[lead].stage == Stage.MQL and not mql_open and not is_open(state, lead)
    if falls and floor < Stage.MQL and look.at >= state.leads[lead].cool_until:
        move_to(state, book, look, Stage.LEAD, leave_reason(rows, s, look), GateName.MQL)


# --- (d) signals --------------------------------------------------------------------------------


@compiled
def signal(d: Definition, rows: Rows, s: Scratch, state: State, book: Journal, look: Look) -> None:
    """What automation says where it may not act."""
    lead, j, ready = look.lead, look.j, GateName.SALES_READY
    stage, held = state.leads[lead].stage, state.leads[lead].hold and look.at < state.leads[lead].override_until
    series = d.gates[s.leads[j].persona + 1, ready].force
    if series >= 0 and (held or stage in (Stage.DISQUALIFIED, Stage.LOST)):
        first, last = series_bounds(d, s, j, series)
        if news_since(rows, s, first, last, look.at - 1):
            note(book, look, Entry.SIGNAL, Signal.TASK, 0, 0, 0)
    worked = state.leads[lead].handoff == HandoffStatus.ACCEPTED or stage in (Stage.SQL, Stage.OPPORTUNITY)
    is_ready = state.gates[lead, ready].open
    if worked and state.leads[lead].was_worked and state.leads[lead].was_ready != is_ready:
        note(book, look, Entry.SIGNAL, Signal.REVIVED if is_ready else Signal.FADED, 0, 0, 0)
    state.leads[lead].was_ready, state.leads[lead].was_worked = is_ready, worked


@compiled
def take_step(d: Definition, rows: Rows, s: Scratch, state: State, book: Journal, look: Look) -> None:
    """One look at one lead."""
    for i in range(s.leads[look.j].act_first, s.leads[look.j].act_next):
        if rows.acts[i].known == look.at:
            carry_out(d, rows, s, state, book, look, i)
    for g in range(2):
        move_gate(d, rows, s, state, look, g)
    automate(d, rows, s, state, book, look)
    signal(d, rows, s, state, book, look)
