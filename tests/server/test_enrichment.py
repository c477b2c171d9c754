"""What follows by rule is added in the round that read what it follows from, and never stands before what was told."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from command_line import PLAYBOOK
from ledger_rows import all_rounds, happened, lead_of, said, signed
from ripeline.core.standing import attributes_at
from ripeline.server import json_text, merges, playbooks, sources
from ripeline.server.events import Event
from ripeline.server.instants import DAY, FOREVER, TOLD
from ripeline.server.leads import Membership, Unit
from ripeline.server.qualification import histories, identity
from ripeline.server.qualification.replay import replay
from ripeline.server.sources import Source, SourceKind
from ripeline.server.staff.users import Role
from staff import member

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ripeline.server.leads import Lead
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = ("email", "email_kind", "email_domain", "email_status", "company_domain", "country", "country_code", "phone")
ENRICHED = PLAYBOOK.replace(
    "  relation: {type: text}\n",
    "  relation: {type: text}\n"
    + "".join(f"  {name}: {{type: text}}\n" for name in (*NAMES, "phone_e164", "source", "campaign")),
).replace("{attribute: relation, is: competitor}", "{attribute: email_kind, is: disposable}")
ADA = {"email": "ada@nordwind.de"}
GOOGLE = {"referrer": "https://www.google.de/", "url": "https://www.example.com/"}
AD = {"url": "https://www.example.com/?utm_medium=cpc&utm_source=google&utm_campaign=spring"}


def attributes(lead: Lead, at: int) -> Mapping[str, str | None]:
    """What is known of a lead, as the evaluator takes it."""
    versions = playbooks.core_versions(at)
    (evaluation,) = histories.evaluations(list(histories.pasts([lead.unit_id], at, versions).values()), at, versions)
    number = evaluation.history.leads["lead_id"].to_list().index(str(lead.pk))
    return {name: value for name, value in attributes_at(evaluation.history, number, at).items() if value is not None}


def derived_rows() -> list[Event]:
    """The rows that Ripeline added by rule."""
    return list(Event.objects.filter(at__lt=TOLD).select_related("source").order_by("pk"))


def test_an_address_tells_its_kind_its_company_and_its_country(source: Source, clock: SetClock) -> None:
    """Known from the round that read it on, said by Ripeline itself, and once."""
    signed(ENRICHED, now=clock())
    told = happened(source, "attributes_changed", clock.move(60), said=ADA, **ADA)
    all_rounds(clock)
    (row,) = derived_rows()
    told.refresh_from_db()
    assert (row.source.kind, row.name, row.key) == (SourceKind.OWN, "attributes_changed", f"email {told.pk}")
    assert (row.known_at, row.identifier_id) == (told.known_at, told.identifier_id)
    assert attributes(lead_of(ADA["email"]), clock()) == {
        "email": "ada@nordwind.de",
        "email_kind": "company",
        "email_domain": "nordwind.de",
        "company_domain": "nordwind.de",
        "country": "DE",
        "country_code": "DE",
    }
    assert all_rounds(clock) == 0
    assert replay().differences == []


def test_whoever_throws_the_address_away_is_excluded(source: Source, clock: SetClock) -> None:
    """In the same round, by the playbook's word."""
    signed(ENRICHED, now=clock())
    who = {"email": "x@mailinator.com"}
    happened(source, "attributes_changed", clock.move(60), said=who, **who)
    happened(source, "ask", clock.move(1), **who)
    all_rounds(clock)
    assert lead_of(who["email"]).excluded == "competitor"
    assert lead_of(who["email"]).stage == "lead"


@pytest.mark.parametrize("told_at", [-DAY, 0, DAY])
@pytest.mark.parametrize("is_first", [True, False])
def test_what_was_told_stands(source: Source, clock: SetClock, told_at: int, is_first: bool) -> None:  # noqa: FBT001
    """Whichever came first, and whenever it is said to have been."""
    signed(ENRICHED, now=clock())
    now = clock.move(10 * 86_400)
    rows = [({"country": "NL", "email_kind": "private"}, now + told_at), (ADA | {"phone": "+45 33 66 33 66"}, now)]
    crm = sources.of_import("crm", is_history=False, now=now)
    assert isinstance(crm, Source)
    for told, at in rows if is_first else rows[::-1]:
        happened(crm if "email_kind" in told else source, "attributes_changed", at, said=told, **ADA)
        clock.move(60)
        all_rounds(clock)
    found = attributes(lead_of(ADA["email"]), clock() + 2 * DAY)
    assert (found["country"], found["email_kind"], found["phone_e164"]) == ("NL", "private", "+4533663366")
    assert found["country_code"] == "NL"


