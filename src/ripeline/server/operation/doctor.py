"""The doctor: what an installation's promises rest on, looked at one by one, each finding with its cure."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection
from django.db.models import Max
from imapclient import IMAPClient

from ripeline.core.phrases import Phrase
from ripeline.core.phrases import phrase as _
from ripeline.core.phrases import phrases as ngettext
from ripeline.server import playbooks
from ripeline.server.delivery.endpoints import ClosedBy, Endpoint
from ripeline.server.delivery.outbox import Delivery
from ripeline.server.digests import digest_of
from ripeline.server.events import Event
from ripeline.server.instants import DAY, MINUTE, SECOND
from ripeline.server.instruments import metrics
from ripeline.server.leads import Unit
from ripeline.server.mail import imap
from ripeline.server.nurture import nurturing
from ripeline.server.operation import data_folder, tables
from ripeline.server.qualification import qualify

if TYPE_CHECKING:
    from collections.abc import Iterator

_SAFE_SQLITE = (3, 51, 3)
_SLOW, _STUCK = 5.0, 60.0  # seconds that rows may wait
_RECENT = 10_000  # rows whose times are looked at
_LITTLE_ROOM, _HARDLY_ANY = 1024**3, 128 * 1024**2
_FULL = 2


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, what was found, and what to do about it if anything."""

    name: str
    level: Level
    what: Phrase
    cure: Phrase | None = None


def examine(now: int) -> list[Finding]:
    """All findings, in a fixed order; raises the database's error if it does not answer at all."""
    return list(_findings(now))


def _findings(now: int) -> Iterator[Finding]:
    yield from durability()
    if tables.missing():
        cure = _("Run ripeline serve: it brings the tables up to date.")
        yield Finding("tables", Level.ERROR, _("The tables are not there, or not up to date."), cure)
        return
    yield from _version()
    yield from _integrity()
    yield from _clock(now)
    yield from _queues(now)
    yield from _failed()
    yield from _times()
    yield from _definition()
    yield from _tracks()
    yield from _deliveries()
    yield from _endpoints()
    yield from _mailbox()
    yield from _disk()
    yield from _secret()


def durability() -> Iterator[Finding]:
    """Whether the database writes through to the disk before it says so: an acknowledgement rests on it."""
    wanted = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
    if connection.vendor == "sqlite":
        found = {"synchronous": str(_asked("PRAGMA synchronous")), "journal_mode": str(_asked("PRAGMA journal_mode"))}
        wanted = {"synchronous": str(_FULL), "journal_mode": "wal"}
    else:
        found = {name: str(_asked(f"SHOW {name}")) for name in wanted}
    stronger = {"remote_apply", "remote_write", "local", "3"}  # these wait for the own disk as well
    for name, value in found.items():
        if value == wanted[name] or value in stronger:
            yield Finding(name, Level.OK, _("{name} is {value}.", name=name, value=value))
        else:
            what = _("{name} is {value}: what was acknowledged can be lost with the power.", name=name, value=value)
            yield Finding(name, Level.ERROR, what, _("Set {name} to {value}.", name=name, value=wanted[name]))


def _asked(query: str) -> Any:  # noqa: ANN401 - one value of the database
    with connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
    return row[0] if row else None


def _version() -> Iterator[Finding]:
    if connection.vendor != "sqlite":
        version = str(_asked("SHOW server_version"))
        yield Finding("version", Level.OK, _("The database is PostgreSQL {version}.", version=version))
        return
    what = _("The database is SQLite {version}.", version=sqlite3.sqlite_version)
    if sqlite3.sqlite_version_info >= _SAFE_SQLITE:
        yield Finding("version", Level.OK, what)
        return
    cure = _("Let one process write, as Ripeline does; SQLite before 3.51.3 can corrupt a file that two write to.")
    yield Finding("version", Level.WARNING, what, cure)


