"""An export of a live store read back: the same evaluator over the copy, and the same chapters of the past."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import polars as pl
from polars import selectors as cs

from ripeline.core import pasts, playbook_yaml
from ripeline.core.columns import DTYPES, LATEST, DataProblem, as_text, read_value
from ripeline.core.export_tables import SCHEMA, TABLES, Manifest
from ripeline.core.files import stacked
from ripeline.core.history import History, property_column
from ripeline.core.json_columns import NO_OBJECT, json_object, json_properties
from ripeline.core.layout import FOREVER
from ripeline.core.needs import RESERVED, needs_of
from ripeline.core.ordering import in_ledger_order
from ripeline.core.outcomes import Outcomes
from ripeline.core.pasts import STAYS, LeadThen, Past, Stretch
from ripeline.core.phrases import phrase as _
from ripeline.core.reserved import NO_ACTS, NO_CHANGES, read_reserved
from ripeline.core.scoring import Version, evaluate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ripeline.core.columns import Kind
    from ripeline.core.needs import Needs
    from ripeline.core.playbook import Playbook
    from ripeline.core.scoring import Evaluation, Progress

MANIFEST = "manifest.json"
EVENTS_AT_A_TIME = 2_000_000
"""About so many events are evaluated at a time, so that memory has a bound."""

_END = int(FOREVER)
_ANEW = _("Write it anew: ripeline export --anew.")
_UNKNOWN = r'[:\[,]\s*(null|""|\])'
_STRETCH = ("lead_id", "since", "until")
_OUTCOMES = {"customer": True, "lost": False}


class _Whose(NamedTuple):
    """Who was whom as of an instant; instants are numbers, and what had not ended then ends at `_END`.

    leads: `lead_id`, `unit`, `created_at`, `account_id`, by unit and number; `lead` is the place.
    attached: `identifier`, `lead_id`, `since`, `until`, `known_from`.
    own: of the same, those of the leads' own numbers.
    memberships: `lead_id`, `account_id`, `since`, `until`.
    """

    leads: pl.DataFrame
    attached: pl.DataFrame
    own: pl.DataFrame
    memberships: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Export:
    """A folder that ``ripeline export`` has written."""

    folder: Path
    manifest: Manifest

    @classmethod
    def opened(cls, folder: Path) -> Export:
        """The export in a folder; raises DataProblem if there is none, or not all of it."""
        try:
            manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
        except (FileNotFoundError, NotADirectoryError):
            cure = _("Check the path, or make one: ripeline export FOLDER.")
            raise DataProblem(_("is no export"), cure=cure, file=str(folder)) from None
        except (OSError, msgspec.DecodeError):
            raise DataProblem(_("is no manifest of an export"), cure=_ANEW, file=str(folder / MANIFEST)) from None
        if manifest.schema != SCHEMA:
            raise DataProblem(_("is an export of another release"), cure=_ANEW, file=str(folder))
        for part in (part for parts in manifest.tables.values() for part in parts):
            file = folder / part.file
            if not file.is_file() or file.stat().st_size != part.bytes:
                raise DataProblem(_("is not whole"), cure=_ANEW, file=str(file))
        return cls(folder, manifest)

    def scan(self, table: str) -> pl.LazyFrame:
        """All rows of a table, as they stand in the files."""
        files = [self.folder / part.file for part in self.manifest.tables.get(table, [])]
        return pl.scan_parquet(files, glob=False) if files else pl.LazyFrame(schema=dict(TABLES[table]))

    def versions(self) -> tuple[Version, ...]:
        """The published definitions as the live server decides by them; raises DataProblem for one it cannot read."""
        rows = self._numbers("publications").join(self._numbers("versions"), on="version", how="left").sort("at")
        return tuple(
            Version(_playbook(version, text), at, retroactive=mode == "retroactive")
            for at, version, mode, text in rows.select("at", "version", "mode", "text").collect().iter_rows()
        )

    def evaluations(
        self,
        versions: Sequence[Version],
        at: int,
        *,
        explain: bool = True,
        details: bool = False,
        progress: Progress | None = None,
    ) -> Iterator[Evaluation]:
        """All leads as of an instant, some at a time, as the live server finds them; units with a past by chapters."""
        needs, whose = needs_of([version.playbook for version in versions]), self._whose(at)
        if not any(version.playbook.accounts for version in versions):
            alone = whose.leads.with_columns(account_id=pl.lit(None, pl.String))
            whose = whose._replace(leads=alone, memberships=whose.memberships.clear())
        broken = _broken(whose, at)
        share = whose.leads.height * EVENTS_AT_A_TIME // max(1, self._rows_of("events"))
        for first, last in _spans(whose.leads["unit"], max(1, share)):
            leads = whose.leads[first:last]
            plain = leads.join(broken, on="unit", how="anti", maintain_order="left")
            if plain.height:
                history = self._history(plain, whose, needs, at)
                yield evaluate(versions, history, at, explain=explain, details=details)
            others = leads.join(broken, on="unit", how="semi", maintain_order="left")
            if others.height:
                found = self._pasts(others, broken, whose, needs, at)
                yield from pasts.evaluations(found, at, versions, details=details)
            if progress is not None:
                progress(last, whose.leads.height)

    def history(self, needs: Needs, at: int, *, is_past: bool = False, of: str | None = None) -> History:
        """All leads with the rows that were theirs at an instant, each from when on it was known to be.

        With `is_past`, what was imported as history is known from when it happened. With `of`, only that lead and those
        of its account are read.
        """
        whose = self._whose(at)
        gone = whose.own.group_by("lead_id").agg(pl.col("until").max()).filter(pl.col("until") < _END)
        is_gone = pl.col("lead_id").is_in(gone["lead_id"].implode())
        leads = whose.leads.with_columns(created_at=pl.when(is_gone).then(LATEST).otherwise("created_at"))
        if of is not None:
            account = leads.filter(lead_id=of)["account_id"].implode()
            leads = leads.filter((pl.col("lead_id") == of) | pl.col("account_id").is_in(account))
        return self._history(leads, whose, needs, at, is_past=is_past)

    def outcomes(self, leads: pl.Series, at: int) -> Outcomes:
        """What people said became of these leads up to an instant: customers are won, lost ones lost."""
        whose = self._whose(at)
        attached = _places(leads).join(_current(whose), on="lead_id")
        rows = self._rows(attached, ("stage_set",), at, is_past=True).collect()
        said = json_properties(rows["properties"], ("stage", "reason", "amount")).struct
        found = rows.select(
            "lead",
            at=pl.min_horizontal("at", "known_at"),
            amount=said.field("amount").cast(pl.Float64, strict=False),
            reason=said.field("reason"),
            won=said.field("stage").replace_strict(_OUTCOMES, default=None, return_dtype=pl.Boolean),
        ).drop_nulls("won")
        first = found.sort("lead", "at", "won").unique("lead", keep="first", maintain_order=True)
        return Outcomes(first, found.height - first.height)

    def consents(self, at: int) -> pl.DataFrame:
        """What the leads of an instant had said yes or no to by then, each row of it."""
        query = self._rows(_current(self._whose(at)), ("consent_given", "consent_withdrawn"), at)
        rows = query.with_columns(_own(pl.col(pl.String))).collect(engine="streaming")
        said = json_properties(rows["properties"], ("purpose", "wording", "proof")).struct
        told = {name: said.field(name) for name in ("purpose", "wording", "proof")}
        return rows.select(
            "lead_id",
            *(pl.col(name).cast(pl.Datetime("us", "UTC")) for name in ("at", "known_at")),
            is_given=pl.col("event") == "consent_given",
            **told,
            event_id="event_id",
        ).select(TABLES["consents"].keys())

    # --- who was whom ---------------------------------------------------------------------------

    def _numbers(self, table: str) -> pl.LazyFrame:
        """All rows of a table, instants as microseconds."""
        return self.scan(table).with_columns(cs.datetime().to_physical())

    def _rows_of(self, table: str) -> int:
        return sum(part.rows for part in self.manifest.tables.get(table, []))

    def _whose(self, at: int) -> _Whose:
        memberships = _as_of(self._numbers("memberships"), at).collect()
        now = memberships.filter(pl.col("until") == _END).unique("lead_id", keep="last", maintain_order=True)
        leads = self._numbers("leads").select("lead_id", "unit", "created_at").filter(pl.col("created_at") <= at)
        leads = leads.sort("unit", pl.col("lead_id").cast(pl.Int64))
        leads = leads.join(now.lazy().select("lead_id", "account_id"), on="lead_id", how="left", maintain_order="left")
        attached = _as_of(self._numbers("attachments"), at).collect()
        numbers = self.scan("identifiers").filter(pl.col("kind") == "lead").select("identifier", lead_id="value")
        own = attached.lazy().join(numbers, on=["identifier", "lead_id"], how="semi")
        return _Whose(leads.collect(), attached, own.collect(), memberships)

    # --- rows -----------------------------------------------------------------------------------

    def _rows(self, attached: pl.DataFrame, names: Sequence[str], at: int, *, is_past: bool = False) -> pl.LazyFrame:
        """The rows of these names of some identifiers; what people did only where they did it."""
        rows = self._numbers("events").filter(pl.col("known_at") <= at, pl.col("event").is_in(names))
        rows = rows.join(attached.lazy(), on="identifier", how="inner").filter(pl.col("known_at") < pl.col("until"))
        rows = rows.filter((pl.col("known_at") >= pl.col("known_from")) | ~pl.col("event").is_in(STAYS))
        known = pl.max_horizontal("known_at", "known_from")
        if is_past:
            old = self.scan("sources").filter("is_history").collect()["source"]
            known = pl.when(pl.col("source").is_in(old.implode())).then("at").otherwise(known)
        return rows.with_columns(known_at=known)

    def _history(self, leads: pl.DataFrame, whose: _Whose, needs: Needs, at: int, *, is_past: bool = False) -> History:
        """The history of some leads, by columns, from the rows that are theirs."""
        attached = _places(leads["lead_id"]).join(_current(whose), on="lead_id")
        rows = self._rows(attached, [*needs.events, *RESERVED], at, is_past=is_past)
        nothing = {name: pl.lit(None, DTYPES[kind]) for name, kind in needs.attributes.items()}
        table = leads.select("lead_id", "account_id", "created_at").with_columns(**nothing)
        acts, changes = _reserved(rows, needs)
        return History(table, _plain(rows, needs, leads.height), acts, changes, 0)

    def _pasts(self, leads: pl.DataFrame, broken: pl.DataFrame, whose: _Whose, needs: Needs, at: int) -> list[Past]:
        """The units of these leads with all that was ever theirs."""
        found: dict[int, Past] = defaultdict(Past)
        units = dict(leads.select("lead_id", "unit").iter_rows())
        for lead_id, unit, created_at in leads.select("lead_id", "unit", "created_at").iter_rows():
            found[unit].leads.append(LeadThen(lead_id, created_at))
        for unit, instant in broken.join(leads, on="unit", how="semi").iter_rows():
            found[unit].breaks.add(instant)
        for lead_id, since, until in whose.own.join(leads, on="lead_id", how="semi").select(_STRETCH).iter_rows():
            found[units[lead_id]].presences.append(Stretch(lead_id, since, until))
        joined = whose.memberships.join(leads, on="lead_id", how="semi").select(*_STRETCH, "account_id")
        for lead_id, since, until, account_id in joined.iter_rows():
            found[units[lead_id]].accounts.append(Stretch(lead_id, since, until, account_id))
        attached = whose.attached.join(leads, on="lead_id", how="semi")
        for lead_id, since, until in attached.select(_STRETCH).iter_rows():
            found[units[lead_id]].attached.append(Stretch(lead_id, since, until))
        attached = attached.filter(pl.col("until") > pl.col("since"))
        query = self._rows(attached, [*needs.events, *RESERVED], at)
        columns = ("lead_id", "at", "known_at", "since", "until", "event", "event_id", "properties")
        rows = query.select(columns).with_columns(_own(pl.col(pl.String))).collect(engine="streaming")
        for row in rows.iter_rows(named=True):
            said = pasts.understood(row["event"], json_object(row["properties"]) or {}, needs)
            if said is not None:
                found[units[row["lead_id"]]].rows.append(row | {"properties": said})
        return list(found.values())


def _playbook(version: str, text: str) -> Playbook:
    found = playbook_yaml.load(text, file=version)
    if isinstance(found, tuple):
        cure = _("Read the export with the release that published it.")
        raise DataProblem(_("is no playbook to this release"), cure=cure, file=version)
    return found


def _as_of(rows: pl.LazyFrame, at: int) -> pl.LazyFrame:
    """What had begun by an instant; what had not ended then ends at `_END`."""
    ended = pl.when(pl.col("until") <= at).then("until").otherwise(_END)
    return rows.filter(pl.col("since") <= at).with_columns(until=ended)


def _places(leads: pl.Series) -> pl.DataFrame:
    """The leads' ids with their places, as `lead`."""
    ids = leads.cast(pl.String).alias("lead_id").to_frame()
    return ids.with_row_index("lead").with_columns(pl.col("lead").cast(pl.UInt32))


