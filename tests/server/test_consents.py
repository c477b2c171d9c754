"""Whom we may write to, asked of the server: what was read, what was not, and what outlasts the lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consents_told import ADA, BOB, answer, code, crm, own_no, own_yes, proof, told
from ledger_rows import all_rounds, happened, lead_of, signed
from ripeline.integrations.own_files import OwnFiles
from ripeline.server import instants, merges, playbooks, profiles
from ripeline.server.consent import consents, proofs, suppressions
from ripeline.server.consent.suppressions import Suppression
from ripeline.server.events import Event
from ripeline.server.intake import imports
from ripeline.server.leads import Identifier, Lead, Unit
from ripeline.server.merges import Merge
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sources import Source
from ripeline.server.staff.users import Role
from small_playbook import TEXT
from staff import member

if TYPE_CHECKING:
    from pathlib import Path

    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)

RULES = """\
consent:
  contact:
    countries:
      NL: {email: {purpose: email, basis: consent}}
"""
BOOK = TEXT.replace("consent: assumed\n", RULES).replace(
    "attributes:\n", "attributes:\n  country: {type: text}\n  email_status: {type: text}\n"
)


@pytest.fixture(autouse=True)
def _definition(clock: SetClock) -> None:
    signed(BOOK, now=clock(), reps=False)
    clock.move(60)


def test_a_yes_that_nobody_confirmed_is_not_enough(clock: SetClock) -> None:
    """It is on record, and says why it is not enough."""
    told(clock, "consent_given", wording="Yes.", proof="a fair")
    all_rounds(clock)
    assert code(clock) == "not_confirmed"


def test_an_imported_proof_is(clock: SetClock) -> None:
    """With its words, its origin and when it was confirmed; one of them missing, it is not."""
    told(clock, "consent_given", **proof(clock))
    told(clock, "consent_given", who=BOB, **(proof(clock) | {"proof": ""}))
    all_rounds(clock)
    assert (code(clock), code(clock, BOB)) == ("may_contact_confirmed", "not_confirmed")


@pytest.mark.parametrize("kind", ["web", "form"])
def test_no_stranger_confirms_anything(clock: SetClock, kind: str) -> None:
    """Whatever the row says: anybody can send it."""
    stranger = Source.objects.create(name="stranger", kind=kind, created_at=clock())
    told(clock, "consent_given", source=stranger, own=True, by="rosa", **proof(clock))
    all_rounds(clock)
    assert code(clock) == "not_confirmed"


def test_the_country_decides(clock: SetClock) -> None:
    """By its name too; a country that nobody knows is the strictest."""
    for who, where in ((ADA, "Nederland"), (BOB, "Atlantis")):
        told(clock, "consent_given", who=who)
        happened(crm(clock), "attributes_changed", clock(), said={"country": where}, email=who)
    all_rounds(clock)
    assert (code(clock), code(clock, BOB)) == ("may_contact_given", "not_confirmed")


@pytest.mark.parametrize("kind", ["web", "form"])
@pytest.mark.parametrize("typed", [{"country": "NL"}, {"phone": "+31 20 624 1111"}, {"address": {"country": "NL"}}])
def test_no_stranger_has_a_laxer_rule_hold(clock: SetClock, kind: str, typed: dict[str, object]) -> None:
    """Not by a country, and not by what one follows from; it takes none away that we know either."""
    stranger = Source.objects.create(name="stranger", kind=kind, created_at=clock())
    for who in (ADA, BOB):
        told(clock, "consent_given", source=stranger, who=who)
        happened(stranger, "attributes_changed", clock(), said=typed, email=who)
    happened(crm(clock), "attributes_changed", clock.move(-60), said=typed, email=BOB)
    clock.move(120)
    all_rounds(clock)
    facts = profiles.of_all([lead_of(ADA).pk])[lead_of(ADA).pk]
    assert facts["country"].value == "NL"
    assert (code(clock), code(clock, BOB)) == ("not_confirmed", "may_contact_given")
    happened(stranger, "attributes_changed", clock(), said={"country": "DE"}, email=BOB)
    clock.move(60)
    all_rounds(clock)
    assert code(clock, BOB) == "may_contact_given"


def test_without_a_definition_the_strictest_rule_holds(clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent because nobody has said what may be."""
    told(clock, "consent_given")
    all_rounds(clock)
    monkeypatch.setattr(playbooks, "active", lambda: None)
    assert code(clock) == "not_confirmed"
    assert consents.may_score(lead_of(ADA), now=clock()) is None


