"""From the decision to the receiver, on a running server: how long it takes beside an endpoint that never answers.

    python benchmarks/outgoing.py [--rate 50] [--seconds 60] [--postgresql]

A server in a folder of its own is told of so many leads a second that each ask for a demo: each one becomes an MQL and
is offered to sales, which is two decisions and so two messages. One receiver answers after 200 ms; the other one takes
what comes and says nothing. Everything runs on this machine's cores, the receivers too.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from installed import installed
from receiver import Receiver

if TYPE_CHECKING:
    from installations import Installation

NEAR = {"RIPELINE_ALLOWED_NETWORKS": "127.0.0.0/8"}
ANSWERS_AFTER = 0.2
PER_LEAD = 2


def ask(line: http.client.HTTPConnection, head: dict[str, str], who: str) -> None:
    """One lead asks for a demo."""
    event = {"event": "ask", "messageId": who, "userId": who}
    line.request("POST", "/v1/track", json.dumps(event), head)
    answer = line.getresponse()
    answer.read()
    if answer.status != http.client.OK:
        raise RuntimeError(answer.status)


def quantile(values: list[float], share: float) -> float:
    """The value below which this share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def send(installation: Installation, asked: argparse.Namespace) -> None:
    """Leads at an even rate."""
    line = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=60)
    head = {"Authorization": "Basic " + base64.b64encode(f"{installation.write_key}:".encode()).decode()}
    begun = time.perf_counter()
    for number in range(int(asked.rate / PER_LEAD * asked.seconds)):
        time.sleep(max(0.0, begun + number * PER_LEAD / asked.rate - time.perf_counter()))
        ask(line, head, f"lead-{number}")
    line.close()


def measure(installation: Installation, asked: argparse.Namespace) -> None:
    """Send, wait until everything has arrived, and print."""
    arrived: dict[str, float] = {}
    stopping = threading.Event()

    def well(handler: Any) -> tuple[int, dict[str, str]]:  # noqa: ANN401 - the library's handler
        arrived.setdefault(handler.headers["webhook-id"], time.time())
        time.sleep(ANSWERS_AFTER)
        return 204, {}

    def never(_: object) -> None:
        stopping.wait()

    with Receiver(answer=well) as good, Receiver(answer=never) as dead:
        installation.add_endpoint(good.url)
        installation.add_endpoint(dead.url)
        with installation.start("serve", environment=NEAR) as running:
            running.wait_until("/health/ready")
            begun = time.time()
            send(installation, asked)
            wanted = int(asked.rate / PER_LEAD * asked.seconds) * PER_LEAD
            while len(arrived) < wanted and time.time() < begun + asked.seconds + 120:
                time.sleep(0.1)
            stopping.set()
            running.stop()
    decided = dict(
        installation.rows(
            "SELECT o.key, r.finished_at FROM server_outgoing o JOIN server_round r ON r.at = o.created_at"
        )
    )
    waits = [arrived[key] - at / 1e6 for key, at in decided.items() if key in arrived]
    took = max(arrived.values()) - min(arrived.values())
    told = ", ".join(f"p{share * 100:.0f} {quantile(waits, share):.2f} s" for share in (0.5, 0.95, 0.99))
    print(f"{len(arrived)} of {wanted} messages arrived, {len(arrived) / took:.1f}/s, each answered after 200 ms")
    print(f"decision to first try, beside an endpoint that never answers: {told}")


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--postgresql", action="store_true")
    asked = parser.parse_args()
    with installed(postgresql=asked.postgresql) as installation:
        measure(installation, asked)


if __name__ == "__main__":
    main()
