"""What a person sees and changes of what it agreed to: no as easily as yes, and a link is the only key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.test import Client

from ledger_rows import all_rounds, happened, lead_of, signed
from ripeline.server import installations, instants, sources
from ripeline.server.consent import consents, suppressions
from ripeline.server.consent.consents import Yes
from ripeline.server.consent.suppressions import Suppression
from ripeline.server.digests import keyed
from ripeline.server.events import Event
from ripeline.server.leadmail import mail_links, mails
from ripeline.server.leadmail.mails import Mail, MailKind
from ripeline.server.leads import Identifier
from ripeline.server.sources import Source
from small_playbook import TEXT

if TYPE_CHECKING:
    from pytest_django import Settings

    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)

ADA = "ada@example.com"
BOOK = TEXT.replace(
    "consent: assumed\n",
    "consent: {scoring: {purpose: profiling, basis: objection}, channels: {website: tracking}}\n",
).replace("page: {event", "page: {channel: website, event")


@pytest.fixture(autouse=True)
def _ada(clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ada, who reads German and said yes to mails, proven."""
    monkeypatch.setattr(instants, "now", clock)
    signed(BOOK, now=clock(), reps=False)
    crm = sources.of_import("crm", is_history=False, now=clock.move(60))
    assert isinstance(crm, Source)
    happened(crm, "attributes_changed", clock(), said={"language": "de"}, email=ADA)
    all_rounds(clock)
    clock.move(60)
    with transaction.atomic():
        consents.accept(lead_of(ADA), Yes("email", "Ja.", "form"), address=ADA, once="first", now=clock())
    all_rounds(clock)
    clock.move(60)


def link(clock: SetClock) -> str:
    """The link of a mail to Ada."""
    with transaction.atomic():
        mail = mails.post(lead_of(ADA), "greeting", kind=MailKind.TRACK, key=f"mail-{clock()}", now=clock())
    return mail_links.path(mail_links.PREFERENCES, mail.pk)


def ticked(page: str) -> set[str]:
    """The purposes that are on."""
    return set(re.findall(r'value="(\w+)" checked', page))


def seen(address: str) -> str:
    """The page as it is read."""
    return Client().get(address).content.decode()


def saved(address: str, *purposes: str, **more: str) -> int:
    """The page is saved with these purposes on."""
    return Client(REMOTE_ADDR="203.0.113.9").post(address, {"purpose": list(purposes), **more}).status_code


def test_a_new_secret_loses_no_link_and_no_no(clock: SetClock, settings: Settings) -> None:
    """While the old one is kept, its links open; noes are known by another key, which stays."""
    address = link(clock)
    assert saved(address) == 303
    old = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "x" * 50, [old]
    assert Client().get(address).status_code == 200
    assert link(clock).rpartition("-")[2] != address.rpartition("-")[2]
    assert "email" in suppressions.of_all([lead_of(ADA).pk], now=clock())[lead_of(ADA).pk]
    settings.SECRET_KEY_FALLBACKS = []
    assert Client().get(address).status_code == 404


def test_the_page_shows_what_is_on(clock: SetClock) -> None:
    """Scoring by its objection, tracking by its yes; in the reader's language, and the address is veiled."""
    page = seen(link(clock))
    assert ticked(page) == {"email", "profiling"}
    assert 'lang="de"' in page
    assert ADA not in page
    assert "a…@example.com" in page
    assert "<script" not in page
    assert "style=" not in page


def test_reading_it_changes_nothing(clock: SetClock) -> None:
    """It sets no cookie, and is kept nowhere."""
    address = link(clock)
    before = Event.objects.count()
    for method in ("get", "head"):
        answer = getattr(Client(), method)(f"{address}?saved&nothing=yes&purpose=phone")
        assert (answer.status_code, answer.cookies, answer["Cache-Control"]) == (200, {}, "no-store")
        assert answer["Referrer-Policy"] == "no-referrer"
    assert Event.objects.count() == before
    assert Client().put(address).status_code == 405


