"""A running intake over a real socket, for tests."""

from __future__ import annotations

import base64
import http.client
import json
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import uvicorn

from ripeline.server.digests import digest_of
from ripeline.server.events import Conflict, Event, Rejected
from ripeline.server.instants import now as present
from ripeline.server.intake.app import Intake
from ripeline.server.sources import Source, SourceKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, MutableMapping

    from ripeline.server.instants import Clock
    from ripeline.server.intake.stores import Store

WEB_KEY = "website-write-key"
SERVER_KEY = "server-write-key"


class Answer(NamedTuple):
    """What the intake answered."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def code(self) -> str:
        """The code of a refusal, empty for anything else."""
        said = json.loads(self.body or b"{}")
        return str(said.get("code", ""))


class Running:
    """An intake in a thread of its own, on a port of its own."""

    def __init__(self, intake: Intake, *, port: int = 0) -> None:
        self.intake = intake
        config = uvicorn.Config(self._answer, port=port, interface="asgi3", log_level="critical", loop="uvloop")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)

    async def _answer(
        self, scope: MutableMapping[str, Any], receive: Callable[[], Any], send: Callable[[Any], Any]
    ) -> None:
        if scope["type"] != "lifespan":
            await self.intake(scope, receive, send)
            return
        await receive()
        await self.intake.open()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.intake.close()
        await send({"type": "lifespan.shutdown.complete"})

    def start(self) -> Self:
        """Begin, and return once requests are answered."""
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError("the intake did not start")
            time.sleep(0.01)
        return self

    def stop(self) -> None:
        """Finish what is in flight, and end."""
        self._server.should_exit = True
        self._thread.join()

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._server.servers[0].sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """Its address without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def send(
        self,
        path: str,
        body: bytes | Mapping[str, Any] = b"",
        *,
        method: str = "POST",
        key: str | None = None,
        **more: str,
    ) -> Answer:
        """One request on a connection of its own; keywords are headers, with _ for -."""
        headers = {name.replace("_", "-"): value for name, value in more.items()}
        if key is not None:
            headers["Authorization"] = "Basic " + base64.b64encode(f"{key}:".encode()).decode()
        return self.request(method, path, body if isinstance(body, bytes) else json.dumps(body).encode(), headers)

    def request(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """One request on a connection of its own, exactly so."""
        talk = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            talk.request(method, path, body, dict(headers))
            response = talk.getresponse()
            return Answer(response.status, response.read(), {k.lower(): v for k, v in response.getheaders()})
        finally:
            talk.close()


@contextmanager
def running(
    clock: Clock = present, *, connect: Callable[[], Store] | None = None, url: str | None = None
) -> Iterator[Running]:
    """An intake that runs until the block ends."""
    server = Running(Intake(clock, url=url) if connect is None else Intake(clock, url=url, connect=connect)).start()
    try:
        yield server
    finally:
        server.stop()


class Counts(NamedTuple):
    """How many rows there are."""

    events: int
    rejected: int
    conflicts: int

    def since(self, before: Counts) -> Counts:
        """How many came after."""
        return Counts(*(now - then for now, then in zip(self, before, strict=True)))


def counts() -> Counts:
    """How many rows there are now."""
    conflicts = sum(Conflict.objects.values_list("count", flat=True))
    return Counts(Event.objects.count(), Rejected.objects.count(), conflicts)


def make_sources() -> tuple[Source, Source]:
    """A website and a server, with their keys."""
    made = [
        Source.objects.create(name=kind, kind=kind, write_key_digest=digest_of(key), created_at=0)
        for kind, key in ((SourceKind.WEB, WEB_KEY), (SourceKind.SERVER, SERVER_KEY))
    ]
    return made[0], made[1]


def forget_rows() -> None:
    """Remove what tests of a module left."""
    for table in (Event, Rejected, Conflict, Source):
        table.objects.all().delete()
