"""Exports as tests make and read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from command_line import PLAYBOOK
from ledger_rows import all_rounds, happened, signed
from ripeline.core.exported import Export
from ripeline.core.results import lead_results
from ripeline.server import installations
from ripeline.server.export import run as exporting
from ripeline.server.export.run import Written

if TYPE_CHECKING:
    from pathlib import Path

    from ripeline.core.results import LeadResult
    from ripeline.server.refusals import Refused
    from ripeline.server.sources import Source
    from set_clock import SetClock


def outcome(folder: Path, *, anew: bool = False, scores: bool = True, installation: str = "") -> Written | Refused:
    """What a run says."""
    return exporting.run(folder, installation=installation or installations.key(1), anew=anew, scores=scores)


def exported(folder: Path, *, anew: bool = False, scores: bool = True) -> Written:
    """A run that ends well."""
    done = outcome(folder, anew=anew, scores=scores)
    assert isinstance(done, Written), done
    return done


def rows(folder: Path, table: str) -> list[dict[str, Any]]:
    """All rows of a table of an export."""
    return Export.opened(folder).scan(table).collect().to_dicts()


def results(copy: Export, at: int) -> dict[str, LeadResult]:
    """What the evaluator finds on a copy."""
    found = (lead_results(each) for each in copy.evaluations(copy.versions(), at))
    return {result.lead_id: result for each in found for result in each}


def two_leads(source: Source, clock: SetClock, text: str = PLAYBOOK) -> None:
    """Ada and Bob have each read a paper."""
    signed(text, now=clock())
    for name in ("ada", "bob"):
        happened(source, "paper", clock.move(60), email=f"{name}@example.com", account="acme")
    all_rounds(clock)
