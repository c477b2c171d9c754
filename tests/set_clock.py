"""A clock for tests that stands still until it is moved."""

from __future__ import annotations

from ripeline.server.instants import SECOND

MONDAY = 1_767_603_600_000_000
"""Monday, 5 January 2026, 9 o'clock UTC."""


class SetClock:
    """A clock that stands still until it is moved; times are microseconds."""

    def __init__(self, now: int = MONDAY) -> None:
        self.now = now

    def __call__(self) -> int:
        """The present instant."""
        return self.now

    def move(self, seconds: float) -> int:
        """Let so many seconds pass, or take them back; returns the new instant."""
        self.now += round(seconds * SECOND)
        return self.now
