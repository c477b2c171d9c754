"""What answers HTTP: the types of ASGI, an answer, and a refusal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

import msgspec

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]

JSON = b"application/json"
_PRIVATE = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))


class NotTaken(Exception):
    """A request that is not taken: the status, a code for programs, a text for people, and when to come again."""

    def __init__(self, status: int, code: str, text: str, *, retry_after: int | None = None) -> None:
        super().__init__(status, code, text)
        self.status = status
        self.code = code
        self.text = text
        self.retry_after = retry_after


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


async def refuse(send: Send, refused: NotTaken, *, extra: Sequence[Header] = ()) -> None:
    """Answer that a request is not taken, for programs and for people."""
    body = msgspec.json.encode({"code": refused.code, "message": refused.text})
    await say(send, refused.status, body, retry_after=refused.retry_after, extra=extra)
