"""The intake: the Segment tracking API over ASGI, in front of Django. What it answers with 200 is stored for good.

Nothing here is Django's but the table of sources: a body is read within limits, becomes messages (integrations), and
waits for the group commit that makes it durable.
"""

from __future__ import annotations

import asyncio
import binascii
import re
import sys
from base64 import b64decode
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from django.conf import settings

from ripeline.integrations.rejections import TEXTS
from ripeline.integrations.segment import Call, Kind, Unreadable, as_text, open_call, read_message
from ripeline.integrations.strict_json import Unfit
from ripeline.server import ledger
from ripeline.server.answers import NotTaken, refuse, say
from ripeline.server.instruments import logs, metrics
from ripeline.server.intake import cors, stores
from ripeline.server.intake.group_commit import Full, GroupCommit
from ripeline.server.intake.limits import Bodies, busy, unpack
from ripeline.server.intake.stores import Away
from ripeline.server.intake.write_keys import KnownSource, WriteKeys

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ripeline.server.answers import Header, Receive, Scope, Send
    from ripeline.server.instants import Clock
    from ripeline.server.intake.stores import Store
    from ripeline.server.ledger import NewEvent, NewRejected


_KINDS: dict[str, Kind] = {
    **{f"/v1/{kind}": kind for kind in ("track", "identify", "page", "screen", "group", "alias", "batch")},
    "/v1/t": "track",
    "/v1/i": "identify",
    "/v1/p": "page",
    "/v1/s": "screen",
    "/v1/g": "group",
    "/v1/a": "alias",
    "/v1/b": "batch",
    "/v1/import": "batch",
    "/beacon/v1/batch": "batch",
}
_OPENAPI = "/v1/openapi.json"
_SETTINGS_PATH = re.compile(r"/v1/projects/([^/]*)/settings")
_RUDDER = "/sourceConfig"
_OPENAPI_FILE = Path(__file__).with_name("openapi.json")
_TURN = 0.001  # seconds after which a thread that computes lets others go on; the default of 5 ms doubles the waiting
_AT_ONCE = 200  # messages that are read before others get their turn
_SUCCESS = b'{"success":true}'
_TOLD = 20  # messages of a call that were put aside whose reasons are told
_log = logs.logger()


class Intake:
    """The ASGI application; one for each process."""

    def __init__(self, clock: Clock, *, url: str | None = None, connect: Callable[[], Store] = stores.connect) -> None:
        self._clock = clock
        self._keys = WriteKeys(clock)
        self._commits = GroupCommit(clock, connect)
        self._url = urlsplit(url or settings.URL)
        self._bodies = Bodies()
        self._is_open = False

    async def open(self) -> None:
        """Begin to take requests, on the running event loop."""
        sys.setswitchinterval(min(sys.getswitchinterval(), _TURN))
        self._commits.open()
        self._is_open = True

    async def close(self) -> None:
        """Store what was taken, and take nothing more."""
        self._is_open = False
        await self._commits.close()

    @staticmethod
    def takes(path: str) -> bool:
        """Whether a path is the intake's."""
        return path.startswith(("/v1/", "/beacon/")) or path.rstrip("/") in (_RUDDER, "/v1", "/beacon")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        headers = dict(scope["headers"])
        allowed: list[Header] = []
        try:
            if b"origin" in headers:
                allowed = await self._cors(headers[b"origin"])
            answer = await self._answer(scope, headers, receive)
        except NotTaken as refused:
            metrics.EVENTS.labels("refused", refused.code).inc()
            await refuse(send, refused, extra=allowed)
        except Away:
            metrics.EVENTS.labels("refused", "database_away").inc()
            await refuse(send, _away(), extra=allowed)
        except Exception as error:  # noqa: BLE001 - whatever happens, the client keeps its events
            _log.exception("intake_failed", error=type(error).__name__)
            metrics.EVENTS.labels("refused", "unexpected").inc()
            await refuse(send, _unexpected(), extra=allowed)
        else:
            if answer is not None:
                await say(send, 200, answer, extra=allowed)

    async def _answer(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive) -> bytes | None:
        """The body of a 200, None if the sender left; raises NotTaken and Away."""
        path, method = scope["path"].rstrip("/"), scope["method"]
        kind = _KINDS.get(path)
        if method == "OPTIONS" and (kind or _is_document(path)):
            return b""
        if kind is None:
            if not _is_document(path):
                raise NotTaken(404, "not_found", "The intake has nothing at this address.")
            if method not in ("GET", "HEAD"):
                raise NotTaken(405, "wrong_method", "This address is read with GET.")
            return await self._document(path, scope, headers)
        if method != "POST":
            raise NotTaken(405, "wrong_method", "Events are sent with POST.")
        if not self._is_open:
            raise _away()
        return await self._take(kind, scope, headers, receive)

    async def _take(self, kind: Kind, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive) -> bytes | None:
        named = _key_of_header(headers) or _key_of_query(scope)
        source = await self._source(named, headers) if named else None
        async with self._bodies.read(receive, headers.get(b"content-length")) as sent:
            if sent is None:
                return None
            body = unpack(sent, headers.get(b"content-encoding"))
            call = _opened(kind, body)
            if named is None or source is None:
                named = call.write_key
                source = await self._source(named, headers)
            call.write_key = named
            aside = await self._store(call, source, len(body))
        return _told(aside) if aside else _SUCCESS

    async def _source(self, key: str | None, headers: Mapping[bytes, bytes]) -> KnownSource:
        """The source with that key, if it may send from where the request comes; raises NotTaken and Away."""
        source = await self._keys.find(key) if key else None
        if source is None:
            raise NotTaken(401, "unknown_key", "There is no open source with this write key.")
        origin = headers.get(b"origin")
        if origin is not None and not source.admits(origin.decode("latin-1")):
            raise NotTaken(403, "origin_not_allowed", "This source does not take events from this website.")
        return source

    async def _store(self, call: Call, source: KnownSource, size: int) -> dict[int, NewRejected]:
        """Return when everything of the call is durable: by its place what was put aside. Raises NotTaken and Away."""
        now = self._clock()
        source.bucket.take(len(call.messages), now)
        try:
            room = self._commits.take_room(len(call.messages), size)
        except Full:
            raise busy() from None
        try:
            events: list[NewEvent] = []
            aside: dict[int, NewRejected] = {}
            for place in range(len(call.messages)):
                if place % _AT_ONCE == _AT_ONCE - 1:
                    await asyncio.sleep(0)
                said = _read(call, place, source, now)
                if isinstance(said, Unfit):
                    aside[place] = _rejection(call, place, source, now, said)
                else:
                    events.append(said)
            if events or aside:
                await self._commits.add(events, list(aside.values()))
        finally:
            self._commits.give_back(room)
        return aside

    async def _cors(self, origin: bytes) -> list[Header]:
        await self._keys.ready()
        return cors.headers(origin, is_allowed=self._keys.admits(origin.decode("latin-1")))

    async def _document(self, path: str, scope: Scope, headers: Mapping[bytes, bytes]) -> bytes:
        """What browser libraries ask for before they send anything."""
        if path == _OPENAPI:
            return _OPENAPI_FILE.read_bytes()
        if path == _RUDDER:
            key = _key_of_query(scope) or _key_of_header(headers) or ""
            source = await self._source(key, headers)
            return msgspec.json.encode(_rudder_settings(key, source))
        key = path.split("/")[3]
        await self._source(key, headers)
        return msgspec.json.encode(_segment_settings(key, self._url.netloc, self._url.scheme))


