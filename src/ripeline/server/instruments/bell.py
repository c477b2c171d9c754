"""A bell that wakes whoever waits for work: a hint within one process, never the only way to learn of work."""

from __future__ import annotations

import threading


class Bell:
    """Rung by whoever brings work; a ring that comes while nobody waits is heard at the next wait."""

    def __init__(self) -> None:
        self._rung = threading.Event()

    def ring(self) -> None:
        """There is work, or there may be."""
        self._rung.set()

    def wait(self, seconds: float) -> bool:
        """Wait for a ring, at most so long; whether it rang. One waits at a time."""
        rung = self._rung.wait(seconds)
        self._rung.clear()
        return rung


_rows = Bell()
ring = _rows.ring
"""Rows were committed that nobody has read yet."""
wait = _rows.wait
"""Wait for such rows, at most so many seconds."""
