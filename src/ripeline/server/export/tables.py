"""What stands in the tables of an export, and how it is asked for: as of an instant, whatever has happened since."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from ripeline.core.export_tables import TABLES
from ripeline.server.export import reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ripeline.server.export.reading import Row

_DECISIONS = """
    SELECT decision.id, decision.lead_id, round.at, decision.at, decision.place, decision.kind, decision.old,
        decision.new, decision.reason, decision.gate, decision.version_id, decision.evidence
    FROM server_decision AS decision JOIN server_round AS round ON round.id = decision.round_id
    WHERE decision.id > %(after)s AND decision.id <= %(upto)s ORDER BY decision.id LIMIT %(page)s
"""

# What ended later had not ended then. Each begins with the number by which its pages are asked for.
_AS_OF = {
    "leads": """
        SELECT lead.id, lead.id, lead.unit_id,
            (SELECT max(own.account_id) FROM server_membership AS own
                WHERE own.lead_id = lead.id AND own.since <= %(upto)s AND own.until > %(upto)s),
            lead.created_at,
            (SELECT max(merge.kept_id) FROM server_merge AS merge WHERE merge.absorbed_id = lead.id
                AND merge.at <= %(upto)s AND (merge.undone_at IS NULL OR merge.undone_at > %(upto)s)),
            owner.username
        FROM server_lead AS lead LEFT JOIN server_user AS owner ON owner.id = lead.owner_id
        WHERE lead.id > %(after)s AND lead.created_at <= %(upto)s ORDER BY lead.id LIMIT %(page)s
    """,
    "identifiers": """
        SELECT one.id, one.id, one.kind, one.value, one.created_at FROM server_identifier AS one
        WHERE one.id > %(after)s AND one.created_at <= %(upto)s ORDER BY one.id LIMIT %(page)s
    """,
    "attachments": """
        SELECT one.id, one.identifier_id, one.lead_id, one.since,
            CASE WHEN one.until <= %(upto)s THEN one.until END, one.known_from
        FROM server_attachment AS one
        WHERE one.id > %(after)s AND one.since <= %(upto)s ORDER BY one.id LIMIT %(page)s
    """,
    "accounts": """
        SELECT one.id, one.id, one.key, one.created_at FROM server_account AS one
        WHERE one.id > %(after)s AND one.created_at <= %(upto)s ORDER BY one.id LIMIT %(page)s
    """,
    "memberships": """
        SELECT one.id, one.lead_id, one.account_id, one.since,
            CASE WHEN one.until <= %(upto)s THEN one.until END, one.by_rule
        FROM server_membership AS one
        WHERE one.id > %(after)s AND one.since <= %(upto)s ORDER BY one.id LIMIT %(page)s
    """,
    "merges": """
        SELECT merge.id, merge.kept_id, merge.absorbed_id, merge.at, person.username,
            CASE WHEN merge.undone_at <= %(upto)s THEN merge.undone_at END
        FROM server_merge AS merge LEFT JOIN server_user AS person ON person.id = merge.by_id
        WHERE merge.id > %(after)s AND merge.at <= %(upto)s ORDER BY merge.id LIMIT %(page)s
    """,
    "handoffs": """
        SELECT one.id, one.offer_id, one.lead_id, rep.username, one.status, one.offered_at,
            one.first_accept_by, one.due_at, one.calendar, one.touched_at, one.ended_at
        FROM server_handoff AS one LEFT JOIN server_user AS rep ON rep.id = one.rep_id
        WHERE one.id > %(after)s AND one.offer_id <= %(decided)s ORDER BY one.id LIMIT %(page)s
    """,
    "publications": """
        SELECT one.id, one.at, one.version_id, one.mode, person.username
        FROM server_publication AS one JOIN server_user AS person ON person.id = one.by_id
        WHERE one.id > %(after)s AND one.at <= %(upto)s ORDER BY one.id LIMIT %(page)s
    """,
    "signatures": """
        SELECT one.id, one.version_id, one.side, person.username, one.at
        FROM server_signature AS one JOIN server_user AS person ON person.id = one.user_id
        WHERE one.id > %(after)s AND one.at <= %(upto)s ORDER BY one.id LIMIT %(page)s
    """,
    "sources": """
        SELECT one.id, one.name, one.kind, one.is_history, one.created_at, one.closed_at FROM server_source AS one
        WHERE one.id > %(after)s ORDER BY one.id LIMIT %(page)s
    """,
}

_ALL_AT_ONCE = {
    "versions": "SELECT one.digest, one.title, one.text, one.created_at FROM server_playbookversion AS one",
    "wordings": "SELECT one.digest, one.text, one.created_at FROM server_wording AS one",
}


def asked() -> tuple[str, ...]:
    """The tables that are read from the store and written anew by each run."""
    return (*_AS_OF, *_ALL_AT_ONCE)


def as_of(table: str, upto: int, decided: int) -> pl.DataFrame:
    """A table as it was at an instant, and when so many decisions had been made."""
    if table in _ALL_AT_ONCE:
        return _frame(table, sorted(reading.rows(_ALL_AT_ONCE[table])))
    pages = reading.by_number(_AS_OF[table], upto=upto, decided=decided)
    return pl.concat([_frame(table, []), *(_frame(table, [row[1:] for row in page]) for page in pages)])


def events(after: int, upto: int) -> Iterator[pl.DataFrame]:
    """The rows of the ledger that became known after one instant and up to another; no round is parted."""
    names: dict[int, str] = dict(reading.rows("SELECT one.id, one.name FROM server_source AS one"))
    for page in reading.events(after, upto):
        columns = list(zip(*page, strict=True))
        del columns[1]  # the row's own number, which only pages need
        sources = pl.Series(columns.pop(), dtype=pl.Int64).replace_strict(names, return_dtype=pl.String)
        yield _of_columns("events", [*columns, sources])


def decisions(after: int, upto: int) -> Iterator[pl.DataFrame]:
    """The decisions with numbers above one and up to another."""
    for page in reading.by_number(_DECISIONS, after=after, upto=upto):
        yield _frame("decisions", page)


def _frame(table: str, rows: Sequence[Row]) -> pl.DataFrame:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(TABLES[table])
    return _of_columns(table, columns)


def _of_columns(table: str, columns: Sequence[Sequence[object] | pl.Series]) -> pl.DataFrame:
    """Columns as the database gives them, under their names and with their types."""
    typed = zip(TABLES[table].items(), columns, strict=True)
    return pl.DataFrame([_series(name, dtype, values) for (name, dtype), values in typed])


def _series(name: str, dtype: pl.DataType, values: Sequence[object] | pl.Series) -> pl.Series:
    if isinstance(values, pl.Series):
        return values.alias(name)
    if dtype == pl.String:
        first = next((value for value in values if value is not None), "")
        return pl.Series(name, values, pl.Int64 if isinstance(first, int) else pl.String).cast(pl.String)
    if dtype == pl.Boolean:
        return pl.Series(name, [None if value is None else bool(value) for value in values], pl.Boolean)
    return pl.Series(name, values, pl.Int64).cast(dtype)
