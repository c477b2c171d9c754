"""Which source a write key belongs to, remembered for seconds so that the intake asks no database."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import Error, connection

from ripeline.server.digests import digest_of
from ripeline.server.intake.limits import Bucket
from ripeline.server.intake.stores import Away
from ripeline.server.sources import Source, SourceKind

if TYPE_CHECKING:
    from ripeline.server.instants import Clock

_FRESH = 5.0  # seconds after which the sources are read again: a closed source may send so long
_AGAIN = 1.0  # seconds between two looks for keys that nobody knows


@dataclass(frozen=True, slots=True)
class KnownSource:
    """What the intake must know of a source."""

    id: int
    name: str
    is_trusted: bool
    origins: frozenset[str]
    bucket: Bucket = field(compare=False)

    def admits(self, origin: str | None) -> bool:
        """Whether a website with that origin may send; a program has none."""
        return origin is None or not self.origins or origin.lower() in self.origins


class WriteKeys:
    """The open sources by write key."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_digest: dict[str, KnownSource] = {}
        self._buckets: dict[int, Bucket] = {}
        self._read_at = -1e9
        self._reading: asyncio.Task[None] | None = None
        self._remembered: dict[str, KnownSource] = {}

    async def find(self, key: str) -> KnownSource | None:
        """The open source with that key; raises Away if only the database could say and does not."""
        if time.monotonic() - self._read_at > _FRESH:
            self._read_soon()
        found = self._remembered.get(key)
        if found is None:
            found = self._by_digest.get(digest_of(key))
            if found is None and time.monotonic() - self._read_at > _AGAIN:
                await asyncio.shield(self._read_soon())
                found = self._by_digest.get(digest_of(key))
            if found is not None:
                self._remembered[key] = found
        return found

    def admits(self, origin: str) -> bool:
        """Whether any source takes events from websites with that origin."""
        return any(source.admits(origin) for source in self._by_digest.values())

    async def ready(self) -> None:
        """Read the sources if that was never done; raises Away."""
        if self._read_at < 0:
            await asyncio.shield(self._read_soon())

    def _read_soon(self) -> asyncio.Task[None]:
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
            self._reading.add_done_callback(lambda task: task.exception())  # whoever waits is told
        return self._reading

    async def _read(self) -> None:
        try:
            rows = await asyncio.to_thread(_open_sources)
        except Error as error:
            raise Away(str(error)) from error
        self._by_digest = {str(row.write_key_digest): self._known(row) for row in rows}
        self._remembered = {}
        self._read_at = time.monotonic()

    def _known(self, row: Source) -> KnownSource:
        bucket = self._buckets.get(row.pk)
        if bucket is None or bucket.rate != row.events_per_second:
            bucket = self._buckets[row.pk] = Bucket(row.events_per_second, self._clock())
        origins = frozenset(line.strip().lower().rstrip("/") for line in row.origins.split("\n") if line.strip())
        return KnownSource(row.pk, row.name, row.kind == SourceKind.SERVER, origins, bucket)


def _open_sources() -> list[Source]:
    try:
        return list(Source.objects.filter(closed_at=None, write_key_digest__isnull=False))
    finally:
        connection.close()
