"""Unmodified clients of Segment and RudderStack against a running intake: each event arrives once, over an outage too.

The outage lasts some seconds; RIPELINE_TEST_OUTAGE makes it longer. The clients for Node and browsers are installed by
`make clients`.
"""

from __future__ import annotations

import functools
import http.server
import json
import os
import shutil
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import rudderstack.analytics as rudder  # type: ignore[import-untyped]
import segment.analytics as segment  # type: ignore[import-untyped]
from django.test import Client
from playwright.sync_api import sync_playwright

from intake_server import WEB_KEY, Running, make_sources
from listening import listening
from ripeline.server.events import Event, Rejected
from ripeline.server.instants import now
from ripeline.server.intake.app import Intake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

HOUSE = Path(__file__).parents[2]
CLIENTS = Path(os.environ.get("RIPELINE_TEST_CLIENTS", HOUSE / "build" / "clients"))
STATIC = HOUSE / "src" / "ripeline" / "web" / "static" / "analytics-next"
OUTAGE = float(os.environ.get("RIPELINE_TEST_OUTAGE", "3"))
TRACKED = 20
PATIENCE = OUTAGE * 3 + 60
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Service:
    """An intake that can go away and come back at the same address."""

    def __init__(self) -> None:
        self._running = Running(Intake(now)).start()  # shows which address is free
        self.port = self._running.port
        self.url = f"http://127.0.0.1:{self.port}"

    def go_away(self) -> None:
        """Refuse all connections."""
        self._running.stop()

    def come_back(self) -> None:
        """Serve again."""
        settings = f"http://127.0.0.1:{self.port}"
        self._running = Running(Intake(now, url=settings), port=self.port).start()


@pytest.fixture
def service(transactional_db: None) -> Iterator[Service]:
    """A running intake whose settings lead to itself."""
    del transactional_db
    make_sources()
    intake = Service()
    intake.go_away()
    intake.come_back()
    yield intake
    intake.go_away()


def _outage(service: Service, during: Callable[[], None]) -> None:
    """The intake is away while something is sent, and for OUTAGE seconds."""
    service.go_away()
    end = time.monotonic() + OUTAGE
    during()
    time.sleep(max(0, end - time.monotonic()))
    service.come_back()


def _arrived(count: int) -> list[Event]:
    """The events, as soon as there are so many, and then for a while no more."""
    end = time.monotonic() + PATIENCE
    while Event.objects.count() < count and time.monotonic() < end:
        time.sleep(0.1)
    time.sleep(0.5)
    assert not Rejected.objects.exists()
    return list(Event.objects.order_by("id"))


def _numbers(events: list[Event]) -> list[int]:
    return sorted(json.loads(event.properties)["number"] for event in events if event.name == "demo_booked")


def test_segments_client_for_python(service: Service) -> None:
    """Identify, page, group, alias and track in batches, before, during and after an outage."""
    client = segment.Client(WEB_KEY, host=service.url, upload_interval=0.1, upload_size=7, max_retries=100, gzip=True)
    client.identify("ada", {"email": "Ada@Example.com"})
    client.page("ada", "Docs", "Prices", {"path": "/prices"})
    client.group("ada", "acme", {"employees": 7})
    client.alias("a-1", "ada")
    half = TRACKED // 2
    for number in range(half):
        client.track("ada", "Demo Booked", {"number": number})
    _arrived(4 + half)

    def more() -> None:
        for number in range(half, TRACKED):
            client.track("ada", "Demo Booked", {"number": number})

    _outage(service, more)
    client.shutdown()
    events = _arrived(4 + TRACKED)
    assert _numbers(events) == list(range(TRACKED))
    assert Counter(event.name for event in events) == {
        "attributes_changed": 2,
        "page_viewed": 1,
        "aliased": 1,
        "demo_booked": TRACKED,
    }
    who = json.loads(next(event for event in events if event.name == "attributes_changed").claims)
    assert who == {"user_id": "ada", "email": "ada@example.com"}
    alias = json.loads(next(event for event in events if event.name == "aliased").claims)
    assert alias == {"user_id": "ada", "previous": "a-1"}
    assert all(abs(event.at - event.received_at) < (OUTAGE + 60) * 1e6 for event in events)


def test_rudderstacks_client_for_python(service: Service) -> None:
    """It packs its batches, names the key in the header only, and takes nothing but 200 for a yes."""
    client = rudder.Client(WEB_KEY, host=service.url, upload_interval=0.1, upload_size=7, max_retries=100)
    client.identify("ada", {"email": "ada@example.com"})
    half = TRACKED // 2
    for number in range(half):
        client.track("ada", "Demo Booked", {"number": number})
    _arrived(1 + half)

    def more() -> None:
        for number in range(half, TRACKED):
            client.track("ada", "Demo Booked", {"number": number})

    _outage(service, more)
    client.flush()  # without it, join drops what is left
    client.join()
    events = _arrived(1 + TRACKED)
    assert _numbers(events) == list(range(TRACKED))
    who = next(event for event in events if event.name == "attributes_changed")
    assert json.loads(who.claims)["email"] == "ada@example.com"
    assert len(events) == 1 + TRACKED


