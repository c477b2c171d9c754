"""What a person does with its own data, and what staff does for it: on a phone and on a desk, without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from browsing import AXE, RUN, TOO_SMALL, browser, employed, keep, log_in, opened, width_of
from desks import desks
from ledger_rows import all_rounds, said
from ripeline.server import instants
from ripeline.server.leadmail import mail_links
from ripeline.server.leads import Identifier, Lead
from ripeline.server.rights import person_requests
from ripeline.server.rights.copies import files
from ripeline.server.rights.person_requests import Asking, Wish
from ripeline.server.staff.users import Role, User

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page
    from pytest_django import Settings
    from pytest_django.live_server_helper import LiveServer

    from desks import Desks

WIDTHS = {"phone": 375, "desk": 1280}


@pytest.fixture
def made(transactional_db: None, settings: Settings) -> Desks:
    """A desk with a few leads, and a company that is named."""
    del transactional_db
    settings.COMPANY, settings.IMPRINT = "Havn & Sohn", ("Havn & Sohn GmbH, Hafenstraße 1, Hamburg", "www.example.com")
    return desks()


def _link(lead: Lead, language: str) -> str:
    """The path behind the mail that Ada got, who reads a language."""
    said(lead, "attributes_changed", instants.now(), language=language)
    all_rounds(instants.now)
    identifier = Identifier.objects.filter(kind="email", lead=lead).first()
    assert identifier is not None
    with transaction.atomic():
        mail = person_requests.send_link(identifier, language=language, now=instants.now())
    assert mail is not None
    return mail_links.path(mail_links.DATA, mail.pk)


def _fits(page: Page, name: str, width: int = 375) -> None:
    keep(page, name)
    assert width_of(page) <= width
    assert page.eval_on_selector_all("main button, main a.button", TOO_SMALL) == []


@pytest.mark.parametrize("language", ["en", "de", "nl", "da"])
def test_a_person_asks_has_a_copy_objects_and_erases(
    live_server: LiveServer, made: Desks, language: str, tmp_path: Path
) -> None:
    """Each step by its button, in the person's language, without scripts or cookies."""
    ada = made.leads["ada"]
    path = _link(ada, language)
    with browser() as started:
        context = started.new_context(
            java_script_enabled=False,
            viewport={"width": 375, "height": 812},
            color_scheme="dark" if language == "da" else "light",
            locale=language,
        )
        page = context.new_page()
        page.goto(f"{live_server.url}/p/data/")
        _fits(page, f"data-ask-{language}")
        page.fill("#address", "ada@example.com")
        page.click("main button")
        _fits(page, f"data-asked-{language}")
        page.goto(f"{live_server.url}{path}")
        assert page.get_attribute("html", "lang") == language
        _fits(page, f"data-{language}")
        with page.expect_download() as download:
            page.click("main button >> nth=0")
        download.value.save_as(tmp_path / "data.zip")
        assert (tmp_path / "data.zip").read_bytes().startswith(b"PK")
        page.click("main button >> nth=1")
        page.wait_for_selector(".saved")
        _fits(page, f"data-objected-{language}")
        page.click("main button.grave")
        _fits(page, f"data-erase-{language}")
        page.click("main a.button")
        page.click("main button.grave")
        page.click("main button.grave")
        assert page.get_attribute("html", "lang") == language
        _fits(page, f"data-erased-{language}")
        assert context.cookies() == []
    assert Asking.objects.filter(address="ada@example.com").exists()
    assert not Lead.objects.filter(pk=ada.pk).exists()


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_copy_reads_well_on_a_phone_on_a_desk_and_on_paper(made: Desks, language: str, tmp_path: Path) -> None:
    """It fits, is accessible in the light and in the dark, and needs nobody else."""
    path = tmp_path / "data.html"
    path.write_text(files.files(made.leads["ada"], now=instants.now(), language=language)[files.PAGE])
    with browser() as started:
        for device, width in WIDTHS.items():
            for dark in (False, True):
                context = started.new_context(
                    viewport={"width": width, "height": 812},
                    offline=True,
                    bypass_csp=True,
                    color_scheme="dark" if dark else "light",
                )
                page = context.new_page()
                page.goto(path.as_uri())
                assert width_of(page) <= width
                page.add_script_tag(path=AXE)
                assert page.evaluate(RUN, {}) == []
                keep(page, f"copy-{language}-{device}{'-dark' if dark else ''}")


@pytest.mark.parametrize("language", ["en", "de"])
def test_staff_serves_a_person(live_server: LiveServer, made: Desks, language: str) -> None:
    """From the page of the lead, and the list of what is open."""
    employed("mia", Role.MARKETING, language)
    now = instants.now()
    ada, ole = made.leads["ada"], made.leads["ole"]
    mia = User.objects.get(username="mia")
    person_requests.note(ole, Wish.CORRECT, by=mia, now=now - 32 * instants.DAY)
    person_requests.note(ada, Wish.COPY, by=mia, now=now - 25 * instants.DAY)
    _link(ada, language)
    for device, width in WIDTHS.items():
        with opened(scripts=False, width=width) as page:
            log_in(page, f"{live_server.url}/requests/", "mia")
            _fits(page, f"requests-{language}-{device}", width)
            page.goto(f"{live_server.url}/leads/{ada.pk}/?show=rights")
            _fits(page, f"lead-rights-{language}-{device}", width)
            page.click("[action$='/data/erase/'] button")
            _fits(page, f"lead-erase-{language}-{device}", width)
            page.click("main a.button")
            if device == "desk":
                with page.expect_download():
                    page.click("[action$='/data/copy/'] button")
                page.fill("#how", "a letter")
                page.click("[action$='/data/object/'] button")
                page.wait_for_selector(".told")
                keep(page, f"lead-objected-{language}-{device}")
                page.click("[action$='/data/erase/'] button")
                page.click("[action$='/data/erase/'] button.bad")
                page.wait_for_selector(".told")
    assert not Lead.objects.filter(pk=ada.pk).exists()
    assert {one.wish for one in person_requests.open_ones(instants.now())} == {Wish.CORRECT}
