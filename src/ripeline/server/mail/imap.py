"""A mailbox on an IMAP server: what is new in it is kept, one mail after the other, and the mailbox stays as it is.

The server is asked to tell when something comes (IDLE), else it is asked again every half minute. When it is away, the
pauses between the tries grow.
"""

from __future__ import annotations

import ipaddress
import secrets
import ssl
import threading
import time
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from imapclient import IMAPClient

from ripeline.integrations.mail.reading import MAX_BYTES
from ripeline.server.instants import moment
from ripeline.server.instruments import logs, metrics
from ripeline.server.mail import mailboxes
from ripeline.server.mail.taking import take

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ripeline.server.instants import Clock
    from ripeline.server.mail.address import Address
    from ripeline.server.mail.mailboxes import Claim

FIRST_DAYS = 30
"""Of a mailbox that is read for the first time, mails that came in so many days before are read as well."""
_PAUSE, _FIRST_PAUSE, _LONGEST_PAUSE = 20.0, 0.5, 60.0
_LOOK = 0.5  # seconds in which it is noticed that we are to stop
_ANSWER = 20.0  # seconds in which the server is to answer
_AT_ONCE = 200
_log = logs.logger()


@contextmanager
def opened(address: Address) -> Iterator[tuple[IMAPClient, int]]:
    """The mailbox, to be read only, and the number that says how its mails are numbered.

    Raises OSError and IMAPClient.Error. Without encryption a password goes to this machine only.
    """
    context = ssl.create_default_context()
    client = IMAPClient(address.host, address.port, ssl=address.is_encrypted, ssl_context=context, timeout=_ANSWER)
    with _ended(client):
        if not address.is_encrypted and not _is_here(address.host):
            client.starttls(context)
        client.login(address.user, address.password)
        selected = client.select_folder(address.folder, readonly=True)
        yield client, int(selected[b"UIDVALIDITY"])


@contextmanager
def _ended(client: IMAPClient) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with suppress(Exception):
            client.shutdown()
        raise
    with suppress(Exception):
        client.logout()


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


class Reader:
    """Reads one mailbox in a thread of its own until it is stopped."""

    def __init__(self, clock: Clock, address: Address) -> None:
        self._clock, self._address = clock, address
        self._holder = secrets.token_hex(16)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="imap")

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self, seconds: float = 30.0) -> bool:
        """Keep the mail that is being read, and end; whether it ended in time."""
        self._stopping.set()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stopping.is_set():
            begun = time.monotonic()
            try:
                self._session()
            except Exception as error:  # noqa: BLE001 - the reader outlives whatever fails
                metrics.FAILURES.labels("mailbox").inc()
                _log.warning("mailbox_away", error=type(error).__name__, seconds=pause, exc_info=True)
            with suppress(Exception):
                connection.close()
            pause = _FIRST_PAUSE if time.monotonic() - begun > _LONGEST_PAUSE else min(2 * pause, _LONGEST_PAUSE)
            self._stopping.wait(pause)

    def _session(self) -> None:
        """Read until the connection ends, or until another process has the mailbox."""
        claimed = self._claim()
        if claimed is None:
            self._stopping.wait(_PAUSE)
            return
        try:
            with opened(self._address) as (client, uid_validity):
                _log.info("mailbox_read")
                while not self._stopping.is_set() and (claimed := self._claim()):
                    if not self._read(client, uid_validity, claimed):
                        self._wait(client)
        finally:
            if claimed is not None:
                mailboxes.give_back(claimed)

    def _claim(self) -> Claim | None:
        return mailboxes.claim(self._address.name, holder=self._holder, now=self._clock())

    def _read(self, client: IMAPClient, uid_validity: int, claimed: Claim) -> bool:
        """Keep what is new; whether there was anything."""
        if claimed.uid_validity == uid_validity:
            last = claimed.last_uid
            uids = [uid for uid in client.search(["UID", f"{last + 1}:*"]) if uid > last]
        else:
            since = moment(self._clock()) - timedelta(days=FIRST_DAYS)
            uids = client.search(["SINCE", since.date()])
        for uid in sorted(uids)[:_AT_ONCE]:
            if self._stopping.is_set():
                break
            self._keep(client, uid, uid_validity, claimed)
        return bool(uids)

    def _keep(self, client: IMAPClient, uid: int, uid_validity: int, claimed: Claim) -> None:
        told: dict[bytes, Any] = client.fetch([uid], [f"BODY.PEEK[]<0.{MAX_BYTES}>"]).get(uid, {})
        raw = next((value for name, value in told.items() if name.startswith(b"BODY[]")), None)
        now = self._clock()

        def advance() -> None:
            mailboxes.advance(claimed, uid_validity=uid_validity, last_uid=uid, now=now)

        if raw is None:  # somebody has deleted it meanwhile
            with transaction.atomic():
                advance()
        else:
            _log.info("mail_kept", kind=take(raw, now=now, mailbox=[self._address.user], also=advance))

    def _wait(self, client: IMAPClient) -> None:
        """Wait until something comes, for a while at most."""
        end = time.monotonic() + _PAUSE
        if not client.has_capability("IDLE"):
            while time.monotonic() < end and not self._stopping.wait(_LOOK):
                pass
            client.noop()
            return
        client.idle()
        while time.monotonic() < end and not self._stopping.is_set():
            begun = time.monotonic()
            if client.idle_check(timeout=_LOOK) or time.monotonic() - begun < _LOOK / 2:
                break  # told of something, or cut off
        client.idle_done()
