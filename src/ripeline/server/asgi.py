"""What answers HTTP in one process: the intake on the event loop, health and metrics, and Django's pages in threads."""

from __future__ import annotations

import asyncio
import hmac
import re
import time
from typing import TYPE_CHECKING, Any, cast

import msgspec
import structlog
from django.conf import settings
from django.db import DatabaseError, connection

from ripeline.server.answers import NotTaken, refuse, say
from ripeline.server.instruments import logs, metrics
from ripeline.server.intake.limits import Bodies

if TYPE_CHECKING:
    from collections.abc import Callable

    from ripeline.server.answers import App, Message, Receive, Scope, Send
    from ripeline.server.intake.app import Intake

PAGE_THREADS = 8
_PATIENCE = 3.0  # seconds until the database counts as away
_REQUEST_ID = re.compile(rb"[A-Za-z0-9-]{8,64}")
_OF_PROXIES = frozenset({b"forwarded", b"via", b"x-real-ip", b"x-client-ip", b"true-client-ip", b"cf-connecting-ip"})
_ERROR = 500


class Server:
    """The whole application; without pages it takes events in and nothing else."""

    def __init__(self, intake: Intake, *, pages: bool) -> None:
        self.intake = intake
        self.is_warm = False
        self._bodies = Bodies()
        self._pages = _pages() if pages else None
        self._token = settings.METRICS_TOKEN

    def be_ready(self) -> None:
        """All that runs behind is there: say so to whoever asks."""
        self.is_warm = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection, as ASGI has it."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
        elif self.intake.takes(scope["path"]):
            await self.intake(scope, receive, send)
        else:
            await self._answer(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await self.intake.open()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.intake.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].rstrip("/")
        try:
            if path == "/health/live":
                await say(send, 200, msgspec.json.encode({"live": True}))
            elif path == "/health/ready":
                await self._tell_ready(send)
            elif path == "/metrics":
                await self._tell_metrics(scope, send)
            elif self._pages is None:
                raise _nothing()
            else:
                await self._show(self._pages, scope, receive, send)
        except NotTaken as refused:
            await refuse(send, refused)

    async def _show(self, pages: App, scope: Scope, receive: Receive, send: Send) -> None:
        """A page begins when the whole request is there, so that no slow sender holds one of the threads."""
        async with self._bodies.read(receive, dict(scope["headers"]).get(b"content-length")) as body:
            if body is not None:
                await _logged(pages, scope, _again(body, receive), send)

    async def _tell_ready(self, send: Send) -> None:
        database = await _in_time(_ask_database) is not None
        ready = self.is_warm and database
        body = msgspec.json.encode({"ready": ready, "warm": self.is_warm, "database": database})
        await say(send, 200 if ready else 503, body, retry_after=None if ready else 1)

    async def _tell_metrics(self, scope: Scope, send: Send) -> None:
        if not self._may_read(scope):
            raise _nothing()
        page = await _in_time(metrics.page)
        if page is None:
            raise NotTaken(503, "database_away", "The database does not answer.", retry_after=1)
        await say(send, 200, page, kind=metrics.CONTENT_TYPE.encode())

    def _may_read(self, scope: Scope) -> bool:
        """With the token, or, when none is set, from this machine and through no proxy."""
        headers = dict(scope["headers"])
        if self._token:
            return hmac.compare_digest(headers.get(b"authorization", b""), f"Bearer {self._token}".encode())
        client = scope.get("client")
        near = client is None or client[0] in {"127.0.0.1", "::1"}
        return near and not any(name in _OF_PROXIES or name.startswith(b"x-forwarded") for name in headers)


def _nothing() -> NotTaken:
    return NotTaken(404, "not_found", "There are no pages at this address.")


def _pages() -> App:
    from a2wsgi import WSGIMiddleware  # noqa: PLC0415 - an intake without pages needs neither
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415

    pages: Any = WSGIMiddleware(cast("Any", get_wsgi_application()), workers=PAGE_THREADS)
    return cast("App", pages)


def _again(body: bytes, receive: Receive) -> Receive:
    """A body that was read already, then what comes after it."""
    whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return whole.pop() if whole else await receive()

    return receive_again


def _ask_database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    finally:
        connection.close()


async def _in_time(ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever is asked for
    """The answer, or None when the database gives none in time."""
    try:
        return await asyncio.wait_for(asyncio.to_thread(ask), _PATIENCE)
    except (DatabaseError, TimeoutError):
        return None


async def _logged(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    """Let the pages answer, with a request number in the answer and on each line that is logged meanwhile."""
    given = dict(scope["headers"]).get(b"x-request-id", b"")
    number = given.decode() if _REQUEST_ID.fullmatch(given) else logs.new_request()
    begun = time.monotonic()
    status = _ERROR

    async def send_numbered(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            message["headers"] = [*message.get("headers", ()), (b"x-request-id", number.encode())]
        await send(message)

    with structlog.contextvars.bound_contextvars(request=number):
        try:
            await app(scope, receive, send_numbered)
        finally:
            spent = round(1000 * (time.monotonic() - begun))
            logs.logger().info("page", method=scope["method"], status=status, duration_ms=spent)
