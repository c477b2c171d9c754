"""Events in ledger order: by lead, then by instant, id and place in the input.

Sorting by lead needs no comparing: leads are numbers from 0, so counting is enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ripeline.core.compiling import entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ripeline.core.layout import Ints


LEDGER = ("at", "event_id", "position")
"""Ledger order within a lead."""

EFFECTIVE = pl.min_horizontal("at", "known_at").alias("effective")
"""The instant from which a row of state counts."""


def ledger_ranks(rows: pl.DataFrame) -> Ints:
    """The place of each row of state among all of its lead and those before, by when it counts, in ledger order."""
    order = rows.select(pl.arg_sort_by("lead", EFFECTIVE, *LEDGER, nulls_last=False)).to_series().to_numpy()
    ranks = np.empty(order.size, np.int64)
    ranks[order] = np.arange(order.size)
    return ranks


@entry
def _latest(lead: Any, known: Any, rank: Any, at_lead: Any, at_known: Any) -> Any:  # noqa: ANN401
    found = np.full(at_lead.size, -1, np.int64)
    row, best = 0, -1
    for i in range(at_lead.size):
        while row < lead.size and (lead[row] < at_lead[i] or (lead[row] == at_lead[i] and known[row] <= at_known[i])):
            if best < 0 or lead[row] != lead[best] or rank[row] > rank[best]:
                best = row
            row += 1
        if best >= 0 and lead[best] == at_lead[i]:
            found[i] = best
    return found


def latest_known(lead: np.ndarray, known: Ints, rank: Ints, at_lead: np.ndarray, at_known: Ints) -> Ints:
    """For each lead and instant, in order, its row of the highest rank among those known by then; -1 if there is none.

    The rows are sorted by lead and by when they became known.
    """
    return _latest(lead, known, rank, at_lead, at_known)  # type: ignore[no-any-return]


@entry
def _counted(lead: Any, leads: int) -> Any:  # noqa: ANN401 - arrays of any integer type
    place = np.zeros(leads + 1, np.int64)
    for i in range(lead.size):
        place[lead[i] + 1] += 1
    for j in range(leads):
        place[j + 1] += place[j]
    order = np.empty(lead.size, np.uint32)
    for i in range(lead.size):
        j = lead[i]
        order[place[j]] = i
        place[j] += 1
    return order


def by_lead(lead: np.ndarray, leads: int) -> np.ndarray:
    """The rows' numbers sorted by lead, rows of one lead in the order given."""
    return _counted(lead, leads)  # type: ignore[no-any-return]


@entry
def _starts(lead: Any, leads: int) -> Any:  # noqa: ANN401
    start = np.zeros(leads + 1, np.int64)
    for i in range(lead.size):
        start[lead[i] + 1] += 1
    for j in range(leads):
        start[j + 1] += start[j]
    return start


def starts(lead: np.ndarray, leads: int) -> Ints:
    """Where each lead's rows begin in a column sorted by lead, and where the last one's end."""
    return _starts(lead, leads)  # type: ignore[no-any-return]


@entry
def _in_order(lead: Any, key: Any, keyed: bool, strict: bool) -> bool:  # noqa: ANN401, FBT001
    for i in range(1, lead.size):
        if lead[i] < lead[i - 1]:
            return False
        if keyed and lead[i] == lead[i - 1] and (key[i] < key[i - 1] or (strict and key[i] == key[i - 1])):
            return False
    return True


def is_in_order(lead: np.ndarray, key: np.ndarray | None = None, *, strict: bool = False) -> bool:
    """Whether rows are sorted by lead, and each lead's by `key` (with `strict`, without ties)."""
    return bool(_in_order(lead, lead if key is None else key, key is not None, strict))


def in_ledger_order(columns: list[pl.Series], leads: int) -> pl.DataFrame:
    """The events of so many leads in ledger order; the list is used up, so that no column stands there twice."""
    order = _ledger_order({column.name: column for column in columns}, leads)
    ordered = []
    while columns:
        column = columns.pop(0)
        ordered.append(column if order is None else column.gather(order))
    return pl.DataFrame(ordered)


def _ledger_order(columns: Mapping[str, pl.Series], leads: int) -> pl.Series | None:
    """The rows' numbers in ledger order; None if they stand in it."""
    lead, at, order = columns["lead"].to_numpy(), columns["at"].to_numpy(), None
    if not is_in_order(lead):
        order = by_lead(lead, leads)
        lead, at = lead[order], at[order]
    if is_in_order(lead, at, strict="event_id" in columns):
        return None if order is None else pl.Series(order)
    keys = [name for name in ("lead", *LEDGER) if name in columns]
    frame = pl.DataFrame([columns[name] for name in keys]).with_row_index("\x00row")
    return frame.sort(keys, nulls_last=False, maintain_order=True)["\x00row"]
