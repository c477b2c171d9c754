"""Mails that we send to leads by ourselves: only to whom we may write at that moment, whole, and safe to open."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.test import Client

from ledger_rows import all_rounds, happened, said
from letters_to_leads import BROWSER, agreed, agreed_too, end_of, links_of, posted, sent, signing, template
from mail_server import MailServer, page_of, text_of
from ripeline.server.consent import consents
from ripeline.server.consent.suppressions import Suppression
from ripeline.server.content import catalogue
from ripeline.server.delivery import endpoints, outbox
from ripeline.server.delivery.courier import deliver
from ripeline.server.delivery.endpoints import Endpoint, EndpointKind
from ripeline.server.delivery.outbox import Delivery
from ripeline.server.events import Event
from ripeline.server.leadmail import mail_templates, mails
from ripeline.server.leadmail.clicks import Click
from ripeline.server.leadmail.mails import Held, Mail, MailKind
from ripeline.server.leads import Identifier

if TYPE_CHECKING:
    from pytest_django import Settings

    from ripeline.server.leads import Lead
    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("mail_server", "at_the_clock")]


# --- what a mail is -------------------------------------------------------------------------------


def test_a_mail_names_its_reader_its_sender_and_how_to_end_it(
    source: Source, clock: SetClock, mail_server: MailServer
) -> None:
    """As a page and as text, with each header that programs for mails ask for."""
    template(clock)
    mail = sent(agreed(source, clock), clock)
    (taken,) = mail_server.mails
    message, page, text = taken.message, page_of(taken), text_of(taken)
    assert mail.sent_at == clock()
    assert mail.template == mail_templates.newest("fees", "en")
    assert "Hello Ada," in page
    assert "Hello Ada," in text
    assert "Havn &amp; Søn ApS, Havnegade 1" in page
    assert "Havn & Søn ApS, Havnegade 1" in text
    assert str(message["From"].addresses[0].display_name) == "Havn & Søn"
    assert message["From"].addresses[0].addr_spec == "ripeline@example.com"
    assert message["Auto-Submitted"] == "auto-generated"
    address = f"https://leads.example.com{end_of(taken)}"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address in page
    assert address in text
    assert "/p/preferences/" in text
    assert message["List-Id"].endswith("<mails.example.com>")
    assert message["Feedback-ID"].endswith(":ripeline:example.com")
    assert message["Date"] is not None
    assert "{" not in text


def test_a_mail_is_in_the_language_of_the_lead_and_else_in_english(
    source: Source, clock: SetClock, mail_server: MailServer
) -> None:
    """Its foot too."""
    template(clock)
    template(clock, language="nl", subject="Tarieven")
    lead = agreed(source, clock)
    said(lead, "attributes_changed", clock.move(1), country="NL")
    all_rounds(clock)
    sent(lead, clock)
    said(lead, "attributes_changed", clock.move(1), country="DK")
    all_rounds(clock)
    sent(lead, clock, key="m-2")
    assert [each.message["Subject"] for each in mail_server.mails] == ["Tarieven", "Fees"]


@pytest.mark.parametrize(
    "name",
    [
        "{{77*77}}",
        "{first_name}",
        "{{ settings.SECRET_KEY }}",
        "${77*77}",
        "<script>alert(1)</script>",
        "Ada\r\nBcc: eve@example.com",
        "buy now http://evil.example",
        "evil.example",
        "%s%n",
        "A" * 500,
    ],
)
def test_what_a_reader_is_called_is_never_read(
    name: str, source: Source, clock: SetClock, mail_server: MailServer
) -> None:
    """Threat row 23: it stands as it is or not at all; nothing is worked out, and no header comes of it."""
    template(clock, subject="{{For {first_name}|For you}}")
    lead = agreed(source, clock)
    said(lead, "attributes_changed", clock.move(1), first_name=name, company=name)
    all_rounds(clock)
    sent(lead, clock)
    (taken,) = mail_server.mails
    assert "5929" not in text_of(taken)
    assert "<script" not in page_of(taken)
    assert "evil.example" not in text_of(taken)
    assert "{{" not in text_of(taken)
    assert not taken.message["Bcc"]
    assert "\n" not in str(taken.message["Subject"])


def test_a_signature_covers_how_to_end_the_mails(
    source: Source, clock: SetClock, mail_server: MailServer, settings: Settings
) -> None:
    """What the mail server got is what was signed."""
    published = signing(settings)
    template(clock)
    sent(agreed(source, clock), clock)
    (taken,) = mail_server.mails
    assert published.verifies(taken.raw)
    assert not published.verifies(taken.raw.replace(b"One-Click", b"Two-Click"))
    for name in (b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Reply-To", b"Content-Type", b"List-Unsubscribe"):
        added = name + b": mallory <mallory@evil.example>\r\n"
        assert not published.verifies(added + taken.raw), name
    assert published.verifies(b"X-Seen: yes\r\n" + taken.raw)
    covered = re.search(rb"h=([^;]+);", taken.raw.replace(b"\r\n", b""))
    assert covered is not None
    names = covered[1].replace(b" ", b"").split(b":")
    assert {b"list-unsubscribe", b"list-unsubscribe-post", b"from", b"subject"} <= set(names)


# --- who is written to ----------------------------------------------------------------------------


def _why(mail: Mail) -> Held | None:
    return Held(mail.held) if mail.held else None


def test_a_no_between_asking_for_a_mail_and_its_leaving_holds_it_back(
    source: Source, clock: SetClock, mail_server: MailServer
) -> None:
    """Even one that no round has read."""
    template(clock)
    lead = agreed(source, clock)
    mail = posted(lead, clock)
    happened(source, "consent_withdrawn", clock.move(1), email="ada@example.com", said={"purpose": "email"})
    deliver(clock)
    mail.refresh_from_db()
    assert not mail_server.mails
    assert (_why(mail), mail.held_at) == (Held.WITHDRAWN, clock())


def test_each_reason_to_hold_a_mail_back_is_told(source: Source, clock: SetClock, mail_server: MailServer) -> None:
    """No consent, one that nothing proves, a no of the person's own, no mailbox, an exclusion, no template."""
    template(clock)
    agreed(source, clock)
    made = {}
    for number, name in enumerate(("nothing", "unproven", "no", "dead", "rival", "strange")):
        made[name] = agreed_too(source, clock, email=f"{name}@example.com", number=number)
    Event.objects.filter(name="consent_given", identifier__lead__in=[made["nothing"], made["unproven"]]).delete()
    said(made["unproven"], "consent_given", clock(), purpose="email")
    consents.refuse(made["no"], ["email"], proof="a letter", now=clock())
    said(made["dead"], "attributes_changed", clock(), email_status="undeliverable")
    said(made["rival"], "attributes_changed", clock(), relation="competitor")
    all_rounds(clock)
    held = {
        name: _why(sent(lead, clock, key=name, about="nothing like it" if name == "strange" else "fees"))
        for name, lead in made.items()
    }
    assert not mail_server.mails
    assert held == {
        "nothing": Held.NO_CONSENT,
        "unproven": Held.NOT_CONFIRMED,
        "no": Held.SUPPRESSED,
        "dead": Held.NOT_DELIVERABLE,
        "rival": Held.EXCLUDED,
        "strange": Held.NO_TEMPLATE,
    }
    assert not Delivery.objects.filter(next_try_at__isnull=False).exists()


