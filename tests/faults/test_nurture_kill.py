"""A worker dies between a step's decision and its mail: each step is done once, none is lost."""

from __future__ import annotations

import http.client
import json
import random
import time
from base64 import b64encode
from collections import defaultdict
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from checker import check_sound, wait_until_decided
from installations import RIPELINE, Installation
from mail_server import MailServer
from ripeline.server.instruments.failpoints import DIED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from installations import Running

pytestmark = pytest.mark.timeout(3600)

PLACES = ("before_nurture_commit", "after_nurture_commit", "", "after_send", "before_nurture")
"""Where it dies; the one without a name stands for whenever the chance has it."""
MAILS = ("hello", "more", "last")
STEPS = {*MAILS, "ads"}
LEADS = 6
"""So many come in each round."""
QUIET = (datetime.now(UTC).hour + 12) % 24
PLAYBOOK = f"""\
playbook: Killed
timezone: UTC
consent: {{contact: {{email: {{purpose: email, basis: consent}}}}}}
activities:
  paper: {{event: paper}}
  ask: {{event: ask, conversion: true}}
rules:
  papers: {{on: paper, points: 10}}
gates:
  mql: {{enter: {{did: ask, within: 30 days}}}}
  sales_ready: {{enter: {{did: ask, within: 60 days}}}}
nurture:
  quiet_hours: ["{QUIET:02}:00", "{QUIET:02}:01"]
  at_most: {{mails: 100, within: 1 day}}
  tracks:
    first:
      steps: {{hello: {{mail: hello}}, ads: {{webhook: ads}}, more: {{mail: more}}, last: {{mail: last}}}}
"""
TEMPLATES = f"""
import django; django.setup()
from ripeline.server import instants
from ripeline.server.leadmail import mail_templates
page = "<mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section>"
for name in {MAILS}:
    assert mail_templates.put(name, "en", name, page, by=None, now=instants.now()).name == name
"""
MORTAL = """
import django; django.setup()
import random
from ripeline.server.nurture import nurturing
from ripeline.server.delivery import courier
from ripeline.server.instruments import failpoints
from ripeline.server.qualification import qualify
courier.LEASE = qualify.LEASE = 2_000_000
spared = dict.fromkeys(("before_nurture", "before_nurture_commit", "after_nurture_commit"), random.randrange(1, 4))
def failpoint(name):
    spared[name] -= 1
    if spared[name] < 0:
        failpoints.failpoint(name)
nurturing.failpoint = failpoint
"""
"""A server that dies not when leads come into their track, but amid its steps.

What a dead one has claimed is taken up after two seconds, not after a minute.
"""
NOTED_LATER = (
    MORTAL
    + """
import secrets
run, note, later = nurturing.run, nurturing._note, []
def run_and_note(*arguments, **options):
    done = run(*arguments, **options)
    while later:
        note(*later.pop(0))
    return done
nurturing.run = run_and_note
nurturing._note = lambda *arguments: later.append(arguments)
nurturing.key_of = lambda *_: "track-" + secrets.token_hex(16)
"""
)
"""The bug that these tests are there to find: a step is noted after it was done, and known by nothing."""


def _come(server: Running, key: str, names: list[str]) -> None:
    """Leads that agree to mails."""
    token = b64encode(f"{key}:".encode()).decode()
    batch = [
        {"messageId": f"{name}-{what['type']}-{what.get('event', '')}", "userId": name, **what}
        for name in names
        for what in (
            {"type": "identify", "traits": {"email": f"{name}@example.com"}},
            {"type": "track", "event": "consent_given", "properties": {"purpose": "email"}},
            {"type": "track", "event": "paper"},
        )
    ]
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    line.request("POST", "/v1/batch", json.dumps({"batch": batch}), {"Authorization": f"Basic {token}"})
    assert line.getresponse().status == 200
    line.close()


