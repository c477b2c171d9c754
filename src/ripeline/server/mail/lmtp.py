"""LMTP (RFC 2033): a mail server hands over mails here, and is told that one is kept when it is durable.

Nothing that could be kept is refused: a mail that cannot be read goes to the quarantine, of a long one the beginning is
kept, and while the database takes nothing the mail server is asked to come again.
"""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection

from ripeline.integrations import claims
from ripeline.integrations.mail.reading import MAX_BYTES
from ripeline.server import environment
from ripeline.server.instruments import logs
from ripeline.server.mail.taking import take

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter

    from ripeline.server.instants import Clock

PATIENCE = 60.0
"""Seconds that a mail server may be silent: so long a connection that is half open has a place."""
_FINISH = 20.0
_SESSIONS, _RECIPIENTS = 20, 100
_BLOCK = 64 * 1024
_END = b"\r\n.\r\n"
"""Ends a mail; only CRLF ends a line, so that nobody smuggles in a second mail."""
_PATH = re.compile(rb"(?:FROM|TO):\s*<([^<>\r\n]{0,512})>.*", re.IGNORECASE | re.DOTALL)
_FEATURES = (b"PIPELINING", b"8BITMIME", b"SMTPUTF8", b"ENHANCEDSTATUSCODES")
_KEPT = b"250 2.0.0 kept"
_LATER = b"451 4.3.0 nothing can be kept just now, please come again"
_log = logs.logger()


class NotListening(Exception):
    """The address cannot be listened on, and why."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(address, why)
        self.address, self.why = address, why


class Lmtp:
    """Listens in a thread of its own until it is stopped; mails are kept one after the other."""

    def __init__(self, clock: Clock, address: str, *, patience: float = PATIENCE) -> None:
        """Listen on host:port, or on a path, a relative one in the data folder; raises NotListening."""
        self._clock, self._address, self._patience = clock, address, patience
        self._line = _bound(address)
        self._keeping = ThreadPoolExecutor(1, thread_name_prefix="lmtp-keep")
        self._sessions: set[asyncio.Task[None]] = set()
        self._busy: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="lmtp")
        self._thread.start()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._line.getsockname()[1])

    def stop(self) -> None:
        """Take no new mail, keep what has been handed over in full, and end."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._keeping.submit(_leave)
        self._keeping.shutdown()
        if self._line.family == socket.AF_UNIX:
            _path(self._address).unlink(missing_ok=True)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        kind = asyncio.start_unix_server if self._line.family == socket.AF_UNIX else asyncio.start_server
        server = await kind(self._meet, sock=self._line, limit=_BLOCK)
        await self._stopping.wait()
        server.close()
        for session in self._sessions - self._busy:
            session.cancel()
        if self._busy:
            await asyncio.wait(self._busy, timeout=_FINISH)

    async def _meet(self, reader: StreamReader, writer: StreamWriter) -> None:
        session = asyncio.current_task()
        if session is None or len(self._sessions) >= _SESSIONS:
            writer.write(b"421 4.3.2 too many at once, please come again\r\n")
            writer.close()
            return
        self._sessions.add(session)
        try:
            await _Session(self, reader, writer).run()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # it left, or fell silent, or we leave: what was not confirmed is its own still
        except Exception as error:  # noqa: BLE001 - one session ends, the others go on
            _log.exception("lmtp_failed", error=type(error).__name__)
        finally:
            self._sessions.discard(session)
            with suppress(Exception):
                writer.close()

    async def keep(self, raw: bytes, sender: str | None, recipients: list[str]) -> bool:
        """Whether a mail is kept, durably."""
        session = asyncio.current_task()
        if session is None or self._stopping.is_set():
            return False
        self._busy.add(session)
        try:
            return await self._loop.run_in_executor(self._keeping, self._keep, raw, sender, recipients)
        finally:
            self._busy.discard(session)

    def _keep(self, raw: bytes, sender: str | None, recipients: list[str]) -> bool:
        try:
            what = take(raw, now=self._clock(), return_path=sender, mailbox=recipients)
        except Exception as error:  # noqa: BLE001 - whatever it is, the mail server keeps the mail and comes again
            _log.error("mail_not_kept", error=type(error).__name__, exc_info=True)
            with suppress(Exception):
                connection.close()
            return False
        _log.info("mail_kept", kind=what)
        return True

    @property
    def patience(self) -> float:
        """Seconds that a mail server may be silent."""
        return self._patience


def _leave() -> None:
    """Close the connection of the thread that calls."""
    connection.close()