@pytest.mark.parametrize(("kind", "about"), [(MailKind.TRACK, "fees"), (MailKind.SERVICE, "confirm")])
def test_a_mail_to_letters_that_mail_servers_do_not_take_is_held_back(
    source: Source, clock: SetClock, mail_server: MailServer, kind: MailKind, about: str
) -> None:
    """Before the @ they went out in code, which is another mailbox; a domain is sent as mail servers know it."""
    template(clock)
    lead = agreed(source, clock, email="jürgen@example.com")
    other = agreed_too(source, clock, email="juergen@bücher.example")
    with transaction.atomic():
        made = [
            mails.post(one, about, kind=kind, key=f"m-{one.pk}", now=clock(), to=_address(one)) for one in (lead, other)
        ]
    deliver(clock)
    assert [_why(Mail.objects.get(pk=mail.pk)) for mail in made] == [Held.NOT_DELIVERABLE, None]
    (taken,) = mail_server.mails
    assert "juergen@xn--bcher-kva.example" in taken.mailbox


def _address(lead: Lead) -> int:
    return Identifier.objects.get(kind="email", lead=lead).pk


def test_without_an_imprint_no_mail_of_ours_leaves(source: Source, clock: SetClock, settings: Settings) -> None:
    """The law wants it in each."""
    template(clock)
    settings.IMPRINT = ()
    assert _why(sent(agreed(source, clock), clock)) == Held.NO_IMPRINT
    assert mails.unready() is not None


