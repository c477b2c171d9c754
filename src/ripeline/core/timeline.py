"""Many leads' histories laid out as sorted columns for the kernel; one lead is a batch of one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from ripeline.core.acts import act_rows, acts_of
from ripeline.core.history import History, property_column
from ripeline.core.instants import DAY
from ripeline.core.layout import LEAD_ROW, NEVER, Ints, Records, RepeatKind, Rows, records
from ripeline.core.matching import condition_expression, unknown_expression, value_expression
from ripeline.core.ordering import is_in_order, starts
from ripeline.core.playbook import Playbook, ValueTable
from ripeline.core.snapshots import facts_of, snapshots_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ripeline.core.conditions import Condition
    from ripeline.core.definition import Compiled, Match


def event_names(history: History) -> list[str]:
    """The event names in the order of their codes."""
    kind = history.events.schema["event"]
    return [str(name) for name in kind.categories] if isinstance(kind, pl.Enum) else []


def of_leads(history: History, first: int, last: int) -> History:
    """The history of the leads from one number to before another, of one in ledger order."""
    begin, end = np.searchsorted(history.events["lead"].to_numpy(), [first, last])
    events = history.events[begin:end].with_columns(pl.col("lead") - first)
    acts, changes = (
        rows.filter(pl.col("lead").is_between(first, last, closed="left")).with_columns(pl.col("lead") - first)
        for rows in (history.acts, history.changes)
    )
    return History(history.leads[first:last], events, acts, changes, history.repeats)


def spoken_of(history: History, playbook: Playbook) -> History:
    """The same history without the events that only another version of the playbook names."""
    named = {name for activity in playbook.activities.values() for name in activity.event}
    if named.issuperset(event_names(history)):
        return history
    return replace(history, events=history.events.filter(pl.col("event").cast(pl.String).is_in(named)))


def lay_out(history: History, compiled: Compiled, *, couple: bool) -> Rows:
    """The columns of a history in ledger order, matched against a playbook.

    With `couple`, the leads of an account form one unit; else every lead is a unit of its own.
    """
    events, leads = history.events, history.leads
    at = _ints(events["at"])
    known = _ints(events["known_at"]) if "known_at" in events.columns else at
    lead = events["lead"].to_numpy()
    snapshots, changes = snapshots_of(history, compiled.playbook)
    acts = acts_of(history, compiled, changes)
    unit_start, unit_lead = _units(leads["account_id"], couple=couple)
    bits, choices = _matched(events, compiled)
    truths, known_attributes = facts_of(snapshots, compiled)
    return Rows(
        unit_start=_fixed(unit_start, np.int64),
        unit_lead=_fixed(unit_lead, np.int64),
        leads=_lead_rows(leads, starts(lead, leads.height), starts(acts["lead"].to_numpy(), leads.height)),
        at=_fixed(at, np.int64),
        known=_fixed(known, np.int64),
        news=_fixed(np.empty(0, np.int64) if known is at else _order_of_news(lead, known), np.int64),
        code=_fixed(events["event"].to_physical().to_numpy(), np.uint16),
        bits=_fixed(bits, np.uint64),
        choices=_fixed(choices, np.uint8),
        day=_fixed(_days(at, compiled), np.int32),
        acts=act_rows(acts),
        snapshot_truth=_fixed(truths, np.int8),
        snapshot_known=_fixed(known_attributes, np.int64),
    )


def _fixed(column: np.ndarray, kind: type[np.generic]) -> np.ndarray:
    """A column of one type, laid out in one way and not to be written: the kernel is compiled for each that differs."""
    fixed = np.ascontiguousarray(column, kind).view()
    fixed.flags.writeable = False
    return fixed


# --- events -------------------------------------------------------------------------------------


def _ints(column: pl.Series) -> Ints:
    return np.ascontiguousarray(column.cast(pl.Int64).to_numpy())


def _units(accounts: pl.Series, *, couple: bool) -> tuple[Ints, Ints]:
    count = len(accounts)
    if not couple:
        return np.arange(count + 1, dtype=np.int64), np.arange(count, dtype=np.int64)
    alone = pl.lit("\x00") + pl.int_range(count).cast(pl.String)
    frame = accounts.alias("account").to_frame().select(unit=pl.col("account").fill_null(alone)).with_row_index("lead")
    frame = frame.sort("unit", "lead")
    sizes = frame.group_by("unit", maintain_order=True).len()["len"].to_numpy()
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), _ints(frame["lead"])


def _order_of_news(lead: np.ndarray, known: Ints) -> Ints:
    if is_in_order(lead, known):
        return np.empty(0, np.int64)
    return np.lexsort((np.arange(known.size), known, lead)).astype(np.int64)


class _Asked(NamedTuple):
    """What is asked of events: of which names (by code), in which columns, and which bits of which names they are."""

    codes: NDArray[np.bool_]
    columns: dict[str, pl.Expr]
    bits: dict[str, list[tuple[int, int]]]


def _asked(compiled: Compiled, schema: pl.Schema) -> _Asked:
    book, names = compiled.playbook, list(compiled.matches)
    bits: dict[Match, list[tuple[int, int]]] = {}
    for code, name in enumerate(names):
        for bit, match in enumerate(compiled.matches[name]):
            bits.setdefault(match, []).append((code, bit))
    by_rule = {
        rule: [code for code, name in enumerate(names) if any(name in book.activities[a].event for a in activities)]
        for rule in compiled.tables
        if (activities := book.rules[rule].on)
    }
    codes = np.zeros(len(names), np.bool_)
    codes[[code for places in bits.values() for code, _ in places] + [c for own in by_rule.values() for c in own]] = (
        True
    )
    columns = {f"{_BIT}{number}": _match_expression(book, match, schema) for number, match in enumerate(bits)}
    columns |= {rule: _choice(book.rules[rule].points, schema).cast(pl.UInt8) for rule in by_rule}
    return _Asked(codes, columns, {f"{_BIT}{number}": places for number, places in enumerate(bits.values())})


_BIT = "\x00"


def _matched(events: pl.DataFrame, compiled: Compiled) -> tuple[np.ndarray, np.ndarray]:
    """Per event, which of the conditions asked of its name hold, as bits; per table and event, its choice of points."""
    bits = np.zeros(events.height, np.uint64)
    choices = np.zeros((len(compiled.tables), events.height), np.uint8)
    code, asked = events["event"].to_physical().to_numpy(), compiled.for_columns(_asked, events.schema)
    rows = np.flatnonzero(asked.codes[code])
    if not rows.size:
        return bits, choices
    # Of a property that no event has, an expression is but one value, so a column goes along.
    found, code = events[rows].lazy().select("event", **asked.columns).collect(engine="in-memory"), code[rows]
    for column, places in asked.bits.items():
        held = found[column].to_numpy()
        for own, bit in places:
            bits[rows] |= (held & (code == own)).astype(np.uint64) << np.uint64(bit)
    for place, rule in enumerate(compiled.tables):
        choices[place, rows] = found[rule].to_numpy()
    return bits, choices


def _match_expression(playbook: Playbook, match: Match, schema: Mapping[str, pl.DataType]) -> pl.Expr:
    wanted: list[Condition] = [w for w in (playbook.activities[match.activity].where, match.where) if w is not None]
    parts = [condition_expression(condition, schema).fill_null(value=False) for condition in wanted]
    return pl.all_horizontal(parts)


def _choice(table: object, schema: Mapping[str, pl.DataType]) -> pl.Expr:
    if not isinstance(table, ValueTable) or table.property is None:
        message = "only a table on a property is chosen from by event"
        raise TypeError(message)
    count, column = len(table.rows), property_column(table.property)
    choice = pl.lit(count)
    for index in reversed(range(count)):
        choice = pl.when(value_expression(table.rows[index], column, schema)).then(index).otherwise(choice)
    return pl.when(unknown_expression(column, schema)).then(count + 1).otherwise(choice)


def _days(at: Ints, compiled: Compiled) -> np.ndarray:
    """The calendar day of each event in the playbook's zone, if a rule asks for days."""
    if not (compiled.definition.priced.repeats == RepeatKind.ONCE_PER_DAY).any():
        return np.empty(0, np.int32)
    if at.size == 0:
        return np.empty(0, np.int32)
    # Ten years at a time, so that few spans are asked for.
    since, offset = zone_offsets(
        compiled.playbook.timezone, int(at.min()) // _DECADE * _DECADE, (int(at.max()) // _DECADE + 1) * _DECADE
    )
    if since.size == 1:
        return np.asarray((at + offset[0]) // DAY, np.int32)
    local = at + offset[np.searchsorted(since, at, side="right") - 1]
    return np.asarray(local // DAY, np.int32)


_DECADE = 3653 * DAY


@lru_cache
def zone_offsets(zone: str, first: int, last: int) -> tuple[Ints, Ints]:
    """The instants from `first` to `last` at which a zone's offset from UTC changes, and the offsets, in microseconds.

    The first instant is `first`. Offsets are taken as data, so that every engine has the same days.
    """
    info = ZoneInfo(zone)

    def offset(instant: int) -> int:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)
        return round((moment.astimezone(info).utcoffset() or timedelta()).total_seconds() * 1_000_000)

    since, offsets = [first], [offset(first)]
    left = first
    while left < last:
        right = min(left + 7 * DAY, last)
        if offset(right) != offsets[-1]:
            low, high = left, right
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(middle) == offsets[-1] else (low, middle)
            since.append(high)
            offsets.append(offset(high))
        left = right
    return np.array(since, np.int64), np.array(offsets, np.int64)


def _lead_rows(leads: pl.DataFrame, events: Ints, acts: Ints) -> Records:
    """Where each lead's rows begin; snapshot 0 knows nothing, snapshot n + 1 is what the table says of lead n."""
    rows = records(LEAD_ROW, leads.height + 1)
    rows.events, rows.acts = events, acts
    rows.created[:-1] = leads["created_at"].fill_null(int(NEVER)).to_numpy()
    rows.first_snapshot[:-1] = np.where(rows.created[:-1] == NEVER, np.arange(1, leads.height + 1), 0)
    return rows
