"""The chapter on a made-up company does what it says, and prints what it shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tutorial_blocks import outputs

CHAPTER = Path(__file__).parents[1] / "docs" / "tutorial" / "generated.md"


@pytest.mark.timeout(900)
def test_every_command_prints_what_the_chapter_shows(tmp_path: Path) -> None:
    """All commands run one after the other in an empty folder. `tutorial_blocks.py` writes their outputs anew."""
    found = list(outputs(CHAPTER.read_text("utf-8"), tmp_path))
    shown = [output for output in found if output.shown is not None]
    assert len(shown) >= 8
    for output in shown:
        assert output.shown is not None
        assert output.printed == output.shown["body"], output.commands
