"""What answers HTTP: the types of ASGI, and one answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]

JSON = b"application/json"
_PRIVATE = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))


async def say(
    send: Send,
    status: int,
    body: bytes,
    *,
    kind: bytes = JSON,
    retry_after: int | None = None,
    extra: Sequence[Header] = (),
) -> None:
    """Answer a request; `retry_after` are the seconds after which to come again."""
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), *_PRIVATE, *extra]
    if retry_after is not None:
        headers.append((b"retry-after", str(retry_after).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
