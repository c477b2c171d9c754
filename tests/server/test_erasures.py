"""A person is erased: nothing of them is left, and everybody else stands as before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from command_line import PLAYBOOK
from ledger_rows import all_rounds, happened, lead_of, signed
from ripeline.server import erasures
from ripeline.server.erasures import Erased
from ripeline.server.events import Event
from ripeline.server.leads import Lead

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import Settings

    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _log(settings: Settings, tmp_path: Path) -> None:
    settings.ERASURES = tmp_path / "erasures.log"


def _ada(source: Source, clock: SetClock) -> Lead:
    signed(PLAYBOOK, now=clock())
    happened(source, "ask", clock.move(60), email="ada@example.com")
    happened(source, "attributes_changed", clock(), email="ada@example.com", said={"name": "Ada Lovelace"})
    all_rounds(clock)
    return lead_of("ada@example.com")


def test_an_erased_person_is_no_more(source: Source, clock: SetClock) -> None:
    """Her rows go, and another one's stay."""
    ada = _ada(source, clock)
    happened(source, "ask", clock.move(60), email="bob@example.com")
    all_rounds(clock)
    done = erasures.erase(ada, None, now=clock.move(60))
    assert isinstance(done, Erased)
    assert not Lead.objects.filter(pk=ada.pk).exists()
    assert lead_of("bob@example.com")
    all_rounds(clock)
    assert not Event.objects.filter(claims__contains="ada@").exists()
