"""Commands that write, beside a running server: on SQLite they are sent to it, because one process writes.

A command asks by a verb's name and with plain values, and gets plain values back. The running server listens on a
socket in the data folder that only its owner may open. Where no server runs, or the database is PostgreSQL, the verb
runs in the command's own process.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from contextlib import contextmanager, suppress
from inspect import isfunction
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.module_loading import import_string

from ripeline.server import instants, verbs
from ripeline.server.operation import data_folder, logs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ripeline.server.instants import Clock

_OF_THE_COMMAND_LINE = (
    *("user_add", "user_list", "user_password", "user_role", "user_disable", "user_enable", "user_key", "user_revoke"),
    *("source_add", "source_list", "source_close", "source_renew"),
    *("content_put", "content_end", "content_list"),
    *("sign", "publish", "versions", "version_text"),
    *("import_rows", "quarantine_list", "quarantine_run_again", "quarantine_discard"),
)
VERBS: dict[str, str] = {
    "backup": "ripeline.server.operation.backup.write",
    "endpoint_add": "ripeline.server.delivery.endpoint_verbs.add",
    "endpoint_list": "ripeline.server.delivery.endpoint_verbs.listed",
    "endpoint_close": "ripeline.server.delivery.endpoint_verbs.close",
    "endpoint_retry": "ripeline.server.delivery.endpoint_verbs.retry",
    **{name: f"ripeline.server.verbs.{name}" for name in _OF_THE_COMMAND_LINE},
}
"""What may be asked for besides what is public in verbs.py: a name, and ``verb(now=…, **arguments)`` behind it."""

_SOCKET = "control"
_MAX_BYTES = 64 * 1024 * 1024
_PATIENCE = 600.0


class Failed(Exception):
    """The verb raised an error in the server; its kind and text are told."""


def call(verb: str, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever the verb answers
    """Have a verb done, by the running server or here, and return its answer.

    Raises Failed for an error within a running server, the verb's own errors here, and IsHeld when the folder is held
    by a process that does not listen.
    """
    if connection.vendor != "sqlite":
        return _do(verb, arguments, instants.now())
    try:
        with data_folder.held():
            return _do(verb, arguments, instants.now())
    except data_folder.IsHeld:
        return _ask(verb, arguments)


def _do(verb: str, arguments: Mapping[str, Any], now: int) -> Any:  # noqa: ANN401
    function = _function(verb)
    if function is None:
        raise LookupError(verb)
    return function(now=now, **arguments)


def _function(verb: str) -> Callable[..., Any] | None:
    if verb in VERBS:
        named: Callable[..., Any] = import_string(VERBS[verb])
        return named
    found = getattr(verbs, verb, None) if not verb.startswith("_") else None
    return found if isfunction(found) and found.__module__ == verbs.__name__ else None


@contextmanager
def _at_socket() -> Iterator[str]:
    """The socket's address; through the folder's descriptor, because addresses are at most 107 bytes long."""
    descriptor = os.open(data_folder.folder(), os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{_SOCKET}"
    finally:
        os.close(descriptor)


def _ask(verb: str, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401
    with socket.socket(socket.AF_UNIX) as line, _at_socket() as address:
        line.settimeout(_PATIENCE)
        try:
            line.connect(address)
        except (FileNotFoundError, ConnectionRefusedError):
            raise data_folder.IsHeld(0) from None
        line.sendall(json.dumps({"verb": verb, "arguments": dict(arguments)}).encode())
        line.shutdown(socket.SHUT_WR)
        answer = json.loads(_read(line))
    if "failed" in answer:
        raise Failed(answer["failed"])
    return answer["result"]


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
            logs.logger().info("command", verb=asked["verb"] if _function(asked["verb"]) else "unknown")
            return {"result": _do(asked["verb"], asked["arguments"], self._clock())}
        except Exception as error:  # noqa: BLE001 - the command is told, whatever it is
            logs.logger().error("command_failed", exc_info=True)
            return {"failed": f"{type(error).__name__}: {error}"}
