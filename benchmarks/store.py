"""A live store with the past of a made-up company, written straight into its tables because the way in takes hours.

Each lead has three identifiers, some of them found to be the lead's late; some leads were merged; events were read by
rounds of 500 rows. The same numbers give the same rows.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl
import psycopg

import generate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.random import Generator
    from numpy.typing import NDArray

    from installations import Installation

CHUNK = 500_000
PER_ROUND = 500
START = int(generate.START.timestamp()) * 1_000_000
SECOND, DAY, FOREVER = 1_000_000, 86_400_000_000, 2**62
SOURCE = 1
LATE, MERGED, MOVED = 10, 400, 4  # one lead in so many
EVIDENCE = '{"scores":{"engagement":62000000,"fit":41000000},"persona":null,"phase":"consideration","progress":null}'


class Tables:
    """Rows into the tables of a database, without their indexes, which come back at the end."""

    def __init__(self, installation: Installation) -> None:
        self._address = installation.address
        if self._address is None:
            self._sqlite = sqlite3.connect(installation.folder / "ripeline.sqlite3", isolation_level=None)
            for setting in ("synchronous = OFF", "cache_size = -500000", "temp_store = FILE", "foreign_keys = OFF"):
                self._sqlite.execute(f"PRAGMA {setting}")
        else:
            self._postgresql = psycopg.connect(self._address, autocommit=True)
            self._postgresql.execute("SET session_replication_role = replica")

    def do(self, statement: str) -> None:
        """Have a statement done."""
        if self._address is None:
            self._sqlite.execute(statement)
        else:
            self._postgresql.execute(statement.encode())

    def add(self, table: str, rows: pl.DataFrame) -> None:
        """Add rows to a table."""
        names = ", ".join(rows.columns)
        if self._address is None:
            self.do("BEGIN")
            marks = ", ".join("?" * rows.width)
            self._sqlite.executemany(f"INSERT INTO server_{table} ({names}) VALUES ({marks})", rows.iter_rows())  # noqa: S608
            self.do("COMMIT")
            return
        with self._postgresql.cursor().copy(f"COPY server_{table} ({names}) FROM STDIN (FORMAT csv)".encode()) as out:
            out.write(rows.write_csv(include_header=False, quote_style="non_numeric").encode())

    @contextmanager
    def without_indexes(self, *tables: str) -> Iterator[None]:
        """Let the indexes of tables be made once at the end."""
        dropped = []
        if self._address is None:
            marks = ", ".join(f"'server_{table}'" for table in tables)
            ask = f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql > '' AND tbl_name IN ({marks})"  # noqa: S608
            dropped = self._sqlite.execute(ask).fetchall()
        for name, _sql in dropped:
            self.do(f'DROP INDEX "{name}"')
        yield
        for _name, sql in dropped:
            self.do(sql)

    def close(self) -> None:
        """Leave the database as its own processes expect it."""
        if self._address is None:
            self.do("ANALYZE")
            self.do("PRAGMA wal_checkpoint(TRUNCATE)")
            self._sqlite.close()
            return
        for table in (
            "unit",
            "lead",
            "identifier",
            "attachment",
            "membership",
            "account",
            "round",
            "event",
            "decision",
        ):
            counted = f"(SELECT max(id) FROM server_{table})"  # noqa: S608
            self.do(f"SELECT setval(pg_get_serial_sequence('server_{table}', 'id'), {counted})")
        self.do("VACUUM ANALYZE")
        self._postgresql.close()


class Past(NamedTuple):
    """When each event was, of which lead it is, and the instant of each round."""

    seconds: NDArray[np.int64]
    who: NDArray[np.int64]
    rounds: NDArray[np.int64]
    first: NDArray[np.int64]


def fill(installation: Installation, leads: int, events: int) -> None:
    """The whole past; the definitions that are published decide from before it on."""
    chance = np.random.default_rng(7)
    past = _past(chance, leads, events)
    with closing(Tables(installation)) as tables:
        for table in ("publication", "round"):
            tables.do(f"UPDATE server_{table} SET at = at - (SELECT max(at) FROM server_round) + {START - DAY}")  # noqa: S608
        with tables.without_indexes("unit", "lead", "identifier", "attachment", "membership", "event", "round"):
            people = generate._leads(chance, leads)  # noqa: SLF001 - the same leads as in files
            _add_leads(tables, chance, past, people)
            numbers = np.arange(len(past.rounds))
            columns = {"id": numbers + 1000, "at": past.rounds, "rows": PER_ROUND, "finished_at": past.rounds}
            tables.add("round", pl.DataFrame(columns | {"rows": np.full(len(numbers), PER_ROUND)}))
            traits = people.select(_json("country", "title", "size", "email")).to_series()
            for start in range(0, events, CHUNK):
                span = slice(start, min(events, start + CHUNK))
                tables.add("event", _events(chance, past, span, traits))
        _add_decisions(tables, past, leads)


def add_more(installation: Installation, events: int, leads: int) -> None:
    """Some more events that rounds have read, all of them a day later."""
    chance = np.random.default_rng(8)
    with closing(Tables(installation)) as tables:
        begin = START + (generate.SECONDS + 86_400) * SECOND
        rounds = begin + np.arange(1, events // PER_ROUND + 1) * SECOND
        numbers = np.arange(len(rounds)) + 10_000_000
        columns = {"id": numbers, "at": rounds, "rows": np.full(len(rounds), PER_ROUND), "finished_at": rounds}
        tables.add("round", pl.DataFrame(columns))
        who = chance.integers(0, leads, events)
        past = Past(np.full(events, generate.SECONDS + 86_400), who, rounds, np.full(leads, -1))
        rows = _events(chance, past, slice(0, events), pl.Series([""] * leads))
        number = pl.int_range(1_000_000_000, 1_000_000_000 + events, eager=True)
        tables.add("event", rows.with_columns(id=number, key="more " + number.cast(pl.String)))


def _past(chance: Generator, leads: int, events: int) -> Past:
    seconds, who = generate._when_and_who(chance, leads, events, by_lead=False)  # noqa: SLF001 - as in files
    last = np.append(np.arange(PER_ROUND - 1, events - 1, PER_ROUND), events - 1)
    rounds = START + (seconds[last] + 1) * SECOND + 2 * np.arange(len(last))
    first = np.full(leads, -1)
    first[who[::-1]] = np.arange(events)[::-1]
    return Past(seconds, who, rounds, first)


def _add_leads(tables: Tables, chance: Generator, past: Past, people: pl.DataFrame) -> None:
    leads = people.height
    numbers = np.arange(leads)
    created = np.where(past.first < 0, START, past.rounds[np.maximum(past.first, 0) // PER_ROUND])
    merged = numbers % MERGED == 1
    unit = np.where(merged, numbers - 1, numbers) + 1
    merged_at = int(past.rounds[len(past.rounds) * 9 // 10])
    nothing = np.zeros(leads, np.int64)
    tables.add(
        "unit", pl.DataFrame({"id": numbers + 1, "claimed_by": nothing, "claimed_until": nothing, "failures": nothing})
    )
    empty = {
        name: [""] * leads
        for name in ("cell", "persona", "phase", "excluded", "not_evaluated", "waits_for", "language")
    }
    zeros = dict.fromkeys(("ahead", "engagement", "fit", "last_at", "waits_since", "cool_until"), nothing)
    no = dict.fromkeys(("plain", "silent", "surging"), nothing > 0)
    shown = {"stage": ["lead"] * leads, "scores": ["{}"] * leads, "progress": ["{}"] * leads} | empty
    into = pl.Series(np.where(merged, numbers, 0)).replace(0, None)
    columns = {"id": numbers + 1, "unit_id": unit, "created_at": created, "decided_at": nothing, "merged_into_id": into}
    tables.add("lead", pl.DataFrame(columns | shown | zeros | no))
    accounts = max(1, leads // 10)
    tables.add("account", _accounts(accounts))
    belongs = {"id": numbers + 1, "lead_id": numbers + 1, "account_id": numbers % accounts + 1, "since": created}
    tables.add(
        "membership", pl.DataFrame(belongs | {"until": np.full(leads, FOREVER), "by_rule": np.zeros(leads, np.bool_)})
    )
    number = pl.Series(numbers + 1).cast(pl.String)
    values = (number, people["email"].fill_null("") + "-" + number, "visitor " + number)
    late = np.where(numbers % LATE == 0, chance.integers(1, 40, leads) * DAY, 0)
    for place, (kind, value) in enumerate(zip(("lead", "email", "anonymous"), values, strict=True)):
        ids, since = 3 * numbers + place + 1, created + (late if kind == "anonymous" else 0)
        own = {"id": ids, "kind": [kind] * leads, "value": value, "created_at": created}
        own["is_vouched_for"] = np.zeros(leads, np.bool_)
        tables.add("identifier", pl.DataFrame(own | {"lead_id": np.where(merged, numbers, numbers + 1)}))
        until = np.where(merged, np.maximum(merged_at, since + 1), FOREVER)
        attached = {"identifier_id": ids, "lead_id": numbers + 1, "since": since, "until": until, "known_from": since}
        moved = pl.DataFrame(attached).filter(pl.Series(merged))
        moved = moved.with_columns(since="until", known_from="until", lead_id=pl.col("lead_id") - 1, until=FOREVER)
        tables.add("attachment", pl.concat([pl.DataFrame(attached), moved.select(*attached)]))
    pairs = {"kept_id": numbers[merged], "absorbed_id": numbers[merged] + 1, "at": np.full(merged.sum(), merged_at)}
    tables.add("merge", pl.DataFrame(pairs))


def _accounts(count: int) -> pl.DataFrame:
    numbers = pl.int_range(1, count + 1, eager=True)
    return pl.DataFrame({"id": numbers, "key": "company " + numbers.cast(pl.String), "created_at": START})


def _events(chance: Generator, past: Past, span: slice, traits: pl.Series) -> pl.DataFrame:
    """Some events as rows of the ledger; the first one of each lead says who it is."""
    who, places = past.who[span], np.arange(span.start, span.stop)
    rows = generate._events(chance, past.seconds[span], who)  # noqa: SLF001 - as in files
    told = rows.select(_json("minutes", "fields", "funnel", "source")).to_series()
    is_first = pl.Series(past.first[who] == places)
    said = pl.DataFrame({"told": told, "traits": traits.gather(who)}).select(
        pl.when(is_first).then("traits").otherwise("told")
    )
    names = rows.select(pl.when(is_first).then(pl.lit("attributes_changed")).otherwise("event")).to_series()
    whose = np.where(chance.random(len(who)) < 0.3, 3, 2)  # noqa: PLR2004 - the third is the visitor
    number = pl.Series(places)
    columns = {
        "id": places + 1,
        "source_id": np.full(len(who), SOURCE),
        "key": ("0000-" + number.cast(pl.String).str.zfill(27)),
        "name": names,
        "at": START + past.seconds[span] * SECOND,
        "received_at": START + past.seconds[span] * SECOND,
        "known_at": past.rounds[places // PER_ROUND],
        "identifier_id": 3 * who + whose,
        "claims": ["{}"] * len(who),
        "properties": said.to_series(),
        "body": said.to_series(),
        "flag": [""] * len(who),
        "content_digest": ["0123456789abcdef0123456789abcdef"] * len(who),
    }
    return pl.DataFrame(columns)


def _json(*names: str) -> pl.Expr:
    """The known ones of some columns as a JSON object."""
    text = pl.struct(names).struct.json_encode()
    return text.str.replace_all(r'"\w+":null,?', "").str.replace(",}", "}", literal=True)


def _add_decisions(tables: Tables, past: Past, leads: int) -> None:
    """One move of each fourth lead."""
    lead = np.arange(0, leads, MOVED)
    rounds = np.maximum(past.first[lead], 0) // PER_ROUND
    version = "(SELECT version_id FROM server_publication ORDER BY at DESC LIMIT 1)"
    count = len(lead)
    words = {"kind": "move", "old": "lead", "new": "mql", "reason": "gate", "gate": "mql", "evidence": EVIDENCE}
    columns = {
        "lead_id": lead + 1,
        "round_id": rounds + 1000,
        "at": past.rounds[rounds],
        "place": np.zeros(count, np.int64),
    }
    rows = pl.DataFrame(columns | {name: [word] * count for name, word in words.items()} | {"version_id": [""] * count})
    tables.add("decision", rows)
    tables.do(f"UPDATE server_decision SET version_id = {version}")  # noqa: S608
