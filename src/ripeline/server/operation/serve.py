"""``serve``: intake, pages, worker and commands in one process, from a checked start to a clean end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import uvicorn
import uvloop
from django.conf import settings
from django.db import connection, transaction

from ripeline.server import asgi, installations, instants
from ripeline.server.delivery.outbox import Delivery
from ripeline.server.instruments import logs
from ripeline.server.intake.app import Intake
from ripeline.server.leads import Unit
from ripeline.server.mail.lmtp import Lmtp
from ripeline.server.mail.mailboxes import Mailbox
from ripeline.server.operation import control, data_folder, doctor, tables
from ripeline.server.operation.line import Protocol
from ripeline.server.operation.warm import warm
from ripeline.server.operation.worker import Worker
from ripeline.server.rights.erasing import again
from ripeline.server.rights.erasures import Erasure

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from types import FrameType

    from ripeline.server.instants import Clock

FINISH_SECONDS = 25
"""What is in flight when the server is asked to stop has so long to end."""


class Unsafe(Exception):
    """The database would acknowledge what it can still lose; `findings` say why."""

    def __init__(self, findings: list[doctor.Finding]) -> None:
        super().__init__("; ".join(str(finding.what) for finding in findings))
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Options:
    """How to serve."""

    host: str = "127.0.0.1"
    port: int = 8000
    intake_only: bool = False  # neither pages nor worker: PostgreSQL, with workers of their own
    force: bool = False  # although the settings are unsafe


def serve(options: Options, clock: Clock = instants.now) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is in flight and return.

    Raises IsHeld if another process serves this folder, Unsafe for settings that can lose what is acknowledged,
    OSError if the port is taken, and whatever keeps the worker from starting.
    """
    logs.set_up()
    with ExitStack() as stack:
        if connection.vendor == "sqlite":
            stack.enter_context(data_folder.held())
        prepare(force=options.force)
        line = stack.enter_context(_bound(options.host, options.port))
        application = asgi.Server(Intake(clock), pages=not options.intake_only)
        server = _Server(_config(application))
        stack.enter_context(stopping(server.stop))
        behind = stack.enter_context(_Behind(clock, options, server))
        behind.start(then=application.be_ready)
        logs.logger().info("serving", host=options.host, port=line.getsockname()[1], database=connection.vendor)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(server.serve(sockets=[line]))
        connection.close()
    logs.logger().info("stopped")


def prepare(*, force: bool) -> None:
    """Bring the tables up to date, and see that what the promises rest on is there; raises Unsafe."""
    os.umask(0o077)  # what lies in the data folder is for its owner alone
    if (steps := tables.migrate()) > 0:
        logs.logger().info("migrated", migrations=steps)
    installations.key(instants.now())  # before the first backup: by it the log of erasures knows its own
    if (count := again.catch_up(instants.now())) > 0:
        logs.logger().info("erased_again", count=count)
    unsafe = [finding for finding in doctor.durability() if finding.level is doctor.Level.ERROR]
    for finding in unsafe:
        logs.logger().warning("unsafe", finding=finding.name)
    if unsafe and not force:
        raise Unsafe(unsafe)
    data_folder.keep_reserve()
    if connection.vendor == "sqlite":
        _take_over()


def _take_over() -> None:
    """Whoever had claimed something on this folder is dead, since we hold it: nobody waits for the leases to end."""
    with transaction.atomic():
        Unit.objects.filter(claimed_until__gt=0, failures=0).update(claimed_until=0)
        Delivery.objects.filter(claimed_until__gt=0).update(claimed_until=0)
        Mailbox.objects.filter(claimed_until__gt=0).update(claimed_until=0)
        Erasure.objects.filter(claimed_until__gt=0).update(claimed_until=0)


@contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        line.bind((host, port))
        yield line


@contextmanager
def stopping(stop: Callable[[int], None]) -> Iterator[None]:
    """Call `stop` with the signal's number on SIGTERM and SIGINT, and put the handlers back afterwards."""

    def heard(number: int, _: FrameType | None) -> None:
        stop(number)

    before = {number: signal.signal(number, heard) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Server(uvicorn.Server):
    """Uvicorn raises the signals that it catches once more at its end; this one leaves signals to us."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    def stop(self, number: int) -> None:
        """Stop in good order; asked a second time, stop at once."""
        self.force_exit = self.should_exit
        self.should_exit = True
        os.write(2, f'{{"event":"stopping","signal":{int(number)}}}\n'.encode())  # a handler may not wait for a lock


class _Behind:
    """What runs behind the intake in threads of its own: the worker, and on SQLite the commands.

    It starts while the intake already listens; leaving the context stops it, and raises what kept it from starting.
    """

    def __init__(self, clock: Clock, options: Options, server: _Server) -> None:
        self._clock, self._options, self._server = clock, options, server
        self._ends: list[Callable[[], object]] = []
        self._failure: Exception | None = None
        self._starting: threading.Thread | None = None

    def start(self, *, then: Callable[[], None]) -> None:
        """Start it all, and call `then` when it runs."""
        self._starting = threading.Thread(target=self._start, args=(then,), name="start")
        self._starting.start()

    def _start(self, then: Callable[[], None]) -> None:
        try:
            if settings.LMTP:
                self._ends.append(Lmtp(self._clock, settings.LMTP).stop)
            if not self._options.intake_only:
                if connection.vendor == "sqlite":
                    self._ends.append(control.Listener(self._clock).stop)
                warm()
                worker = Worker(self._clock)
                self._ends.append(worker.stop)
                worker.start()
            then()
            logs.logger().info("ready")
        except Exception as error:  # noqa: BLE001 - told by whoever waits
            self._failure = error
            self._server.should_exit = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._starting is not None:
            self._starting.join()
        for end in self._ends:
            end()
        if self._failure is not None:
            raise self._failure


def _config(application: asgi.Server) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        http=Protocol,
        ws="none",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=2048,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=FINISH_SECONDS,
    )


def work(*, force: bool, clock: Clock = instants.now) -> None:
    """Decide and deliver until SIGTERM or SIGINT, then finish what has begun; PostgreSQL, beside other workers.

    Raises Unsafe for settings that can lose what was decided.
    """
    logs.set_up()
    asked = threading.Event()
    with stopping(lambda _: asked.set()):
        prepare(force=force)
        warm()
        worker = Worker(clock)
        worker.start()
        logs.logger().info("ready", database=connection.vendor)
        while not asked.wait(1.0):
            pass  # a signal is heard only between two waits
        worker.stop()
        connection.close()
    logs.logger().info("stopped")
