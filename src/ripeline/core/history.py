"""The rows of many leads as typed columns, and how they are made from rows that a program already holds."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import polars as pl

from ripeline.core.columns import DTYPES, LATEST, DataProblem, as_text, quoted, read_value, values_of, wrong_type
from ripeline.core.needs import RESERVED, Needs, needs_of
from ripeline.core.ordering import in_ledger_order
from ripeline.core.phrases import phrase as _
from ripeline.core.phrases import phrases as ngettext
from ripeline.core.reserved import NO_ACTS, NO_CHANGES, read_reserved

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ripeline.core.columns import Kind
    from ripeline.core.phrases import Phrase
    from ripeline.core.playbook import Playbook

OWN_COLUMNS = ("lead", "at", "known_at", "event", "event_id", "position")
_RESERVED = frozenset(RESERVED)
_NOTHING: Mapping[str, Any] = {}
_TEXT_OR_NONE = frozenset({str, type(None)})
_EVENT, _LEAD_ID, _AT = itemgetter("event"), itemgetter("lead_id"), itemgetter("at")


@dataclass(frozen=True, slots=True)
class History:
    """The rows of many leads, typed and checked, ready to be laid out as a timeline.

    leads: `lead_id`, `account_id`, `created_at` (microseconds UTC, may be null), one column per declared attribute.
    events: `lead` (row number in leads), `at`, `known_at` if it differs, `event`, `event_id` if given, `position` if
        there are acts or changes, and one column per property that the playbooks speak of. In ledger order.
    acts: the reserved rows but attributes_changed; `add` and `set` in micro-points.
    changes: one row per attribute that an attributes_changed names; a null value makes it unknown.
    repeats: how many rows were left out as exact repeats of another row of the same event_id.
    """

    leads: pl.DataFrame
    events: pl.DataFrame
    acts: pl.DataFrame
    changes: pl.DataFrame
    repeats: int


def property_column(name: str) -> str:
    """The column of `History.events` that holds a property: its name, unless that is a column of our own."""
    return f"properties.{name}" if name in OWN_COLUMNS else name


def history_from_rows(
    playbooks: Sequence[Playbook] | Needs, leads: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]
) -> History:
    """The history in Python rows, such as scenarios and the live server hold.

    Each lead has `lead_id`, and may have `account_id`, `created_at` and `attributes`; each row has `lead_id`, `at` and
    `event`, and may have `known_at`, `event_id` and `properties`. Times are microseconds UTC. Raises DataProblem.
    """
    needs = playbooks if isinstance(playbooks, Needs) else needs_of(playbooks)
    number = {lead["lead_id"]: place for place, lead in enumerate(leads)}
    if len(number) < len(leads) or None in number:
        raise _lead_problem(leads)
    table = _Rows.of(rows, number, needs)
    own = table.places_of(_RESERVED)
    acts, changes = NO_ACTS, NO_CHANGES
    if own:
        said = [(table.event[place], table.properties[place]) for place in own]
        acts, changes = read_reserved(
            table.reserved(own), said, needs, lambda problem, i: table.problem(problem, own[i])
        )
        table = table.without(own)
    events = in_ledger_order(table.plain(needs, with_position=bool(own)).get_columns(), len(leads))
    return History(_leads_frame(leads, needs), events, acts, changes, table.repeats)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows side by side as columns; `position` is the row number in the input."""

    lead: np.ndarray
    at: np.ndarray
    known_at: np.ndarray
    event_id: list[str | None]
    event: list[str]
    properties: list[Mapping[str, Any]]
    position: Sequence[int]
    repeats: int

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]], number: Mapping[Any, int], needs: Needs) -> Self:
        """The rows that the playbooks speak of, each once; raises DataProblem."""
        names = {*needs.events, *RESERVED}
        event = list(map(_EVENT, rows))
        position: Sequence[int] = range(len(rows))
        if not names.issuperset(event):
            position = [place for place, name in enumerate(event) if name in names]
            rows, event = [rows[place] for place in position], [event[place] for place in position]
        try:
            lead = np.array(list(map(number.__getitem__, map(_LEAD_ID, rows))), np.uint32)
        except KeyError:
            raise _unknown_lead(rows, position, number) from None
        at = known_at = _micros(list(map(_AT, rows)), "at", position)
        known = [row.get("known_at") for row in rows]
        if known.count(None) < len(known):
            if None in known:
                known = [instant if given is None else given for given, instant in zip(known, at.tolist(), strict=True)]
            known_at = _micros(known, "known_at", position)
        ids = [row.get("event_id") for row in rows]
        if not _TEXT_OR_NONE.issuperset(map(type, ids)) or "" in ids:
            ids = list(map(as_text, ids))
        properties = [row.get("properties") or _NOTHING for row in rows]
        return cls(lead, at, known_at, ids, event, properties, position, 0).without_repeats()

    def problem(self, problem: DataProblem, place: int) -> DataProblem:
        return problem.at("rows", self.position[place] + 1)

    def places_of(self, events: frozenset[str]) -> list[int]:
        """Where these events stand."""
        if events.isdisjoint(self.event):
            return []
        return [place for place, name in enumerate(self.event) if name in events]

    def without(self, places: list[int], repeats: int = 0) -> Self:
        """The other rows."""
        kept = np.ones(len(self.event), bool)
        kept[places] = False
        each = kept.tolist()
        return type(self)(
            self.lead[kept],
            self.at[kept],
            self.known_at[kept],
            list(compress(self.event_id, each)),
            list(compress(self.event, each)),
            list(compress(self.properties, each)),
            list(compress(self.position, each)),
            self.repeats + repeats,
        )

    def without_repeats(self) -> Self:
        """The rows without exact repeats of an event_id of one lead; raises DataProblem for one that is not exact."""
        ids = list(filter(None, self.event_id))
        if len(set(ids)) == len(ids):
            return self
        first: dict[tuple[int, str], int] = {}
        repeated = []
        for place, (lead, event_id) in enumerate(zip(self.lead.tolist(), self.event_id, strict=True)):
            earlier = place if event_id is None else first.setdefault((lead, event_id), place)
            if earlier != place:
                repeated.append(place)
                if self._content(place) != self._content(earlier):
                    raise self.problem(other_content(event_id, row_place(self.position[earlier] + 1)), place)
        return self.without(repeated, len(repeated))

    def _content(self, place: int) -> tuple[Any, ...]:
        return self.at[place], self.known_at[place], self.event[place], self.properties[place]

    def reserved(self, places: list[int]) -> pl.DataFrame:
        """These rows, as ``read_reserved`` takes them."""
        return pl.DataFrame(
            {
                "lead": self.lead[places],
                "at": self.at[places],
                "known_at": self.known_at[places],
                "event_id": pl.Series([self.event_id[place] for place in places], dtype=pl.String),
                "event": [self.event[place] for place in places],
                "position": np.array(self.position, np.uint32)[places],
                "said": np.arange(len(places), dtype=np.uint32),
            }
        )

    def plain(self, needs: Needs, *, with_position: bool) -> pl.DataFrame:
        """The rows as ``History.events``."""
        columns = {"lead": pl.Series(self.lead), "at": pl.Series(self.at)}
        if not np.array_equal(self.at, self.known_at):
            columns["known_at"] = pl.Series(self.known_at)
        columns["event"] = pl.Series(self.event, dtype=pl.String).cast(pl.Enum(needs.events))
        if self.event_id.count(None) < len(self.event_id):
            columns["event_id"] = pl.Series(self.event_id, dtype=pl.String)
        if with_position:
            columns["position"] = pl.Series(np.array(self.position, np.uint32))
        for name in needs.properties:
            values = [said.get(name) for said in self.properties]
            if values.count(None) < len(values):
                columns[property_column(name)] = values_of(values)
        return pl.DataFrame(columns)


