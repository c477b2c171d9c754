"""People's acts and changes of attributes as rows of numbers, in the order in which they became known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ripeline.core.instants import DAY
from ripeline.core.layout import ACT, Records, records
from ripeline.core.lifecycle import Act, Rejection, Stage, Verdict
from ripeline.core.ordering import EFFECTIVE, ledger_ranks

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
    own = _in_numbers(history, compiled)
    lead = np.concatenate((changes["lead"].to_numpy(), own["lead"].to_numpy()))
    told = {name: np.zeros(lead.size, np.int64) for name in _NUMBERS}
    for name, column in told.items():
        column[changes.height :] = own[name].to_numpy()
    for name, changed in ("known_at", "known_at"), ("effective", "known_at"), ("kind", "kind"), ("a", "a"):
        told[name][: changes.height] = changes[changed].to_numpy()
    # What has changed by an instant is known before it is acted on; acts of one instant stand in ledger order.
    is_act = np.arange(lead.size) >= changes.height
    order = np.lexsort((told["rank"], is_act, told["known_at"], lead))
    return pl.DataFrame({"lead": lead[order], **{name: column[order] for name, column in told.items()}})


def _in_numbers(history: History, compiled: Compiled) -> pl.DataFrame:
    """The acts that this playbook speaks of."""
    if history.acts.is_empty():
        return _NO_ACTS
    numbers = compiled.for_columns(_numbers, history.acts.schema)
    rows = history.acts.select("lead", "known_at", EFFECTIVE, **numbers)
    rows.insert_column(rows.width, pl.Series("rank", ledger_ranks(history.acts)))
    if "event_id" in history.events.columns and (history.acts["event"] == "event_voided").any():
        rows = rows.with_row_index("row").join(_voided(history), on="row", how="left", maintain_order="left")
        rows = rows.with_columns(a=pl.coalesce("voided", "a"))
    return rows.filter(pl.col("kind").is_not_null())


def _voided(history: History) -> pl.DataFrame:
    """For each void whose event is there, the place of that event."""
    acts = history.acts.with_row_index("row")
    voids = acts.filter(pl.col("event") == "event_voided").select("row", "lead", event_id="voids")
    events = history.events.select("lead", "event_id").with_row_index("voided")
    events = events.join(voids.select("lead").unique(), on="lead", how="semi")
    joined = voids.join(events, on=["lead", "event_id"], how="inner")
    return joined.select("row", pl.col("voided").cast(pl.Int64))


def _numbers(compiled: Compiled, _schema: pl.Schema) -> dict[str, pl.Expr]:
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
    until = pl.col("until").fill_null(EFFECTIVE + OVERRIDE_LASTS)
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
