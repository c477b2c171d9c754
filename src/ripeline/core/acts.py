"""People's acts and changes of attributes as rows of numbers, in the order in which they became known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from ripeline.core.instants import DAY
from ripeline.core.layout import ACT, Records, records
from ripeline.core.lifecycle import Act, Rejection, Stage, Verdict
from ripeline.core.ordering import EFFECTIVE, LEDGER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ripeline.core.definition import Compiled
    from ripeline.core.history import History

OVERRIDE_LASTS = 90 * DAY
"""So long an override holds that does not say until when."""
_NUMBERS = ("known_at", "effective", "kind", "a", "b", "c", "rank")
_NO_ACTS = pl.DataFrame(schema={"lead": pl.UInt32, **dict.fromkeys(_NUMBERS, pl.Int64)})


def act_rows(acts: pl.DataFrame) -> Records:
    """The acts as the kernel reads them."""
    rows = records(ACT, acts.height)
    for name, column in zip(("known", "at", *_NUMBERS[2:]), _NUMBERS, strict=True):
        rows[name] = acts[column].to_numpy()
    return rows


def acts_of(history: History, compiled: Compiled, changes: pl.DataFrame) -> pl.DataFrame:
    """All rows that are not events, as numbers, in order of news; `changes` say which snapshot holds from when on."""
    if history.acts.is_empty() and changes.is_empty():
        return _NO_ACTS
    columns, nothing = _NO_ACTS.columns, pl.lit(0, pl.Int64)
    changes = changes.select("lead", "known_at", "kind", "a", effective="known_at", b=nothing, c=nothing, rank=nothing)
    if history.acts.is_empty():
        return changes.select(columns).sort("lead", "known_at", maintain_order=True)
    acts = history.acts.with_columns(EFFECTIVE).with_row_index("row")
    ranked = acts.sort("lead", "effective", *LEDGER, nulls_last=False).select("row").with_row_index("rank")
    found = _voided(history, acts)
    numbers = acts.select("row", "lead", "known_at", "effective", *LEDGER, **_numbers(compiled)).join(
        found, on="row", how="left"
    )
    a = pl.when(pl.col("kind") == Act.VOID).then(pl.col("voided").fill_null(-1)).otherwise(pl.col("a"))
    numbers = numbers.with_columns(a=a).filter(pl.col("kind").is_not_null()).join(ranked, on="row", how="left")
    numbers = numbers.sort("lead", "known_at", *LEDGER, nulls_last=False)
    both = pl.concat([changes.select(columns), numbers.select(columns).cast(changes.select(columns).schema)])
    return both.sort("lead", "known_at", maintain_order=True)


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
    until = pl.col("until").fill_null(pl.col("effective") + OVERRIDE_LASTS)
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
