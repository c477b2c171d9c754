"""A website of somebody's, on an origin and with a policy of its own, and people who visit it in a real browser."""

from __future__ import annotations

import http.server
import json
import shutil
import time
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import pytest

from installations import RIPELINE
from listening import listening

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright

    from installations import Installation

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
"""The browsers of tests call themselves headless, and what such ones do is taken back."""
WORDING = "May we remember what you read here, to advise you better?"
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<script defer src="{server}/static/ripeline.js" data-key="{key}"{settings}></script>
<script defer src="/site.js"></script>
<h1>{title}</h1><button id="yes">Yes</button><button id="no">No</button><button id="next">Next</button>
<a id="fees" href="/fees">Fees</a>{form}"""
_FORM = """<form method="post" action="{server}/f/contact"><input name="email"><input name="company">
<input name="employees"><input name="title"><input name="country"><textarea name="need"></textarea>
<button id="send">Send</button></form>"""
_SCRIPT = f"""
document.getElementById("yes").onclick = () => ripeline.consent(true, {json.dumps(WORDING)});
document.getElementById("no").onclick = () => ripeline.consent(false);
document.getElementById("next").onclick = () => history.pushState({{}}, "", "/references/next");
"""
LISTEN = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.warn("Content Security Policy: " + event.violatedDirective + " " + event.blockedURI));
"""
AHEAD = f"""
import os, pathlib
from ripeline.server import instants
present, ahead = instants.now, pathlib.Path(os.environ["RIPELINE_TEST_AHEAD"])
instants.now = lambda: present() + int(ahead.read_text())
{RIPELINE}
"""
"""Ripeline, by a clock that a file sets ahead."""


_TOLD = """
SELECT event.name, event.at, event.claims, event.properties, event.known_at
FROM server_event AS event JOIN server_source AS source ON source.id = event.source_id
WHERE event.id > {} AND source.kind != 'own' ORDER BY event.id
"""


class Site:
    """The website; it runs until it is closed. `settings` are more attributes of the snippet's element."""

    def __init__(self, server: str, key: str) -> None:
        self.server, self.key = server, key
        self.settings = ""
        self.inline = ""
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                is_script = self.path == "/site.js"
                body = (_SCRIPT if is_script else site.page(self.path.split("?")[0])).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/javascript" if is_script else "text/html; charset=utf-8")
                self.send_header("Content-Security-Policy", f"default-src 'self' {site.server}")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._listening = listening(Handler)
        self.url = f"http://localhost:{self._listening.__enter__()}"

    def page(self, path: str) -> str:
        """One of its pages; on /contact stands the form."""
        form = _FORM.format(server=self.server) if path == "/contact" else ""
        title = path.strip("/").capitalize() or "Home"
        said = {"server": self.server, "key": self.key, "settings": self.settings, "form": form + self.inline}
        return _PAGE.format(title=title, **said)

    def close(self) -> None:
        """End."""
        self._listening.__exit__(None, None, None)


class Row(NamedTuple):
    """A row of the ledger."""

    name: str
    at: int
    claims: dict[str, str]
    said: dict[str, Any]
    known_at: int | None


class House:
    """A running Ripeline whose clock can be set ahead, and its ledger from when it was last looked at."""

    def __init__(self, installation: Installation, ahead: Path) -> None:
        self.installation, self._ahead = installation, ahead
        self._seen = 0
        self._others: set[str | None] = set()

    def begin(self) -> None:
        """Forget what has come so far, and whoever came: some of them are still leaving."""
        self._others |= {row.claims["anonymous"] for row in self.told() if "anonymous" in row.claims}
        self._seen = self.installation.rows("SELECT coalesce(max(id), 0) FROM server_event")[0][0]

    @property
    def ahead(self) -> int:
        """How far the clock is ahead, in microseconds."""
        return int(self._ahead.read_text())

    def let_pass(self, seconds: float) -> None:
        """Set the clock ahead."""
        self._ahead.write_text(str(self.ahead + round(seconds * 1e6)))

    def told(self) -> list[Row]:
        """What has come since `begin`, but for what Ripeline concludes, in the order of arrival."""
        rows = self.installation.rows(_TOLD.format(self._seen))
        read = [Row(name, at, json.loads(who), json.loads(said), known) for name, at, who, said, known in rows]
        return [row for row in read if row.claims.get("anonymous") not in self._others]

    def names(self) -> list[str]:
        """The names of what has come."""
        return [row.name for row in self.told()]


class Visitor:
    """A person with a browser of their own, and what must never happen there."""

    def __init__(self, browser: Browser, site: Site, *, agent: str = FIREFOX, before: str = "", **more: Any) -> None:  # noqa: ANN401
        self.site = site
        self.faults: list[str] = []
        self.sent: list[str] = []
        self.context = browser.new_context(user_agent=agent, locale="en-US", **more)
        self.context.add_init_script(LISTEN)
        if before:
            self.context.add_init_script(before)
        self.page = self.tab()

    def tab(self) -> Page:
        """Another tab of the same browser."""
        page = self.context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", lambda asked: self.sent.append(asked.url) if "/v1/" in asked.url else None)
        return page

    def visit(self, path: str) -> Self:
        """Open a page of the website, and stay until its scripts have run."""
        self.page.goto(self.site.url + path)
        return self

    def click(self, what: str) -> None:
        """Click what has that id."""
        self.page.click(f"#{what}")

    def fill(self, filled: Mapping[str, str]) -> None:
        """Fill in the form and send it; the page that comes then is there."""
        for name, text in filled.items():
            self.page.fill(f"[name={name}]", text)
        self.page.click("#send")

    def stored(self) -> dict[str, str]:
        """What the browser keeps of the website: its storage and its cookies."""
        kept: dict[str, str] = self.page.evaluate("() => ({...localStorage, ...sessionStorage})")
        return kept | {str(one.get("name")): str(one.get("value")) for one in self.context.cookies()}

    def waiting(self) -> list[dict[str, Any]]:
        """The messages that have not arrived."""
        queue: list[dict[str, Any]] = json.loads(self.stored()["ripeline"])["queue"]
        return queue

    def leave(self) -> None:
        """Close the browser, with what it had still to say."""
        self.context.set_offline(offline=True)
        self.context.close()

    def _heard(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.faults.append(message.text)


def launched(playwright: Playwright) -> Browser:
    """Chromium as Debian has it."""
    program = shutil.which("chromium")
    if program is None:
        pytest.fail("Chromium is not installed: `make system` installs it.")
    return playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])


def soon(happens: Callable[[], object], seconds: float = 30) -> None:
    """Wait until it has happened."""
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
