"""A person is erased: nothing of them is left, and everybody else stands as before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError

from command_line import PLAYBOOK
from filled import MARK, fill, holding
from ledger_rows import all_rounds, happened, lead_of, said, signed
from ripeline.server import installations, merges, sources
from ripeline.server.consent import consents, suppressions
from ripeline.server.delivery.outbox import Outgoing
from ripeline.server.delivery.topics import ERASED
from ripeline.server.events import Event, Rejected
from ripeline.server.installations import Installation
from ripeline.server.instants import DAY
from ripeline.server.intake import quarantine
from ripeline.server.leads import Identifier, Lead, Unit
from ripeline.server.operation import control
from ripeline.server.playbooks import PlaybookVersion, Publication, Signature
from ripeline.server.qualification.replay import replay
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.rights import erasures
from ripeline.server.rights.erasing import again, finishing, log, mentions, people, rows
from ripeline.server.rights.erasures import Erased, ErasedMove, Erasure
from ripeline.server.sources import SourceKind
from ripeline.server.staff.users import Role
from staff import member

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import Settings

    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)
ADA, BOB = "ada.lovelace@example.com", "bob@example.com"


@pytest.fixture(autouse=True)
def _log(settings: Settings, tmp_path: Path) -> None:
    settings.ERASURES = tmp_path / "erasures.log"


def _two(source: Source, clock: SetClock) -> tuple[Lead, Lead]:
    """Ada and Bob have asked; of Ada we know more."""
    signed(PLAYBOOK, now=clock())
    for email in (ADA, BOB):
        happened(source, "ask", clock.move(60), email=email, anonymous=f"browser-of-{email[:3]}-0001")
    known = {"name": "Ada Lovelace", "phone": "+49 30 1234567"}
    happened(source, "attributes_changed", clock.move(60), email=ADA, said=known)
    all_rounds(clock)
    return lead_of(ADA), lead_of(BOB)


def _fill(lead: Lead) -> None:
    """One row more of each table that points to Ada or mentions her."""
    consents.keep_words("Yes.", now=1)
    installations.key(1)
    firsts: tuple[rows.Model, ...] = (PlaybookVersion, Signature, Publication, Installation)
    own: dict[rows.Model, Any] = {model: rows.manager(model).first() for model in firsts}
    known = {Lead: lead, Identifier: Identifier.objects.get(kind="email", value=ADA), Unit: lead.unit}
    fill({**own, **known}, ADA)


def _erase(lead: Lead, clock: SetClock) -> Erased:
    done = erasures.erase(lead, None, now=clock.move(60))
    assert isinstance(done, Erased)
    assert finishing.finish(clock.move(60))
    return done


# --- everything goes ------------------------------------------------------------------------------


def test_of_every_table_nothing_of_the_person_is_left(source: Source, clock: SetClock) -> None:
    """One row of each table that there is points to her or mentions her; a table that is new is among them."""
    ada, _bob = _two(source, clock)
    _fill(ada)
    assert all(rows.manager(model).exists() for model in rows.ours())
    assert len(holding(MARK)) > 10
    _erase(lead_of(ADA), clock)
    left = holding(MARK, ADA, "+49 30 1234567", "Ada Lovelace", "browser-of-ada")
    assert left - {f"server_{name}" for name in mentions.LEFT} == set()
    assert holding(MARK) == set()
    assert not Lead.objects.filter(pk=ada.pk).exists()


@pytest.mark.parametrize("name", ["task", "mail", "outcome", "segment", "request"])
def test_a_table_that_erasure_forgets_is_noticed(
    source: Source, clock: SetClock, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """By the same search; or the database itself refuses, because something would point to nobody."""
    ada, _bob = _two(source, clock)
    _fill(ada)
    found = rows.of
    monkeypatch.setattr(
        rows, "of", lambda *who: {model: of for model, of in found(*who).items() if model.__name__.lower() != name}
    )
    monkeypatch.setattr(mentions, "LEFT", mentions.LEFT | {name})
    try:
        _erase(ada, clock)
    except IntegrityError:
        return
    assert f"server_{name}" in holding(ADA)


def test_what_is_merged_into_the_person_is_the_person(source: Source, clock: SetClock) -> None:
    """Asked for by the number that was absorbed, both go."""
    ada, bob = _two(source, clock)
    mara = member("mara of marketing", Role.MARKETING)
    assert isinstance(merges.merge_by_hand(ada, bob, by=mara, now=clock.move(60)), merges.Merge)
    done = _erase(bob, clock)
    assert done.leads == 2
    assert holding(ADA, BOB) == set()


def test_who_was_merged_and_parted_again_stays(source: Source, clock: SetClock) -> None:
    """Bob keeps what is his, and his record is what the ledger says."""
    ada, bob = _two(source, clock)
    mara = member("mara of marketing", Role.MARKETING)
    merge = merges.merge_by_hand(ada, bob, by=mara, now=clock.move(60))
    assert isinstance(merge, merges.Merge)
    merges.unmerge(merge, by=mara, now=clock.move(60))
    all_rounds(clock)
    _erase(lead_of(ADA), clock)
    all_rounds(clock)
    assert holding(ADA) == set()
    assert Event.objects.filter(identifier__lead=lead_of(BOB), name="ask").count() == 1
    assert not replay().differences


def test_a_mention_in_what_is_said_of_others_goes_and_the_rest_stays(source: Source, clock: SetClock) -> None:
    """Notes of colleagues and what was put aside name her; the colleague's own facts stand."""
    ada, bob = _two(source, clock)
    said(bob, "note_added", clock.move(60), text=f"Knows {ADA.upper()} well", by="rosa")
    all_rounds(clock)
    put = {"source": source, "reason": "not_json", "kind": "track", "received_at": clock()}
    Rejected.objects.create(**put, body=f'{{"userId": "{ADA}"', digest="1")
    Rejected.objects.create(**put, body="{", digest="2")
    _erase(ada, clock)
    assert holding(ADA) == set()
    assert "Knows [erased] well" in Event.objects.get(name="note_added").properties
    assert Rejected.objects.count() == 1