def _integrity() -> Iterator[Finding]:
    if connection.vendor != "sqlite":
        return
    if (found := str(_asked("PRAGMA integrity_check(1)"))) == "ok":
        yield Finding("integrity", Level.OK, _("The database file is sound."))
    else:
        cure = _("Stop the server, keep a copy of the file, and restore the last backup.")
        yield Finding("integrity", Level.ERROR, _("The database file is damaged: {what}.", what=found[:200]), cure)


def _clock(now: int) -> Iterator[Finding]:
    newest = Event.objects.aggregate(newest=Max("received_at"))["newest"]
    cure = _("Set the clock by a time server; nothing is deleted by age until it is right.")
    if newest is None or newest <= now + SECOND:
        yield Finding("clock", Level.OK, _("The clock is not behind the newest row."))
    else:
        behind = (newest - now) // SECOND
        what = _("The clock is {seconds} seconds behind the newest row.", seconds=behind)
        yield Finding("clock", Level.ERROR if behind * SECOND > MINUTE else Level.WARNING, what, cure)
    if newest is not None and now - newest > DAY:
        what = _("The newest row came more than a day ago: either nothing comes in, or the clock has leapt.")
        yield Finding("silence", Level.WARNING, what, cure)


def _queues(now: int) -> Iterator[Finding]:
    unread, undecided = metrics.queue_age(now), metrics.dirty_age(now)
    what = _("The oldest row that nobody has read has waited {seconds} seconds.", seconds=round(unread, 1))
    yield _waited("unread", unread, what)
    what = _("The oldest decision to be made has waited {seconds} seconds.", seconds=round(undecided, 1))
    yield _waited("undecided", undecided, what)


def _waited(name: str, seconds: float, what: Phrase) -> Finding:
    level = Level.ERROR if seconds > _STUCK else Level.WARNING if seconds > _SLOW else Level.OK
    cure = None if level is Level.OK else _("See whether the worker runs, and what its log says.")
    return Finding(name, level, what, cure)


def _failed() -> Iterator[Finding]:
    aside = Unit.objects.filter(failures__gt=0).count()
    unread = Event.objects.filter(flag=qualify.UNREADABLE).count()
    cure = _("See what the log says, and tell it to Ripeline's developers.")
    if aside:
        what = ngettext(
            "{count} unit rests for a while, because deciding on it failed.",
            "{count} units rest for a while, because deciding on them failed.",
            count=aside,
        )
        yield Finding("set_aside", Level.ERROR, what, cure)
    if unread:
        what = ngettext("{count} row could not be read.", "{count} rows could not be read.", count=unread)
        yield Finding("unreadable", Level.ERROR, what, cure)
    if not aside and not unread:
        yield Finding("failed", Level.OK, _("Nothing failed that others would wait for."))


def _times() -> Iterator[Finding]:
    """What comes with a time that cannot be read, or lies ahead: whoever loads a past should notice."""
    newest = Event.objects.aggregate(Max("pk"))["pk__max"] or 0
    broken = Event.objects.filter(pk__gt=newest - _RECENT, flag__in=("no_time", "future")).count()
    if broken:
        what = ngettext(
            "{count} of the newest 10,000 rows came with a broken time, and counts from its arrival.",
            "{count} of the newest 10,000 rows came with broken times, and count from their arrival.",
            count=broken,
        )
        yield Finding("times", Level.WARNING, what, _("Send times as ISO 8601 does: 2026-03-01T09:30:00Z."))


def _definition() -> Iterator[Finding]:
    version = playbooks.active()
    if version is None:
        what = _("No playbook is active: rows are kept, and nothing is decided.")
        yield Finding(
            "playbook", Level.WARNING, what, _("Sign a playbook for marketing and for sales, and publish it.")
        )
        return
    for one in playbooks.PlaybookVersion.objects.filter(publications__isnull=False).distinct():
        if digest_of(one.text) != one.digest:
            told = _("The text of version {version} is not the one that was signed.", version=one.digest[:12])
            yield Finding("playbook", Level.ERROR, told, _("Somebody changed the database: restore a backup."))
    sides = set(version.signatures.values_list("side", flat=True))
    what = _("The active playbook is {title}, version {version}.", title=version.title, version=version.digest[:12])
    if sides >= set(playbooks.Side):
        yield Finding("playbook", Level.OK, what)
    else:
        yield Finding("playbook", Level.ERROR, what, _("It lacks a signature: have both sides sign it."))


