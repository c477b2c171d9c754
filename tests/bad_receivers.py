"""Receivers that behave badly, each in its own way, and clocks that run faster than ours."""

from __future__ import annotations

import gzip
import socket
import struct
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from receiver import Receiver

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BOMB = gzip.compress(bytes(100_000_000))
"""A hundred megabytes of nothing, in a hundred kilobytes."""
_INSIDE = "http://127.0.0.1:9/inside"

Answer = tuple[int, "Mapping[str, str]"]


def _drips(handler: Any) -> None:  # noqa: ANN401 - the library's handler
    """One byte a second, for as long as anybody listens."""
    with suppress(OSError):
        for byte in b"HTTP/1.1 200 OK\r\nX-Patience: " + b"x" * 1000:
            handler.wfile.write(bytes([byte]))
            time.sleep(1)


def _floods(handler: Any) -> None:  # noqa: ANN401
    """A gigabyte."""
    with suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 500 No\r\nContent-Length: 1000000000\r\n\r\n")
        for _ in range(1000):
            handler.wfile.write(bytes(1_000_000))


def _bombs(handler: Any) -> None:  # noqa: ANN401
    """What is a thousand times larger when it is unpacked."""
    with suppress(OSError):
        head = f"HTTP/1.1 500 No\r\nContent-Encoding: gzip\r\nContent-Length: {len(BOMB)}\r\n\r\n"
        handler.wfile.write(head.encode() + BOMB)


def _resets(handler: Any) -> None:  # noqa: ANN401
    """Takes the message, and then is gone without a word."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


BAD: Mapping[str, Callable[[Any], Answer | None]] = {
    "tarpit": _drips,
    "500": lambda _: (500, {}),
    "429": lambda _: (429, {"Retry-After": "7200"}),
    "410": lambda _: (410, {}),
    "redirect": lambda _: (307, {"Location": _INSIDE}),
    "gigabyte": _floods,
    "bomb": _bombs,
    "reset": _resets,
}
"""Each way to behave badly over HTTP."""


def bad(name: str) -> Receiver:
    """A receiver that behaves so."""
    return Receiver(answer=BAD[name])


class SlowHandshake:
    """Speaks TLS one byte a second, and never to its end."""

    def __enter__(self) -> Self:
        self._line = socket.create_server(("127.0.0.1", 0))
        self._stopping = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._line.close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"https://127.0.0.1:{self._line.getsockname()[1]}/hook"

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self._drip, args=self._line.accept()[:1], daemon=True).start()

    def _drip(self, line: socket.socket) -> None:
        with line, suppress(OSError):
            line.recv(4096)
            for byte in b"\x16\x03\x03\x40\x00" + bytes(1000):
                line.sendall(bytes([byte]))
                if self._stopping.wait(1):
                    return


class FastClock:
    """Runs so many times as fast as ours, from when it was made."""

    def __init__(self, times: float, begin: int) -> None:
        self._times, self._begin, self._made = times, begin, time.monotonic()

    def __call__(self) -> int:
        """The present instant."""
        return self._begin + round((time.monotonic() - self._made) * self._times * 1_000_000)
