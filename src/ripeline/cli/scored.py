"""What one run of ``ripeline score`` found, as its view is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from ripeline.core.playbook import Playbook


@dataclass(frozen=True)
class Scored:
    """All scores of one run, and where they were written."""

    playbook: Playbook
    at: int
    events: int
    repeats: int
    scores: pl.DataFrame
    open_handoffs: int
    written: tuple[Path, ...]