class _Session:
    """One connection of a mail server."""

    def __init__(self, lmtp: Lmtp, reader: StreamReader, writer: StreamWriter) -> None:
        self._lmtp, self._reader, self._writer = lmtp, reader, writer
        self._unread = b""
        self._greeted = False
        self._sender: str | None = None
        self._recipients: list[str] = []

    async def run(self) -> None:
        """Answer one command after the other until the mail server leaves."""
        await self._say(b"220 ripeline LMTP")
        while True:
            line = await self._line()
            verb, _, rest = line.strip().partition(b" ")
            if verb.upper() == b"QUIT":
                await self._say(b"221 2.0.0 bye")
                return
            await self._answer(verb.upper(), rest)

    async def _answer(self, verb: bytes, rest: bytes) -> None:
        if verb == b"LHLO":
            self._greeted, self._sender, self._recipients = True, None, []
            await self._say(b"250-ripeline", *(b"250-" + one for one in _FEATURES[:-1]), b"250 " + _FEATURES[-1])
        elif verb == b"RSET":
            self._sender, self._recipients = None, []
            await self._say(b"250 2.0.0 forgotten")
        elif verb in (b"NOOP", b"VRFY"):
            await self._say(b"250 2.0.0 here" if verb == b"NOOP" else b"252 2.5.0 send it, and see")
        elif verb in (b"MAIL", b"RCPT"):
            await self._say(self._named(verb, rest))
        elif verb == b"DATA":
            await self._data()
        else:
            await self._say(b"500 5.5.1 this is LMTP: LHLO, MAIL, RCPT, DATA, RSET, NOOP, VRFY, QUIT")

    def _named(self, verb: bytes, rest: bytes) -> bytes:
        found = _PATH.fullmatch(rest)
        if not self._greeted:
            return b"503 5.5.1 LHLO comes first"
        if found is None:
            return b"501 5.5.4 the address stands in <>"
        address = found[1].decode(errors="replace")
        if verb == b"MAIL":
            self._sender, self._recipients = address, []
            return b"250 2.1.0 go on"
        if self._sender is None:
            return b"503 5.5.1 MAIL comes first"
        if len(self._recipients) >= _RECIPIENTS:
            return b"452 4.5.3 these are enough for one mail"
        self._recipients.append(address)
        return b"250 2.1.5 go on"

    async def _data(self) -> None:
        if not self._recipients:
            await self._say(b"503 5.5.1 RCPT comes first")
            return
        await self._say(b"354 end with a dot on a line of its own")
        raw = await self._body()
        ours = [known for one in self._recipients if (known := claims.email(one))]
        kept = await self._lmtp.keep(raw, self._sender, ours)
        answers = [_KEPT if kept else _LATER] * len(self._recipients)  # one for each recipient
        self._sender, self._recipients = None, []
        await self._say(*answers)

    async def _body(self) -> bytes:
        """The mail without the dots that its lines were given; of a long one the beginning."""
        parts: list[bytes] = []
        size, block = 0, b"\r\n" + self._unread
        while (end := block.find(_END)) < 0:
            sure = len(block) - _begun(block)
            if size < MAX_BYTES:
                parts.append(block[:sure].replace(b"\r\n.", b"\r\n"))
                size += sure
            block = block[sure:] + await self._more()
        self._unread = block[end + len(_END) :]
        parts.append(block[: end + 2].replace(b"\r\n.", b"\r\n") if size < MAX_BYTES else b"")
        return b"".join(parts)[2:]

    async def _line(self) -> bytes:
        """The next line, or as much of a long one as there is."""
        while b"\r\n" not in self._unread and len(self._unread) < _BLOCK:
            self._unread += await self._more()
        line, ended, self._unread = self._unread.partition(b"\r\n")
        return line + ended

    async def _more(self) -> bytes:
        """What comes next, however little."""
        async with asyncio.timeout(self._lmtp.patience):
            block = await self._reader.read(_BLOCK)
        if not block:
            raise asyncio.IncompleteReadError(b"", None)
        return block

    async def _say(self, *lines: bytes) -> None:
        self._writer.write(b"".join(line + b"\r\n" for line in lines))
        async with asyncio.timeout(self._lmtp.patience):
            await self._writer.drain()


def _begun(block: bytes) -> int:
    """How many of the last bytes may be the beginning of the end."""
    return next(length for length in range(len(_END) - 1, -1, -1) if block.endswith(_END[:length]))


# --- where it listens -----------------------------------------------------------------------------


def _path(address: str) -> Path:
    return Path(settings.DATA) / address


def _bound(address: str) -> socket.socket:
    """A socket that listens there; on a path everybody may write to it who can reach it: who can, its folder says."""
    try:
        place = environment.listening(address)
    except ValueError as error:
        raise NotListening(address, str(error)) from None
    kind = socket.AF_UNIX if place is None else socket.AF_INET6 if ":" in place[0] else socket.AF_INET
    line = socket.socket(kind)
    try:
        if place is None:
            if _path(address).is_socket():  # left over from a process that died
                _path(address).unlink()
            line.bind(str(_path(address)))
            _path(address).chmod(0o666)
        else:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            line.bind(place)
        line.listen()
    except OSError as error:
        line.close()
        raise NotListening(address, error.strerror or str(error)) from None
    return line
