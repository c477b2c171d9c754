"""What the intake takes: how large, how packed, how often."""

from __future__ import annotations

import asyncio
import math
import zlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from ripeline.server.answers import NotTaken
from ripeline.server.instants import SECOND

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ripeline.server.answers import Receive

MAX_BODY = 4 * 1024 * 1024
"""So many bytes a request may have, as sent and unpacked."""
MAX_HELD = 256 * 1024 * 1024
"""So many bytes of bodies are held at once."""
PATIENCE = 30.0
"""So many seconds a body may take to arrive."""
_BURST = 10  # seconds' worth of events that may come at once
_GZIP = 16 + zlib.MAX_WBITS
_AUTOMATIC = 32 + zlib.MAX_WBITS


def too_large() -> NotTaken:
    """A body beyond the limit."""
    return NotTaken(400, "too_large", f"A request has at most {MAX_BODY} bytes, unpacked.")


def busy() -> NotTaken:
    """More than can be held."""
    return NotTaken(503, "busy", "Too much is waiting to be stored. Please send it again.", retry_after=1)


class Bodies:
    """The bodies that are held at once: what has arrived of them counts, not what was announced."""

    def __init__(self) -> None:
        self._held = 0

    @asynccontextmanager
    async def read(self, receive: Receive, length: bytes | None) -> AsyncIterator[bytes | None]:
        """The whole body, None if the sender left, held until the context is left.

        Raises NotTaken for one that is too large, before it is read, for one that arrives too slowly, and for too many.
        """
        if length is not None and (len(length) > len(str(MAX_BODY)) or not length.isdigit() or int(length) > MAX_BODY):
            raise too_large()
        parts: list[bytes] = []
        try:
            try:
                async with asyncio.timeout(PATIENCE):
                    is_whole = await self._read_into(parts, receive)
            except TimeoutError:
                raise NotTaken(408, "slow_body", "The body did not arrive in time.", retry_after=1) from None
            yield b"".join(parts) if is_whole else None
        finally:
            self._held -= sum(map(len, parts))

    async def _read_into(self, parts: list[bytes], receive: Receive) -> bool:
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return False
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            self._held += len(parts[-1])
            if size > MAX_BODY:
                raise too_large()
            if self._held > MAX_HELD:
                raise busy()
            more = message.get("more_body", False)
        return True


def unpack(body: bytes, encoding: bytes | None) -> bytes:
    """The body unpacked, never more than MAX_BODY of it; raises NotTaken for more, and for what cannot be unpacked."""
    packing = (encoding or b"").strip().lower()
    if packing in (b"gzip", b"x-gzip") or (packing in (b"", b"identity") and body[:2] == b"\x1f\x8b"):
        return _inflate(body, _GZIP)
    if packing == b"deflate":
        return _inflate(body, _AUTOMATIC if body[:1] == b"\x78" else -zlib.MAX_WBITS)
    if packing in (b"", b"identity"):
        return body
    raise NotTaken(400, "unknown_encoding", "A body is packed with gzip, deflate or not at all.")


def _inflate(body: bytes, wbits: int) -> bytes:
    stream = zlib.decompressobj(wbits)
    try:
        whole = stream.decompress(body, MAX_BODY + 1)
    except zlib.error:
        raise NotTaken(400, "broken_packing", "The packed body is broken.") from None
    if len(whole) > MAX_BODY:
        raise too_large()
    if not stream.eof or stream.unused_data:
        raise NotTaken(400, "broken_packing", "The packed body is cut short, or something follows it.")
    return whole


class Bucket:
    """How many events a source may still send; what is sent at once is taken whole, and paid for afterwards.

    `rate` are those a second, `most` those that may come at once: ten seconds' worth, unless told otherwise.
    """

    def __init__(self, rate: float, now: int, *, most: float | None = None) -> None:
        self.rate = rate
        self._most = float(rate * _BURST if most is None else most)
        self._left = self._most
        self._at = now

    def take(self, events: int, now: int) -> None:
        """Take so many events; raises NotTaken, with the seconds to wait, when the source sent too many before."""
        if not self.rate:
            return
        gained = max(0, now - self._at) * self.rate / SECOND
        self._left = min(self._left + gained, self._most)
        self._at = now
        if self._left <= 0:
            wait = max(1, math.ceil(-self._left / self.rate))
            raise NotTaken(429, "too_many", f"At most {self.rate} events a second.", retry_after=wait)
        self._left -= events
