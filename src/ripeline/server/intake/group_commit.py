"""Group commit: one thread writes what many requests brought, in one transaction, and then tells each of them."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, Self

from ripeline.server import ledger
from ripeline.server.instruments import bell, logs, metrics
from ripeline.server.intake.stores import Away

if TYPE_CHECKING:
    from collections.abc import Callable

    from ripeline.server.instants import Clock
    from ripeline.server.intake.stores import Store
    from ripeline.server.ledger import NewEvent, NewRejected

MAX_GROUP = 2_000
MAX_WAITING = 20_000
MAX_WAITING_BYTES = 64 * 1024 * 1024
_COLLECT = 0.002  # seconds
_IDLE = 0.2  # seconds between looks when nothing comes
_log = logs.logger()


class Full(Exception):
    """More waits to be written than may wait."""


class Room(NamedTuple):
    """What one request may let wait."""

    rows: int
    size: int


class Request(NamedTuple):
    """What one request brought, and how it is told that this is stored."""

    events: list[NewEvent]
    rejected: list[NewRejected]
    future: asyncio.Future[None]


class GroupCommit:
    """Takes rows from the event loop and says when they are durable."""

    def __init__(self, clock: Clock, connect: Callable[[], Store]) -> None:
        self._clock = clock
        self._connect = connect
        self._queue: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._waiting = 0
        self._waiting_bytes = 0
        self._is_closing = False
        self._is_empty = asyncio.Event()
        self._store: Store | None = None
        self._thread = threading.Thread(target=self._run, name="intake-writer", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> Self:
        """Begin, on the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()
        return self

    async def close(self) -> None:
        """Write what was taken, and end."""
        self._is_closing = True
        if self._waiting:
            await self._is_empty.wait()
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)
        await asyncio.sleep(0)

    def take_room(self, rows: int, size: int) -> Room:
        """Room for so many rows of together so many bytes; raises Full, and Away if nothing is written any more."""
        if not self._thread.is_alive() or self._is_closing:
            raise Away("nothing is written any more")
        if self._waiting and (self._waiting + rows > MAX_WAITING or self._waiting_bytes + size > MAX_WAITING_BYTES):
            raise Full
        self._waiting += rows
        self._waiting_bytes += size
        self._is_empty.clear()
        return Room(rows, size)

    def give_back(self, room: Room) -> None:
        """Room that is not needed any more."""
        self._waiting -= room.rows
        self._waiting_bytes -= room.size
        if not self._waiting:
            self._is_empty.set()

    def add(self, events: list[NewEvent], rejected: list[NewRejected]) -> asyncio.Future[None]:
        """Done when the rows, for which there is room, are durable; fails with Away if they could not be stored."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.put(Request(events, rejected, future))
        return future

    # --- on the writing thread --------------------------------------------------------------------

    def _run(self) -> None:
        is_open = True
        while is_open:
            group, is_open = self._collect()
            if group:
                self._commit(group)
            self._rest()
        if self._store is not None:
            self._store.close()

    def _collect(self) -> tuple[list[Request], bool]:
        """What came together, and whether more may come."""
        try:
            request = self._queue.get(timeout=_IDLE)
        except queue.Empty:
            return [], True
        group, rows, waited = [], 0, False
        while request is not None:
            group.append(request)
            rows += len(request.events) + len(request.rejected)
            if rows >= MAX_GROUP:
                return group, True
            try:
                request = self._queue.get_nowait()
            except queue.Empty:
                if waited:
                    return group, True
                waited = True
                time.sleep(_COLLECT)
                try:
                    request = self._queue.get_nowait()
                except queue.Empty:
                    return group, True
        return group, False

    def _commit(self, group: list[Request]) -> None:
        begun = time.perf_counter()
        try:
            self._write([e for request in group for e in request.events], [r for q in group for r in q.rejected])
        except Away as away:
            self._tell([(request, away) for request in group])
        except Exception as error:  # noqa: BLE001 - whatever a single row can cause
            _log.warning("intake_group_failed", error=type(error).__name__)
            self._tell([(request, self._alone(request)) for request in group])
        else:
            self._tell([(request, None) for request in group])
        metrics.COMMIT.observe(time.perf_counter() - begun)

    def _alone(self, request: Request) -> Away | None:
        try:
            self._write(request.events, request.rejected)
        except Away as away:
            return away
        except Exception:  # noqa: BLE001 - whatever a single row can cause
            return self._row_by_row(request)
        return None

    def _row_by_row(self, request: Request) -> Away | None:
        """Store what can be stored, and of the rest that it cannot."""
        try:
            for event in request.events:
                self._one(event)
            self._write([], request.rejected)
        except Away as away:
            return away
        except Exception as error:  # noqa: BLE001 - whatever a single row can cause
            _log.error("intake_row_failed", error=type(error).__name__)
            return Away("a row could neither be stored nor be put aside")
        return None

    def _one(self, event: NewEvent) -> None:
        try:
            self._write([event], [])
        except Away:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a single row can cause
            body = event.body.encode(errors="backslashreplace").decode().replace("\0", "")
            said = event.key.encode(errors="backslashreplace") + body.encode()
            row = ledger.rejection(
                event.source,
                "not_storable",
                type(error).__name__,
                "batch",
                event.received_at,
                f'{{"batch":[{body}]}}',
                said,
            )
            self._write([], [row])

    def _write(self, events: list[NewEvent], rejected: list[NewRejected]) -> None:
        try:
            if self._store is None:
                self._store = self._connect()
            added = self._store.write(events, rejected, self._clock())
        except Away:
            self._leave()
            raise
        if events:
            bell.ring()
        metrics.count(added, rejected)

    def _rest(self) -> None:
        try:
            if self._store is not None:
                self._store.rest()
        except Away:
            self._leave()
        except Exception as error:  # noqa: BLE001 - nothing may end the thread that all wait for
            _log.error("intake_rest_failed", error=type(error).__name__)
            self._leave()

    def _leave(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            with suppress(Exception):
                store.close()

    def _tell(self, answers: list[tuple[Request, Away | None]]) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._settle, answers)

    def _settle(self, answers: list[tuple[Request, Away | None]]) -> None:
        for request, problem in answers:
            if request.future.done():
                continue
            if problem is None:
                request.future.set_result(None)
            else:
                request.future.set_exception(problem)