def test_who_came_by_a_thousand_browsers_is_found_in_texts(source: Source, clock: SetClock) -> None:
    """Many words are no longer question than one, and capitals of any alphabet hide nothing."""
    ada, bob = _two(source, clock)
    browsers = [f"another-browser-{number:04}" for number in range(1_000)]
    Identifier.objects.bulk_create(
        Identifier(kind="anonymous", value=one, lead=ada, created_at=clock()) for one in [*browsers, "zoë@example.com"]
    )
    said(bob, "note_added", clock.move(60), text=f"Came by {browsers[-1].upper()} as ZOË@Example.com.", by="rosa")
    all_rounds(clock)
    _erase(ada, clock)
    assert "Came by [erased] as [erased]." in Event.objects.get(name="note_added").properties


def test_many_who_were_erased_are_looked_for_at_once(source: Source, clock: SetClock) -> None:
    """The ledger is gone through once, however many they are."""
    ada, bob = _two(source, clock)
    happened(source, "ask", clock.move(60), email="cleo@example.com")
    all_rounds(clock)
    said(lead_of("cleo@example.com"), "note_added", clock.move(60), text=f"Knows {ADA} and {BOB}.", by="rosa")
    all_rounds(clock)
    for lead in (ada, bob):
        erasures.erase(lead, None, now=clock.move(60))
    assert finishing.run(clock.move(60)) == 1
    assert Erasure.objects.filter(is_looked=True).count() == 2
    assert "Knows [erased] and [erased]." in Event.objects.get(name="note_added").properties
    assert finishing.finish(clock())


# --- what is kept ---------------------------------------------------------------------------------


def test_hashes_and_counts_are_kept_and_nobody_is_in_them(source: Source, clock: SetClock) -> None:
    """Who comes again has said no until they say yes themselves."""
    ada, _bob = _two(source, clock)
    _erase(ada, clock)
    happened(source, "ask", clock.move(60), email=ADA)
    all_rounds(clock)
    again_ = lead_of(ADA)
    assert again_.pk != ada.pk
    assert "email" in suppressions.of_all([again_.pk], now=clock())[again_.pk]
    assert not consents.may_contact(again_, "email", now=clock())
    row = Erasure.objects.get()
    assert (row.words, row.leads, row.done_at is not None) == ("", 1, True)
    assert all(one.count for one in ErasedMove.objects.all())


