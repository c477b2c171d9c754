"""Files in the project's own format as rows of the ledger: first all is checked, then it is read once more to be added.

Each row has a key that depends on nothing but what it says, so that an import which was broken off, or is repeated,
adds what is missing and nothing twice.
"""

from __future__ import annotations

import hashlib
import math
from array import array
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from ripeline.core.columns import DataProblem, as_text, instants, no_time, quoted, texts
from ripeline.core.history import lead_twice, unknown_leads
from ripeline.core.json_columns import json_object
from ripeline.core.needs import LEAD_COLUMNS, RESERVED, Needs
from ripeline.core.phrases import phrase as _
from ripeline.core.reserved import read_act
from ripeline.core.tables import open_files
from ripeline.integrations.claims import LONGEST, email
from ripeline.integrations.segment import LONGEST_KEY, MAX_EVENT_BYTES
from ripeline.integrations.standard_events import LONGEST as LONGEST_NAME
from ripeline.integrations.strict_json import Unfit, canonical, decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ripeline.core.files import TableFile

MAX_COLUMNS = 1_000
MAX_LINE_BYTES = 1024 * 1024
PROBLEMS_KEPT = 50
ROWS_AT_A_TIME = 1_000
"""So many rows are added in one transaction: between two of them the intake has its turn."""

_BATCH = 5_000
_EVENT_COLUMNS = ("position", "lead_id", "at", "event", "event_id", "known_at", "properties")

_NO_NEEDS = Needs((), (), {}, (), {})
_CHECKED = frozenset(RESERVED) - {"attributes_changed", "bant_answered", "points_adjusted"}
"""What must be right whatever the playbook says."""


class Row(NamedTuple):
    """A row of the ledger, but for its source; `at` is none where it is the instant of the import."""

    key: str
    name: str
    at: int | None
    claims: str
    properties: str
    voids: str  # the key of the row that it takes back, if it does


@dataclass(slots=True)
class Checked:
    """What an import holds, and all that keeps it from being added."""

    leads: int = 0
    events: Counter[str] = field(default_factory=Counter)
    problems: list[DataProblem] = field(default_factory=list)
    problem_count: int = 0

    @property
    def rows(self) -> int:
        """How many rows there are to add."""
        return self.leads + self.events.total()


