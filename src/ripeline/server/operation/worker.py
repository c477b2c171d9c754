"""The worker: reads what is new and decides, and hands on what was decided, until it is asked to stop.

Deciding and handing on are two loops, because a slow receiver must not hold up decisions. Nothing that goes wrong
ends a loop: it waits, longer each time, and tries again.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection

from ripeline.server import instants
from ripeline.server.delivery.courier import Courier
from ripeline.server.instruments import bell, logs, metrics
from ripeline.server.leadmail import mailings
from ripeline.server.mail.imap import Reader
from ripeline.server.nurture import nurturing
from ripeline.server.qualification import qualify
from ripeline.server.rights import person_requests, retention
from ripeline.server.rights.erasing import finishing
from ripeline.server.sales import clocks

if TYPE_CHECKING:
    from collections.abc import Callable

    from ripeline.server.instants import Clock

IDLE = 0.2
"""Seconds between looks when no bell rings; on PostgreSQL, rows of other processes are found so."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0


class Worker:
    """Two threads with one clock; each round and each delivery that has begun is finished before they stop."""

    def __init__(self, clock: Clock = instants.now) -> None:
        self._clock = clock
        self._stopping = threading.Event()
        self._messages = bell.Bell()
        self._courier = Courier(clock, done=self._messages.ring)
        self._reader = None if settings.IMAP is None else Reader(clock, settings.IMAP)
        self._threads = [
            threading.Thread(target=self._loop, args=(self._decide, bell.wait), name="decide"),
            threading.Thread(target=self._loop, args=(self._deliver, self._messages.wait), name="deliver"),
        ]

    def start(self) -> None:
        """Begin both loops, and reading the mailbox if there is one."""
        for thread in self._threads:
            thread.start()
        if self._reader is not None:
            self._reader.start()

    def stop(self, seconds: float = 30.0) -> bool:
        """Finish what has begun, and end; whether all of it ended in time."""
        self._stopping.set()
        bell.ring()
        self._messages.ring()
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        ended = [not thread.is_alive() for thread in self._threads]
        if self._reader is not None:
            ended.append(self._reader.stop(max(0.0, end - time.monotonic())))
        return all(ended)

    def _decide(self) -> bool:
        begun = time.monotonic()
        done = qualify.run(self._clock)
        if done.rows or done.units:
            metrics.ROUND.observe(time.monotonic() - begun)
            metrics.UNITS.inc(done.units)
            self._messages.ring()
        return bool(done.rows or done.units)

    def _deliver(self) -> bool:
        now = self._clock()
        told = clocks.run(now) + mailings.run(now) + nurturing.run(now) + person_requests.run(now)
        return finishing.run(now) + retention.run_daily(now) + told + self._courier.step() > 0

    def _loop(self, step: Callable[[], bool], wait: Callable[[float], bool]) -> None:
        pause = _FIRST_PAUSE
        while not self._stopping.is_set():
            try:
                again = step()
            except Exception:  # noqa: BLE001 - a worker outlives whatever fails
                metrics.FAILURES.labels(step.__name__.strip("_")).inc()
                logs.logger().error("step_failed", worker=step.__name__.strip("_"), seconds=pause, exc_info=True)
                self._let_go()
                self._stopping.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                pause = _FIRST_PAUSE
                if not again:
                    wait(IDLE)
        if step == self._deliver:
            self._courier.close()
        self._let_go()

    @staticmethod
    def _let_go() -> None:
        """Drop the connection, which may be dead; the next step makes a new one."""
        try:
            connection.close()
        except Exception:  # noqa: BLE001 - it is dead
            connection.connection = None
