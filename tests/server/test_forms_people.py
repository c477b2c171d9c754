"""Whose rows a form's are: a person's from the first visit on; what staff knows, no stranger overwrites."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec
import pytest

from ledger_rows import all_rounds, happened, lead_of, said, signed
from ripeline.server import instants, sources
from ripeline.server.consent import consents
from ripeline.server.events import Event
from ripeline.server.intake import form_guard, forms
from ripeline.server.leads import Lead
from ripeline.server.qualification.replay import replay
from ripeline.server.sales.handoffs import Handoff
from ripeline.server.sources import Source
from website_forms import opened, sent

if TYPE_CHECKING:
    from ripeline.server.sources import Source as SourceRow
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)

CONSULTANCY = files("ripeline").joinpath("playbooks/consultancy.yaml").read_text("utf-8")
VISITOR = "1234-5678-9012-3456"
ADA = "ada@example.com"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch, clock: SetClock) -> None:
    """The pages tell the time by the clock of the test, and nobody was here before."""
    monkeypatch.setattr(forms, "_guard", form_guard.Guard())
    monkeypatch.setattr(instants, "now", clock)
    opened(now=clock())


def crm(clock: SetClock) -> Source:
    """A program whose word counts."""
    source = sources.of_import("crm", is_history=False, now=clock())
    assert isinstance(source, Source)
    return source


def attributes(email: str = ADA) -> dict[str, object]:
    """What the rows that count say of a lead."""
    rows = Event.objects.filter(identifier__lead=lead_of(email), name="attributes_changed").order_by("at", "pk")
    told: dict[str, object] = {}
    for row in rows:
        told |= msgspec.json.decode(row.properties)
    return {name: told[name] for name in ("company", "company_size", "email") if name in told}


def test_a_bare_contact_form_makes_an_mql(clock: SetClock) -> None:
    """Who asks for us is one, however little is known; sales is not called for it."""
    signed(CONSULTANCY, now=clock())
    clock.move(60)
    assert sent({"email": ADA, "company": "Mill"}).status_code == 303
    all_rounds(clock)
    ada = lead_of(ADA)
    assert (ada.stage, ada.phase) == ("mql", "consideration")
    assert not Handoff.objects.exists()
    assert replay().differences == []


def test_a_detailed_and_urgent_request_goes_to_sales(clock: SetClock) -> None:
    """A need in plain words and a date open the gate at once, and the offer says when an answer is due."""
    signed(CONSULTANCY, now=clock())
    clock.move(60)
    sent({"email": ADA, "need": "Our warehouse loses a day on every order", "start": "this month"})
    all_rounds(clock)
    ada = lead_of(ADA)
    assert (ada.stage, ada.phase) == ("mql", "decision")
    handoff = Handoff.objects.get(lead=ada)
    assert (handoff.status, handoff.offered_at) == ("offered", clock())
    assert replay().differences == []


def test_a_visitor_becomes_a_lead_with_its_past(source: SourceRow, clock: SetClock) -> None:
    """What it did before counts, because the website's script says who it was."""
    happened(source, "page_viewed", clock(), anonymous=VISITOR)
    clock.move(60)
    sent({"email": ADA, "anonymous_id": VISITOR})
    all_rounds(clock)
    assert Event.objects.filter(identifier__lead=lead_of(ADA), name="page_viewed").exists() or (
        lead_of(ADA).identifiers.filter(kind="anonymous", value=VISITOR).exists()
    )


def test_a_form_without_an_address_needs_a_visitor(clock: SetClock) -> None:
    """Where the address is optional, somebody must still be named."""
    opened("form: poll\nevent: poll_answered\nfields:\n  email: {attribute: email}\n", now=clock())
    refused = sent({}, name="poll")
    assert refused.status_code == 422
    assert "Please give your e-mail address" in refused.content.decode()
    assert sent({"anonymous_id": VISITOR}, name="poll").status_code == 303
    assert Event.objects.get().claims == f'{{"anonymous":"{VISITOR}"}}'


@pytest.mark.parametrize("is_first", [True, False])
def test_nobody_overwrites_what_a_server_has_told(clock: SetClock, *, is_first: bool) -> None:
    """Whether both are read in one round or one after the other; what nobody knew is filled in."""
    told = {"company": "Mill", "company_size": 400}
    happened(crm(clock), "attributes_changed", clock(), said=told, email=ADA)
    if is_first:
        all_rounds(clock)
    clock.move(60)
    sent({"email": ADA, "company": "Evil", "employees": "10"})
    sent({"email": "eve@example.com", "company": "Evil"})
    all_rounds(clock)
    assert attributes() == {"company": "Mill", "company_size": 400, "email": ADA}
    assert attributes("eve@example.com")["company"] == "Evil"
    assert "Evil" in Event.objects.filter(name="contact_requested").earliest("pk").body