def _micros(values: list[Any], column: str, position: Sequence[int]) -> np.ndarray:
    """Instants as microseconds; raises DataProblem for one that is none, or outside of 1970 to 2199."""
    micros = np.array(values) if values else np.empty(0, np.int64)
    if micros.dtype == np.int64 and (micros.size == 0 or (micros.min() >= 0 and micros.max() <= LATEST)):
        return micros
    bad = next(place for place, value in enumerate(values) if not isinstance(value, int) or not 0 <= value <= LATEST)
    what = _("{value} is not a time from 1970 to 2199", value=quoted(values[bad]))
    raise DataProblem(what, cure=_("Give microseconds UTC."), column=column, file="rows", row=position[bad] + 1)


def _leads_frame(leads: Sequence[Mapping[str, Any]], needs: Needs) -> pl.DataFrame:
    columns = {
        "lead_id": pl.Series([lead["lead_id"] for lead in leads], dtype=pl.String),
        "account_id": pl.Series([as_text(lead.get("account_id")) for lead in leads], dtype=pl.String),
        "created_at": _created(leads),
    }
    said = [lead.get("attributes") or _NOTHING for lead in leads]
    for name, kind in needs.attributes.items():
        columns[name] = pl.Series(
            _attribute([attributes.get(name) for attributes in said], name, kind), dtype=DTYPES[kind]
        )
    return pl.DataFrame(columns)