def test_a_no_counts_before_anybody_has_read_it(clock: SetClock) -> None:
    """Whoever sends at that moment must not; whoever's word it is, by whatever the person is known."""
    told(clock, "consent_given", **proof(clock))
    happened(crm(clock), "seen", clock(), email=ADA, anonymous="browser-1")
    all_rounds(clock)
    assert answer(clock)
    clock.move(60)
    website = Source.objects.create(name="website", kind="web", created_at=clock())
    row = happened(website, "consent_withdrawn", clock(), said={"purpose": "email"}, anonymous="browser-1")
    assert code(clock) == "consent_withdrawn"
    all_rounds(clock)
    row.refresh_from_db()
    assert row.known_at is not None
    assert code(clock) == "consent_withdrawn"


def test_a_yes_of_others_counts_once_it_was_read(clock: SetClock) -> None:
    """By then it is found out whose it is; the person's own counts at once."""
    happened(crm(clock), "seen", clock(), email=ADA)
    all_rounds(clock)
    told(clock, "consent_given", **proof(clock))
    assert code(clock) == "no_consent"
    own_yes(clock)
    assert code(clock) == "may_contact_confirmed"


def test_a_no_of_the_person_stands_until_the_person_takes_it_back(clock: SetClock) -> None:
    """No import, no staff and no form does, however often they say so; the person's own yes does."""
    happened(crm(clock), "seen", clock(), email=ADA)
    all_rounds(clock)
    own_no(clock)
    assert code(clock) == "suppressed"
    told(clock, "consent_given", **proof(clock))
    rosa = member("rosa", Role.SALES)
    clock.move(60)
    consents.grant(lead_of(ADA), "email", wording="Yes.", proof="a letter", is_confirmed=True, by=rosa, now=clock())
    all_rounds(clock)
    assert code(clock) == "suppressed"
    own_yes(clock)
    assert code(clock) == "may_contact_confirmed"
    all_rounds(clock)
    assert code(clock) == "may_contact_confirmed"
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("by_staff", [True, False])
def test_a_no_that_others_tell_stands_too(clock: SetClock, *, by_staff: bool) -> None:
    """On the phone, or in another system: it is the person's."""
    told(clock, "consent_given", **proof(clock))
    all_rounds(clock)
    clock.move(60)
    if by_staff:
        assert consents.withdraw(lead_of(ADA), "email", by=member("rosa", Role.SALES), now=clock())
        assert Suppression.objects.get().since == clock()
    else:
        told(clock, "consent_withdrawn")
    all_rounds(clock)
    told(clock, "consent_given", **proof(clock))
    all_rounds(clock)
    assert code(clock) == "suppressed"


def test_a_no_from_before_a_confirmed_yes_is_the_past(clock: SetClock) -> None:
    """What an import tells of years ago takes nothing back that was proven since."""
    own = told(clock, "consent_given", **proof(clock))
    all_rounds(clock)
    happened(crm(clock, "old"), "consent_withdrawn", own.at - 1, said={"purpose": "email"}, email=ADA)
    all_rounds(clock)
    assert code(clock) == "may_contact_confirmed"


def test_a_number_alone_may_be_called_no_more(clock: SetClock) -> None:
    """Whoever has it, known or not, however written; mails are another question, and the person's own yes ends it."""
    assert not suppressions.suppress_number("12", since=clock())
    assert suppressions.suppress_number("+49 30 901820", since=clock.move(60))
    assert Suppression.objects.filter(digest__contains="901820").count() == 0
    happened(crm(clock), "attributes_changed", clock(), email=ADA, said={"phone": "030 90 18 20", "country": "DE"})
    happened(crm(clock), "attributes_changed", clock(), email=BOB, said={"phone": "+49 30 901821"})
    for who in (ADA, BOB):
        told(clock, "consent_given", who=who, **proof(clock))
        told(clock, "consent_given", who=who, **{**proof(clock), "purpose": "phone"})
    all_rounds(clock)
    assert (code(clock), code(clock, channel="phone")) == ("may_contact_confirmed", "suppressed")
    assert code(clock, BOB, "phone") == "may_contact_confirmed"
    own_yes(clock, purpose="phone")
    assert code(clock, channel="phone") == "may_contact_confirmed"


