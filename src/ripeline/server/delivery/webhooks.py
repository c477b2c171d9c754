"""One signed message to one receiver, as Standard Webhooks has it, within bounds that no receiver can stretch."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import httpcore
import httpx
from standardwebhooks import Webhook

from ripeline.server.delivery import addresses
from ripeline.server.instants import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable

TOTAL_SECONDS = 20.0
MAX_ANSWER_BYTES = 64 * 1024
GONE = 410
_SUCCESSES = range(200, 300)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one try: a status and, for people, one word; no part of what the receiver wrote."""

    status: int  # 0: none came
    said: str
    retry_after: float | None = None  # seconds

    @property
    def is_success(self) -> bool:
        """Whether the receiver took it; an answer that leads elsewhere is none."""
        return self.status in _SUCCESSES


class _Stream(httpcore.NetworkStream):
    """A connection of which every part ends at the same deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream, self._deadline = stream, deadline

    def _left(self, timeout: float | None) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left if timeout is None else min(left, timeout)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: Any,  # noqa: ANN401 - as httpcore has it
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._left(timeout))
        return _Stream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401
        return self._stream.get_extra_info(info)


class _Guarded(httpcore.NetworkBackend):
    """Connects only to addresses that were judged, at the moment of connecting."""

    def __init__(self, deadline: float) -> None:
        self._plain = httpcore.SyncBackend()
        self._deadline = deadline

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
        for address in addresses.judged(host, port)[:4]:
            left = self._deadline - time.monotonic()
            try:
                stream = self._plain.connect_tcp(
                    address, port, max(0.1, min(left, timeout or left)), None, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                error = failed
            else:
                return _Stream(stream, self._deadline)
        raise error


def signed(secret: str, key: str, body: str, now: int) -> dict[str, str]:
    """The headers that prove who sent this body and when."""
    seconds = now // SECOND
    # The library takes the clock's digits of a time as UTC, so it is given them in UTC.
    signature = Webhook(secret).sign(msg_id=key, timestamp=datetime.fromtimestamp(seconds, UTC), data=body)
    return {"webhook-id": key, "webhook-timestamp": str(seconds), "webhook-signature": signature}


def send(url: str, secret: str, key: str, body: str, *, now: int) -> Answer:
    """Send a message once and tell what came of it; whatever the receiver does, it is over in about 20 seconds."""
    try:
        target = httpx.URL(url)
        headers = {"host": target.netloc.decode(), "content-type": "application/json", "user-agent": "Ripeline"}
        headers |= signed(secret, key, body, now)
        backend = _Guarded(time.monotonic() + TOTAL_SECONDS)
        with (
            httpcore.ConnectionPool(network_backend=backend, retries=0) as pool,
            pool.stream(
                "POST",
                httpcore.URL(scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path),
                headers=list(headers.items()),
                content=body.encode(),
                extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), TOTAL_SECONDS)},
            ) as response,
        ):
            _drain(response)
            return Answer(response.status, str(response.status), _retry_after(dict(response.headers), now))
    except addresses.NotAllowed:
        return Answer(0, "address not allowed")
    except (httpx.InvalidURL, OSError, ValueError, httpcore.UnsupportedProtocol) as error:
        return Answer(0, type(error).__name__)
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
        return Answer(0, type(error).__name__)


def _drain(response: httpcore.Response) -> None:
    """Read a little of the answer's body, so that a receiver that is still writing is not cut off for nothing."""
    size = 0
    for part in response.iter_stream():
        size += len(part)
        if size >= MAX_ANSWER_BYTES:
            return


def _retry_after(headers: dict[bytes, bytes], now: int) -> float | None:
    text = next((value.decode("latin-1") for name, value in headers.items() if name.lower() == b"retry-after"), "")
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now / SECOND)
    except (ValueError, OverflowError):
        return None