def _created(leads: Sequence[Mapping[str, Any]]) -> pl.Series:
    created = pl.Series([lead.get("created_at") for lead in leads], dtype=pl.Int64)
    bad = ((created < 0) | (created > LATEST)).arg_true()
    if len(bad):
        what = _("{value} is not a time from 1970 to 2199", value=quoted(created[bad[0]]))
        cure = _("Give microseconds UTC.")
        raise DataProblem(what, cure=cure, column="created_at", file="leads", row=bad[0] + 1)
    return created


def _attribute(values: list[Any], name: str, kind: Kind) -> list[Any]:
    read = []
    for place, value in enumerate(values):
        try:
            read.append(None if value is None else read_value(value, kind))
        except ValueError:
            raise wrong_type(value, name, kind).at("leads", place + 1) from None
    return read


def _lead_problem(leads: Sequence[Mapping[str, Any]]) -> DataProblem:
    first: dict[Any, int] = {}
    for place, lead in enumerate(leads):
        if lead["lead_id"] is None:
            return DataProblem(
                _("is empty"), cure=_("Give each lead an id."), column="lead_id", file="leads", row=place + 1
            )
        earlier = first.setdefault(lead["lead_id"], place)
        if earlier != place:
            break
    return lead_twice(lead["lead_id"], row_place(earlier + 1)).at("leads", place + 1)


def _unknown_lead(
    rows: Iterable[Mapping[str, Any]], positions: Sequence[int], number: Mapping[Any, int]
) -> DataProblem:
    unknown = [
        (row["lead_id"], place) for row, place in zip(rows, positions, strict=True) if row["lead_id"] not in number
    ]
    lead_id, place = unknown[0]
    return unknown_leads(lead_id, len(unknown)).at("rows", place + 1)


# --- shared with the reading of files -------------------------------------------------------------


def unknown_leads(lead_id: object, rows: int) -> DataProblem:
    """The problem of rows that belong to no lead in the leads' table."""
    what = ngettext(
        "{value} is not among the leads",
        "{value} is not among the leads ({count} such rows)",
        value=quoted(lead_id),
        count=rows,
    )
    cure = _("Add it to the leads, or leave the leads out so that they are made from the events.")
    return DataProblem(what, cure=cure, column="lead_id")


def lead_twice(lead_id: object, place: Phrase) -> DataProblem:
    """The problem of a lead that another row is about too."""
    what = _("{value} stands in {place} too", value=quoted(lead_id), place=place)
    return DataProblem(what, cure=_("Keep one row per lead."), column="lead_id")


def other_content(event_id: object, place: Phrase) -> DataProblem:
    """The problem of two different rows of one lead with one event_id."""
    what = _("{value} stands in {place} too, with other content", value=quoted(event_id), place=place)
    return DataProblem(what, cure=_("Give each event its own event_id."), column="event_id")


def row_place(number: int) -> Phrase:
    """A row as messages name it."""
    return _("row {number}", number=str(number))
