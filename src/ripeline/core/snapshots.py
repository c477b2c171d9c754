"""The leads' attributes whenever they change, and what is true of them then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ripeline.core.layout import FALSE, NEVER, TRUE, UNKNOWN, Ints
from ripeline.core.lifecycle import Act
from ripeline.core.matching import unknown_expression, value_expression
from ripeline.core.ordering import latest_known, ledger_ranks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
    acts = _in_order(created, history.changes)
    first = history.leads.height + 1
    told = _as_of(history, playbook, acts["lead"].to_numpy(), acts["known_at"].to_numpy())
    return pl.concat([table, told]), acts.insert_column(3, pl.Series("a", np.arange(first, first + acts.height)))


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


def _in_order(created: pl.DataFrame, changes: pl.DataFrame) -> pl.DataFrame:
    """When each lead was created and when something about it changed (lead, known_at, kind), each instant once."""
    lead = np.concatenate((created["lead"].to_numpy(), changes["lead"].to_numpy()))
    known = np.concatenate((created["known_at"].to_numpy(), changes["known_at"].to_numpy()))
    kind = np.repeat(np.array((Act.CREATED, Act.ATTRIBUTES), np.int64), (created.height, changes.height))
    order = np.lexsort((kind, known, lead))
    lead, known, kind = lead[order], known[order], kind[order]
    is_first = np.ones(order.size, np.bool_)
    is_first[1:] = (np.diff(lead) != 0) | (np.diff(known) != 0) | (np.diff(kind) != 0)
    return pl.DataFrame({"lead": lead[is_first], "known_at": known[is_first], "kind": kind[is_first]})


def _as_of(history: History, playbook: Playbook, lead: np.ndarray, known: Ints) -> pl.DataFrame:
    """All attributes of leads as of instants, which are in order."""
    attributes = list(playbook.attributes)
    created_at = history.leads["created_at"].cast(pl.Int64).fill_null(int(NEVER)).to_numpy()
    counting = _places(np.where(created_at[lead] <= known, lead.astype(np.int64), -1))
    nothing = pl.Series(_NOTHING, np.zeros(lead.size, np.int32))
    told = history.leads.select(nothing, *(pl.col(name).gather(counting) for name in attributes))
    found = dict(_latest_changes(history.changes, attributes, lead, known))
    values = history.changes.select(
        typed(pl.col("value").gather(places), playbook.attributes[name]).alias(name) for name, places in found.items()
    )
    for name, places in found.items():
        value = values[name].zip_with(places.is_not_null(), told[name].cast(values[name].dtype))
        told.replace_column(told.get_column_index(name), value)
    return told


def _latest_changes(
    changes: pl.DataFrame, attributes: Sequence[str], lead: np.ndarray, known: Ints
) -> Iterator[tuple[str, pl.Series]]:
    """For each attribute that changes, the place of its last change in ledger order among those known, as of each."""
    own_lead, own_known, ranks = changes["lead"].to_numpy(), changes["known_at"].to_numpy(), ledger_ranks(changes)
    order = np.lexsort((own_known, own_lead))
    for name in changes["attribute"].unique().sort():
        if name in attributes:
            own = order[(changes["attribute"] == name).to_numpy()[order]]
            found = latest_known(own_lead[own], own_known[own], ranks[own], lead, known)
            yield name, _places(np.where(found < 0, -1, own[found]))


def _places(found: np.ndarray) -> pl.Series:
    """Places of rows, none where there is -1."""
    return pl.Series(np.maximum(found, 0)).set(pl.Series(found < 0), None)


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