def _current(whose: _Whose) -> pl.DataFrame:
    return whose.attached.filter(pl.col("until") == _END)


def _broken(whose: _Whose, at: int) -> pl.DataFrame:
    """The units whose rows went from lead to lead, or leads from account to account, with each instant of that."""
    joined = whose.memberships.join(whose.leads.select("lead_id", "created_at"), on="lead_id")
    ends = [whose.attached.select("lead_id", instant="until")]
    # Whoever came with an account never changed it.
    ends += [
        joined.filter(pl.col(name) > pl.col("created_at")).select("lead_id", instant=name)
        for name in ("since", "until")
    ]
    moved = pl.concat(ends).filter(pl.col("instant") <= at)
    return moved.join(whose.leads, on="lead_id").select("unit", "instant").unique(maintain_order=True)


def _spans(units: pl.Series, share: int) -> Iterator[tuple[int, int]]:
    """Ranges of about so many leads; no unit is parted."""
    ends = units.ne(units.shift(-1)).fill_null(value=True).arg_true() + 1
    first = 0
    while first < len(units):
        place = min(int(ends.search_sorted(first + share)), len(ends) - 1)
        last = int(ends[place])
        yield first, last
        first = last


def _plain(rows: pl.LazyFrame, needs: Needs, leads: int) -> pl.DataFrame:
    """The events of so many leads as ``History.events``."""
    columns = {"event": pl.col("event").cast(pl.Enum(needs.events)), "event_id": _own(pl.col("event_id"))}
    rows = rows.filter(pl.col("event").is_in(needs.events))
    if needs.properties:
        take = partial(json_properties, names=needs.properties)
        kind = pl.Struct(dict.fromkeys(needs.properties, pl.String()) | {NO_OBJECT: pl.Boolean()})
        rows = rows.with_columns(said=pl.col("properties").map_batches(take, return_dtype=kind, is_elementwise=True))
        columns |= {property_column(name): pl.col("said").struct.field(name) for name in needs.properties}
    query = rows.select("lead", "at", "known_at", **columns)
    found = stacked(list(query.collect_batches(engine="streaming")), query)
    return in_ledger_order(found.get_columns(), leads)


