"""The tables of an export: their columns with their types, and what the manifest says of their files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = 1
"""The version of all this; it grows when a column changes its name, type or meaning, or goes."""

_TEXT, _NUMBER, _YES_NO = pl.String(), pl.Int64(), pl.Boolean()
_TIME = pl.Datetime("us", "UTC")

TABLES: Mapping[str, Mapping[str, pl.DataType]] = {
    "events": {
        "known_at": _TIME,
        "at": _TIME,
        "event": _TEXT,
        "event_id": _TEXT,
        "identifier": _NUMBER,
        "properties": _TEXT,
        "source": _TEXT,
    },
    "decisions": {
        "decision": _NUMBER,
        "lead_id": _TEXT,
        "known_at": _TIME,
        "at": _TIME,
        "place": _NUMBER,
        "kind": _TEXT,
        "old": _TEXT,
        "new": _TEXT,
        "reason": _TEXT,
        "gate": _TEXT,
        "version": _TEXT,
        "evidence": _TEXT,
    },
    "leads": {
        "lead_id": _TEXT,
        "unit": _NUMBER,
        "account_id": _TEXT,
        "created_at": _TIME,
        "merged_into": _TEXT,
        "owner": _TEXT,
    },
    "identifiers": {"identifier": _NUMBER, "kind": _TEXT, "value": _TEXT, "created_at": _TIME},
    "attachments": {
        "identifier": _NUMBER,
        "lead_id": _TEXT,
        "since": _TIME,
        "until": _TIME,
        "known_from": _TIME,
    },
    "accounts": {"account_id": _TEXT, "key": _TEXT, "created_at": _TIME},
    "memberships": {"lead_id": _TEXT, "account_id": _TEXT, "since": _TIME, "until": _TIME, "by_rule": _YES_NO},
    "merges": {"kept": _TEXT, "absorbed": _TEXT, "at": _TIME, "by": _TEXT, "undone_at": _TIME},
    "handoffs": {
        "decision": _NUMBER,
        "lead_id": _TEXT,
        "rep": _TEXT,
        "status": _TEXT,
        "offered_at": _TIME,
        "accept_by": _TIME,
        "due_at": _TIME,
        "calendar": _TEXT,
        "touched_at": _TIME,
        "ended_at": _TIME,
    },
    "publications": {"at": _TIME, "version": _TEXT, "mode": _TEXT, "by": _TEXT},
    "versions": {"version": _TEXT, "title": _TEXT, "text": _TEXT, "created_at": _TIME},
    "signatures": {"version": _TEXT, "side": _TEXT, "by": _TEXT, "at": _TIME},
    "sources": {"source": _TEXT, "kind": _TEXT, "is_history": _YES_NO, "created_at": _TIME, "closed_at": _TIME},
    "wordings": {"wording": _TEXT, "text": _TEXT, "created_at": _TIME},
    "consents": {
        "lead_id": _TEXT,
        "at": _TIME,
        "known_at": _TIME,
        "purpose": _TEXT,
        "is_given": _YES_NO,
        "wording": _TEXT,
        "proof": _TEXT,
        "event_id": _TEXT,
    },
    "scores": {
        "lead_id": _TEXT,
        "at": _TIME,
        "engagement": pl.Float64(),
        "fit": pl.Float64(),
        "grade": _TEXT,
        "cell": _TEXT,
        "persona": _TEXT,
        "phase": _TEXT,
        "stage": _TEXT,
        "progress": pl.Float64(),
        "excluded": _TEXT,
        "not_evaluated": _TEXT,
        "plain": _YES_NO,
        "next_look_at": _TIME,
    },
    "reasons": {
        "lead_id": _TEXT,
        "rule": _TEXT,
        "axis": _TEXT,
        "points": pl.Float64(),
        "awards": pl.Int32(),
        "last_at": _TIME,
    },
}
"""Each table with its columns. Scores have a column more for each further axis of the definition."""

GROWING = ("events", "decisions")
"""The tables whose files stand for ever, and to which each run adds; all others are written anew by each run."""


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of a table. One that stands holds what lies above `after`, up to `upto`: instants, or decisions."""

    file: str
    rows: int
    bytes: int
    sha256: str
    after: int = 0
    upto: int = 0


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an export holds: all rows that rounds had read up to `upto`, and decisions up to number `decided`.

    Instants are microseconds UTC. `scored_at` is that of the scores; none, if there are none. `generation` counts how
    often all was written anew, `run` how often something was added.
    """

    schema: int
    installation: str
    generation: int
    run: int
    upto: int
    decided: int
    scored_at: int | None
    tables: dict[str, list[Part]]
