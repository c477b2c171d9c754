"""Five leads of the consultancy that become offers, each in its own way: what they and our people did, as rows."""

from __future__ import annotations

import json
import urllib.request
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from websites import House

DAY, HOUR, MINUTE = 86_400, 3_600, 60


@dataclass(frozen=True)
class Done:
    """One thing, so many seconds before now."""

    before: float
    event: str
    said: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Story:
    """A lead, and what it did until it became an offer."""

    email: str
    knows: dict[str, Any]
    done: tuple[Done, ...]

    def rows(self) -> list[Done]:
        """Everything in order, what is known of it first."""
        first = max(one.before for one in self.done) + HOUR
        return [Done(first, "attributes_changed", {"email": self.email, **self.knows}), *self.done]


TRACKING = {"purpose": "tracking"}
STORIES = {
    "detailed request": Story(
        "mia@vandijk.example",
        {
            "name": "Mia van Dijk",
            "company": "Van Dijk Logistics",
            "job_title": "Head of Operations",
            "company_size": 320,
            "country": "NL",
            "phone": "+31 20 794 0800",
            "industry": "logistics",
        },
        (
            Done(9 * DAY, "whitepaper_downloaded", {"item": "Planning a warehouse"}),
            Done(
                20 * MINUTE,
                "contact_requested",
                {"need": "Our warehouse loses a day on every order", "start": "this month"},
            ),
        ),
    ),
    "quote after returning": Story(
        "ole@havn.example",
        {
            "first_name": "Ole",
            "last_name": "Havn",
            "company": "Havn Energi",
            "job_title": "Direktør",
            "company_size": 85,
            "country": "DK",
            "industry": "energy",
            "objections": ["too expensive for a firm of our size"],
        },
        (
            Done(12 * DAY, "consent_given", TRACKING),
            Done(12 * DAY - 1, "page_viewed", {"path": "/services/strategy"}),
            Done(2 * DAY, "page_viewed", {"path": "/references/harbor"}),
            Done(2 * DAY - 60, "page_viewed", {"path": "/fees"}),
            Done(
                50 * MINUTE,
                "quote_requested",
                {"message": "Please quote a first project of about three months", "budget": "30000"},
            ),
        ),
    ),
    "audit after webinar": Story(
        "jana@kranbau.example",
        {
            "name": "Jana Kruse",
            "company": "Kranbau Kruse",
            "job_title": "Leiterin Produktion",
            "company_size": 400,
            "country": "DE",
            "industry": "manufacturing",
            "pain_points": ["scrap", "late deliveries"],
        },
        (
            Done(6 * DAY, "webinar_registered", {"item": "Less scrap"}),
            Done(4 * DAY, "webinar_attended", {"item": "Less scrap"}),
            Done(30 * MINUTE, "audit_requested", {"site": "Harburg"}),
        ),
    ),
    "BANT by phone": Story(
        "paul@lindner.example",
        {
            "name": "Paul Lindner",
            "company": "Lindner Pumpen",
            "job_title": "Einkauf",
            "company_size": 260,
            "country": "AT",
            "phone": "+43 1 585 0",
        },
        (
            Done(3 * DAY, "whitepaper_downloaded", {"item": "Purchasing"}),
            Done(40 * MINUTE, "bant_answered", {"item": "need", "answer": "urgent"}),
            Done(38 * MINUTE, "bant_answered", {"item": "authority", "answer": "decision path known"}),
            Done(36 * MINUTE, "bant_answered", {"item": "timing", "answer": "within three months"}),
        ),
    ),
    "owner with fair talk and question": Story(
        "ida@nordwind.example",
        {
            "name": "Ida Nordwind",
            "company": "Nordwind",
            "job_title": "Geschäftsführerin",
            "company_size": 180,
            "country": "DE",
            "industry": "energy",
        },
        (
            Done(2 * DAY, "fair_conversation", {"text": "Wants to grow abroad", "by": "rosa"}),
            Done(25 * MINUTE, "question_asked", {"question": "Do you work with grid operators, too?"}),
        ),
    ),
}


def send(house: House, story: Story) -> None:
    """What happened, as a server tells it to the intake."""
    now = datetime.now(UTC)
    batch = [_message(story, one.event, one.said, now - timedelta(seconds=one.before)) for one in story.rows()]
    request = urllib.request.Request(
        f"http://127.0.0.1:{house.installation.port}/v1/batch",
        json.dumps({"batch": batch}).encode(),
        {
            "Content-Type": "application/json",
            "Authorization": "Basic " + b64encode(f"{house.installation.write_key}:".encode()).decode(),
        },
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own
        assert answer.status == 200


def _message(story: Story, event: str, said: dict[str, Any], at: datetime) -> dict[str, Any]:
    who = {"context": {"traits": {"email": story.email}}, "userId": story.email, "timestamp": at.isoformat()}
    if event == "attributes_changed":
        return {"type": "identify", "traits": said} | who
    return {"type": "track", "event": event, "properties": said} | who