def _read(call: Call, place: int, source: KnownSource, now: int) -> NewEvent | Unfit:
    """The row of one message, or why it cannot be one; whatever is wrong with it concerns no other."""
    try:
        said = read_message(call, place, source=source.id, is_trusted=source.is_trusted, received_at=now)
    except Unfit as unfit:
        return unfit
    except Exception as error:  # noqa: BLE001 - whatever a single message can cause
        _log.exception("intake_message_failed", error=type(error).__name__)
        return Unfit("not_storable", type(error).__name__)
    return ledger.event(said, source=source.id, received_at=now)


def _rejection(call: Call, place: int, source: KnownSource, now: int, unfit: Unfit) -> NewRejected:
    body = as_text(call.kept(place), call.write_key)
    return ledger.rejection(source.id, unfit.reason, unfit.detail, call.kind, now, body, call.bodies[place])


def _told(aside: Mapping[int, NewRejected]) -> bytes:
    """A client reads that all is well, because it would throw the good messages away too; people read what is not."""
    why = [
        {"place": place, "reason": row.reason, "message": TEXTS[row.reason], "detail": row.detail}
        for place, row in islice(aside.items(), _TOLD)
    ]
    return msgspec.json.encode({"success": True, "put_aside": len(aside), "why": why})


def _opened(kind: Kind, body: bytes) -> Call:
    try:
        return open_call(kind, body)
    except Unreadable as unreadable:
        raise NotTaken(400, unreadable.code, unreadable.text) from None


def _is_document(path: str) -> bool:
    return path in (_RUDDER, _OPENAPI) or _SETTINGS_PATH.fullmatch(path) is not None


def _key_of_header(headers: Mapping[bytes, bytes]) -> str | None:
    """The user name of Basic; raises NotTaken for a way of signing in that the intake does not speak."""
    given = headers.get(b"authorization")
    if not given:
        return None
    scheme, _, value = given.partition(b" ")
    if scheme.lower() == b"bearer":
        text = "Bearer tokens are not taken: send the write key as the user name of Basic, or as writeKey in the body."
        raise NotTaken(401, "bearer_not_supported", text)
    if scheme.lower() != b"basic":
        raise NotTaken(401, "unknown_authorization", "Send the write key as the user name of Basic.")
    try:
        user = b64decode(value.strip(), validate=True).partition(b":")[0]
        return user.decode() or None
    except (binascii.Error, UnicodeDecodeError):
        raise NotTaken(401, "broken_authorization", "The header Authorization cannot be read.") from None


def _key_of_query(scope: Scope) -> str | None:
    query = scope.get("query_string")
    return parse_qs(query.decode("latin-1")).get("writeKey", [None])[0] if query else None


def _segment_settings(key: str, host: str, protocol: str) -> dict[str, Any]:
    return {
        "integrations": {"Segment.io": {"apiKey": key, "apiHost": f"{host}/v1", "protocol": protocol}},
        "plan": {"track": {"__default": {"enabled": True, "integrations": {}}}},
        "metrics": {"sampleRate": 0},
    }


def _rudder_settings(key: str, source: KnownSource) -> dict[str, Any]:
    quiet = {"statsCollection": {"errors": {"enabled": False}, "metrics": {"enabled": False}}}
    return {
        "source": {
            "id": str(source.id),
            "name": source.name,
            "writeKey": key,
            "workspaceId": "ripeline",
            "enabled": True,
            "config": quiet,
            "connections": [],
            "destinations": [],
        }
    }


def _away() -> NotTaken:
    return NotTaken(503, "database_away", "The database takes nothing just now. Please send it again.", retry_after=2)


def _unexpected() -> NotTaken:
    text = "This should not have happened. Please send it again."
    return NotTaken(503, "unexpected", text, retry_after=30)
