"""A program that speaks to the JSON API, and a small company for it to ask about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.test import Client

from ledger_rows import all_rounds, happened, signed
from ripeline.server.staff.users import Role, Scope, User
from staff import key_of, member

if TYPE_CHECKING:
    from django.http import HttpResponse

    from ripeline.server.sources import Source
    from set_clock import SetClock

ROOT = "/api/v1"
SMALL = """\
playbook: Small
timezone: Europe/Berlin
consent: assumed
attributes:
  relation: {type: text}
  employees: {type: number}
  objections: {type: set}
activities:
  paper: {event: paper, label: Paper}
  ask: {event: ask, conversion: true, label: Demo request}
  fair_talk: {event: fair_conversation, channel: conversation}
  call: {event: call_received, channel: phone, label: Call}
bant:
  budget: {also: employees}
axes:
  engagement: {bands: {1: 30}, otherwise: 2}
  fit: {bands: {A: 20}, otherwise: B}
rules:
  papers: {on: paper, points: 10, decay: {half_life: 30 days}}
  talks: {on: [fair_talk, call], points: 12.5}
exclusions:
  competitor: {attribute: relation, is: competitor}
gates:
  mql: {enter: {any: [{score: engagement, at_least: 30}, {did: ask, within: 30 days}]}}
  sales_ready: {enter: {did: ask, within: 60 days}}
"""


class Program:
    """Asks in the name of a user."""

    def __init__(self, user: User, scope: Scope = Scope.ACT, **headers: str) -> None:
        self.user = user
        self.key, self.secret = key_of(user, f"program {user.api_keys.count()}", scope=scope, now=0)
        self.headers = {"authorization": f"Bearer {self.secret}"} | headers
        self._client = Client(raise_request_exception=True)

    def get(self, path: str, **query: Any) -> HttpResponse:  # noqa: ANN401 - whatever is sent
        """The answer to a question."""
        headers = self.headers | query.pop("headers", {})
        return self._client.get(f"{ROOT}/{path}", query, headers=headers)  # type: ignore[return-value]

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:  # noqa: ANN401 - whatever is sent
        """The answer to an act."""
        text = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = self.headers | headers
        return self._client.post(f"{ROOT}/{path}", text, content_type="application/json", headers=sent)  # type: ignore[return-value]

    def read(self, path: str, **query: Any) -> Any:  # noqa: ANN401 - JSON
        """What a question that is answered well is answered."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.content
        return json.loads(answer.content)

    def do(self, path: str, body: Any = None, **headers: str) -> Any:  # noqa: ANN401 - JSON
        """What an act that is done is answered."""
        answer = self.post(path, body, **headers)
        assert answer.status_code == 201, answer.content
        return json.loads(answer.content)


def trouble(answer: HttpResponse) -> tuple[int, str, str]:
    """Status, code and place of an answer that says no."""
    told = json.loads(answer.content)
    assert set(told) == {"code", "message", "cure", "where", "problems"}, told
    assert told["message"]
    return answer.status_code, told["code"], told["where"]


def company(source: Source, clock: SetClock) -> User:
    """Ada, whose hand-off is offered to Rosa, who is told; and Bob, who reads papers."""
    rosa = member("rosa", Role.SALES)
    signed(SMALL, now=clock(), reps=False)
    happened(source, "paper", clock.move(60), email="bob@example.com")
    happened(source, "ask", clock.move(60), email="ada@example.com", account="acme")
    all_rounds(clock)
    return rosa
