"""What a person has agreed to and the question whether it was they, on a phone, in four languages, without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from browsing import TOO_SMALL, browser, keep, width_of
from ledger_rows import all_rounds, happened, lead_of, signed
from ripeline.server import instants, sources
from ripeline.server.consent import consents
from ripeline.server.consent.consents import Yes
from ripeline.server.leadmail import confirmations, mail_links, mails
from ripeline.server.leadmail.mails import MailKind
from ripeline.server.leads import Identifier
from ripeline.server.sources import Source
from small_playbook import TEXT

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django import Settings
    from pytest_django.live_server_helper import LiveServer

ADA = "ada.with.a.rather.long.name@engines-and-looms.example"
RULES = "consent: {scoring: {purpose: profiling, basis: objection}, channels: {website: tracking}}\n"
WORDS = "Ja, Havn & Sohn darf mir einmal im Monat schreiben. Das kann ich jederzeit mit einem Klick beenden."


def _known(language: str) -> Identifier:
    """Ada, who reads a language and typed her address in a form; a yes to mails of hers is proven."""
    now = instants.now()
    book = TEXT.replace("consent: assumed\n", RULES).replace("page: {event", "page: {channel: website, event")
    signed(book, now=now - instants.DAY, reps=False)
    crm = sources.of_import("crm", is_history=False, now=now)
    assert isinstance(crm, Source)
    happened(crm, "attributes_changed", now - instants.HOUR, said={"language": language}, email=ADA)
    all_rounds(instants.now)
    with transaction.atomic():
        consents.accept(lead_of(ADA), Yes("email", WORDS, "form"), address=ADA, once="first", now=instants.now())
    website = Source.objects.create(name="website", kind="web", created_at=now)
    for purpose in ("tracking", "newsletter"):
        happened(website, "consent_given", instants.now(), said={"purpose": purpose, "wording": WORDS}, email=ADA)
    all_rounds(instants.now)
    return Identifier.objects.get(kind="email", value=ADA)


def _fits(page: Page, name: str) -> None:
    keep(page, name)
    assert width_of(page) <= 375
    assert page.eval_on_selector_all("main button, main label", TOO_SMALL) == []


@pytest.mark.parametrize("language", ["en", "de", "nl", "da"])
def test_both_pages_fit_a_phone_and_work_without_scripts(
    live_server: LiveServer, transactional_db: None, language: str, settings: Settings
) -> None:
    """What is to be touched is large enough, nothing is wider than the screen, and each button does what it says."""
    assert transactional_db is None
    settings.COMPANY = "Havn & Sohn"
    address = _known(language)
    lead = lead_of(ADA)
    with transaction.atomic():
        mail = mails.post(lead, "greeting", kind=MailKind.TRACK, key="greeting", now=instants.now())
        asked = confirmations.ask(address, lead, language=language, now=instants.now())
    assert asked is not None
    with browser() as started:
        context = started.new_context(
            java_script_enabled=False,
            viewport={"width": 375, "height": 812},
            color_scheme="dark" if language == "da" else "light",
        )
        page = context.new_page()
        page.goto(live_server.url + mail_links.path(mail_links.CONFIRM, asked.pk))
        assert WORDS in page.inner_text("main")
        _fits(page, f"confirm-{language}")
        page.click("main button")
        _fits(page, f"confirmed-{language}")
        page.click("main a")
        _fits(page, f"preferences-{language}")
        page.check("[value=phone]")
        page.uncheck("[value=email]")
        page.click("main button >> nth=0")
        assert page.is_checked("[value=phone]")
        assert not page.is_checked("[value=email]")
        _fits(page, f"saved-{language}")
        assert page.get_attribute("html", "lang") == language
        page.click("[name=nothing]")
        page.wait_for_load_state("networkidle")
        assert page.locator("main :checked").count() == 0
        page.goto(f"{live_server.url}{mail_links.path(mail_links.PREFERENCES, mail.pk)[:-1]}x/")
        _fits(page, f"unknown-{language}")
        assert context.cookies() == []