def test_nobody_overwrites_what_staff_has_told(clock: SetClock) -> None:
    """Until staff itself makes it unknown; Ripeline's own conclusions are nobody's word."""
    sent({"email": ADA, "company": "Mill"})
    all_rounds(clock)
    said(lead_of(ADA), "attributes_changed", clock.move(60), company="Mill Ltd", by="mara")
    said(lead_of(ADA), "attributes_changed", clock.move(60), company_size=10)
    all_rounds(clock)
    clock.move(60)
    sent({"email": ADA, "company": "Evil", "employees": "400"})
    all_rounds(clock)
    assert attributes() == {"company": "Mill Ltd", "company_size": "400", "email": ADA}
    said(lead_of(ADA), "attributes_changed", clock.move(60), company=None, by="mara")
    all_rounds(clock)
    clock.move(60)
    sent({"email": ADA, "company": "New Mill"})
    all_rounds(clock)
    assert attributes()["company"] == "New Mill"


def test_a_website_overrules_nobody(source: SourceRow, clock: SetClock) -> None:
    """Its key stands on every page: `identify` with somebody's address fills in, too, and what was sent is kept."""
    happened(crm(clock), "attributes_changed", clock(), said={"company": "Mill", "email": ADA}, email=ADA)
    all_rounds(clock)
    told = {"company": "Evil", "company_size": 10}
    row = happened(source, "attributes_changed", clock.move(60), said=told, anonymous=VISITOR, email=ADA)
    all_rounds(clock)
    assert attributes() == {"company": "Mill", "company_size": 10, "email": ADA}
    row.refresh_from_db()
    assert "Evil" in row.body


def test_nobody_tells_what_follows_by_rule(source: SourceRow, clock: SetClock) -> None:
    """An address is as good as it is, whatever a visitor says of it; a program may know better."""
    told = {"email": ADA, "email_status": "undeliverable", "email_kind": "disposable", "industry": "mills"}
    mine = happened(source, "attributes_changed", clock(), said=told, anonymous=VISITOR, email=ADA)
    alone = happened(source, "attributes_changed", clock(), said=told, anonymous="nobody")
    theirs = happened(crm(clock), "attributes_changed", clock(), said=told, email="bob@example.com")
    all_rounds(clock)
    for row in (mine, alone, theirs):
        row.refresh_from_db()
    left = {"email": ADA, "industry": "mills"}
    assert [msgspec.json.decode(row.properties) for row in (mine, alone, theirs)] == [left, left, told]


def test_a_person_corrects_what_a_form_has_told(clock: SetClock) -> None:
    """What only forms have told, the next form may tell anew."""
    for company in ("Mill", "Bakery"):
        sent({"email": ADA, "company": company})
        clock.move(60)
        all_rounds(clock)
    assert attributes()["company"] == "Bakery"


def test_a_consent_stands_with_its_words_and_how_it_came(clock: SetClock) -> None:
    """The exact words, the form and the page, and that the address was only typed."""
    signed(CONSULTANCY, now=clock())
    clock.move(60)
    sent({"email": ADA, "newsletter": "yes", "page": "https://www.example.com/contact"})
    all_rounds(clock)
    consent = consents.of(lead_of(ADA))["newsletter"]
    assert (consent.is_given, consent.wording) == (True, "Yes, write to me once a month.")
    assert consent.proof == ("form contact on https://www.example.com/contact; the address was typed and not confirmed")


def test_a_form_joins_nobody(clock: SetClock) -> None:
    """A forged visitor or a second address makes no two people one."""
    for email in (ADA, "eve@example.com"):
        happened(crm(clock), "attributes_changed", clock(), said={"company": email}, email=email)
    sent({"email": ADA, "anonymous_id": VISITOR})
    all_rounds(clock)
    clock.move(60)
    sent({"email": "eve@example.com", "anonymous_id": VISITOR})
    all_rounds(clock)
    assert Lead.objects.filter(merged_into=None).count() == 2
    assert attributes("eve@example.com")["company"] == "eve@example.com"