class House:
    """An installation with tracks beside a mail server, whose server dies again and again."""

    def __init__(self, installation: Installation, mail_server: MailServer, script: str) -> None:
        self.installation, self.mail_server, self.script = installation, mail_server, f"{script}\n{RIPELINE}"
        self.names: list[str] = []
        self.chance = random.Random(6)

    def start(self, place: str = "") -> Running:
        """Its server, which dies at a place if one is named."""
        environment = {
            "RIPELINE_SMTP": f"smtp://127.0.0.1:{self.mail_server.port}",
            "RIPELINE_MAIL_FROM": "ripeline@example.com",
            "RIPELINE_COMPANY": "Havn",
            "RIPELINE_IMPRINT": "Havnegade 1",
            **({"RIPELINE_FAILPOINT": place} if place else {}),
        }
        return self.installation.start("serve", script=self.script, environment=environment)

    def die(self, place: str) -> None:
        """Some leads come in; amid their steps it dies."""
        new = [f"lead{len(self.names) + number}" for number in range(LEADS)]
        with self.start(place) as server:
            self.names += new
            with suppress(AssertionError, OSError, http.client.HTTPException):  # those of before may let it die at once
                server.wait_until("/health/ready")
                _come(server, self.installation.write_key, new)
            if place:
                assert server.process.wait(timeout=60) == DIED
            else:
                time.sleep(self.chance.uniform(0.1, 1.2))
                server.kill()

    def finish(self) -> None:
        """The last one to start does what was left; whom nobody has acknowledged comes again."""
        with self.start() as server:
            server.wait_until("/health/ready")
            _come(server, self.installation.write_key, self.names)
            wait_until_decided(self.installation)
            end = time.monotonic() + 120
            while self._is_busy():
                assert time.monotonic() < end, self.installation.log()[-3000:]
                time.sleep(0.2)

    def _is_busy(self) -> bool:
        waits = "SELECT 1 FROM server_lead WHERE nurture_at IS NOT NULL LIMIT 1"
        goes = "SELECT 1 FROM server_delivery WHERE next_try_at IS NOT NULL LIMIT 1"
        return bool(self.installation.rows(waits) or self.installation.rows(goes))

    def faults(self) -> list[str]:
        """What was done twice, and what was not done."""
        places: dict[int, list[str]] = defaultdict(list)
        done = "SELECT lead_id, place FROM server_stepdone JOIN server_enrollment e ON e.id = enrollment_id"
        for lead, place in self.installation.rows(done):
            places[lead].append(place)
        found = [f"{lead}: {sorted(own)}" for lead, own in places.items() if sorted(own) != sorted(STEPS)]
        ids: dict[tuple[str, str], set[str]] = defaultdict(set)
        for mail in self.mail_server.mails:
            ids[str(mail.message["To"]), str(mail.message["Subject"])].add(str(mail.message["Message-ID"]))
        found += [f"{whom}: {what} by {len(own)} mails" for (whom, what), own in ids.items() if len(own) > 1]
        wanted = {(f"{name}@example.com", mail) for name in self.names for mail in MAILS}
        found += [f"{whom}: {what} is lost" for whom, what in wanted - ids.keys()]
        told = "SELECT count(*) FROM server_outgoing WHERE topic = 'lead.nurture'"
        count = self.installation.rows(told)[0][0]
        return found if count == len(self.names) == len(places) else [*found, f"{count} webhooks, {len(places)} leads"]

    @property
    def repeats(self) -> int:
        """How many mails the mail server got again, under the same id."""
        return len(self.mail_server.mails) - len(MAILS) * len(self.names)


@contextmanager
def house(installation: Installation, script: str = MORTAL) -> Iterator[House]:
    """An installation with tracks beside a mail server."""
    with MailServer() as mail_server:
        yield House(installation, mail_server, script)


@pytest.fixture
def playbook() -> str:
    """A playbook whose track takes no time."""
    return PLAYBOOK


@pytest.mark.parametrize("database", ["on_sqlite", "on_postgresql"])
def test_whenever_a_worker_dies_each_step_is_done_once_and_none_is_lost(
    request: pytest.FixtureRequest, database: str, rounds: int, record_property: Callable[[str, object], None]
) -> None:
    """Before, amid and after the decision, before the mail is marked as sent, or at any instant."""
    installation: Installation = request.getfixturevalue(database)
    installation.python(TEMPLATES)
    count = rounds // 5
    with house(installation) as tried:
        for number in range(count):
            tried.die(PLACES[number % len(PLACES)])
        tried.finish()
        assert tried.faults() == []
    check_sound(installation)
    figures = f"{count} deaths amid the steps of {len(tried.names)} leads, each step once, none lost"
    record_property("figures", f"{database}: {figures}, {tried.repeats} mails repeated as they were")


def test_a_step_that_is_noted_after_it_was_done_is_caught(on_sqlite: Installation) -> None:
    """The same deaths find the second mail, if there is one to be found."""
    on_sqlite.python(TEMPLATES)
    with house(on_sqlite, NOTED_LATER) as tried:
        for _ in range(3):
            tried.die("after_nurture_commit")
        tried.finish()
        assert tried.faults()
