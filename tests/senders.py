"""Clients that send events and record what became of each: acknowledged, refused, or unknown."""

from __future__ import annotations

import base64
import http.client
import json
import random
import threading
import time
from collections import Counter
from typing import Any, Self

PEOPLE = 60
NAMES = ("paper", "paper", "paper", "ask", "other")


class Senders:
    """Some threads with chance of their own from one seed, each with one connection, that send until stopped.

    A client whose call is not acknowledged sends the same events again, as real clients do; now and then one repeats
    what was acknowledged.
    """

    def __init__(self, port: int, write_key: str, *, clients: int = 8, seed: int = 1, pause: float = 0.02) -> None:
        self.port = port
        self.acked: set[str] = set()
        self.refused: Counter[int] = Counter()
        self.unknown = 0
        self.sent: set[str] = set()
        self.without_retry_after = 0
        self.last_ack = 0.0
        self.waits: list[float] = []
        self._token = base64.b64encode(f"{write_key}:".encode()).decode()
        self._pause = pause
        self._guard = threading.Lock()
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(f"{seed}-{number}", random.Random(f"{seed}-{number}")))
            for number in range(clients)
        ]

    def acknowledged(self) -> set[str]:
        """The messages that were acknowledged until now."""
        with self._guard:
            return set(self.acked)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def send(self, body: str) -> int:
        """Send one batch that counts in no record; returns the status."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        line.request("POST", "/v1/batch", body, {"Authorization": f"Basic {self._token}"})
        status = line.getresponse().status
        line.close()
        return status

    def _run(self, name: str, chance: random.Random) -> None:
        line: http.client.HTTPConnection | None = None
        number = 0
        again: list[dict[str, Any]] = []
        done: list[list[dict[str, Any]]] = []
        while not self._stopping.is_set():
            if again:
                batch = again
            elif done and chance.random() < 0.02:
                batch = chance.choice(done)
            else:
                size = 1 if chance.random() < 0.7 else chance.randint(2, 20)
                batch = [_event(f"{name}-{number + place}", chance) for place in range(size)]
                number += size
            if line is None:
                line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            status = self._call(line, batch)
            if status == 200:
                again, done = [], [*done[-50:], batch]
            else:
                again = batch
                self._stopping.wait(0.02)
            if status == 0:
                line.close()
                line = None
            if self._pause:
                self._stopping.wait(self._pause)
        if line is not None:
            line.close()

    def _call(self, line: http.client.HTTPConnection, batch: list[dict[str, Any]]) -> int:
        ids = {event["messageId"] for event in batch}
        with self._guard:
            self.sent |= ids
        body = json.dumps(batch[0] if len(batch) == 1 else {"batch": batch})
        path = "/v1/track" if len(batch) == 1 else "/v1/batch"
        begun = time.monotonic()
        try:
            line.request("POST", path, body, {"Authorization": f"Basic {self._token}"})
            answer = line.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self.unknown += len(ids)
            return 0
        with self._guard:
            if answer.status == 200:
                self.acked |= ids
                self.last_ack = time.monotonic()
                self.waits.append(self.last_ack - begun)
            else:
                self.refused[answer.status] += len(ids)
                self.without_retry_after += answer.status in {429, 503} and not answer.headers.get("Retry-After")
        return answer.status


def _event(key: str, chance: random.Random) -> dict[str, Any]:
    who = f"lead{chance.randrange(PEOPLE)}@example.com"
    return {
        "type": "track",
        "event": chance.choice(NAMES),
        "messageId": key,
        "userId": who,
        "anonymousId": f"visitor-{chance.randrange(2 * PEOPLE)}" if chance.random() < 0.3 else None,
        "context": {"traits": {"email": who}},
        "properties": {"page": "Gründe\u0000" if chance.random() < 0.01 else "/"},
    }