def test_a_no_to_calls_holds_for_the_number_when_it_comes_again_with_somebody(clock: SetClock) -> None:
    """The next import knows the same number by another address."""
    happened(crm(clock), "attributes_changed", clock(), email=ADA, said={"mobile": "+31 6 12345678"})
    all_rounds(clock)
    own_no(clock, ADA, "phone")
    happened(crm(clock), "attributes_changed", clock.move(60), email=BOB, said={"phone_e164": "+31612345678"})
    told(clock, "consent_given", who=BOB, **{**proof(clock), "purpose": "phone"})
    told(clock, "consent_given", who=BOB, **proof(clock))
    all_rounds(clock)
    assert (code(clock, BOB, "phone"), code(clock, BOB)) == ("suppressed", "may_contact_confirmed")


def test_a_yes_to_one_purpose_lifts_no_other_no(clock: SetClock) -> None:
    """Each is asked for by itself."""
    happened(crm(clock), "seen", clock(), email=ADA)
    all_rounds(clock)
    own_no(clock, ADA, "email", "phone")
    own_yes(clock)
    assert (code(clock), code(clock, channel="phone")) == ("may_contact_confirmed", "suppressed")


def test_a_no_outlasts_the_lead(clock: SetClock) -> None:
    """Erased and imported again, the person is known by a hash alone, and scoring hears of the no as well."""
    happened(crm(clock), "seen", clock(), email=ADA, user_id="7")
    all_rounds(clock)
    own_no(clock)
    all_rounds(clock)
    Identifier.objects.filter(lead=lead_of(ADA)).update(lead=None)
    Identifier.objects.filter(value=ADA).update(value="erased-1")
    Identifier.objects.filter(value="7").update(value="erased-2")
    assert not any(ADA in row.digest or "ada" in row.digest for row in Suppression.objects.all())
    told(clock, "consent_given", source=crm(clock, "again"), **proof(clock))
    happened(crm(clock), "seen", clock(), user_id="7")
    all_rounds(clock)
    assert code(clock) == "suppressed"
    again = Identifier.objects.get(kind="user_id", value="7").lead
    assert again is not None
    assert consents.may_contact(again, "email", now=clock()).reason.code == "suppressed"
    told_again = Event.objects.filter(name="consent_withdrawn", identifier__lead=lead_of(ADA))
    assert {row.at <= clock() for row in told_again} == {True}


def test_a_no_outlasts_the_name_of_its_purpose(clock: SetClock) -> None:
    """Whoever ended our mails gets none under another name either, before a yes to that; calls are another matter."""
    told(clock, "consent_given", **proof(clock))
    told(clock, "consent_given", purpose="newsletter", **proof(clock))
    told(clock, "seen", who=BOB)
    all_rounds(clock)
    own_no(clock)
    other = "  contact: {email: {purpose: newsletter, basis: objection}, phone: {purpose: phone, basis: objection}}\n"
    signed(BOOK.replace(RULES, f"consent:\n{other}"), now=clock.move(60), reps=False)
    assert (code(clock), code(clock, BOB)) == ("consent_withdrawn", "may_contact_no_objection")
    assert code(clock, channel="phone") == "may_contact_no_objection"
    own_yes(clock, purpose="newsletter")
    assert code(clock) == "may_contact_confirmed"
    signed(f"{BOOK}\n", now=clock.move(60), reps=False)
    assert code(clock) == "suppressed"


def test_a_merge_keeps_the_stricter_and_the_old_number_answers_for_the_new(clock: SetClock) -> None:
    """Also after it was undone."""
    told(clock, "consent_given", **proof(clock))
    happened(crm(clock), "seen", clock(), email=BOB)
    all_rounds(clock)
    own_no(clock, BOB)
    all_rounds(clock)
    ada, bob = lead_of(ADA), lead_of(BOB)
    merge = merges.merge_by_hand(ada, bob, by=member("mara", Role.MARKETING), now=clock())
    assert isinstance(merge, Merge)
    both = consents.may_contact_all([ada.pk, bob.pk], "email", now=clock())
    assert [both[one.pk].reason.code for one in (ada, bob)] == ["suppressed", "suppressed"]


