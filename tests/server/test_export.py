"""The export is the one copy that others read: whole at any time, and evaluated as the live store is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from command_line import PLAYBOOK
from ledger_rows import all_rounds, happened, lead_of, signed
from ripeline.core.exported import Export
from ripeline.server import installations
from ripeline.server.export import run as exporting
from ripeline.server.export.run import Written

if TYPE_CHECKING:
    from pathlib import Path

    from ripeline.server.sources import Source
    from set_clock import SetClock


def exported(folder: Path, *, anew: bool = False, scores: bool = True) -> Written:
    """A run that ends well."""
    done = exporting.run(folder, installation=installations.key(1), anew=anew, scores=scores)
    assert isinstance(done, Written), done
    return done


def rows(folder: Path, table: str) -> list[dict[str, object]]:
    """All rows of a table of an export."""
    return Export.opened(folder).scan(table).collect().to_dicts()


def test_what_is_new_is_added(source: Source, clock: SetClock, tmp_path: Path) -> None:
    """The second run tells how much that is; a third one finds nothing."""
    signed(PLAYBOOK, now=clock())
    for name in ("ada", "bob"):
        happened(source, "paper", clock.move(60), email=f"{name}@example.com")
    all_rounds(clock)
    first = exported(tmp_path / "copy")
    assert (first.new_events, len(rows(tmp_path / "copy", "events"))) == (2, 2)
    happened(source, "ask", clock.move(60), email="ada@example.com")
    all_rounds(clock)
    second = exported(tmp_path / "copy")
    assert (second.new_events, second.new_decisions) == (1, 2)
    assert not exported(tmp_path / "copy").is_new
    assert [row["event"] for row in rows(tmp_path / "copy", "events")] == ["paper", "paper", "ask"]
    stages = {row["lead_id"]: row["stage"] for row in rows(tmp_path / "copy", "scores")}
    assert stages[str(lead_of("ada@example.com").pk)] == "mql"