def test_what_somebody_says_is_unknown_stays_unknown(source: Source, clock: SetClock) -> None:
    """A person who deletes the country does not get it back by rule."""
    signed(ENRICHED, now=clock())
    happened(source, "attributes_changed", clock.move(60), said=ADA, **ADA)
    all_rounds(clock)
    said(lead_of(ADA["email"]), "attributes_changed", clock.move(60), country=None)
    happened(source, "attributes_changed", clock.move(60), said=ADA, **ADA)
    all_rounds(clock)
    assert "country" not in attributes(lead_of(ADA["email"]), clock())


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_last_address_tells_the_kind_in_whatever_order_the_rows_came(
    source: Source, clock: SetClock, order: Iterable[int]
) -> None:
    """A bad address makes way for a good one; what the good one does not say again stays."""
    signed(ENRICHED, now=clock())
    start = clock.move(60)
    addresses = ["ada@nordwind.de", "ada@gmail.con", "ada@gmx.de"]
    for place in order:
        who = {"user_id": "ada"}
        happened(source, "attributes_changed", start + (place - 3) * DAY, said={"email": addresses[place]}, **who)
        clock.move(86_400)
        all_rounds(clock)
    happened(source, "paper", clock.move(60), **who)
    all_rounds(clock)
    found = attributes(Event.objects.filter(name="paper").get().identifier.lead, clock())  # type: ignore[union-attr, arg-type]
    assert (found["email"], found["email_kind"], found.get("email_status")) == ("ada@gmx.de", "private", None)
    assert found["company_domain"] == "nordwind.de"
    assert replay().differences == []


def test_a_number_knows_the_country_better_than_an_address(source: Source, clock: SetClock) -> None:
    """Though the address was told later."""
    signed(ENRICHED, now=clock())
    happened(source, "attributes_changed", clock.move(60), said={"phone": "+31 20 624 1111"}, **ADA)
    all_rounds(clock)
    happened(source, "attributes_changed", clock.move(60), said=ADA, **ADA)
    all_rounds(clock)
    assert attributes(lead_of(ADA["email"]), clock())["country"] == "NL"


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_first_row_that_says_so_tells_how_somebody_came(
    source: Source, clock: SetClock, order: Iterable[int]
) -> None:
    """In whatever order the rows came, of whichever visitor who turned out to be the same person."""
    signed(ENRICHED, now=clock())
    start = clock.move(60)
    visits: list[tuple[str, dict[str, Any]]] = [("a", {}), ("b", AD), ("a", GOOGLE), ("a", {"utm_medium": "email"})]
    for place in order:
        visitor, visited = visits[place]
        happened(source, "page_viewed", start + place * DAY, said=visited, anonymous=visitor)
        clock.move(86_400)
        all_rounds(clock)
    for visitor in "ab":
        happened(source, "paper", clock.move(60), anonymous=visitor, **ADA)
    all_rounds(clock)
    found = attributes(lead_of(ADA["email"]), clock())
    assert (found["source"], found["campaign"]) == ("ads", "spring")
    assert replay().differences == []


def test_an_arrival_is_written_once(source: Source, clock: SetClock) -> None:
    """The pages after the first one that says so add nothing, in the same round or later."""
    for _ in range(2):
        for _ in range(3):
            happened(source, "page_viewed", clock.move(60), said=GOOGLE, anonymous="a")
        all_rounds(clock)
    (row,) = derived_rows()
    assert json_text.read(row.properties) == {"source": "search", "campaign": None, "marks": {}}


def test_a_source_that_an_import_told_stands(source: Source, clock: SetClock) -> None:
    """We met at a fair, whatever the website thinks."""
    signed(ENRICHED, now=clock())
    happened(source, "page_viewed", clock.move(60), said=GOOGLE, anonymous="a", **ADA)
    all_rounds(clock)
    crm = sources.of_import("crm", is_history=False, now=clock())
    assert isinstance(crm, sources.Source)
    happened(crm, "attributes_changed", clock.move(60) - 400 * DAY, said={"source": "fair"}, **ADA)
    all_rounds(clock)
    assert attributes(lead_of(ADA["email"]), clock())["source"] == "fair"


