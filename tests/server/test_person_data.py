"""A person and its own data: the way to it by mail, a copy, an objection, erasure; nobody learns whom we know."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lead_pages import client
from ledger_rows import all_rounds, happened, lead_of, said, signed
from letters_to_leads import agreed, altered
from mail_server import MailServer, page_of, text_of
from ripeline.server import tokens
from ripeline.server.consent import consents, objections
from ripeline.server.delivery.courier import deliver
from ripeline.server.events import Event
from ripeline.server.instants import DAY
from ripeline.server.intake.form_guard import Guard
from ripeline.server.leadmail import mail_links
from ripeline.server.leadmail.mails import Mail
from ripeline.server.leads import Identifier, Lead
from ripeline.server.rights import person_requests
from ripeline.server.rights.person_requests import Asking, PersonRequest, Wish
from ripeline.server.sources import Source, SourceKind
from small_playbook import TEXT
from staff import mara

if TYPE_CHECKING:
    from pytest_django import Settings

    from set_clock import SetClock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_the_clock")]

ADA, NOBODY = "ada@example.com", "nobody@example.com"


@pytest.fixture
def ada(source: Source, clock: SetClock, mail_server: MailServer) -> Lead:
    """Ada, who said yes to mails, and a mail server."""
    del mail_server
    lead = agreed(source, clock)
    clock.move(60)
    return lead


def asks(address: str, **headers: str) -> Any:  # noqa: ANN401 - what the test client gives
    """Somebody types an address."""
    return Client(headers=headers).post("/p/data/", {"address": address})


def link(server: MailServer, clock: SetClock) -> str:
    """The path that the newest mail leads to, after the worker did its part."""
    person_requests.run(clock())
    deliver(clock)
    found = re.search(r"https://leads\.example\.com(/p/data/[^/\s]+/)", text_of(server.mails[-1]))
    assert found
    return found[1]


def way(server: MailServer, clock: SetClock) -> str:
    """Ada asks for the way, and gets it."""
    assert asks(ADA).status_code == 303
    return link(server, clock)


@pytest.mark.usefixtures("ada")
def test_whoever_asks_gets_the_same_answer(clock: SetClock, mail_server: MailServer) -> None:
    """Known or not, typed well or not, for the first time or again: same page, same rows written, one mail to Ada."""
    for address in (ADA, NOBODY, " ADA@Example.com", "no address", "", "x" * 9999, "a\r\nBcc: eve@example.com"):
        answer = asks(address)
        assert (answer.status_code, answer["Location"], answer.cookies) == (303, "/p/data/?asked", {})
    pages = {Client().get("/p/data/?asked").content for _ in range(2)}
    assert len(pages) == 1
    person_requests.run(clock())
    deliver(clock)
    assert [one.mailbox for one in mail_server.mails] == [f"rcpt TO:<{ADA}>"]
    assert not Asking.objects.filter(address__gt="").exists()


@pytest.mark.usefixtures("ada")
def test_whoever_gets_no_mail_is_told_where_to_write(
    clock: SetClock, mail_server: MailServer, settings: Settings
) -> None:
    """We may know the address and have to ask first; the name that begins the imprint stands in a mail once."""
    settings.COMPANY, settings.IMPRINT = "Havn & Søn", ("Havn & Søn", "Havnegade 1")
    page = Client().get("/p/data/?asked").content.decode()
    assert "write to us" in page
    assert "Havnegade 1" in page
    way(mail_server, clock)
    assert text_of(mail_server.mails[0]).splitlines()[-3:] == ["--", "Havn & Søn", "Havnegade 1"]


@pytest.mark.usefixtures("ada")
def test_asking_asks_the_database_the_same_of_everybody() -> None:
    """So its time says nothing either: whom we know is looked up later, by the worker."""
    asks("first@example.com")
    said = []
    for address in (ADA, NOBODY):
        with CaptureQueriesContext(connection) as asked:
            asks(address)
        said.append([re.sub(r"'[^']*'|_x\d+", "?", one["sql"]) for one in asked])
    assert said[0] == said[1]


@pytest.mark.usefixtures("ada")
def test_a_hundred_askings_are_one_mail_a_day(clock: SetClock, mail_server: MailServer) -> None:
    """Whoever types a stranger's address fills no mailbox."""
    for _ in range(100):
        asks(ADA)
        person_requests.run(clock())
    deliver(clock)
    assert len(mail_server.mails) == 1
    clock.move(DAY // 1_000_000 + 1)
    way(mail_server, clock)
    assert len(mail_server.mails) == 2


def test_what_stands_behind_a_plus_is_the_same_mailbox(
    source: Source, clock: SetClock, mail_server: MailServer
) -> None:
    """Whoever makes leads of a stranger's address with tags in it fills no mailbox either."""
    signed(TEXT, now=clock(), reps=False)
    for address in ("eve+1@example.com", "eve+2@example.com", "eve@example.com", "eve@example.org"):
        happened(source, "ask", clock.move(60), email=address)
        all_rounds(clock)
        asks(address)
        person_requests.run(clock.move(60))
    deliver(clock)
    assert {one.mailbox for one in mail_server.mails} == {"rcpt TO:<eve+1@example.com>", "rcpt TO:<eve@example.org>"}
    assert len(mail_server.mails) == 2


@pytest.mark.usefixtures("ada")
def test_after_three_mails_that_nobody_used_none_is_sent(clock: SetClock, mail_server: MailServer) -> None:
    """For a month; whoever used one may ask again."""
    for _ in range(6):
        asks(ADA)
        person_requests.run(clock())
        deliver(clock)
        clock.move(DAY // 1_000_000 + 1)
    assert len(mail_server.mails) == 3
    assert PersonRequest.objects.filter(done_at=None).count() == 3
    PersonRequest.objects.update(done_at=clock())
    way(mail_server, clock)
    assert len(mail_server.mails) == 4


def test_one_stranger_does_not_use_up_the_addresses_of_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten an hour are taken of one network, and the others still get theirs; the answer is the same."""
    monkeypatch.setattr(person_requests, "_guard", Guard())
    for sender in ("2a00:1::", "2a00:2::"):
        for number in range(15):
            client = Client(REMOTE_ADDR=f"{sender}{number + 1}")
            answer = client.post("/p/data/", {"address": f"reader{number}-{sender[5]}@example.com"})
            assert (answer.status_code, answer["Location"]) == (303, "/p/data/?asked")
    taken = Asking.objects.values_list("address", flat=True)
    assert [sum(address.endswith(f"-{place}@example.com") for address in taken) for place in (1, 2)] == [10, 10]


def test_the_mail_says_nothing_of_the_person(ada: Lead, clock: SetClock, mail_server: MailServer) -> None:
    """No advertising, nothing to unsubscribe from, the link at our own address whatever the request called us."""
    assert asks(ADA, host="evil.example").status_code == 400
    asks(ADA)
    link(mail_server, clock)
    mail = mail_server.mails[0]
    assert "List-Unsubscribe" not in mail.message
    assert "Ada" not in page_of(mail)
    assert "evil" not in mail.raw.decode()
    assert Mail.objects.get().lead == ada


def test_an_address_that_a_stranger_named_first_opens_nothing(
    source: Source, clock: SetClock, mail_server: MailServer
) -> None:
    """It is not known to be the user's, of whom a server tells: staff looks at it. One that the server names opens."""
    server = Source.objects.create(name="shop system", kind=SourceKind.SERVER, created_at=clock())
    happened(source, "paper", clock.move(1), user_id="42", email="eve@example.com")
    happened(server, "paper", clock.move(1), user_id="42")
    all_rounds(clock)
    for _ in range(2):
        asks("eve@example.com")
        person_requests.run(clock())
        clock.move(2 * DAY // 1_000_000)
    deliver(clock)
    assert not mail_server.mails
    (request,) = person_requests.open_ones(clock())
    assert request.lead == lead_of("eve@example.com")
    assert not person_requests.waits_for_person(request)
    page = client(mara()).get("/requests/").content.decode()
    assert "eve@example.com" in page
    assert "only strangers have named this address" in page
    happened(server, "paper", clock.move(1), user_id="42", email=ADA)
    all_rounds(clock)
    assert Client().get(way(mail_server, clock)).status_code == 200


@pytest.mark.usefixtures("ada")
def test_the_link_is_of_one_use_and_ends(clock: SetClock, mail_server: MailServer) -> None:
    """Altered, of another purpose, or after three days it opens nothing, like one that never was."""
    address = way(mail_server, clock)
    mail = Mail.objects.get()
    page = client(mara()).get("/requests/").content.decode()
    assert ADA in page
    assert "The person has the link" in page
    assert "No link was sent" not in page
    page = Client().get(address).content.decode()
    assert ADA not in page
    assert "a…@example.com" in page
    unknown = Client().get("/p/data/1-made-up/").content
    other = f"/p/data/{tokens.token(mail_links.PREFERENCES, mail.pk)}/"
    for wrong in (altered(address), other):
        assert (Client().get(wrong).status_code, Client().get(wrong).content) == (404, unknown)
    for act in ("copy", "object", "erase", "made-up"):
        assert Client().get(f"{address}{act}/").status_code == 404
        assert Client().post(f"{other}{act}/").status_code == 404
    clock.move(3 * DAY // 1_000_000)
    assert Client().get(address).content == unknown
    assert Client().post(f"{address}erase/", {"sure": "yes"}).status_code == 404


@pytest.mark.usefixtures("ada")
def test_looking_changes_nothing(clock: SetClock, mail_server: MailServer) -> None:
    """Scanners open every link; no cookie is set, nothing is kept."""
    address = way(mail_server, clock)
    before = (Event.objects.count(), PersonRequest.objects.count(), Lead.objects.count())
    for method in ("get", "head"):
        for path in (address, f"{address}?done=object&sure=yes", f"{address}erase/?sure=yes", f"{address}copy/"):
            answer = getattr(Client(), method)(path)
            assert answer.cookies == {}
            assert answer["Cache-Control"] == "no-store"
            assert answer["Referrer-Policy"] == "no-referrer"
    assert (Event.objects.count(), PersonRequest.objects.count(), Lead.objects.count()) == before


@pytest.mark.usefixtures("ada")
def test_the_copy_is_a_page_and_a_file(clock: SetClock, mail_server: MailServer) -> None:
    """Both in one; the request is written down as done, and the way to it as used."""
    address = way(mail_server, clock)
    answer = Client().post(f"{address}copy/")
    assert answer["Content-Disposition"] == 'attachment; filename="data.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert set(archive.namelist()) == {"data.html", "data.json"}
        told = json.loads(archive.read("data.json"))
        page = archive.read("data.html").decode()
    assert told["person"]["identifiers"][0]["value"] == ADA
    assert ADA in page
    assert "<script" not in page
    done = PersonRequest.objects.filter(done_at__isnull=False)
    assert {one.wish for one in done} == {Wish.LINK, Wish.COPY}
    assert not person_requests.open_ones(clock()).exists()


def test_an_objection_ends_scores_and_mails(ada: Lead, clock: SetClock, mail_server: MailServer) -> None:
    """Within a round, though the definition assumes all consents; no yes but the person's own brings them back."""
    ada.refresh_from_db()
    assert ada.scores != "{}"
    address = way(mail_server, clock)
    assert Client().post(f"{address}object/").status_code == 303
    assert not consents.may_contact(ada, "email", now=clock())
    clock.move(1)
    all_rounds(clock)
    ada.refresh_from_db()
    assert (ada.scores, ada.not_evaluated) == ("{}", "no_consent")
    assert objections.since(ada, now=clock()) is not None
    clock.move(60)
    said(ada, "consent_given", clock(), purpose="profiling", wording="Yes", proof="a paper", by="mara")
    crm = Event.objects.exclude(source__kind="own").first()
    assert crm is not None
    happened(crm.source, "consent_given", clock.move(1), said={"purpose": "profiling"}, email=ADA)
    clock.move(60)
    all_rounds(clock)
    ada.refresh_from_db()
    assert ada.not_evaluated == "no_consent"
    page = mail_links.path(mail_links.PREFERENCES, Mail.objects.get().pk)
    Client().post(page, {"purpose": ["profiling"]})
    clock.move(60)
    all_rounds(clock)
    ada.refresh_from_db()
    assert ada.not_evaluated == ""
    assert objections.since(ada, now=clock()) is None


@pytest.mark.usefixtures("ada")
def test_erasing_asks_once(clock: SetClock, mail_server: MailServer) -> None:
    """The first click explains, the second one erases; the link is dead then, and who it was stands nowhere."""
    address = way(mail_server, clock)
    asked = Client().post(f"{address}erase/")
    assert asked.status_code == 200
    assert Identifier.objects.filter(value=ADA).exists()
    erased = Client().post(f"{address}erase/", {"sure": "yes"})
    assert erased.status_code == 200
    assert not Identifier.objects.filter(value=ADA).exists()
    assert Client().get(address).status_code == 404
    assert [(one.wish, one.lead) for one in PersonRequest.objects.all()] == [(Wish.ERASE, None)]


@pytest.mark.usefixtures("ada")
def test_the_page_of_preferences_leads_there(clock: SetClock, mail_server: MailServer) -> None:
    """Without typing anything; the way goes to the address, because mails are passed on."""
    way(mail_server, clock)
    clock.move(2 * DAY // 1_000_000)
    page = mail_links.path(mail_links.PREFERENCES, Mail.objects.get().pk)
    assert Client().post(page, {"data": "yes"})["Location"] == f"{page}?asked"
    assert "a…@example.com" in Client().get(f"{page}?asked").content.decode()
    link(mail_server, clock)
    assert len(mail_server.mails) == 2


def test_a_month_is_a_month() -> None:
    """The last day of a shorter month, if there is no such day."""
    assert [person_requests.due(at) // DAY for at in (0, 30 * DAY, 364 * DAY)] == [31, 58, 395]


def test_where_nothing_is_asked_an_objection_still_counts(source: Source, clock: SetClock) -> None:
    """The law gives it to everybody, whatever the definition says."""
    signed(TEXT.replace("consent: assumed", "consent: {}"), now=clock(), reps=False)
    happened(source, "page_viewed", clock.move(60), email=ADA)
    all_rounds(clock)
    objections.take(lead_of(ADA), way="test", now=clock.move(60))
    clock.move(1)
    all_rounds(clock)
    assert lead_of(ADA).not_evaluated == "no_consent"
