"""HTTP as it comes over the line: the head of a request is neither endless nor endlessly slow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

MAX_HEAD = 512 * 1024
"""So many bytes may come before the head of a request is whole; more than what is read at once."""
PATIENCE = 30.0
"""So many seconds the head may take to arrive."""


class Protocol(HttpToolsProtocol):
    """Uvicorn's, but a connection ends whose next head is too long or too late."""

    _is_in_head = True
    _size = 0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first head."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._wait_no_longer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, and end the connection if it is still the head."""
        super().data_received(data)
        if not self._is_in_head:
            self._wait_no_longer()
            return
        self._size += len(data)
        if self._size > MAX_HEAD:
            self.transport.close()
        elif self._deadline is None:
            self._wait()

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._is_in_head = True

    def on_headers_complete(self) -> None:
        """It is whole."""
        self._is_in_head, self._size = False, 0
        super().on_headers_complete()

    def _wait(self) -> None:
        self._deadline = self.loop.call_later(PATIENCE, self.transport.close)

    def _wait_no_longer(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
