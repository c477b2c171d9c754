"""Forms on a running server and in a real browser: what is answered is durable, the pages work under their policy."""

from __future__ import annotations

import http.client
import os
import secrets
import sqlite3
import threading
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

import browsing
from installations import Installation
from listening import listening
from postgresql import sibling
from ripeline.server.events import Event
from ripeline.server.intake.limits import MAX_BODY
from website_forms import CONTACT, THANKS, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation on the database that the tests run on."""
    address = os.environ.get("RIPELINE_DATABASE")
    folder = tmp_path_factory.mktemp("forms")
    return Installation(folder / "data", sibling(address, f"forms_{secrets.token_hex(4)}") if address else None)


def posted(port: int, fields: dict[str, str]) -> tuple[int, str | None, bytes]:
    """The status, the address to go to and the page that a form is answered with."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as talk:
        talk.request("POST", "/f/contact", urlencode(fields), URLENCODED)
        answer = talk.getresponse()
        return answer.status, answer.getheader("Location"), answer.read()


def test_what_is_led_back_is_stored_for_good(installation: Installation, tmp_path: Path) -> None:
    """A form is put beside the running server; each 303 outlives kill -9, and a program that writes only delays it."""
    file = tmp_path / "contact.yaml"
    file.write_text(CONTACT)
    with installation.start("serve", "--force") as server:
        server.wait_until("/health/live")
        put = installation.run("form", "put", str(file))
        assert (put.returncode, put.stderr) == (0, "")
        assert posted(server.port, {"email": "ada@example.com"})[:2] == (303, THANKS)
        assert posted(server.port, {"company": "Mill"})[0] == 422
        assert server.status("/f/contact") == 200
        assert server.status("/f/nothing") == 404
        assert server.status("/static/pages.css") == 200
        assert posted(server.port, {"need": "x" * MAX_BODY})[0] == 400
        if installation.address is None:
            _write_meanwhile(installation, lambda: posted(server.port, {"email": "eve@example.com"}))
        else:
            posted(server.port, {"email": "eve@example.com"})
        server.kill()
    claims = installation.rows("SELECT claims FROM server_event WHERE name = 'contact_requested' ORDER BY id")
    assert claims == [('{"email":"ada@example.com"}',), ('{"email":"eve@example.com"}',)]
    assert "example.com" not in installation.log()


def _write_meanwhile(installation: Installation, post: Callable[[], tuple[int, str | None, bytes]]) -> None:
    """Send a form while another program holds the database; it is answered once that has ended."""
    found: list[int] = []
    with closing(sqlite3.connect(installation.folder / "ripeline.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        sending = threading.Thread(target=lambda: found.append(post()[0]))
        sending.start()
        sending.join(0.5)
        assert found == []
        other.execute("COMMIT")
    sending.join(30)
    assert found == [303]


# --- in a browser ---------------------------------------------------------------------------------


class _Website(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Danke</title>")

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def website() -> Iterator[str]:
    """A website of another origin; its address."""
    with listening(_Website) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def browser(width: int) -> Iterator[tuple[Page, list[str]]]:
    """A page of that width, and what went wrong on it."""
    with browsing.browser() as started:
        page = started.new_page(viewport={"width": width, "height": 800})
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("dialog", lambda dialog: faults.append(dialog.message))  # a script ran
        page.on("console", lambda told: faults.extend([told.text] if "Policy" in told.text else []))
        yield page, faults


@contextmanager
def _opened(thanks: str) -> Iterator[None]:
    """The form that leads back there; opened before the browser, in whose thread nobody may ask the database."""
    opened(CONTACT.replace(THANKS, thanks), now=1)
    yield


@pytest.mark.parametrize("width", [390, 1280])
def test_a_person_fills_in_the_page_of_a_form(live_server: LiveServer, width: int) -> None:
    """By its labels; what is wrong stands beside its field with what was typed; in the end the website thanks."""
    with website() as address, _opened(f"{address}/danke"), browser(width) as (page, faults):
        page.goto(f"{live_server.url}/f/contact")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator("main").evaluate("one => getComputedStyle(one).borderRadius") != "0px"
        assert not page.get_by_label("Please leave this empty").is_visible()
        page.get_by_label("E-mail").fill("ada@mill")
        page.get_by_label("What do you need?").fill('More <b>bread</b>\n"><script>alert(1)</script>')
        page.get_by_label("When would you like to start?").select_option("this month")
        page.get_by_label("Yes, write to me once a month.").check()
        page.get_by_role("button").click()
        assert page.get_by_label("E-mail").get_attribute("aria-invalid") == "true"
        assert page.get_by_label("E-mail").input_value() == "ada@mill"
        assert page.get_by_label("What do you need?").input_value().startswith("More <b>bread</b>\n")
        assert page.get_by_label("Yes, write to me once a month.").is_checked()
        page.get_by_label("E-mail").fill("ada@mill.example")
        page.get_by_role("button").click()
        page.wait_for_url(f"{address}/danke")
        assert (page.title(), faults) == ("Danke", [])
    said = {row.name: row.properties for row in Event.objects.all()}
    assert said.keys() == {"consent_given", "attributes_changed", "contact_requested"}
    assert f'"page":"{live_server.url}/f/contact"' in said["contact_requested"]


def test_back_keeps_what_was_typed(live_server: LiveServer) -> None:
    """Whoever rather goes back than mends it there."""
    opened(CONTACT, now=1)
    with browser(390) as (page, _):
        page.goto(f"{live_server.url}/f/contact")
        page.get_by_label("E-mail").fill("ada@mill")
        page.get_by_label("What do you need?").fill("More bread")
        page.get_by_role("button").click()
        page.go_back()
        assert page.get_by_label("What do you need?").input_value() == "More bread"
