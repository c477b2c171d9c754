"""Mails to leads, on a running server: how many leave in a second, and what that does to the intake.

    python benchmarks/mailings.py [--leads 10000] [--postgresql]

Leads that agreed to mails and to being followed are taken in and decided on; then a mailing to all of them is started
on a server whose mail server is on this machine, and single events are sent beside it. Each mail is asked about,
written for its reader, delivered by SMTP, and told to the ledger, which decides on its lead anew. Everything runs on
this machine's cores.
"""

from __future__ import annotations

import argparse
import re
import sys
import threading
import time
from pathlib import Path
from socketserver import StreamRequestHandler
from typing import TYPE_CHECKING

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from installed import installed, publish, python
from listening import listening
from server import PLAYBOOK, Sender, quantile, settle

if TYPE_CHECKING:
    from installations import Installation

GOAL = 100
_FILL = """
import json, django; django.setup()
from ripeline.server import instants
from ripeline.server import sources
from ripeline.server.leadmail import mail_templates
from ripeline.server.events import Event
now, own = instants.now(), sources.own(instants.now())
yes = {{"wording": "News", "proof": "paper", "confirmed_at": instants.text(now)}}
said = [("attributes_changed", {{"first_name": "Ada", "company": "Engines"}})]
said += [("consent_given", {{"purpose": purpose, **yes}}) for purpose in ("email", "tracking", "profiling")]
rows = [
    Event(source=own, key=f"{{name}} {{number}} {{place}}", name=name, at=now, received_at=now,
        claims=json.dumps({{"email": f"lead{{number}}@example.com"}}), properties=json.dumps(what), body="")
    for number in range({leads}) for place, (name, what) in enumerate(said)
]
Event.objects.bulk_create(rows, batch_size=500)
mail_templates.take_starters(by=None, now=now)
sections = mail_templates.newest("next_content", "en").sections.replace("www.example.com/", "www.example.com/guide")
mail_templates.put("next_content", "en", "For you", sections, by=None, now=now)
"""
_START = """
import django; django.setup()
from ripeline.server import instants
from ripeline.server.leadmail.mailings import Mailing
from ripeline.server.staff.users import User
now = instants.now()
Mailing.objects.create(name="All", template="next_content", segment="All", view="all", status="running", started_at=now,
    created_at=now, by=User.objects.first())
"""


class Taken:
    """A mail server that counts what it is given, and looks at none of it."""

    def __init__(self) -> None:
        self.at: list[float] = []

    def handler(self) -> type[StreamRequestHandler]:
        """What answers on each connection."""
        at = self.at

        class Handler(StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(b"220 bench\r\n")
                while line := self.rfile.readline():
                    verb = line[:4].upper()
                    if verb == b"DATA":
                        self.wfile.write(b"354 go on\r\n")
                        while self.rfile.readline() not in {b".\r\n", b""}:
                            pass
                        at.append(time.perf_counter())
                    self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 yes\r\n")

        return Handler


def beside(sender: Sender, ended: threading.Event) -> list[float]:
    """Answers to single events, one after the other, until it has ended."""
    found = []
    while not ended.wait(0.005):
        found.append(sender.send("/v1/track", sender.event()))
    return found


def quiet(installation: Installation, sender: Sender, environment: dict[str, str], seconds: float) -> list[float]:
    """The same while nothing else happens, after all that waits has been decided on."""
    ended = threading.Event()
    with installation.start("serve", environment=environment) as running:
        running.wait_until("/health/ready")
        settle(installation)
        threading.Timer(seconds, ended.set).start()
        found = beside(sender, ended)
        settle(installation)
        running.stop()
    return found


def mailing(installation: Installation, environment: dict[str, str], taken: Taken, leads: int) -> list[float]:
    """The same while a mailing runs."""
    ended = threading.Event()

    def wait() -> None:
        end = time.monotonic() + 1_800
        while len(taken.at) < leads and time.monotonic() < end:
            time.sleep(0.05)
        ended.set()

    python(installation, _START)
    with installation.start("serve", environment=environment) as running:
        running.wait_until("/health/ready")
        threading.Thread(target=wait).start()
        found = beside(Sender(installation.port, installation.write_key, leads), ended)
        settle(installation)
        running.stop()
    return found


def awake(playbook: str) -> str:
    """The same with its quiet hours half a day away, because no mail leaves in them."""
    begins = (time.gmtime().tm_hour + 11) % 24
    quiet = f'quiet_hours: ["{begins:02}:00", "{(begins + 2) % 24:02}:00"]'
    found, count = re.subn(r"quiet_hours: \[.*\]", quiet, playbook)
    if count != 1:
        raise ValueError("the playbook has no quiet hours")
    return found


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=10_000)
    parser.add_argument("--postgresql", action="store_true")
    asked = parser.parse_args()
    taken = Taken()
    with installed(postgresql=asked.postgresql) as installation, listening(taken.handler()) as port:
        own = {"RIPELINE_SMTP": f"smtp://127.0.0.1:{port}", "RIPELINE_COMPANY": "Bench", "RIPELINE_IMPRINT": "Road 1"}
        publish(installation, awake(PLAYBOOK.read_text()))
        python(installation, _FILL.format(leads=asked.leads))
        sender = Sender(installation.port, installation.write_key, asked.leads)
        alone = quiet(installation, sender, own, 15)
        beside_it = mailing(installation, own, taken, asked.leads)
    took = taken.at[-1] - taken.at[0]
    print(f"{len(taken.at)} of {asked.leads} mails in {took:.1f} s: {len(taken.at) / took:.0f}/s (goal: {GOAL}/s)")
    for name, times in (("quiet", alone), ("beside the mailing", beside_it)):
        told = ", ".join(f"p{share * 100:.0f} {quantile(times, share) * 1000:.1f} ms" for share in (0.5, 0.95, 0.99))
        print(f"intake {name}: {told}")


if __name__ == "__main__":
    main()