def test_who_comes_again_from_another_country_has_said_no_there_too(source: Source, clock: SetClock) -> None:
    """To every purpose of every country, though the lead was known to live in one."""
    germany, denmark = "{email: {purpose: email, basis: confirmed}}", "{email: {purpose: dk_mail, basis: objection}}"
    rules = f"consent: {{contact: {{countries: {{DE: {germany}, DK: {denmark}}}}}}}\n"
    book = PLAYBOOK.replace("consent: assumed\n", rules)
    signed(book.replace("attributes:\n", "attributes:\n  country: {type: text}\n"), now=clock())
    for country in ("DE", "DK"):
        happened(source, "attributes_changed", clock.move(60), email=ADA, said={"country": country})
        all_rounds(clock)
        if country == "DE":
            _erase(lead_of(ADA), clock)
    asked = consents.may_contact(lead_of(ADA), "email", now=clock())
    assert (bool(asked), asked.reason.code) == (False, "suppressed")


def test_the_same_event_is_never_counted_again(source: Source, clock: SetClock) -> None:
    """Not by its number, whoever it names by now, and not by when it happened."""
    ada, _bob = _two(source, clock)
    keys = list(Event.objects.filter(identifier__lead=ada, source=source).values_list("key", flat=True))
    _erase(ada, clock)
    for key in keys:
        happened(source, "ask", clock() - DAY, key=key, email="else@example.com")
    happened(source, "ask", clock() - DAY, email=ADA)
    all_rounds(clock)
    assert not Event.objects.filter(source=source, name="ask").exclude(claims__contains=BOB).exists()


def test_an_import_does_not_bring_the_person_back(source: Source, clock: SetClock) -> None:
    """Until they come again by themselves."""
    ada, _bob = _two(source, clock)
    _erase(ada, clock)
    imported = sources.of_import("crm", is_history=False, now=clock())
    assert isinstance(imported, sources.Source)
    happened(imported, "ask", clock.move(60), email=ADA)
    all_rounds(clock)
    assert holding(ADA) == set()
    happened(source, "ask", clock.move(60), email=ADA)
    all_rounds(clock)
    happened(imported, "ask", clock.move(60), email=ADA)
    all_rounds(clock)
    assert Event.objects.filter(identifier__lead=lead_of(ADA), name="ask").count() == 2


def _crm(clock: SetClock) -> Source:
    added = sources.add("crm", SourceKind.SERVER, now=clock())
    assert isinstance(added, sources.WithKey)
    return added.source


def _synced(crm: Source, clock: SetClock, key: str) -> Event:
    """The CRM sends Ada once more, by its own id and her e-mail."""
    row = happened(crm, "attributes_changed", clock.move(60), key=key, external="0035", email=ADA)
    row.body = f'{{"type":"identify","messageId":"{key}","traits":{{"email":"{ADA}","name":"Ada Lovelace"}}}}'
    row.save()
    return row


def test_a_program_that_sends_the_person_again_makes_no_profile(source: Source, clock: SetClock) -> None:
    """It is put aside as it came, once; who comes again by themselves is told of as before."""
    ada, _bob = _two(source, clock)
    crm = _crm(clock)
    _synced(crm, clock, "sync-0")
    all_rounds(clock)
    _erase(ada, clock)
    for key in ("sync-1", "sync-2", "sync-2"):
        _synced(crm, clock, key)
        all_rounds(clock)
    assert not Identifier.objects.filter(value__in=(ADA, "0035")).exists()
    assert not Event.objects.filter(source=crm).exists()
    aside = Rejected.objects.filter(source=crm)
    assert [(one.reason, "Ada Lovelace" in one.body) for one in aside] == [("erased", True)] * 2
    happened(source, "ask", clock.move(60), email=ADA)
    all_rounds(clock)
    _synced(crm, clock, "sync-3")
    all_rounds(clock)
    assert Event.objects.filter(source=crm, identifier__lead=lead_of(ADA)).count() == 1
    assert Rejected.objects.filter(source=crm, settled_at=None).count() == 2


def test_staff_lets_in_whom_a_program_tells_of_again_until_the_next_erasure(source: Source, clock: SetClock) -> None:
    """From then on the program's rows count, and still nobody writes to the person."""
    ada, _bob = _two(source, clock)
    _erase(ada, clock)
    crm = _crm(clock)
    _synced(crm, clock, "sync-1")
    all_rounds(clock)
    done = quarantine.run_again(Rejected.objects.get(), now=clock.move(60))
    assert done == quarantine.Stored("sync-1")
    all_rounds(clock)
    assert not consents.may_contact(lead_of(ADA), "email", now=clock())
    _synced(crm, clock, "sync-2")
    all_rounds(clock)
    assert Event.objects.filter(source=crm, identifier__lead=lead_of(ADA)).count() == 2
    _erase(lead_of(ADA), clock)
    _synced(crm, clock, "sync-3")
    all_rounds(clock)
    assert not Identifier.objects.filter(value=ADA).exists()
    assert Rejected.objects.filter(settled_at=None).count() == 1