def _own(text: pl.Expr) -> pl.Expr:
    """Texts in memory of their own: a few of a large file would keep all of its texts there."""
    return text + pl.lit("")


def _reserved(rows: pl.LazyFrame, needs: Needs) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The acts and the changes of attributes, but for those that say nothing to these playbooks."""
    columns = ("lead", "at", "known_at", "event_id", "event", "properties")
    query = rows.filter(pl.col("event").is_in(RESERVED)).select(columns).with_columns(_own(pl.col(pl.String)))
    found = query.collect(engine="streaming")
    found = found.with_row_index("position").with_columns(pl.col("position").cast(pl.UInt32))
    is_change = pl.col("event") == "attributes_changed"
    # Where something is made unknown, a text says more than its values.
    is_odd = pl.col("properties").str.contains(_UNKNOWN)
    acts, changes = _read(found.filter(~is_change | is_odd), needs)
    plain = found.filter(is_change & ~is_odd)
    said = json_properties(plain["properties"], tuple(needs.attributes)).struct if needs.attributes else None
    own = plain.select(NO_CHANGES.columns[:5])
    values = [] if said is None else [_changes(own, said.field(name), kind) for name, kind in needs.attributes.items()]
    return acts, pl.concat([changes, *values])


def _changes(rows: pl.DataFrame, said: pl.Series, kind: Kind) -> pl.DataFrame:
    """The changes of one attribute, as each row says it; what cannot be read changes nothing."""
    given = rows.with_columns(attribute=pl.lit(said.name), value=said).drop_nulls("value")
    if kind != "text":
        read = dict(_readable(given["value"].unique().to_list(), kind))
        given = given.filter(pl.col("value").is_in(list(read)))
        given = given.with_columns(pl.col("value").replace_strict(read, return_dtype=pl.String))
    return given.select(NO_CHANGES.columns)


def _readable(texts: Sequence[str], kind: Kind) -> Iterator[tuple[str, str | None]]:
    for text in texts:
        with suppress(ValueError):
            yield text, as_text(read_value(text, kind))


def _read(rows: pl.DataFrame, needs: Needs) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of which each thing that is said is read by itself."""
    # Much is said over and over (a consent, a verdict), so each thing is read once.
    told: list[tuple[str, str, Any]] = [
        (event, text, pasts.understood(event, json_object(text) or {}, needs))
        for event, text in rows.select("event", "properties").unique(maintain_order=True).iter_rows()
    ]
    told = [each for each in told if each[2] is not None]
    if not told:
        return NO_ACTS, NO_CHANGES
    schema = {"event": pl.String, "properties": pl.String}
    things = pl.DataFrame([each[:2] for each in told], schema=schema, orient="row").with_row_index("said")
    own = rows.join(things, on=["event", "properties"], maintain_order="left").select(*NO_ACTS.columns[:6], "said")
    return read_reserved(own, [(event, said) for event, _text, said in told], needs, lambda problem, _place: problem)
