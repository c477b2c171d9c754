"""What a website's key cannot say of people whom a server knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from command_line import PLAYBOOK
from ledger_rows import all_rounds, happened, signed
from ripeline.server.leads import Lead
from ripeline.server.merges import Doubt, Merge
from ripeline.server.qualification.replay import replay
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


def _server(clock: SetClock) -> Source:
    return Source.objects.create(name="shop system", kind=SourceKind.SERVER, created_at=clock())


@pytest.mark.parametrize("order", ["eve stranger user", "stranger user eve"])
def test_a_public_key_decides_nobody_whom_a_server_names_later(order: str, source: Source, clock: SetClock) -> None:
    """Whoever has an address that a server knows, now or later, takes no user's number in advance."""
    signed(PLAYBOOK, now=clock())
    server = _server(clock)
    told: dict[str, tuple[Source, dict[str, str]]] = {
        "eve": (server, {"external": "0035", "email": "eve@example.com"}),
        "stranger": (source, {"user_id": "42", "email": "eve@example.com", "anonymous": "eves"}),
        "user": (server, {"user_id": "42"}),
    }
    for name in order.split():
        happened(told[name][0], "paper", clock.move(1), **told[name][1])
        all_rounds(clock)
    alone = next(one for one in persons() if "42" in one)
    assert "eve@example.com" not in alone
    assert "0035" not in alone
    (doubt,) = Doubt.objects.all()
    assert doubt.reason == "told_by_anybody"
    happened(source, "paper", clock.move(1), **told["stranger"][1])
    all_rounds(clock)
    assert not Merge.objects.exists()
    assert replay().differences == []


def test_a_server_that_names_both_says_that_they_are_one(source: Source, clock: SetClock) -> None:
    """Before or after: then what the website told is so."""
    server = _server(clock)
    ada, bob = ({"user_id": name, "email": f"{name}@example.com"} for name in ("ada", "bob"))
    for who in (ada, bob):
        happened(server, "paper", clock.move(1), email=who["email"])
        happened(source, "paper", clock.move(1), **who)
    all_rounds(clock)
    happened(server, "paper", clock.move(1), **ada)
    for who in (ada, bob):
        happened(server, "paper", clock.move(1), user_id=who["user_id"])
        all_rounds(clock)
    assert persons() == {frozenset(ada.values()), frozenset({"bob"}), frozenset({"bob@example.com"})}
    happened(server, "paper", clock.move(1), **bob)
    all_rounds(clock)
    assert persons() == {frozenset(ada.values()), frozenset(bob.values())}
    assert not Doubt.objects.filter(settled_at=None).exists()