def test_one_is_many(clock: SetClock) -> None:
    """Asked for many, each gets the answer it gets alone, in as many questions."""
    people = [f"person{number}@example.com" for number in range(6)]
    for number, who in enumerate(people):
        told(clock, "consent_given" if number % 2 else "consent_withdrawn", who=who, **proof(clock))
    all_rounds(clock)
    leads = [lead_of(who) for who in people]
    asked: list[int] = []
    for many in (leads[:1], leads):
        asked.append(0)

        with CaptureQueriesContext(connection) as questions:
            together = consents.may_contact_all([lead.pk for lead in many], "email", now=clock())
        asked[-1] = len(questions)
    assert together == {lead.pk: consents.may_contact(lead, "email", now=clock()) for lead in leads}
    assert asked[0] == asked[1] < 12


def test_what_nobody_has_read_is_found_without_going_through_it_all(clock: SetClock) -> None:
    """Thousands of pages that were just seen do not hold up a mail."""
    seen = {
        "source": crm(clock),
        "name": "seen",
        "at": clock(),
        "received_at": clock(),
        "claims": '{"email":"x@y.example"}',
    }
    Event.objects.bulk_create(Event(key=f"seen-{number}", **seen) for number in range(3000))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE server_event")
    with CaptureQueriesContext(connection) as questions:
        consents.unread_of([1])
    (question,) = questions.captured_queries
    with connection.cursor() as cursor:
        cursor.execute(("EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN ") + question["sql"])
        plan = " ".join(str(row) for row in cursor.fetchall())
    assert "event_unread_consent" in plan


def test_confirmed_by_staff_needs_a_proof(clock: SetClock) -> None:
    """A yes on paper counts as proven if it is said where the paper is."""
    happened(crm(clock), "seen", clock(), email=ADA)
    all_rounds(clock)
    rosa = member("rosa", Role.SALES)

    def granted(proof: str) -> object:
        ada = lead_of(ADA)
        return consents.grant(ada, "email", wording="Yes.", by=rosa, is_confirmed=True, proof=proof, now=clock())

    assert granted("") == Refused(Refusal.NO_PROOF)
    assert granted("signed paper, folder 7")
    assert code(clock) == "may_contact_confirmed"
    assert consents.grant(
        lead_of(ADA), "email", wording="Yes.", by=member("rita", Role.READ_ONLY), now=clock()
    ) == Refused(Refusal.NOT_ALLOWED)


def test_whom_we_may_score(clock: SetClock) -> None:
    """The same word as the evaluator's."""
    happened(crm(clock), "seen", clock(), email=ADA)
    all_rounds(clock)
    permission = consents.may_score(lead_of(ADA), now=clock())
    assert permission is not None
    assert permission.reason.code == "may_score_not_asked"


def test_a_lead_known_by_nothing_that_comes_again_is_not_suppressed(clock: SetClock) -> None:
    """A visitor's number says nothing of a person."""
    lead = Lead.objects.create(unit=Unit.objects.create(), created_at=clock())
    Identifier.objects.create(kind="anonymous", value="browser", lead=lead, created_at=clock())
    suppressions.suppress(lead.pk, ["email"], since=clock())
    assert not Suppression.objects.exists()


def test_consents_come_in_with_files(clock: SetClock, tmp_path: Path) -> None:
    """With their words, where they come from and when they were confirmed; without that, they are on record only."""
    (tmp_path / "leads.csv").write_text(f"lead_id,email\nada,{ADA}\nbo,{BOB}\n", "utf-8")
    (tmp_path / "events.csv").write_text(
        "lead_id,at,event,purpose,wording,proof,confirmed_at\n"
        "ada,2025-03-01T09:00Z,consent_given,email,Yes,list of 2025,2025-03-01T09:05Z\n"
        "bo,2025-03-01T09:00Z,consent_given,email,Yes,card from the fair,\n",
        "utf-8",
    )
    leads, events = tmp_path / "leads.csv", tmp_path / "events.csv"
    files = OwnFiles(leads=leads, events=events, mapping={}, timezone=None, is_history=True)
    assert files.check().problems == []
    imports.add(list(files.rows()), source="old tool", is_history=True, dry_run=False, now=clock())
    all_rounds(clock)
    assert (code(clock), code(clock, BOB)) == ("may_contact_confirmed", "not_confirmed")
    told = proofs.of(lead_of(ADA))[0]
    assert (told.words, told.where, told.source) == ("Yes", "list of 2025", "old tool")
    assert told.confirmed_at == told.at + 5 * instants.MINUTE