class OwnFiles:
    """A file of leads, a file of events, or both."""

    def __init__(
        self,
        *,
        leads: Path | None,
        events: Path | None,
        mapping: Mapping[str, str],
        timezone: str | None,
        is_history: bool,
    ) -> None:
        """Open the files; raises DataProblem for one that cannot be read at all."""
        self._leads, self._events = open_files(leads, events, mapping, timezone)
        self._zone = timezone
        self._since = 0 if is_history else None  # from when on a lead's row without `created_at` counts
        self._seen = array("Q")
        self._again: dict[int, int] = {}
        for file in filter(None, (self._leads, self._events)):
            _check_shape(file)
        if self._leads is not None:
            self._leads.demand("lead_id")
        if self._events is not None:
            self._events.demand("lead_id", "at", "event")

    def check(self) -> Checked:
        """Read everything and add nothing."""
        found = Checked()
        self._check_ids(found)
        for row in self._rows(found):
            if row.key.startswith("lead:"):
                found.leads += 1
            else:
                found.events[row.name] += 1
        digests = np.frombuffer(self._seen, np.uint64) if self._seen else np.empty(0, np.uint64)
        values, counts = np.unique(digests, return_counts=True)
        self._again = dict.fromkeys(values[counts > 1].tolist(), 0)
        self._seen = array("Q")
        return found

    def rows(self) -> Iterator[Row]:
        """All rows, in the order of the files; only after a check without problems."""
        self._again = dict.fromkeys(self._again, 0)
        yield from self._rows(None)

    def _rows(self, check: Checked | None) -> Iterator[Row]:
        parts = ((self._leads, self._lead, "created_at"), (self._events, self._event, "at"))
        for file, read, time in parts:
            if file is None:
                continue
            for batch in file.batches(file.scan(), _BATCH):
                times = instants(batch[time], self._zone) if time in batch.columns else [None] * batch.height
                for given, at in zip(batch.iter_rows(named=True), times, strict=True):
                    try:
                        yield read(given, at, check)
                    except DataProblem as problem:
                        if check is None:
                            raise
                        _note(check, file, problem, given["position"])

    # --- one row ---

    def _lead(self, given: dict[str, Any], at: int | None, check: Checked | None) -> Row:
        del check
        lead = _id(given, "lead_id")
        if at is None and not _is_empty(given.get("created_at")):
            raise no_time(given["created_at"], "created_at", self._zone)
        said = {name: value for name, value in given.items() if name not in ("position", *LEAD_COLUMNS)}
        said = _known(said)
        claims = {"external": lead}
        address = email(said.get("email"))
        if address:
            claims["email"] = address
        if not _is_empty(given.get("account_id")):
            claims["account"] = _id(given, "account_id")
        digest = hashlib.sha256(canonical((claims, said, at))).hexdigest()
        since = self._since if at is None else at
        return Row(f"lead:{digest}", "attributes_changed", since, _json(claims), _fit(said), "")

    def _event(self, given: dict[str, Any], at: int | None, check: Checked | None) -> Row:
        lead, name = _id(given, "lead_id"), as_text(given["event"])
        if name is None:
            raise DataProblem(_("is empty"), cure=_("Every row needs it."), column="event")
        if len(name) > LONGEST_NAME or not name.isprintable():
            raise DataProblem(_("{value} is no name", value=quoted(name)), cure=_SHORTER, column="event")
        if at is None:
            if _is_empty(given["at"]):
                raise DataProblem(_("is empty"), cure=_("Every row needs it."), column="at")
            raise no_time(given["at"], "at", self._zone)
        said = _said(given)
        if name in _CHECKED:
            read_act(name, said, _NO_NEEDS)
        event_id = as_text(given.get("event_id"))
        key = self._stand_in((lead, name, at, said), check) if event_id is None else _key(lead, event_id)
        voids = as_text(said.get("voids")) if name == "event_voided" else None
        return Row(key, name, at, _json({"external": lead}), _fit(said), _key(lead, voids) if voids else "")

    def _stand_in(self, content: tuple[Any, ...], check: Checked | None) -> str:
        """A key for a row without an id: its content, and how many rows of the same content came before it."""
        digest = hashlib.sha256(canonical(content))
        short = int.from_bytes(digest.digest()[:8], "big")
        if check is not None:
            self._seen.append(short)
        elif short in self._again:
            digest.update(b"%d" % self._again[short])
            self._again[short] += 1
        return f"sha256:{digest.hexdigest()}"

    # --- the files as a whole ---

    def _check_ids(self, check: Checked) -> None:
        """Each lead once, and no event of a lead that is not in the file of leads."""
        if self._leads is None:
            return
        ids = texts(pl.col("lead_id"), self._leads.schema["lead_id"])
        leads = self._leads.collected(self._leads.scan().select("position", lead_id=ids))
        twice = leads.filter(pl.col("lead_id").is_not_null() & ~pl.col("lead_id").is_first_distinct())
        for position, lead in twice.select("position", "lead_id").iter_rows():
            first = leads.filter(pl.col("lead_id") == lead)["position"][0]
            _note(check, self._leads, lead_twice(lead, self._leads.place(first)), position)
            if len(check.problems) == PROBLEMS_KEPT:
                return
        if self._events is not None:
            theirs = texts(pl.col("lead_id"), self._events.schema["lead_id"])
            named = self._events.scan().select("position", lead_id=theirs).drop_nulls()
            strange = named.join(leads.lazy().select("lead_id"), on="lead_id", how="anti", maintain_order="left")
            found = self._events.collected(strange)
            if not found.is_empty():
                position, lead = found.row(0)
                _note(check, self._events, unknown_leads(lead, found.height), position)