@pytest.fixture
def clients() -> Path:
    """The folder into which `make clients` has installed what is written in JavaScript."""
    if not (CLIENTS / "node_modules" / "@segment").is_dir():
        pytest.fail("The clients are not installed: `make clients` installs them.")
    return CLIENTS


def test_segments_client_for_node(service: Service, clients: Path) -> None:
    """It keeps what it could not send and sends it once the intake is back."""

    def send(prefix: str) -> subprocess.Popen[bytes]:
        script = str(Path(__file__).parents[1] / "clients_node.mjs")
        command = ["node", script, service.url, WEB_KEY, prefix, str(TRACKED), str(int(PATIENCE * 1_000))]
        return subprocess.Popen(command, env=os.environ | {"RIPELINE_TEST_CLIENTS": str(clients)})

    assert send("ada").wait(PATIENCE) == 0
    assert len(_arrived(4 + TRACKED)) == 4 + TRACKED
    started: list[subprocess.Popen[bytes]] = []
    _outage(service, lambda: started.append(send("eve")))
    assert started[0].wait(PATIENCE) == 0
    events = _arrived(2 * (4 + TRACKED))
    assert len(events) == 2 * (4 + TRACKED)
    for user in ("ada", "eve"):
        assert _numbers([event for event in events if json.loads(event.claims)["user_id"] == user]) == list(
            range(TRACKED)
        )


# --- a browser ------------------------------------------------------------------------------------


class _Site(http.server.SimpleHTTPRequestHandler):
    """A website of somebody's, on an origin of its own."""

    page = b""

    def do_GET(self) -> None:
        """The page, or a file of the library."""
        if not self.path.split("?")[0].endswith(".js"):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(self.page)
            return
        super().do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


_SNIPPET = """<!doctype html><title>Prices</title><script>
var analytics = window.analytics = [];
analytics.methods = ["track", "identify", "page", "group", "alias", "ready", "setAnonymousId"];
analytics.methods.forEach(function (name) {
  analytics[name] = function () { analytics.push([name].concat([].slice.call(arguments))); return analytics; };
});
analytics._writeKey = "%(key)s"; analytics._cdn = "%(url)s"; analytics.SNIPPET_VERSION = "5.2.1";
analytics.page();
</script><script async src="/standalone.js" data-global-segment-analytics-key="analytics"></script>"""


@pytest.fixture
def site(service: Service) -> Iterator[str]:
    """The address of a website that uses the library as we serve it."""
    page = (_SNIPPET % {"key": WEB_KEY, "url": service.url}).encode()
    handler = type("Site", (_Site,), {"page": page})
    with listening(functools.partial(handler, directory=str(STATIC))) as port:
        yield f"http://localhost:{port}/prices"


def test_the_library_is_served_to_every_website() -> None:
    """By the pages' server, with its license beside it."""
    script = Client(headers={"host": "localhost"}).get("/static/analytics-next/standalone.js")
    assert script.status_code == 200
    assert script.headers["Content-Type"].startswith("text/javascript")
    assert script.headers["Access-Control-Allow-Origin"] == "*"
    script.close()
    assert (STATIC / "LICENSE").is_file()


class Chromium:
    """A page in a browser, which lives in a thread of its own because it brings an event loop along."""

    def __init__(self, program: str) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._page = self._thread.submit(self._open, program).result()

    def _open(self, program: str) -> Page:
        self._play = sync_playwright().start()
        browser = self._play.chromium.launch(executable_path=program, args=["--no-sandbox"], headless=True)
        return browser.new_page()

    def visit(self, address: str) -> None:
        """Open a page."""
        self._thread.submit(self._page.goto, address).result()

    def run(self, script: str, about: object = None) -> None:
        """Run a function of the page's."""
        self._thread.submit(self._page.evaluate, script, about).result()

    def close(self) -> None:
        """End the browser."""
        self._thread.submit(self._play.stop).result()
        self._thread.shutdown()


@pytest.fixture
def chromium() -> Iterator[Chromium]:
    """A page in Chromium."""
    if CHROMIUM is None:
        pytest.fail("Chromium is not installed: `make system` installs it.")
    browser = Chromium(CHROMIUM)
    yield browser
    browser.close()


def test_segments_library_in_a_browser(service: Service, site: str, chromium: Chromium) -> None:
    """On a website of another origin, by the snippet, with the settings and the script that we serve."""
    track = "([from, to]) => { for (let n = from; n < to; n++) analytics.track('Demo Booked', {number: n}) }"
    half = TRACKED // 2
    chromium.visit(site)
    chromium.run("() => new Promise(done => analytics.ready(done))")
    chromium.run("() => analytics.identify('ada', {email: 'ada@example.com'})")
    chromium.run(track, [0, half])
    _arrived(2 + half)
    _outage(service, lambda: chromium.run(track, [half, TRACKED]))
    events = _arrived(2 + TRACKED)
    assert _numbers(events) == list(range(TRACKED))
    assert len(events) == 2 + TRACKED
    seen = next(event for event in events if event.name == "page_viewed")
    assert json.loads(seen.properties)["path"] == "/prices"
    visitors = {json.loads(event.claims)["anonymous"] for event in events}
    assert len(visitors) == 1
    identified = next(event for event in events if event.name == "attributes_changed")
    assert {"user_id": "ada", "email": "ada@example.com"}.items() <= json.loads(identified.claims).items()
