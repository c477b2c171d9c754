"""What a website's key cannot say of people whom a server knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger_rows import all_rounds, happened
from ripeline.server.leads import Lead
from ripeline.server.merges import Doubt, Merge
from ripeline.server.sources import Source, SourceKind

if TYPE_CHECKING:
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)


def persons() -> set[frozenset[str]]:
    """The identifiers that go together, but for the leads' own numbers."""
    leads = Lead.objects.filter(merged_into=None)
    return {frozenset(one.value for one in lead.identifiers.exclude(kind="lead")) for lead in leads}


def test_a_public_key_gives_no_address_to_whom_a_server_knows_without_one(source: Source, clock: SetClock) -> None:
    """Else whoever guesses a user's number reads all that is known of it: by one row, a lead, a browser, an alias."""
    server = Source.objects.create(name="shop system", kind=SourceKind.SERVER, created_at=clock())
    happened(server, "paper", clock.move(1), user_id="42", anonymous="browser")
    happened(source, "paper", clock(), user_id="42", email="eve@example.com")
    all_rounds(clock)
    happened(source, "paper", clock.move(1), anonymous="browser", email="eve@example.com")
    all_rounds(clock)
    alone = frozenset({"42", "browser"})
    assert persons() == {alone, frozenset({"eve@example.com"})}
    happened(source, "paper", clock.move(1), user_id="42", email="eve@example.com")
    happened(source, "paper", clock.move(1), user_id="42", external="step")
    happened(source, "paper", clock.move(1), external="step", email="mallory@example.com")
    happened(source, "paper", clock.move(1), external="step", previous="42")
    happened(source, "paper", clock.move(1), anonymous="eves", email="eve@example.com")
    happened(source, "paper", clock.move(1), anonymous="eves", user_id="42")
    all_rounds(clock)
    assert persons() == {alone, frozenset({"eve@example.com", "eves"}), frozenset({"step", "mallory@example.com"})}
    assert not Merge.objects.exists()
    assert set(Doubt.objects.values_list("reason", flat=True)) == {"told_by_anybody"}
    happened(server, "paper", clock.move(1), user_id="42", email="ada@example.com")
    all_rounds(clock)
    assert alone | {"ada@example.com"} in persons()


def test_whom_only_websites_name_may_say_its_address(source: Source, clock: SetClock) -> None:
    """A browser and a user of a website, and then a form."""
    happened(source, "paper", clock.move(1), user_id="42", anonymous="browser")
    all_rounds(clock)
    happened(source, "paper", clock.move(1), anonymous="browser", email="ada@example.com")
    all_rounds(clock)
    assert persons() == {frozenset({"42", "browser", "ada@example.com"})}