def test_two_who_are_one_have_the_facts_of_both(source: Source, clock: SetClock) -> None:
    """The last address is that of which the kind is told, though it was of the other lead."""
    signed(ENRICHED, now=clock())
    bob = {"email": "bob@gmx.de"}
    for who in (ADA, bob):
        happened(source, "attributes_changed", clock.move(60), said=who, **who)
    all_rounds(clock)
    one = merges.merge_by_hand(
        lead_of(ADA["email"]), lead_of(bob["email"]), by=member("mia", Role.MARKETING), now=clock.move(60)
    )
    assert isinstance(one, merges.Merge)
    all_rounds(clock)
    found = attributes(one.kept, clock())
    assert (found["email"], found["email_kind"]) == ("bob@gmx.de", "private")
    assert replay().differences == []


def test_a_row_that_says_nothing_adds_nothing(source: Source, clock: SetClock) -> None:
    """No row without a fact, and none about facts that are no text."""
    for told in ({}, {"relation": "x"}, {"phone": ["+49"]}, {"website": 7}, {"country": "nowhere"}):
        happened(source, "attributes_changed", clock.move(60), said=told, user_id="ada")
    happened(source, "page_viewed", clock.move(60), said={"referrer": 7, "utm_medium": None}, user_id="ada")
    all_rounds(clock)
    assert derived_rows() == []


# --- companies by domain --------------------------------------------------------------------------

TOGETHER = ENRICHED.replace("gates:\n", "accounts: {engagement: {roll_up: sum}}\ngates:\n")


def accounts() -> dict[str, str]:
    """The account of each lead with an e-mail, by its address."""
    rows = Membership.objects.filter(until=FOREVER, lead__identifiers__kind="email")
    return dict(rows.values_list("lead__identifiers__value", "account__key"))


def test_colleagues_are_of_one_account_where_accounts_decide(source: Source, clock: SetClock) -> None:
    """By the domain of a company, and never by that of a provider."""
    signed(TOGETHER, now=clock())
    names = ("ada@nordwind.de", "info@nordwind.de", "bob@mail.nordwind.de", "eve@gmx.de", "kai@gmx.de", "x@byom.de")
    for name in names:
        happened(source, "paper", clock.move(60), email=name)
        all_rounds(clock)
    assert accounts() == dict.fromkeys(names[:3], "nordwind.de")
    ada, info, bob, eve, kai, _ = (lead_of(name).unit_id for name in names)
    assert ada == info == bob
    assert len({ada, eve, kai}) == 3
    assert replay().differences == []


def test_nobody_joins_where_accounts_do_not_decide(source: Source, clock: SetClock) -> None:
    """Units join for ever, so they do not without need."""
    signed(ENRICHED, now=clock())
    for name in ("ada@nordwind.de", "bob@nordwind.de"):
        happened(source, "paper", clock.move(60), email=name)
    all_rounds(clock)
    assert accounts() == {}
    assert lead_of("ada@nordwind.de").unit_id != lead_of("bob@nordwind.de").unit_id


@pytest.mark.parametrize("kind", [SourceKind.WEB, SourceKind.SERVER])
def test_the_account_that_a_source_names_goes_before_the_domain(clock: SetClock, kind: SourceKind) -> None:
    """In the same round or later, and a website may name one too; then the domain moves nobody."""
    own = sources.Source.objects.create(name="own", kind=kind, created_at=clock())
    signed(TOGETHER, now=clock())
    happened(own, "paper", clock.move(60), email="bob@nordwind.de", account="acme")
    happened(own, "paper", clock.move(60), email="ada@nordwind.de")
    all_rounds(clock)
    assert accounts() == {"bob@nordwind.de": "acme", "ada@nordwind.de": "nordwind.de"}
    happened(own, "paper", clock.move(60), email="ada@nordwind.de", account="acme")
    all_rounds(clock)
    happened(own, "paper", clock.move(60), email="ada@nordwind.de")
    all_rounds(clock)
    assert accounts() == {"bob@nordwind.de": "acme", "ada@nordwind.de": "acme"}
    assert replay().differences == []


def test_an_account_by_domain_does_not_grow_for_ever(
    source: Source, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever comes when it is full stays by itself."""
    monkeypatch.setattr(identity, "MOST_COLLEAGUES", 5)
    signed(TOGETHER, now=clock())
    for place in range(8):
        happened(source, "paper", clock.move(60), email=f"student{place}@university.example")
        if place in (2, 6):
            all_rounds(clock)
    all_rounds(clock)
    assert len(accounts()) == 5
    assert Unit.objects.exclude(leads=None).count() == 4
    assert replay().differences == []