def test_what_is_said_of_a_lead_that_is_no_more_is_dropped(source: Source, clock: SetClock) -> None:
    """A mail's fate or a rep's word that comes late makes no new lead."""
    ada, _bob = _two(source, clock)
    _erase(ada, clock)
    said(ada, "note_added", clock.move(60), text="late")
    all_rounds(clock)
    assert not Event.objects.filter(name="note_added").exists()
    assert Lead.objects.count() == 1


def test_others_are_told_by_the_leads_key_alone(source: Source, clock: SetClock) -> None:
    """What was told of her before is no more."""
    ada, _bob = _two(source, clock)
    _erase(ada, clock)
    (told,) = [row for row in Outgoing.objects.all() if f'"lead":"{ada.pk}"' in row.body]
    assert told.topic == ERASED
    assert f'"data":{{"lead":"{ada.pk}"}}' in told.body


# --- others ---------------------------------------------------------------------------------------


def test_the_record_of_others_is_what_the_ledger_says(source: Source, clock: SetClock) -> None:
    """Live and replay stay equal for everybody else."""
    ada, bob = _two(source, clock)
    _erase(ada, clock)
    happened(source, "ask", clock.move(60), email=BOB)
    all_rounds(clock)
    found = replay()
    assert (found.leads, found.differences) == (1, [])
    assert Lead.objects.get() == bob


def test_who_may_not_is_refused_and_twice_is_once(source: Source, clock: SetClock) -> None:
    """Sales does not erase; a lead that is no more is none."""
    ada, _bob = _two(source, clock)
    rosa = member("rosa", Role.SALES)
    assert erasures.erase(ada, rosa, now=clock()) == Refused(Refusal.NOT_ALLOWED)
    _erase(ada, clock)
    assert erasures.erase(ada, None, now=clock()) == Refused(Refusal.NO_SUCH_LEAD)


def test_without_a_log_nobody_is_erased(source: Source, clock: SetClock, settings: Settings) -> None:
    """It is on the disk first, because only it keeps a backup from bringing the person back."""
    ada, _bob = _two(source, clock)
    settings.ERASURES = "/nowhere/erasures.log"
    assert erasures.erase(ada, None, now=clock.move(60)) == Refused(Refusal.NO_ERASURE_LOG)
    assert lead_of(ADA) == ada
    assert not Erasure.objects.exists()


# --- a database that is older than the log ----------------------------------------------------------


def test_a_database_that_is_older_than_the_log_catches_up(source: Source, clock: SetClock) -> None:
    """As after a restore: the lines are known by hashes, and the person goes again before anything is served."""
    ada, _bob = _two(source, clock)
    person = people.of([ada.pk], now=clock())
    assert person is not None
    line = log.Line("t" * 32, clock(), erasures.installation(clock()), sorted(person.digests), ["email"])
    log.append(line)
    foreign = log.Line("u" * 32, clock(), "another", sorted(person.digests), [])
    log.append(foreign)
    assert again.catch_up(clock.move(60)) == 1
    assert holding(ADA, "Ada Lovelace") == set()
    assert again.catch_up(clock.move(60)) == 0
    assert [one.token for one in log.lines()] == ["t" * 32, "u" * 32]


def test_a_command_without_a_server_reads_nobody_who_is_erased(source: Source, clock: SetClock) -> None:
    """An export of a file that somebody copied into place by hand, say: it asks for the installation first."""
    ada, _bob = _two(source, clock)
    person = people.of([ada.pk], now=clock())
    assert person is not None
    log.append(log.Line("t" * 32, clock(), erasures.installation(clock()), sorted(person.digests), ["email"]))
    control.call("installation", {})
    assert holding(ADA, "Ada Lovelace") == set()


def test_a_line_that_was_torn_harms_no_other(source: Source, clock: SetClock, settings: Settings) -> None:
    """Whoever wrote it died before the erasure was committed."""
    _two(source, clock)
    settings.ERASURES.write_bytes(b'{"token": "torn')
    line = log.Line("t" * 32, clock(), "x", [], [])
    log.append(line)
    assert list(log.lines()) == [line]
