"""A file of events read into a history: plain events by columns, rows with a meaning of their own by what they say."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import polars as pl

from ripeline.core.columns import DataProblem, instants, no_time, quoted, texts
from ripeline.core.history import History, other_content, property_column, unknown_leads
from ripeline.core.json_columns import NO_OBJECT, json_object, json_properties
from ripeline.core.needs import RESERVED
from ripeline.core.ordering import in_ledger_order
from ripeline.core.phrases import phrase as _
from ripeline.core.reserved import NO_ACTS, NO_CHANGES, PROPERTIES, read_reserved

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ripeline.core.files import TableFile
    from ripeline.core.needs import Needs

_REQUIRED = ("lead_id", "at", "event")
_OWN = (*_REQUIRED, "known_at", "event_id")

# Foreign columns may have any name but these, which hold what is being read.
_LEAD, _AT, _KNOWN_AT, _KEY, _BAD, _SAID = "\x00lead", "\x00at", "\x00known_at", "\x00key", "\x00bad", "\x00said "
_EARLIER, _JSON = "\x00earlier", "\x00json"


@dataclass(frozen=True, slots=True)
class EventFile:
    """An opened file of events, the Enum of the ids that its leads have, and the zone of times without an offset."""

    file: TableFile
    needs: Needs
    leads: pl.Enum
    zone: str | None

    def history(self, leads: pl.DataFrame) -> History:
        """The history of these leads; raises DataProblem for the first thing that the data format does not allow."""
        self.file.demand(*_REQUIRED)
        repeats = self._repeats()
        acts, changes = self._reserved(repeats)
        with_position = not (acts.is_empty() and changes.is_empty())
        return History(leads, self._plain(repeats, with_position=with_position), acts, changes, len(repeats))

    def _plain(self, repeats: pl.Series, *, with_position: bool) -> pl.DataFrame:
        event = self._text("event").cast(pl.Enum(self.needs.events), strict=False)
        columns = {"event": event}
        if self._has("event_id"):
            columns["event_id"] = self._text("event_id")
        if with_position:
            columns["position"] = pl.col("position")
        properties = {property_column(name): self._property(name) for name in self.needs.properties}
        columns |= {name: value for name, value in properties.items() if value is not None}
        frame = self._read(self._rows(self.needs.events, repeats), columns, self.needs.properties)
        if "known_at" in frame.columns and frame["known_at"].equals(frame["at"]):
            frame = frame.drop("known_at")
        own = set(properties)
        series = [c.shrink_dtype() if c.name in own and c.dtype.is_integer() else c for c in frame.get_columns()]
        del frame  # so that each column can go once it is put in order
        return in_ledger_order(series, len(self.leads.categories))

    def _reserved(self, repeats: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
        names = (*PROPERTIES, *self.needs.attributes)
        said = {_SAID + name: value for name in names if (value := self._own_property(name)) is not None}
        if self._has_json():
            said["properties"] = pl.col("properties")
        event_id = self._text("event_id") if self._has("event_id") else pl.lit(None, pl.String)
        columns = {"event_id": event_id, "event": self._text("event"), "position": pl.col("position"), **said}
        frame = self._read(self._rows(RESERVED, repeats), columns)
        if frame.is_empty():
            return NO_ACTS, NO_CHANGES
        if "known_at" not in frame.columns:
            frame = frame.with_columns(known_at="at")
        # Much is said over and over (a consent, a verdict), so each thing is read once.
        what = ["event", *said]
        distinct = frame.group_by(what, maintain_order=True).agg(pl.col("position").first()).with_row_index("said")
        rows = frame.join(distinct.drop("position"), on=what, nulls_equal=True, maintain_order="left")
        things = [_said(row) for row in distinct.iter_rows(named=True)]
        return read_reserved(
            rows.select(*NO_ACTS.columns[:6], "said"),
            things,
            self.needs,
            lambda problem, number: self.file.problem(problem, distinct["position"][number]),
        )

    # --- rows ---

    def _rows(self, names: Iterable[str], repeats: pl.Series) -> pl.LazyFrame:
        """The rows of these events, and those that name none."""
        event = pl.col("event") if self.file.schema["event"] == pl.String else self._text("event")
        kept = event.is_in([*names, ""]) | event.is_null()
        if len(repeats):
            kept &= ~pl.col("position").is_in(repeats.implode())
        return self.file.scan().filter(kept)

    def _read(self, rows: pl.LazyFrame, columns: dict[str, pl.Expr], properties: Sequence[str] = ()) -> pl.DataFrame:
        """`lead`, `at`, `known_at` if the file has it, and these columns; raises DataProblem for the first bad row."""
        times = {"lead": _LEAD, "at": _AT} | ({"known_at": _KNOWN_AT} if self._has("known_at") else {})
        flagged = self._flagged(rows, properties)
        columns = {name: pl.col(own) for name, own in times.items()} | columns
        frame = self.file.collected(flagged.select(_BAD, **columns))
        if frame[_BAD].any():
            raise self._problem(flagged)
        return frame.drop(_BAD)

    def _flagged(self, rows: pl.LazyFrame, properties: Sequence[str] = ()) -> pl.LazyFrame:
        lead = self._text("lead_id").cast(self.leads, strict=False).to_physical().cast(pl.UInt32)
        columns = {_LEAD: lead, _AT: self._instant("at")}
        bad = pl.col(_LEAD).is_null() | pl.col(_AT).is_null() | self._is_empty("event")
        later = {}
        if self._has("known_at"):
            columns[_KNOWN_AT] = self._instant("known_at")
            bad |= pl.col(_KNOWN_AT).is_null() & ~self._is_empty("known_at")
            later[_KNOWN_AT] = pl.coalesce(_KNOWN_AT, _AT)
        if self._has_json():
            columns[_JSON] = self._json(properties)
            bad |= pl.col(_JSON).struct.field(NO_OBJECT)
        return rows.with_columns(**columns).with_columns(bad.alias(_BAD), **later)

    def _problem(self, flagged: pl.LazyFrame) -> DataProblem:
        """What is wrong with the first bad row."""
        row = self.file.collected(flagged.filter(_BAD).head(1)).row(0, named=True)
        return self.file.problem(self._told(row, flagged), row["position"])

    def _told(self, row: dict[str, Any], flagged: pl.LazyFrame) -> DataProblem:
        for name in _REQUIRED:
            if row[name] is None or row[name] == "":
                return DataProblem(_("is empty"), cure=_("Every row needs it."), column=name)
        if row[_AT] is None:
            return no_time(row["at"], "at", self.zone)
        known_at = row.get("known_at")
        if known_at not in (None, "") and instants(pl.Series([known_at]), self.zone)[0] is None:
            return no_time(known_at, "known_at", self.zone)
        if row[_LEAD] is None:
            strange = pl.col(_LEAD).is_null() & ~self._is_empty("lead_id")
            count = self.file.collected(flagged.filter(strange).select(pl.len()))["len"][0]
            return unknown_leads(row["lead_id"], count)
        what = _("{value} is not a JSON object", value=quoted(row["properties"]))
        return DataProblem(what, cure=_('Write one such as {{"page": "/pricing"}}.'), column="properties")

    # --- columns ---

    def _has(self, name: str) -> bool:
        return name in self.file.schema

    def _has_json(self) -> bool:
        return self.file.schema.get("properties") == pl.String

    def _text(self, name: str) -> pl.Expr:
        return texts(pl.col(name), self.file.schema[name])

    def _is_empty(self, name: str) -> pl.Expr:
        null = pl.col(name).is_null()
        return null | (pl.col(name) == "") if self.file.schema[name] == pl.String else null

    def _instant(self, name: str) -> pl.Expr:
        return pl.col(name).map_batches(partial(instants, zone=self.zone), return_dtype=pl.Int64(), is_elementwise=True)

    def _json(self, names: Sequence[str]) -> pl.Expr:
        """These properties of the JSON column as a struct, with the field ``NO_OBJECT``."""
        texts_of = pl.Struct(dict.fromkeys(names, pl.String()) | {NO_OBJECT: pl.Boolean()})
        take = partial(json_properties, names=names)
        return pl.col("properties").map_batches(take, return_dtype=texts_of, is_elementwise=True)

    def _own_property(self, name: str) -> pl.Expr | None:
        """The property as it came in a column of its own, or in a struct; None if it has neither."""
        found: list[tuple[pl.Expr, pl.DataType]] = []
        if self._has(name) and name not in _OWN:
            found.append((pl.col(name), self.file.schema[name]))
        structure = self.file.schema.get("properties")
        inner = structure.to_schema() if isinstance(structure, pl.Struct) else {}
        if name in inner:
            found.append((pl.col("properties").struct.field(name), cast("pl.DataType", inner[name])))
        if len(found) == 1:
            return found[0][0]
        return pl.coalesce(texts(value, dtype) for value, dtype in found) if found else None

    def _property(self, name: str) -> pl.Expr | None:
        """The property from wherever it stands; one in a column of its own goes before one in JSON."""
        own = self._own_property(name)
        if not self._has_json():
            return own
        said = pl.col(_JSON).struct.field(name)
        if own is None:
            return said
        return pl.coalesce(texts(own, self.file.schema[name]), said)

    # --- repeats ---

    def _repeats(self) -> pl.Series:
        """The positions of the rows that repeat an earlier one of the same lead and event_id; raises DataProblem."""
        if not self._has("event_id"):
            return pl.Series("position", [], dtype=pl.UInt32)
        rows = self._rows((*self.needs.events, *RESERVED), pl.Series([], dtype=pl.UInt32))
        rows = rows.filter(self._text("event_id").is_not_null())
        key = pl.struct(self._text("lead_id"), self._text("event_id")).hash().alias(_KEY)
        keys = self.file.collected(rows.select(key))[_KEY].sort()
        twice = keys.filter(keys == keys.shift(1)).unique()
        if twice.is_empty():
            return pl.Series("position", [], dtype=pl.UInt32)
        alike = self.file.collected(self._flagged(rows).filter(key.is_in(twice.implode())))
        return self._same(alike)

    def _same(self, rows: pl.DataFrame) -> pl.Series:
        ids = [self._text("lead_id").alias(_LEAD), self._text("event_id").alias(_KEY)]
        others = [self._text(name) for name in self.file.schema if name not in (*_OWN, "properties")]
        others += [pl.col(name) for name in (_AT, _KNOWN_AT) if name in rows.columns]
        content = rows.select(*ids, self._text("event"), "position", *others)
        if self._has("properties"):
            content = content.with_columns(
                properties=rows["properties"].map_elements(_canonical, return_dtype=pl.String)
            )
        first = content.group_by(_LEAD, _KEY, maintain_order=True).first()
        pairs = content.join(first, on=[_LEAD, _KEY], suffix=_EARLIER, maintain_order="left")
        pairs = pairs.filter(pl.col("position") != pl.col(f"position{_EARLIER}"))
        told = [name for name in content.columns if name not in (_LEAD, _KEY, "position")]
        differ = pairs.filter(pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}{_EARLIER}")) for name in told))
        if not differ.is_empty():
            row = differ.row(0, named=True)
            earlier = self.file.place(row[f"position{_EARLIER}"])
            raise self.file.problem(other_content(row[_KEY], earlier), row["position"])
        return pairs["position"]


def _said(row: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The event and the properties of a row: those of the JSON column, and over them those in columns of their own."""
    own = {name.removeprefix(_SAID): value for name, value in row.items() if name.startswith(_SAID)}
    known = {name: value for name, value in own.items() if value is not None and value != ""}
    return row["event"], (json_object(row.get("properties")) or {}) | known


def _canonical(value: Any) -> str:  # noqa: ANN401 - a JSON text, or the values of a struct
    return json.dumps(json_object(value) if isinstance(value, str) else value, sort_keys=True, default=str)