def _tracks() -> Iterator[Finding]:
    playbook = playbooks.active_playbook()
    if playbook is None or playbook.nurture is None:
        return
    names = sorted(nurturing.without_template(playbook))
    if not names:
        yield Finding("tracks", Level.OK, _("Each mail of a track has a template."))
        return
    what = ngettext(
        "{count} mail of a track has no template, and its step waits: {names}.",
        "{count} mails of tracks have no template, and their steps wait: {names}.",
        count=len(names),
        names=", ".join(names),
    )
    cure = _("Write it on the page Mails, or begin with ripeline mail template starters.")
    yield Finding("tracks", Level.WARNING, what, cure)


def _deliveries() -> Iterator[Finding]:
    dead = Delivery.objects.filter(dead_at__isnull=False, endpoint__closed_at=None).count()
    if dead == 0:
        yield Finding("deliveries", Level.OK, _("No message was given up."))
    else:
        cure = _("See what the receiver answers, mend it, and have the messages sent again.")
        what = ngettext("{count} message was given up.", "{count} messages were given up.", count=dead)
        yield Finding("deliveries", Level.WARNING, what, cure)


def _mailbox() -> Iterator[Finding]:
    if settings.IMAP is None:
        return
    name = settings.IMAP.name
    try:
        with imap.opened(settings.IMAP):
            yield Finding("mailbox", Level.OK, _("The mailbox {name} can be read.", name=name))
    except (OSError, IMAPClient.Error) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        what = _("The mailbox {name} cannot be read: {why}.", name=name, why=why)
        cure = _("See whether the mail server runs, and whether RIPELINE_IMAP names user, password and folder.")
        yield Finding("mailbox", Level.ERROR, what, cure)


def _endpoints() -> Iterator[Finding]:
    closed = Endpoint.objects.filter(closed_by__in=(ClosedBy.GONE, ClosedBy.FAILING)).count()
    if closed == 0:
        yield Finding("endpoints", Level.OK, _("No endpoint was closed by itself."))
    else:
        cure = _("See ripeline endpoint list. Once it answers, reopen it; if it is not needed any more, close it.")
        what = ngettext(
            "{count} endpoint was closed by itself, because it failed or is gone.",
            "{count} endpoints were closed by themselves, because they failed or are gone.",
            count=closed,
        )
        yield Finding("endpoints", Level.WARNING, what, cure)


def _disk() -> Iterator[Finding]:
    disk = os.statvfs(data_folder.folder())
    free = disk.f_bavail * disk.f_frsize
    level = Level.ERROR if free < _HARDLY_ANY else Level.WARNING if free < _LITTLE_ROOM else Level.OK
    what = _("{count} MB are free on the disk of the data.", count=free // 1024**2)
    yield Finding(
        "disk", level, what, None if level is Level.OK else _("Make room, or move the data to a larger disk.")
    )
    if data_folder.reserve().exists():
        yield Finding("reserve", Level.OK, _("The reserve file is in place."))
    else:
        cure = _("Make room and start the server again: it puts the file in place.")
        yield Finding("reserve", Level.WARNING, _("The reserve file, which frees room in need, is not there."), cure)


def _secret() -> Iterator[Finding]:
    file = data_folder.folder() / "secret-key"
    if not file.exists():
        return
    if file.stat().st_mode & 0o077:
        cure = _("Take the right from them, write a new secret into a line above, and start the server again.")
        yield Finding("secret", Level.ERROR, _("Others on this machine may read the file secret-key."), cure)
        return
    what = ngettext(
        "The file secret-key is its owner's alone; links that {count} former secret signed still open.",
        "The file secret-key is its owner's alone; links that {count} former secrets signed still open.",
        count=len(settings.SECRET_KEY_FALLBACKS),
    )
    yield Finding("secret", Level.OK, what)
