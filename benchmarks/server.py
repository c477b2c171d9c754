"""From the event to the decision, on a running server: how long it takes, and what rounds do to the intake.

    python benchmarks/server.py [--rate 500] [--seconds 20] [--leads 2000] [--postgresql]

A server with the consultancy's playbook is started in a folder of its own. Made-up events are sent in small batches at
an even rate; the rounds in the database tell when each was decided on. Then single events are sent, first alone and
then beside rounds of 500 leads each, and their answers timed. Everything runs on this machine's cores.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import random
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from installed import installed, publish

if TYPE_CHECKING:
    from installations import Installation

PLAYBOOK = Path(__file__).parent.parent / "src/ripeline/playbooks/consultancy.yaml"
NAMES = ("Page Viewed", "whitepaper_downloaded", "webinar_registered", "contact_requested", "newsletter_subscribed")
PER_CALL = 10
ROUND = 500


class Sender:
    """One connection to the intake."""

    def __init__(self, port: int, key: str, leads: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._head = {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}
        self._leads, self._chance = leads, random.Random(port)  # noqa: S311 - made-up events

    def event(self, lead: int | None = None) -> dict[str, object]:
        """One made-up event of one of the leads."""
        who = self._chance.randrange(self._leads) if lead is None else lead
        number = f"{self._chance.getrandbits(64):016x}"
        name = self._chance.choice(NAMES)
        said = {"path": "/services/a", "need": "a plan"}
        return {"type": "track", "event": name, "userId": f"lead-{who}", "messageId": number, "properties": said}

    def send(self, path: str, body: object) -> float:
        """Seconds until the answer, which must be yes."""
        begun = time.perf_counter()
        self._connection.request("POST", path, json.dumps(body), self._head)
        answer = self._connection.getresponse()
        answer.read()
        if answer.status != http.client.OK:
            raise RuntimeError(f"{path}: {answer.status}")
        return time.perf_counter() - begun


def quantile(values: list[float], share: float) -> float:
    """The value below which this share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def at_a_rate(sender: Sender, rate: int, seconds: float) -> None:
    """Send batches of ten at an even rate."""
    begun = time.perf_counter()
    for number in range(int(rate * seconds / PER_CALL)):
        time.sleep(max(0.0, begun + number * PER_CALL / rate - time.perf_counter()))
        sender.send("/v1/batch", {"batch": [sender.event() for _ in range(PER_CALL)]})
    took = time.perf_counter() - begun
    print(f"sent {rate * seconds:.0f} events in {took:.1f} s ({rate * seconds / took:.0f}/s)")


def settle(installation: Installation) -> None:
    """Wait until everything is read and decided on."""
    waiting = "SELECT (SELECT count(*) FROM server_event WHERE known_at IS NULL), "
    waiting += "(SELECT count(*) FROM server_unit WHERE dirty_at IS NOT NULL)"
    while installation.rows(waiting)[0] != (0, 0):
        time.sleep(0.1)


def waits(installation: Installation, since: int) -> list[float]:
    """From the receipt of each event to the end of the round that decided on it, in seconds."""
    query = "SELECT r.finished_at - e.received_at FROM server_event e JOIN server_round r ON r.at = e.known_at "
    return [wait / 1e6 for (wait,) in installation.rows(query + f"WHERE e.received_at > {since} AND e.body <> ''")]


def singles(sender: Sender, seconds: float) -> list[float]:
    """Answers to single events, one after the other."""
    end = time.perf_counter() + seconds
    found = []
    while time.perf_counter() < end:
        found.append(sender.send("/v1/track", sender.event()))
        time.sleep(0.005)
    return found


def beside_rounds(installation: Installation, sender: Sender, leads: int, seconds: float) -> list[float]:
    """The same, while a batch of 500 leads comes every second."""
    other, stop = Sender(installation.port, installation.write_key, leads), threading.Event()

    def flood() -> None:
        while not stop.is_set():
            other.send("/v1/batch", {"batch": [other.event(lead % leads) for lead in range(ROUND)]})
            stop.wait(1.0)

    thread = threading.Thread(target=flood)
    thread.start()
    found = singles(sender, seconds)
    stop.set()
    thread.join()
    return found


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--leads", type=int, default=2000)
    parser.add_argument("--postgresql", action="store_true")
    asked = parser.parse_args()
    with installed(postgresql=asked.postgresql) as installation:
        publish(installation, PLAYBOOK.read_text())
        with installation.start("serve") as running:
            running.wait_until("/health/ready")
            measure(installation, asked)
            code, took = running.stop()
            print(f"stopped with {code} after {took:.2f} s")


def measure(installation: Installation, asked: argparse.Namespace) -> None:
    """The three measurements, one after the other."""
    sender = Sender(installation.port, installation.write_key, asked.leads)
    at_a_rate(sender, asked.rate, 5)
    settle(installation)
    since = time.time_ns() // 1000
    at_a_rate(sender, asked.rate, asked.seconds)
    settle(installation)
    found = waits(installation, since)
    told = ", ".join(f"p{share * 100:.0f} {quantile(found, share):.3f} s" for share in (0.5, 0.95, 0.99))
    print(f"event to decision at {asked.rate} events/s, {len(found)} events: {told}")
    quiet = singles(sender, 10)
    settle(installation)
    busy = beside_rounds(installation, sender, asked.leads, 15)
    settle(installation)
    for name, times in (("quiet", quiet), ("beside rounds of 500 leads", busy)):
        told = ", ".join(f"p{share * 100:.0f} {quantile(times, share) * 1000:.1f} ms" for share in (0.5, 0.95, 0.99))
        print(f"intake {name}: {told}")


if __name__ == "__main__":
    main()