_SHORTER = _("Write at most 100 letters, digits and signs.")


def _check_shape(file: TableFile) -> None:
    """Raise DataProblem for a file that is too wide to be one of ours."""
    if len(file.schema) > MAX_COLUMNS:
        what = _("has {count} columns", count=len(file.schema))
        raise file.problem(DataProblem(what, cure=_("An import has at most {most}.", most=MAX_COLUMNS)))
    if file.is_csv:
        lines = pl.scan_lines(file.path, name="line", row_index_name="position", glob=False)
        long = lines.filter(pl.col("line").str.len_bytes() > MAX_LINE_BYTES).select("position").head(1).collect()
        if not long.is_empty():
            what = _("has a line of more than 1 MB")
            cure = _("Split the file, or leave columns out.")
            raise DataProblem(what, cure=cure, file=file.path.name, row=long.item() + 1)


def _note(check: Checked, file: TableFile, problem: DataProblem, position: int) -> None:
    check.problem_count += 1
    if len(check.problems) < PROBLEMS_KEPT:
        check.problems.append(file.problem(problem, position))


def _said(given: dict[str, Any]) -> dict[str, Any]:
    """The properties of an event: those of the JSON column, and over them those in columns of their own."""
    inner = given.get("properties")
    told = json_object(inner) if inner is None or isinstance(inner, str) else inner
    if told is None:
        what = _("{value} is not a JSON object", value=quoted(inner))
        raise DataProblem(what, cure=_('Write one such as {{"page": "/pricing"}}.'), column="properties")
    own = {name: value for name, value in given.items() if name not in _EVENT_COLUMNS}
    # In JSON null makes an attribute unknown; an empty cell says nothing.
    return (told if isinstance(inner, str) else _known(told)) | _known(own)


def _known(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, given in said.items() if (value := _plain(given)) is not None and value != ""}


def _plain(value: Any) -> Any:  # noqa: ANN401 - a value of any column in, of JSON out
    match value:
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return float(value)
        case list() | tuple():
            return [_plain(item) for item in value]
        case dict():
            return {name: _plain(item) for name, item in value.items()}
        case bytes():
            return value.decode(errors="replace")
    return value if value is None or isinstance(value, str | int) else as_text(value)


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _id(given: Mapping[str, Any], column: str) -> str:
    text = (as_text(given[column]) or "").strip()
    if not text:
        raise DataProblem(_("is empty"), cure=_("Give each lead an id."), column=column)
    if len(text) > LONGEST or not text.isprintable():
        cure = _("Write at most {most} letters, digits and signs.", most=LONGEST)
        raise DataProblem(_("{value} is no id", value=quoted(text)), cure=cure, column=column)
    return text


def _key(lead: str, event_id: str) -> str:
    """The key of an event by its id within the lead."""
    plain = f"{lead}/{event_id}"
    if len(plain) <= LONGEST_KEY and plain.isprintable() and "/" not in lead:
        return plain
    return f"sha256:{hashlib.sha256(canonical((lead, event_id))).hexdigest()}"


def _json(value: Mapping[str, Any]) -> str:
    return encode(value).decode()


def _fit(said: Mapping[str, Any]) -> str:
    """The properties as the ledger takes them; raises DataProblem for what it does not take from anybody."""
    try:
        text = encode(said)
        told = encode(decode(text)).decode()
    except (Unfit, UnicodeEncodeError, RecursionError, OverflowError) as error:
        raise _unfit(error.reason if isinstance(error, Unfit) else "not_utf8") from None
    if len(text) > MAX_EVENT_BYTES:
        raise _unfit("too_large")
    return told


def _unfit(reason: str) -> DataProblem:
    cure = _("A row has at most 32 KB, 1,000 keys and 32 levels.")
    return DataProblem(_("cannot be kept ({reason})", reason=reason), cure=cure, column="properties")
