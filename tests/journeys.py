"""Who takes part in a journey: a colleague at a browser, and the lead with the clock, the ledger and an album."""

from __future__ import annotations

import json
import urllib.request
from base64 import b64encode
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import holidays

from browsing import log_in, width_of
from ripeline.server import instants
from websites import LISTEN, soon

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, ConsoleMessage, Page

    from websites import House

PHONE, DESK = {"width": 375, "height": 812}, {"width": 1280, "height": 900}
HERE = ZoneInfo("Europe/Berlin")
TUESDAY = 1
LEAD = """
SELECT lead.id, lead.stage FROM server_lead AS lead
JOIN server_identifier AS identifier ON identifier.lead_id = lead.id
WHERE identifier.kind = 'email' AND identifier.value = '{}'
"""
HANDOFFS = """
SELECT handoff.id, handoff.status, handoff.due_at, handoff.offered_at, rep.username, handoff.touched_at IS NOT NULL
FROM server_handoff AS handoff LEFT JOIN server_user AS rep ON rep.id = handoff.rep_id
WHERE handoff.lead_id = {} ORDER BY handoff.id
"""


class Colleague:
    """One of staff at a browser of their own."""

    def __init__(self, browser: Browser, house: House, name: str, *, language: str, scripts: bool = True) -> None:
        told = house.installation.run("user", "password", name, "--json")
        assert told.returncode == 0, told.stderr
        self.root = f"http://127.0.0.1:{house.installation.port}"
        self.context = browser.new_context(
            locale=language,
            viewport=DESK,  # type: ignore[arg-type]
            java_script_enabled=scripts,
        )
        self.context.add_init_script(LISTEN)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        log_in(self.page, f"{self.root}/login/", name, json.loads(told.stdout)["password"])

    def open(self, path: str) -> str:
        """Go to a page; what it says."""
        answer = self.page.goto(self.root + path)
        assert answer is not None
        assert answer.status == 200, path
        return self.reads()

    def reads(self, part: str = "main") -> str:
        """What stands there."""
        return self.page.locator(part).first.inner_text()

    def press(self, act: str, *, inside: str = "main") -> str:
        """Send the form whose address ends so; what the next page says first."""
        self._send(f"{inside} form[action$='/{act}/'] button >> nth=0")
        return self.reads(".told")

    def act(self, name: str, **told: str) -> str:
        """One of the acts on the page of a lead."""
        self.page.click(f"#act-{name} > summary")
        for field, text in told.items():
            self.page.fill(f"#{name}_{field}", text)
        self._send(f"#act-{name} button")
        return self.reads(".told")

    def answer(self, item: str, answer: str, **also: str) -> None:
        """One answer of the interview, with what is asked beside it."""
        self.page.click(f"#q-{item} label:has(input[value='{answer}'])")
        for field, text in also.items():
            self.page.fill(f"#{item}_also_{field}", text)
        self._send(f"#q-{item} form > p button")

    def asked(self) -> list[str]:
        """The items that the interview asks now."""
        return [str(one.get_attribute("id")).removeprefix("q-") for one in self.page.locator(".question").all()]

    def _send(self, button: str) -> None:
        """Click, and wait for the page that follows: the one before may say the same."""
        with self.page.expect_navigation():
            self.page.click(button)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" or "Content Security Policy" in message.text:
            self.faults.append(message.text)


class Journey:
    """A lead's journey: the clock, the ledger, and an album of what the pages looked like."""

    def __init__(self, house: House, album: Path, name: str, who: dict[str, str]) -> None:
        self.house, self.who = house, who
        self._album, self._name, self._count = album, name, 0

    @property
    def now(self) -> int:
        """By the clock of the house."""
        return instants.now() + self.house.ahead

    def until_tuesday(self, hour: int) -> None:
        """Let time pass until a Tuesday that is followed by a working day."""
        closed = holidays.country_holidays("DE")
        day = instants.moment(self.now).astimezone(HERE).date() + timedelta(days=1)
        while day.weekday() != TUESDAY or day in closed or day + timedelta(days=1) in closed:
            day += timedelta(days=1)
        wanted = datetime.combine(day, time(hour), HERE).timestamp()
        self.house.let_pass(wanted - self.now / instants.SECOND)

    def tells(self, event: str, **said: str) -> None:
        """What another system of ours tells of the lead."""
        message = {
            "type": "track",
            "event": event,
            "properties": said,
            "userId": self.who["email"],
            "timestamp": datetime.fromtimestamp(self.now / 1e6, UTC).isoformat(),
            "context": {"traits": {"email": self.who["email"]}},
        }
        key = b64encode(f"{self.house.installation.write_key}:".encode()).decode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.house.installation.port}/v1/track",
            json.dumps(message).encode(),
            {"Content-Type": "application/json", "Authorization": f"Basic {key}"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own
            assert answer.status == 200

    def was_read(self, event: str) -> None:
        """Wait until a round has read the last one: only then may time pass."""
        soon(lambda: [row.known_at for row in self.house.told() if row.name == event][-1:] not in ([], [None]))

    @property
    def lead(self) -> int:
        """The lead's number."""
        return int(self.rows(LEAD.format(self.who["email"]))[0][0])

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database holds."""
        return self.house.installation.rows(query)

    def reaches(self, stage: str) -> None:
        """Wait until the lead stands there."""
        soon(lambda: [row[1] for row in self.rows(LEAD.format(self.who["email"]))] == [stage])

    def handoff(self, *statuses: str) -> tuple[Any, ...]:
        """The last hand-off, when all of them stand so."""
        query = HANDOFFS.format(self.lead)
        soon(lambda: [row[1] for row in self.rows(query)] == list(statuses))
        return self.rows(query)[-1]

    def keep(self, colleague: Colleague, what: str) -> None:
        """Pictures of the page as a phone and as a desk show it; nothing is wider than the window."""
        self._count += 1
        for size in (PHONE, DESK):
            colleague.page.set_viewport_size(size)  # type: ignore[arg-type]
            assert width_of(colleague.page) <= size["width"], what
            colleague.page.evaluate("scrollTo(0, document.body.scrollHeight)")  # what is drawn late is drawn
            colleague.page.wait_for_load_state("networkidle")
            colleague.page.evaluate("scrollTo(0, 0)")
            file = self._album / f"{self._name}-{self._count:02}-{what}-{size['width']}.png"
            colleague.page.screenshot(path=file, full_page=True)
