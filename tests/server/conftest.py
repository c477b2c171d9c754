"""What the tests of the server share: a clock that is set by hand, and the first rows."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

import letters_to_leads
from ripeline.server import instants
from ripeline.server.leads import Identifier, Lead, Unit
from ripeline.server.sources import Source, SourceKind
from set_clock import SetClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings

    from mail_server import MailServer

WRITE_KEY = "website-write-key"


@pytest.fixture
def clock() -> SetClock:
    """A clock that is set by hand; it starts on a Monday morning."""
    return SetClock()


@pytest.fixture
def at_the_clock(monkeypatch: pytest.MonkeyPatch, clock: SetClock) -> None:
    """Pages and commands, which look at the time themselves, see the clock's."""
    monkeypatch.setattr(instants, "now", clock)


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[MailServer]:
    """The mail server that the settings name, for a company with an imprint and a safe address."""
    with letters_to_leads.mail_server(settings) as listening:
        yield listening


@pytest.fixture
def source(transactional_db: None, clock: SetClock) -> Source:
    """A website whose write key is WRITE_KEY."""
    del transactional_db
    digest = hashlib.sha256(WRITE_KEY.encode()).hexdigest()
    return Source.objects.create(name="website", kind=SourceKind.WEB, write_key_digest=digest, created_at=clock())


@pytest.fixture
def lead(transactional_db: None, clock: SetClock) -> Lead:
    """Ada, known by her e-mail."""
    del transactional_db
    ada = Lead.objects.create(unit=Unit.objects.create(), created_at=clock())
    Identifier.objects.create(kind="email", value="ada@example.com", lead=ada, created_at=clock())
    return ada
