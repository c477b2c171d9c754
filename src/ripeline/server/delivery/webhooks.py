"""One message to one receiver over HTTP, within bounds that no receiver can stretch."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import httpcore
import httpx
from standardwebhooks import Webhook

from ripeline.server.delivery import addresses
from ripeline.server.instants import SECOND

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Iterator, Mapping, Sequence

TOTAL_SECONDS = 20.0
REST_SECONDS = 2.0
"""So long the rest of an answer is read, once its status is known."""
MAX_ANSWER_BYTES = 64 * 1024
GONE = 410
NOT_ALLOWED, TOO_MUCH = "address not allowed", "more than may be read"
_SUCCESSES = range(200, 300)
_TROUBLES = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, httpcore.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one try: a status and, for people, one word; no part of what the receiver wrote."""

    status: int  # 0: none came
    said: str
    retry_after: float | None = None  # seconds
    is_final: bool = False  # it will never take this message, and takes others
    is_nobody: bool = False  # because nobody is there to whom it goes

    @property
    def is_success(self) -> bool:
        """Whether the receiver took it; an answer that leads elsewhere is none."""
        return self.status in _SUCCESSES


class _Bounds:
    """How long one try may take, and how much it may read."""

    def __init__(self, most_bytes: int = MAX_ANSWER_BYTES) -> None:
        self._deadline = time.monotonic() + TOTAL_SECONDS
        self._bytes = most_bytes

    def seconds(self, wanted: float | None = None) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left if wanted is None else min(left, wanted)

    def room(self, wanted: int) -> int:
        if self._bytes <= 0:
            raise httpcore.ReadError(TOO_MUCH)
        return min(wanted, self._bytes)

    def took(self, count: int) -> None:
        self._bytes -= count

    def end_within(self, seconds: float) -> None:
        self._deadline = min(self._deadline, time.monotonic() + seconds)


class _Stream(httpcore.NetworkStream):
    """A connection of which all parts together stay within the same bounds."""

    def __init__(self, stream: httpcore.NetworkStream, bounds: _Bounds) -> None:
        self._stream, self._bounds = stream, bounds

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(self._bounds.room(max_bytes), self._bounds.seconds(timeout))
        self._bounds.took(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._bounds.seconds(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._bounds.seconds(timeout))
        return _Stream(stream, self._bounds)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as httpcore has it
        return self._stream.get_extra_info(info)


class _Guarded(httpcore.NetworkBackend):
    """Connects only to addresses that were judged, at the moment of connecting."""

    def __init__(self, bounds: _Bounds, *, is_plain: bool) -> None:
        self._backend = httpcore.SyncBackend()
        self._bounds = bounds
        self._is_plain = is_plain

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        del local_address
        error: Exception = OSError(host)
        for address in addresses.judged(host, port, is_plain=self._is_plain)[:4]:
            try:
                seconds = self._bounds.seconds(timeout)
                stream = self._backend.connect_tcp(address, port, seconds, None, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                error = failed
            else:
                return _Stream(stream, self._bounds)
        raise error


def signed(secrets: Sequence[str], key: str, body: str, now: int) -> dict[str, str]:
    """The headers that prove, by each of the secrets, who sent this body and when, as Standard Webhooks has it."""
    seconds = now // SECOND
    # The library takes the clock's digits of a time as UTC, so it is given them in UTC.
    at = datetime.fromtimestamp(seconds, UTC)
    signatures = [Webhook(secret).sign(msg_id=key, timestamp=at, data=body) for secret in secrets]
    return {"webhook-id": key, "webhook-timestamp": str(seconds), "webhook-signature": " ".join(signatures)}


def post(url: str, headers: Mapping[str, str], body: str, *, now: int) -> Answer:
    """Send a body once and tell what came of it; whatever the receiver does, it is over in about 20 seconds."""
    bounds = _Bounds()
    try:
        with _asking("POST", url, {"content-type": "application/json", **headers}, body.encode(), bounds) as response:
            _read_rest(response, bounds)
            return Answer(response.status, str(response.status), _retry_after(dict(response.headers), now))
    except addresses.NotAllowed:
        return Answer(0, NOT_ALLOWED)
    except (OSError, ValueError, *_TROUBLES) as error:
        return Answer(0, type(error).__name__)


def get(url: str, most_bytes: int) -> bytes | Answer:
    """What is at an address, as it is sent; else what came of asking. No more than so many bytes, in 20 seconds."""
    try:
        with _asking("GET", url, {}, None, _Bounds(most_bytes + MAX_ANSWER_BYTES)) as response:
            if response.status not in _SUCCESSES:
                return Answer(response.status, str(response.status))
            data = response.read()
            return data if len(data) <= most_bytes else Answer(0, TOO_MUCH)
    except addresses.NotAllowed:
        return Answer(0, NOT_ALLOWED)
    except (OSError, ValueError, *_TROUBLES) as error:
        return Answer(0, TOO_MUCH if str(error) == TOO_MUCH else type(error).__name__)


@contextmanager
def _asking(
    method: str, url: str, headers: Mapping[str, str], content: bytes | None, bounds: _Bounds
) -> Iterator[httpcore.Response]:
    """An answer whose body is still to be read; raises NotAllowed where nothing may be sent to."""
    target = addresses.target(url)
    guard = _Guarded(bounds, is_plain=target.scheme == "http")
    own = {"host": target.netloc.decode(), "user-agent": "Ripeline"}
    with (
        httpcore.ConnectionPool(_tls(), network_backend=guard, retries=0) as pool,
        pool.stream(
            method,
            httpcore.URL(scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path),
            headers=list((own | dict(headers)).items()),
            content=content,
            extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), TOTAL_SECONDS)},
        ) as response,
    ):
        yield response


@cache
def _tls() -> ssl.SSLContext:
    """Whose certificates are believed; made once, because reading them all takes longer than most receivers do."""
    return httpx.create_ssl_context()


def _read_rest(response: httpcore.Response, bounds: _Bounds) -> None:
    """Read a little of the answer's body, so that a receiver that is still writing is not cut off for nothing.

    The status was the answer: what goes wrong from here on changes nothing.
    """
    bounds.end_within(REST_SECONDS)
    with suppress(*_TROUBLES):
        for _ in response.iter_stream():
            pass


def _retry_after(headers: dict[bytes, bytes], now: int) -> float | None:
    text = next((value.decode("latin-1") for name, value in headers.items() if name.lower() == b"retry-after"), "")
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now / SECOND)
    except (ValueError, OverflowError):
        return None