def test_a_no_is_as_easy_as_a_yes(clock: SetClock) -> None:
    """One box each way, without a cookie; it holds at once, before anybody has read it."""
    address, ada = link(clock), lead_of(ADA)
    assert saved(address, "profiling") == 303
    assert consents.may_contact(ada, "email", now=clock()).reason.code == "suppressed"
    assert ticked(seen(address)) == {"profiling"}
    clock.move(60)
    assert saved(address, "email", "profiling") == 303
    assert consents.may_contact(ada, "email", now=clock()).reason.code == "may_contact_confirmed"
    assert ticked(seen(address)) == {"email", "profiling"}
    all_rounds(clock)
    assert ticked(seen(address)) == {"email", "profiling"}


def test_what_was_said_stands_with_the_words_of_the_page(clock: SetClock) -> None:
    """And the mail whose link it was; for calls it is a yes, and no proof."""
    address = link(clock)
    saved(address, "email", "phone", "tracking", "profiling")
    all_rounds(clock)
    told = consents.of(lead_of(ADA))
    assert told["phone"].is_given
    assert not told["phone"].is_confirmed
    assert told["tracking"].is_confirmed
    assert told["tracking"].proof == f"preferences, by the link of mail {Mail.objects.get().key}"
    words, end = str(told["tracking"].wording).rsplit(". ", 1)
    page = seen(address)
    assert f"{words}." in page
    assert end in page
    assert consents.may_contact(lead_of(ADA), "phone", now=clock()).reason.code == "may_contact_given"


def test_a_no_holds_for_all_addresses_and_a_yes_is_that_of_the_mail(clock: SetClock) -> None:
    """Whichever address of the person the mail went to."""
    lead = lead_of(ADA)
    crm = Source.objects.get(name="crm")
    for email in (ADA, "ada@example.org"):
        happened(crm, "ask", clock.move(60), external="0035", email=email)
        all_rounds(clock)
    other = Identifier.objects.get(value="ada@example.org")
    address = link(clock)
    mails.sent({Mail.objects.get().pk: other.pk}, now=clock())
    assert saved(address, "email", "profiling") == 303
    assert saved(address) == 303
    all_rounds(clock)
    digests = set(Suppression.objects.filter(purpose="email").values_list("digest", flat=True))
    own = installations.hash_key(clock())
    known = [("email", ADA), ("email", "ada@example.org"), ("external", "0035")]
    assert {keyed(kind, value, key=own) for kind, value in known} <= digests
    clock.move(60)
    assert saved(address, "email", "profiling") == 303
    all_rounds(clock)
    assert consents.may_contact(lead, "email", now=clock())
    yes = Event.objects.filter(name="consent_given").order_by("-pk")[0]
    assert yes.identifier == other


def test_one_button_ends_everything(clock: SetClock) -> None:
    """Scoring as well: an objection to advertising is one to profiling."""
    address, ada = link(clock), lead_of(ADA)
    assert saved(address, "email", nothing="yes") == 303
    all_rounds(clock)
    assert ticked(seen(address)) == set()
    permission = consents.may_score(ada, now=clock())
    assert permission is not None
    assert not permission
    ada.refresh_from_db()
    assert ada.not_evaluated


def test_who_ends_everything_is_called_by_nobody_who_says_that_it_was_allowed(clock: SetClock) -> None:
    """What was off is ended too, as the page promises; said again it is the same no."""
    address, ada = link(clock), lead_of(ADA)
    assert saved(address, nothing="yes") == 303
    clock.move(60)
    crm = Source.objects.get(name="crm")
    happened(crm, "consent_given", clock(), said={"purpose": "phone", "wording": "Ja.", "proof": "a call"}, email=ADA)
    all_rounds(clock)
    assert consents.may_contact(ada, "phone", now=clock()).reason.code == "suppressed"
    before = Event.objects.count()
    saved(address, nothing="yes")
    assert Event.objects.count() == before
    clock.move(60)
    saved(address, "phone")
    assert consents.may_contact(ada, "phone", now=clock()).reason.code == "may_contact_given"


def test_saving_what_is_there_writes_nothing(clock: SetClock) -> None:
    """Neither does a purpose that nobody asks for."""
    address = link(clock)
    before = Event.objects.count()
    saved(address, "email", "profiling", "made_up", "\x00", "x" * 5000)
    saved(address, "email", "profiling")
    assert Event.objects.count() == before
