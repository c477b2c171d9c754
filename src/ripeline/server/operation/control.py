"""Commands that write, beside a running server: on SQLite they are sent to it, because one process writes.

A command is asked for by its name and with plain values, and answers plain values. The running server listens on a
socket in the data folder that only its owner may open. Where no server runs, or the database is PostgreSQL, the command
is done in the process that asks.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from django.db import connection

from ripeline.server import instants
from ripeline.server.instruments import logs
from ripeline.server.operation import data_folder
from ripeline.server.operation.commands.answers import COMMANDS
from ripeline.server.rights.erasing import again

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ripeline.server.instants import Clock
    from ripeline.server.operation.commands.answers import Answer

_SOCKET = "control"
_MAX_BYTES = 64 * 1024 * 1024
_PATIENCE = 600.0


class Failed(Exception):
    """The command raised an error in the server; its kind and text are told."""


def call(command: str, arguments: Mapping[str, Any]) -> Answer:
    """Have a command done, by the running server or here, and return its answer.

    Raises Failed for an error within a running server, the command's own errors here, and IsHeld when the folder is
    held by a process that does not listen.
    """
    if connection.vendor != "sqlite":
        return _done_here(command, arguments)
    try:
        with data_folder.held():
            return _done_here(command, arguments)
    except data_folder.IsHeld:
        return _ask(command, arguments)


def _done_here(command: str, arguments: Mapping[str, Any]) -> Answer:
    """Without a server nobody else has seen to it that whoever is erased is not in a database of before."""
    now = instants.now()
    again.catch_up(now)
    return _do(command, arguments, now)


def _do(command: str, arguments: Mapping[str, Any], now: int) -> Answer:
    return COMMANDS[command](now=now, **arguments)


@contextmanager
def _at_socket() -> Iterator[str]:
    """The socket's address; through the folder's descriptor, because addresses are at most 107 bytes long."""
    descriptor = os.open(data_folder.folder(), os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{_SOCKET}"
    finally:
        os.close(descriptor)


def _ask(command: str, arguments: Mapping[str, Any]) -> Answer:
    with socket.socket(socket.AF_UNIX) as line, _at_socket() as address:
        line.settimeout(_PATIENCE)
        try:
            line.connect(address)
        except (FileNotFoundError, ConnectionRefusedError):
            raise data_folder.IsHeld(0) from None
        line.sendall(json.dumps({"command": command, "arguments": dict(arguments)}).encode())
        line.shutdown(socket.SHUT_WR)
        answer = json.loads(_read(line))
    if "failed" in answer:
        raise Failed(answer["failed"])
    result: Answer = answer["result"]
    return result


def _read(line: socket.socket) -> bytes:
    parts, size = [], 0
    while (part := line.recv(65_536)) and size < _MAX_BYTES:
        parts.append(part)
        size += len(part)
    return b"".join(parts)


class Listener:
    """Does what commands ask for, one after the other, in a thread of the running server."""

    def __init__(self, clock: Clock = instants.now) -> None:
        self._clock = clock
        self._stopping = threading.Event()
        self._line = socket.socket(socket.AF_UNIX)
        with _at_socket() as address:
            (data_folder.folder() / _SOCKET).unlink(missing_ok=True)
            before = os.umask(0o177)
            try:
                self._line.bind(address)
            finally:
                os.umask(before)
        self._line.listen(16)
        self._line.settimeout(0.2)
        self._thread = threading.Thread(target=self._run, name="control")
        self._thread.start()

    def stop(self) -> None:
        """Finish what is being done, and listen no longer."""
        self._stopping.set()
        self._thread.join()
        self._line.close()
        (data_folder.folder() / _SOCKET).unlink(missing_ok=True)

    def _run(self) -> None:
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                line, _ = self._line.accept()
                with line, suppress(OSError):
                    line.settimeout(_PATIENCE)
                    line.sendall(json.dumps(self._answer(_read(line))).encode())
        connection.close()

    def _answer(self, question: bytes) -> dict[str, Any]:
        try:
            asked = json.loads(question)
            command = asked["command"]
            logs.logger().info("command", command=command if command in COMMANDS else "unknown")
            return {"result": _do(command, asked["arguments"], self._clock())}
        except Exception as error:  # noqa: BLE001 - the command is told, whatever it is
            logs.logger().error("command_failed", exc_info=True)
            return {"failed": f"{type(error).__name__}: {error}"}