def test_what_is_called_off_does_not_leave_even_if_it_is_tried_again(
    source: Source, clock: SetClock, mail_server: MailServer
) -> None:
    """A mail that waits for a mail server that is away."""
    template(clock)
    lead = agreed(source, clock)
    mail_server.refusals["MAIL"] = "451 later"
    mail = sent(lead, clock)
    assert mails.call_off(Mail.objects.filter(pk=mail.pk), now=clock()) == 1
    mail_server.refusals.clear()
    clock.move(3_600)
    deliver(clock)
    mail.refresh_from_db()
    assert (not mail_server.mails, _why(mail)) == (True, Held.CALLED_OFF)


def test_while_the_way_out_is_closed_no_mail_leaves(source: Source, clock: SetClock, mail_server: MailServer) -> None:
    """Neither one that waited nor one that is asked for meanwhile, until somebody opens it and sends them again."""
    template(clock)
    lead = agreed(source, clock)
    posted(lead, clock)
    way = Endpoint.objects.get(kind=EndpointKind.LEADS)
    endpoints.close(way, now=clock())
    posted(lead, clock, key="m-2")
    deliver(clock)
    assert mail_server.mails == []
    endpoints.reopen(Endpoint.objects.get(pk=way.pk))
    assert outbox.try_again(outbox.dead(way), now=clock.move(60)) == 2
    deliver(clock)
    assert len(mail_server.mails) == 2


# --- ending them ----------------------------------------------------------------------------------


def _other(path: str, place: int) -> str:
    """With one sign that is changed."""
    return path[:place] + ("x" if path[place] != "x" else "y") + path[place + 1 :]


@pytest.fixture
def path(source: Source, clock: SetClock, mail_server: MailServer) -> str:
    """Where the mail of Ada is ended."""
    template(clock)
    sent(agreed(source, clock), clock)
    return end_of(mail_server.mails[0])


