"""Senders that announce much and send little keep nobody else from being heard."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import Any

import pytest
import uvicorn

from ripeline.server import asgi
from ripeline.server.answers import NotTaken
from ripeline.server.intake import limits
from ripeline.server.intake.limits import MAX_BODY, MAX_HELD, Bodies
from ripeline.server.operation import line

Message = dict[str, Any]


class Sender:
    """What one client sends, in parts; after the last one nothing comes."""

    def __init__(self, *parts: bytes, is_whole: bool = False) -> None:
        self._parts = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
        if is_whole:
            self._parts[-1]["more_body"] = False

    async def receive(self) -> Message:
        """The next part."""
        if not self._parts:
            await asyncio.Event().wait()
        return self._parts.pop(0)


async def _read(bodies: Bodies, sender: Sender) -> bytes | None:
    async with bodies.read(sender.receive, str(MAX_BODY).encode()) as body:
        return body


def test_who_only_announces_a_body_takes_no_room() -> None:
    """However many do."""

    async def scene() -> bytes | None:
        bodies = Bodies()
        idle = [asyncio.create_task(_read(bodies, Sender())) for _ in range(2 * MAX_HELD // MAX_BODY)]
        await asyncio.sleep(0)
        heard = await _read(bodies, Sender(b"events", is_whole=True))
        for one in idle:
            one.cancel()
        return heard

    assert asyncio.run(scene()) == b"events"


def test_what_arrives_is_held_together_within_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what was refused or was left holds nothing any more."""
    monkeypatch.setattr(limits, "MAX_HELD", 10)

    async def scene() -> bytes | None:
        bodies = Bodies()
        held = asyncio.create_task(_read(bodies, Sender(b"123456")))
        await asyncio.sleep(0)
        with pytest.raises(NotTaken, match="busy"):
            await _read(bodies, Sender(b"1234", b"5", is_whole=True))
        held.cancel()
        await asyncio.gather(held, return_exceptions=True)
        return await _read(bodies, Sender(b"123", b"4567890", is_whole=True))

    assert asyncio.run(scene()) == b"1234567890"


@pytest.mark.parametrize("parts", [(), (b"a",)])
def test_who_does_not_send_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, parts: tuple[bytes, ...]) -> None:
    """Not for the first part either."""
    monkeypatch.setattr(limits, "PATIENCE", 0.05)
    with pytest.raises(NotTaken, match="slow_body"):
        asyncio.run(asyncio.wait_for(_read(Bodies(), Sender(*parts)), 5))


class NoIntake:
    """An intake that takes no path."""

    def takes(self, _: str) -> bool:
        """None."""
        return False


def test_a_page_begins_when_its_request_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that waits for a slow sender would be one thread less for everybody."""
    shown: list[Any] = []

    async def page(_scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - as ASGI has it
        shown.append(await receive())
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(_: Any) -> None:  # noqa: ANN401 - as ASGI has it
        pass

    async def scene() -> None:
        intake: Any = NoIntake()
        server = asgi.Server(intake, pages=True)
        scope = {"type": "http", "path": "/admin/login/", "method": "POST", "headers": []}
        slow = asyncio.create_task(server(scope, Sender(b"username=").receive, send))
        await asyncio.sleep(0.01)
        assert shown == []
        await server(scope, Sender(b"user", b"name=ada", is_whole=True).receive, send)
        slow.cancel()

    monkeypatch.setattr(asgi, "_pages", lambda: page)
    asyncio.run(scene())
    assert shown == [{"type": "http.request", "body": b"username=ada", "more_body": False}]


async def _heard(*sent: bytes) -> bytes:
    """All that is answered to what a client sends, until the connection is closed."""

    async def application(_scope: Any, _receive: Any, send: Any) -> None:  # noqa: ANN401 - as ASGI has it
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    config = uvicorn.Config(application, http=line.Protocol, lifespan="off", log_config=None, port=0)
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        running = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:  # noqa: ASYNC110 - uvicorn tells it no other way
            await asyncio.sleep(0.01)
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        with suppress(ConnectionError):
            for part in sent:
                writer.write(part)
                await writer.drain()
        answer = b""
        with suppress(ConnectionError):
            answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        server.should_exit = True
        await running
    return answer


def test_the_head_of_a_request_is_not_endless() -> None:
    """It would be kept in memory, and joined anew with each piece."""
    head = b"GET / HTTP/1.1\r\nHost: here\r\nX: "
    assert asyncio.run(_heard(head, *[b"a" * 65_536] * 40)) == b""


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: here\r\n\r\nGET / HT"])
def test_the_head_of_a_request_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    """Neither of the first one on a connection nor of a later one."""
    monkeypatch.setattr(line, "PATIENCE", 0.1)
    assert asyncio.run(_heard(sent)).count(b"200 OK") == sent.count(b"Host")
