"""Many leads' histories laid out as sorted columns for the kernel; one lead is a batch of one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from ripeline.core.layout import ACT, FALSE, LEAD_ROW, NEVER, TRUE, UNKNOWN, Ints, Records, RepeatKind, Rows, records
from ripeline.core.lifecycle import Act, Rejection, Stage, Verdict
from ripeline.core.matching import condition_expression, unknown_expression, value_expression
from ripeline.core.ordering import by_lead, is_in_order, starts
from ripeline.core.playbook import Attribute, Playbook, ValueTable
from ripeline.core.tables import History
from ripeline.core.units import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ripeline.core.conditions import Condition
    from ripeline.core.definition import Compiled, Match

_EFFECTIVE = pl.min_horizontal("at", "known_at").alias("effective")
_LEDGER = ["at", "event_id", "position"]
_OVERRIDE_LASTS = 90 * DAY


def event_names(history: History) -> list[str]:
    """The event names in the order of their codes."""
    kind = history.events.schema["event"]
    return [str(name) for name in kind.categories] if isinstance(kind, pl.Enum) else []


def in_ledger_order(history: History) -> History:
    """The same history with its events sorted by lead, then ledger order."""
    events, leads = history.events, history.leads.height
    lead = events["lead"].to_numpy()
    if not is_in_order(lead):
        events = events[by_lead(lead, leads)]
        lead = events["lead"].to_numpy()
    strict = "event_id" in events.columns
    if not is_in_order(lead, events["at"].to_numpy(), strict=strict):
        keys = [
            "lead",
            "at",
            *(["event_id"] if strict else []),
            *(["position"] if "position" in events.columns else []),
        ]
        events = events.sort(keys, nulls_last=False, maintain_order=True)
    return History(history.leads, events, history.acts, history.changes, history.repeats)


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
    acts, snapshots = _acts(history, compiled)
    unit_start, unit_lead = _units(leads["account_id"], couple=couple)
    return Rows(
        unit_start=_fixed(unit_start, np.int64),
        unit_lead=_fixed(unit_lead, np.int64),
        leads=_lead_rows(leads, starts(lead, leads.height), starts(acts["lead"].to_numpy(), leads.height)),
        at=_fixed(at, np.int64),
        known=_fixed(known, np.int64),
        news=_fixed(np.empty(0, np.int64) if known is at else _order_of_news(lead, known), np.int64),
        code=_fixed(events["event"].to_physical().to_numpy(), np.uint16),
        bits=_fixed(_bits(events, compiled), np.uint64),
        choices=_fixed(_choices(events, compiled), np.uint8),
        day=_fixed(_days(at, compiled), np.int32),
        acts=_act_rows(acts),
        snapshot_truth=_fixed(_truths(snapshots, compiled), np.int8),
        snapshot_known=_fixed(_known_attributes(snapshots, compiled.playbook), np.int64),
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


def _match_expression(playbook: Playbook, match: Match, schema: Mapping[str, pl.DataType]) -> pl.Expr:
    wanted: list[Condition] = [w for w in (playbook.activities[match.activity].where, match.where) if w is not None]
    parts = [condition_expression(condition, schema).fill_null(value=False) for condition in wanted]
    return pl.all_horizontal(parts)


def _bits(events: pl.DataFrame, compiled: Compiled) -> np.ndarray:
    """Per event, which of the conditions asked of its name hold, as bits."""
    if not any(compiled.matches.values()):
        return np.zeros(events.height, np.uint64)
    word: pl.Expr = pl.lit(0, dtype=pl.UInt64)
    for name, matches in compiled.matches.items():
        bits = [
            _match_expression(compiled.playbook, match, events.schema).cast(pl.UInt64) * (1 << bit)
            for bit, match in enumerate(matches)
        ]
        if bits:
            word = pl.when(pl.col("event") == name).then(pl.sum_horizontal(bits)).otherwise(word)
    return events.select(word=word)["word"].to_numpy()


def _choices(events: pl.DataFrame, compiled: Compiled) -> np.ndarray:
    """Per table and event, which of the table's points apply."""
    rules = compiled.playbook.rules
    columns = [_choice(rules[name].points, events.schema).cast(pl.UInt8).alias(name) for name in compiled.tables]
    if not columns:
        return np.zeros((0, 0), np.uint8)
    chosen = events.select("lead", *columns)  # of a property that no event has, a column is but one value
    return np.array([chosen[name].to_numpy() for name in compiled.tables])