BODIES = {
    "urlencoded": {"data": "List-Unsubscribe=One-Click", "content_type": "application/x-www-form-urlencoded"},
    "multipart": {"data": {"List-Unsubscribe": "One-Click"}},
    "nothing": {},
    "rubbish": {"data": b"\xff\x00" * 9, "content_type": "multipart/form-data; boundary=x"},
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_one_click_ends_them(body: dict[str, object], path: str, clock: SetClock, mail_server: MailServer) -> None:
    """RFC 8058: by a POST without a cookie, without a redirect, again and again; nothing more is sent."""
    lead = Mail.objects.get().lead
    client = Client(enforce_csrf_checks=True)
    for _again in range(3):
        answer = client.post(path, **body)  # type: ignore[arg-type]
        assert (answer.status_code, answer.cookies.keys()) == (200, {}.keys())
    (row,) = Event.objects.filter(name="consent_withdrawn")
    assert '"purpose":"email"' in row.properties
    assert '"proof":"unsubscribe m-1"' in row.properties
    assert Suppression.objects.filter(purpose="email").exists()
    assert _why(sent(lead, clock, key="m-2")) == Held.SUPPRESSED
    all_rounds(clock)
    assert _why(sent(lead, clock, key="m-3")) == Held.SUPPRESSED
    assert len(mail_server.mails) == 1


def test_looking_at_the_link_ends_nothing(path: str, clock: SetClock, mail_server: MailServer) -> None:
    """Scanners look at each link; a person finds a button."""
    lead, client = Mail.objects.get().lead, Client()
    for method in (client.get, client.head):
        assert method(path).status_code == 200
    page = client.get(path)
    assert page.cookies.keys() == {}.keys()
    assert b'<form method="post">' in page.content
    assert "Havn &amp; Søn" in page.content.decode()
    assert not Event.objects.filter(name="consent_withdrawn").exists()
    sent(lead, clock, key="m-2")
    assert len(mail_server.mails) == 2


def test_a_link_that_we_did_not_make_ends_nothing(path: str) -> None:
    """One sign is changed."""
    client = Client()
    for place in range(len("/p/u/"), len(path)):
        assert client.post(_other(path, place)).status_code == 404
    assert not Event.objects.filter(name="consent_withdrawn").exists()


# --- clicks ---------------------------------------------------------------------------------------


@pytest.fixture
def ada(source: Source, clock: SetClock, mail_server: MailServer) -> Lead:
    """Ada got a mail that brings her a guide."""
    assert not mail_server.mails
    template(clock)
    lead = agreed(source, clock)
    said = {"item": "guide-1", "title": "The guide", "address": "https://www.example.com/guide?x=1&y=ä"}
    catalogue.put(said["item"], title=said["title"], address=said["address"], content="guide", now=clock())
    sent(lead, clock, item="guide-1")
    return lead


def test_a_click_leads_on_and_stands_in_the_ledger(ada: Lead, clock: SetClock, mail_server: MailServer) -> None:
    """With the mail, the page and the item of content; at the moment of the click."""
    fees, guide = links_of(mail_server.mails[0])
    clock.move(90)
    answer = Client(headers={"User-Agent": BROWSER}).get(guide)
    assert (answer.status_code, answer["Location"]) == (302, "https://www.example.com/guide?x=1&y=%C3%A4")
    assert answer["Cache-Control"] == "no-store"
    Client(headers={"User-Agent": BROWSER}).get(fees)
    first, second = Event.objects.filter(name="email_clicked").order_by("pk")
    assert (first.at, second.at) == (clock(), clock())
    assert '"delivery_id":"m-1"' in first.properties
    assert '"content_id":"guide-1"' in first.properties
    assert '"link":"https://example.com/fees?a=1&b=2"' in second.properties
    all_rounds(clock)
    first.refresh_from_db()
    assert first.identifier is not None
    assert first.identifier.lead == ada
    assert not Event.objects.filter(name="event_voided").exists()
    assert Click.objects.filter(is_machine=False).count() == 2


@pytest.mark.usefixtures("ada")
def test_only_looking_at_a_link_is_no_click(mail_server: MailServer) -> None:
    """A HEAD, or a browser that fetches ahead."""
    link = links_of(mail_server.mails[0])[0]
    assert Client().head(link).status_code == 302
    assert Client(headers={"Sec-Purpose": "prefetch"}).get(link).status_code == 302
    assert Client().post(link).status_code == 405
    assert not Event.objects.filter(name="email_clicked").exists()


@pytest.mark.usefixtures("ada")
def test_no_link_leads_anywhere_else(mail_server: MailServer) -> None:
    """Threat row 20: where a link leads stands with us; one sign that is changed, and it leads nowhere."""
    link = links_of(mail_server.mails[0])[0]
    client, head = Client(), len("/p/c/")
    others = [
        link[:place] + ("x" if link[place] != "x" else "y") + link[place + 1 :] for place in range(head, len(link))
    ]
    tail = ("//evil.example", "/\\evil.example", "?to=//evil.example", "#javascript:alert(1)", "%0d%0aLocation:x")
    others += ["/p/c///evil.example", "/p/c/\\evil.example/x", "/p/c/javascript:alert(1)/x", "/p/c/1/1-"]
    for other in others:
        assert client.get(other).status_code == 404, other
    for more in tail:
        answer = client.get(link + more)
        assert "evil" not in answer.get("Location", "")
        assert answer.status_code == 404 or answer["Location"] == "https://example.com/fees?a=1&b=2"


def test_who_did_not_agree_is_not_followed(source: Source, clock: SetClock, mail_server: MailServer) -> None:
    """The plain address stands in the mail; and a yes that ended since ends what older mails tell."""
    template(clock)
    lead = agreed(source, clock, tracking=False)
    sent(lead, clock)
    assert not links_of(mail_server.mails[0])
    assert "https://example.com/fees?a=1&amp;b=2" in page_of(mail_server.mails[0])
    followed = agreed_too(source, clock, email="eve@example.com")
    sent(followed, clock, key="m-2")
    link = links_of(mail_server.mails[1])[0]
    consents.refuse(followed, ["tracking"], proof="a letter", now=clock.move(1))
    assert Client().get(link).status_code == 302
    assert not Event.objects.filter(name="email_clicked").exists()