# --- a no, and what anybody says after it ---------------------------------------------------------


def refuses(clock: SetClock, purpose: str = "newsletter", name: str = "consent_withdrawn") -> None:
    """What the program tells of Ada, a minute later."""
    happened(crm(clock), name, clock.move(60), said={"purpose": purpose}, email=ADA)


def is_given(purpose: str = "newsletter") -> bool:
    """Ada's last word, once all is read."""
    return consents.of(lead_of(ADA))[purpose].is_given


@pytest.mark.parametrize("is_first", [True, False])
def test_nobody_takes_back_a_no_for_somebody_else(clock: SetClock, *, is_first: bool) -> None:
    """The yes stays in the ledger, answered by a no of its instant that says why; who vouches for a yes is believed."""
    refuses(clock)
    if is_first:
        all_rounds(clock)
    clock.move(60)
    sent({"email": ADA, "newsletter": "yes"})
    all_rounds(clock)
    assert not is_given()
    yes = Event.objects.get(name="consent_given")
    answer = Event.objects.get(name="consent_withdrawn", source__name=sources.OWN)
    told = {"purpose": "newsletter", "reason": "unconfirmed", "answers": f"{yes.key}@{yes.source_id}"}
    assert (answer.at, answer.identifier_id) == (yes.at, yes.identifier_id)
    assert msgspec.json.decode(answer.properties) == told
    refuses(clock, name="consent_given")
    all_rounds(clock)
    assert is_given()


def test_a_yes_that_was_read_before_the_no_of_an_earlier_instant_is_answered(clock: SetClock) -> None:
    """The order in which rows arrive says nothing."""
    late = clock.move(60)
    clock.move(60)
    sent({"email": ADA, "newsletter": "yes"})
    all_rounds(clock)
    assert is_given()
    happened(crm(clock), "consent_withdrawn", late, said={"purpose": "newsletter"}, email=ADA)
    clock.move(60)
    all_rounds(clock)
    assert not is_given()


def test_a_person_who_said_no_in_a_browser_may_say_yes_there(source: SourceRow, clock: SetClock) -> None:
    """Only a no that somebody vouches for asks for more; one of another purpose, or before it, does not."""
    refuses(clock, "tracking")
    refuses(clock, "tracking", "consent_given")
    refuses(clock)
    for name in ("consent_given", "consent_withdrawn", "consent_given"):
        happened(source, name, clock.move(60), said={"purpose": "tracking"}, anonymous=VISITOR)
    sent({"email": ADA, "anonymous_id": VISITOR})
    all_rounds(clock)
    assert is_given("tracking")


def engagement() -> str:
    """Ada's points of what she did."""
    return str(msgspec.json.decode(lead_of(ADA).scores)["engagement"])


@pytest.mark.parametrize("refused", [True, False])
def test_a_browser_that_names_somebody_overrules_no_refusal(
    source: SourceRow, clock: SetClock, *, refused: bool
) -> None:
    """What it did after its own yes does not count for a lead that had said no to us, and a replay finds the same."""
    signed(CONSULTANCY, now=clock())
    refuses(clock, "tracking" if refused else "newsletter")
    all_rounds(clock)
    happened(source, "consent_given", clock.move(60), said={"purpose": "tracking"}, anonymous=VISITOR)
    for path in ("/fees", "/services"):
        happened(source, "page_viewed", clock.move(60), said={"path": path}, anonymous=VISITOR)
    all_rounds(clock)
    happened(source, "attributes_changed", clock.move(60), said={}, anonymous=VISITOR, email=ADA)
    all_rounds(clock)
    assert (is_given("tracking"), engagement() == "0") == (not refused, refused)
    assert replay().differences == []


def test_a_merge_brings_no_yes_of_anybody(source: SourceRow, clock: SetClock) -> None:
    """Two leads that become one: what the website's said yes to is answered from its instant on."""
    refuses(clock, "tracking")
    happened(source, "consent_given", clock.move(60), said={"purpose": "tracking"}, anonymous=VISITOR)
    yes = clock()
    happened(source, "attributes_changed", clock.move(60), said={}, anonymous=VISITOR, user_id="u-1")
    all_rounds(clock)
    happened(source, "attributes_changed", clock.move(60), said={}, user_id="u-1", email=ADA)
    all_rounds(clock)
    assert Lead.objects.filter(merged_into=None).count() == 1
    assert Event.objects.filter(name="consent_withdrawn", at=yes).exists()
