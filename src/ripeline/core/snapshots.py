"""The leads' attributes whenever they change, and what is true of them then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ripeline.core.layout import FALSE, TRUE, UNKNOWN, Ints
from ripeline.core.lifecycle import Act
from ripeline.core.matching import unknown_expression, value_expression
from ripeline.core.ordering import EFFECTIVE, LEDGER

if TYPE_CHECKING:
    from ripeline.core.definition import Compiled
    from ripeline.core.history import History
    from ripeline.core.playbook import Attribute, Playbook


def snapshots_of(history: History, playbook: Playbook) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The attributes of all leads, then as of each change; and the acts that say so (lead, known_at, kind, a).

    Snapshot 0 is that nothing is known, and no row; a is the row's number, counted from 1.
    """
    attributes = list(playbook.attributes)
    table = history.leads.select(pl.lit(0).alias(_NOTHING), *attributes)
    created = _created(history.leads)
    if history.changes.is_empty():
        return table, created
    changed = history.changes.select("lead", "known_at", kind=pl.lit(int(Act.ATTRIBUTES), pl.Int64)).unique()
    acts = pl.concat([created.drop("a"), changed]).sort("lead", "known_at", "kind")
    leads = history.leads.with_row_index("lead").select(pl.col("lead").cast(pl.UInt32), "created_at", *attributes)
    looks = acts.with_row_index("look").join(leads, on="lead", how="left", maintain_order="left")
    counts = pl.col("created_at").is_null() | (pl.col("created_at") <= pl.col("known_at"))
    looks = looks.with_columns(pl.when(counts).then(pl.col(name)).alias(name) for name in attributes)
    for name in history.changes["attribute"].unique().sort():
        if name in playbook.attributes:
            looks = _with_changes(looks, history.changes, name, playbook.attributes[name])
    looks = looks.sort("look").select(pl.lit(0).alias(_NOTHING), *attributes)
    first = history.leads.height + 1
    acts = acts.with_columns(a=pl.int_range(first, first + acts.height, dtype=pl.Int64))
    return pl.concat([table, looks]), acts


_NOTHING = "\x00"  # a column of its own, so that there are rows where no attribute is declared


def _created(leads: pl.DataFrame) -> pl.DataFrame:
    """For each lead with an instant of creation, the act from which its row in the table counts."""
    lead = np.flatnonzero(leads["created_at"].is_not_null().to_numpy())
    created_at = leads["created_at"].cast(pl.Int64)
    return pl.DataFrame(
        {
            "lead": lead.astype(np.uint32),
            "known_at": created_at.drop_nulls(),
            "kind": np.full(lead.size, int(Act.CREATED)),
            "a": lead + 1,
        }
    )


def _with_changes(looks: pl.DataFrame, changes: pl.DataFrame, name: str, attribute: Attribute) -> pl.DataFrame:
    """The looks with one attribute as of each: the last change in ledger order among those known."""
    own = changes.filter(pl.col("attribute") == name).with_columns(EFFECTIVE)
    own = (
        own.sort("lead", "effective", *LEDGER, nulls_last=False).with_row_index("rank").sort("lead", "known_at", "rank")
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


def facts_of(snapshots: pl.DataFrame, compiled: Compiled) -> tuple[np.ndarray, Ints]:
    """The value of each test of an attribute, and how many attributes that make a lead complete are known.

    By snapshot, the one in which nothing is known before the rows.
    """
    facts = snapshots.lazy().select(compiled.for_columns(_facts, snapshots.schema)).collect(engine="in-memory")
    nothing = compiled.for_columns(_facts_of_nothing, snapshots.schema)
    tests = len(compiled.tests)
    told = np.empty((facts.height + 1, tests + 1), np.int64)
    told[0] = nothing
    for place, column in enumerate(facts.get_columns()):
        told[1:, place] = column.to_numpy()
    return told[:, :tests], told[:, tests]


def _facts(compiled: Compiled, schema: pl.Schema) -> list[pl.Expr]:
    columns = []
    for index, test in enumerate(compiled.tests):
        held = value_expression(test, test.attribute, schema)
        value = pl.when(held).then(TRUE).when(held.is_null()).then(UNKNOWN).otherwise(FALSE)
        columns.append(value.cast(pl.Int8).alias(str(index)))
    known = [(~unknown_expression(name, schema)).cast(pl.Int8) for name in compiled.playbook.completeness]
    # Of an attribute of no type an expression is but one value; the column of zeros makes it as many as there are rows.
    return [*columns, (pl.sum_horizontal(known) if known else pl.lit(0)) + pl.col(_NOTHING)]


def _facts_of_nothing(compiled: Compiled, schema: pl.Schema) -> np.ndarray:
    nothing = pl.DataFrame(schema=schema).clear(1).with_columns(pl.lit(0).alias(_NOTHING))
    values: np.ndarray = nothing.lazy().select(_facts(compiled, schema)).collect().to_numpy()[0]
    return values