def _choice(table: object, schema: Mapping[str, pl.DataType]) -> pl.Expr:
    if not isinstance(table, ValueTable) or table.property is None:
        message = "only a table on a property is chosen from by event"
        raise TypeError(message)
    count = len(table.rows)
    choice = pl.lit(count)
    for index in reversed(range(count)):
        choice = pl.when(value_expression(table.rows[index], table.property, schema)).then(index).otherwise(choice)
    return pl.when(unknown_expression(table.property, schema)).then(count + 1).otherwise(choice)


def _days(at: Ints, compiled: Compiled) -> np.ndarray:
    """The calendar day of each event in the playbook's zone, if a rule asks for days."""
    if not (compiled.definition.priced.repeats == RepeatKind.ONCE_PER_DAY).any():
        return np.empty(0, np.int32)
    if at.size == 0:
        return np.empty(0, np.int32)
    since, offset = zone_offsets(compiled.playbook.timezone, int(at.min()), int(at.max()))
    if since.size == 1:
        return np.asarray((at + offset[0]) // DAY, np.int32)
    local = at + offset[np.searchsorted(since, at, side="right") - 1]
    return np.asarray(local // DAY, np.int32)


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


# --- attributes ---------------------------------------------------------------------------------


def _lead_rows(leads: pl.DataFrame, events: Ints, acts: Ints) -> Records:
    """Where each lead's rows begin; snapshot 0 knows nothing, snapshot n + 1 is what the table says of lead n."""
    rows = records(LEAD_ROW, leads.height + 1)
    rows.events, rows.acts = events, acts
    rows.created[:-1] = leads["created_at"].fill_null(int(NEVER)).to_numpy()
    rows.first_snapshot[:-1] = np.where(rows.created[:-1] == NEVER, np.arange(1, leads.height + 1), 0)
    return rows


def _act_rows(acts: pl.DataFrame) -> Records:
    rows = records(ACT, acts.height)
    names = {"known": "known_at", "at": "effective", "kind": "kind", "a": "a", "b": "b", "c": "c", "rank": "rank"}
    for name, column in names.items():
        rows[name] = _ints(acts[column])
    return rows


def _snapshots(history: History, playbook: Playbook) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The attributes of all leads whenever they change, and the acts that say so (lead, known_at, a = snapshot)."""
    attributes = list(playbook.attributes)
    leads = history.leads.with_row_index("lead").select(pl.col("lead").cast(pl.UInt32), "created_at", *attributes)
    table = pl.concat([leads.select(attributes).clear(1), leads.select(attributes)]) if attributes else None
    if history.changes.is_empty():
        acts = leads.filter(pl.col("created_at").is_not_null()).select(
            "lead", known_at="created_at", a=pl.col("lead").cast(pl.Int64) + 1, kind=pl.lit(int(Act.CREATED), pl.Int64)
        )
        frame = table if table is not None else pl.DataFrame({"none": [None] * (leads.height + 1)})
        return frame, acts
    created = leads.filter(pl.col("created_at").is_not_null()).select(
        "lead", known_at="created_at", kind=pl.lit(int(Act.CREATED), pl.Int64)
    )
    changed = history.changes.select("lead", "known_at", kind=pl.lit(int(Act.ATTRIBUTES), pl.Int64)).unique()
    acts = pl.concat([created, changed]).sort("lead", "known_at", "kind")
    looks = acts.with_row_index("look").join(leads, on="lead", how="left", maintain_order="left")
    counts = pl.col("created_at").is_null() | (pl.col("created_at") <= pl.col("known_at"))
    looks = looks.with_columns(pl.when(counts).then(pl.col(name)).alias(name) for name in attributes)
    for name in history.changes["attribute"].unique().sort():
        if name in playbook.attributes:
            looks = _with_changes(looks, history.changes, name, playbook.attributes[name])
    looks = looks.sort("look")
    first = looks.height and (history.leads.height + 1)
    acts = acts.with_columns(a=pl.int_range(first, first + acts.height, dtype=pl.Int64))
    if table is None:
        return pl.DataFrame({"none": [None] * (leads.height + 1 + acts.height)}), acts
    return pl.concat([table, looks.select(attributes)]), acts


def _with_changes(looks: pl.DataFrame, changes: pl.DataFrame, name: str, attribute: Attribute) -> pl.DataFrame:
    """The looks with one attribute as of each: the last change in ledger order among those known."""
    own = changes.filter(pl.col("attribute") == name).with_columns(_EFFECTIVE)
    own = (
        own.sort("lead", "effective", *_LEDGER, nulls_last=False)
        .with_row_index("rank")
        .sort("lead", "known_at", "rank")
    )
    latest = pl.col("rank") == pl.col("rank").cum_max().over("lead")
    value = pl.struct(value=typed(pl.col("value"), attribute), given=pl.lit(value=True))
    own = own.select("lead", "known_at", found=pl.when(latest).then(value).forward_fill().over("lead"))
    looks = looks.sort("known_at", "look").join_asof(
        own.sort("known_at"), on="known_at", by="lead", check_sortedness=False
    )
    given = pl.col("found").struct.field("given").fill_null(value=False)
    latest_value = pl.when(given).then(pl.col("found").struct.field("value")).otherwise(pl.col(name)).alias(name)
    return looks.with_columns(latest_value).drop("found")


def typed(text: pl.Expr, attribute: Attribute) -> pl.Expr:
    """A text column as values of an attribute's type; null for empty text."""
    kept = pl.when(text.str.strip_chars() != "").then(text)
    match attribute.type:
        case "number":
            return kept.str.strip_chars().cast(pl.Float64)
        case "date":
            return kept.str.strip_chars().str.head(10).str.to_date("%Y-%m-%d")
        case "yes_no":
            return kept.str.strip_chars().str.to_lowercase() == "true"
        case "set":
            return kept.str.split("|")
        case _:
            return kept


def _truths(snapshots: pl.DataFrame, compiled: Compiled) -> np.ndarray:
    columns = []
    for index, test in enumerate(compiled.tests):
        held = value_expression(test, test.attribute, snapshots.schema)
        value = pl.when(held).then(TRUE).when(held.is_null()).then(UNKNOWN).otherwise(FALSE)
        columns.append(value.cast(pl.Int8).alias(str(index)))
    if not columns:
        return np.zeros((snapshots.height, 0), np.int8)
    return np.ascontiguousarray(snapshots.select(columns).to_numpy())


def _known_attributes(snapshots: pl.DataFrame, playbook: Playbook) -> Ints:
    if not playbook.completeness:
        return np.zeros(snapshots.height, np.int64)
    known = [(~unknown_expression(name, snapshots.schema)).cast(pl.Int64) for name in playbook.completeness]
    return _ints(snapshots.select(known=pl.sum_horizontal(known))["known"])


# --- acts ---------------------------------------------------------------------------------------


def _acts(history: History, compiled: Compiled) -> tuple[pl.DataFrame, pl.DataFrame]:
    """All rows that are not events, as numbers, in order of news; and the snapshots that they refer to."""
    snapshots, changes = _snapshots(history, compiled.playbook)
    columns = ("lead", "known_at", "effective", "kind", "a", "b", "c", "rank")
    nothing = pl.lit(0, pl.Int64)
    changes = changes.select("lead", "known_at", "kind", "a", effective="known_at", b=nothing, c=nothing, rank=nothing)
    if history.acts.is_empty():
        return changes.select(columns).sort("lead", "known_at", maintain_order=True), snapshots
    acts = history.acts.with_columns(_EFFECTIVE).with_row_index("row")
    ranked = acts.sort("lead", "effective", *_LEDGER, nulls_last=False).select("row").with_row_index("rank")
    found = _voided(history, acts)
    numbers = acts.select("row", "lead", "known_at", "effective", *_LEDGER, **_numbers(compiled)).join(
        found, on="row", how="left"
    )
    a = pl.when(pl.col("kind") == Act.VOID).then(pl.col("voided").fill_null(-1)).otherwise(pl.col("a"))
    numbers = numbers.with_columns(a=a).filter(pl.col("kind").is_not_null()).join(ranked, on="row", how="left")
    numbers = numbers.sort("lead", "known_at", *_LEDGER, nulls_last=False)
    both = pl.concat([changes.select(columns), numbers.select(columns).cast(changes.select(columns).schema)])
    return both.sort("lead", "known_at", maintain_order=True), snapshots


def _voided(history: History, acts: pl.DataFrame) -> pl.DataFrame:
    """For each void, the place of the event that it takes back."""
    if "event_id" not in history.events.columns:
        return pl.DataFrame(schema={"row": pl.UInt32, "voided": pl.Int64})
    voids = acts.filter(pl.col("event") == "event_voided").select("row", "lead", event_id="voids")
    events = history.events.select("lead", "event_id").with_row_index("voided")
    events = events.join(voids.select("lead").unique(), on="lead", how="semi")
    joined = voids.join(events, on=["lead", "event_id"], how="inner")
    return joined.select("row", pl.col("voided").cast(pl.Int64))


def _numbers(compiled: Compiled) -> dict[str, pl.Expr]:
    """kind, a, b, c of each act; kind is null for an act that this playbook does not speak of."""
    book = compiled.playbook
    event = pl.col("event")
    status = {"unknown": 0, "met": 1, "partly": 2, "not_met": 3}
    answers = {
        f"{item}\x00{answer}": status[s] for item, spec in book.bant.items() for answer, s in spec.answers.items()
    }
    purpose = _place(pl.col("purpose"), compiled.purposes)
    item = _place(pl.col("item"), list(book.bant))
    answer = pl.col("item") + "\x00" + pl.col("answer")
    axis = _place(pl.col("axis"), compiled.axes)
    stage = _place(pl.col("stage"), [s.name.lower() for s in Stage])
    verdict = _place(pl.col("verdict"), [v.name.lower() for v in Verdict])
    rejected = pl.col("reason").replace_strict(
        {"misrouted": Rejection.MISROUTED, "bad_data": Rejection.BAD_DATA},
        default=Rejection.BELOW_BAR,
        return_dtype=pl.Int64,
    )
    sets = pl.col("set").is_not_null() | pl.col("reset").fill_null(value=False)
    until = pl.col("until").fill_null(pl.col("effective") + _OVERRIDE_LASTS)
    rows: list[tuple[str, Act, pl.Expr, pl.Expr | int, pl.Expr | int]] = [
        ("consent_given", Act.CONSENT, purpose, 1, 0),
        ("consent_withdrawn", Act.CONSENT, purpose, 0, 0),
        ("bant_answered", Act.BANT, item, answer.replace_strict(answers, default=0, return_dtype=pl.Int64), 0),
        ("points_adjusted", Act.ADJUSTMENT, axis, sets.cast(pl.Int64), pl.coalesce("set", "add").fill_null(0)),
        ("event_voided", Act.VOID, pl.lit(-1), 0, 0),
        ("override_set", Act.OVERRIDE, stage.fill_null(-1), until, 0),
        ("override_ended", Act.OVERRIDE_END, pl.lit(0), 0, 0),
        ("verdict_given", Act.VERDICT, verdict, rejected, 0),
        ("stage_set", Act.STAGE, stage, 0, 0),
        ("touch_logged", Act.TOUCH, pl.lit(0), 0, 0),
    ]
    kind, a, b, c = (pl.lit(None, pl.Int64) for _ in range(4))
    for name, act, first, second, third in rows:
        mine = event == name
        # A purpose, item or axis that only another version knows: a row like any, which says nothing here.
        spoken = pl.when(first.is_not_null()).then(pl.lit(int(act), pl.Int64)).otherwise(int(Act.CONSENT))
        kind = pl.when(mine).then(spoken).otherwise(kind)
        a = pl.when(mine).then(first.fill_null(-1)).otherwise(a)
        b = pl.when(mine).then(second).otherwise(b)
        c = pl.when(mine).then(third).otherwise(c)
    return {"kind": kind, "a": a, "b": b, "c": c}


def _place(column: pl.Expr, names: Sequence[str]) -> pl.Expr:
    """The place of a name in a list; null if it is not there."""
    if not names:
        return pl.lit(None, pl.Int64)
    return column.replace_strict(list(names), list(range(len(names))), default=None, return_dtype=pl.Int64)
