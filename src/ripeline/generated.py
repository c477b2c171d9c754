"""A small made-up history for the demo: the same for the same seed, and marked as generated in every lead's id.

``python -m ripeline.generated FOLDER`` writes ``leads.csv`` and ``events.csv`` that fit the consultancy's playbook.
"""

from __future__ import annotations

import csv
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SEED = 7
LEADS = 400
START = datetime(2026, 1, 5, tzinfo=UTC)
DAYS = 90

Row = dict[str, str]

_INDUSTRIES = ("manufacturing", "logistics", "energy", "health care", "retail", "media")
_COUNTRIES = ("DE", "DE", "NL", "DK", "AT", "FR")
_TITLES = ("Managing Director", "Head of Operations", "Head of IT", "Project Manager", "Assistant", "Founder")
_SIZES = (8, 40, 120, 300, 900, 2500)
_PAGES = ("/services/strategy", "/blog/grid-fees", "/references/harbor", "/references/mill", "/fees", "/about")


class _Habit(NamedTuple):
    """A way to behave: how common it is, how many visits it makes, and what else it may do, in this order."""

    share: int
    visits: tuple[int, int]
    deeds: tuple[str, ...]


_HABITS = (
    _Habit(40, (1, 4), ()),
    _Habit(25, (2, 8), ("newsletter_subscribed", "email_clicked", "email_clicked", "email_clicked")),
    _Habit(15, (3, 10), ("whitepaper_downloaded", "webinar_registered", "webinar_attended")),
    _Habit(10, (3, 12), ("whitepaper_downloaded", "case_study_downloaded", "questionnaire_completed", "email_replied")),
    _Habit(6, (4, 12), ("webinar_attended", "contact_requested", "audit_requested")),
    _Habit(4, (4, 15), ("case_study_downloaded", "fair_conversation", "quote_requested")),
)
_WITH: dict[str, tuple[Row, ...]] = {
    "contact_requested": ({}, {"need": "Our warehouse loses a day on every order", "start": "this month"}),
    "consent_given": ({"purpose": "tracking"},),
}


def generate(seed: int = SEED, leads: int = LEADS) -> tuple[list[Row], list[Row]]:
    """The rows of leads and of events, in order of time."""
    chance = Random(seed)  # noqa: S311 - it plays, it keeps no secret
    people = [_lead(chance, number) for number in range(1, leads + 1)]
    events = [event for lead in people for event in _events(chance, lead["lead_id"])]
    return people, sorted(events, key=lambda event: (event["at"], event["lead_id"]))


def _lead(chance: Random, number: int) -> Row:
    relationship = chance.choices(("", "student", "competitor"), (94, 4, 2))[0]
    known = {
        "company_size": str(chance.choice(_SIZES)),
        "industry": chance.choice(_INDUSTRIES),
        "country": chance.choice(_COUNTRIES),
        "job_title": chance.choice(_TITLES),
    }
    told = {name: value if chance.random() < 0.7 else "" for name, value in known.items()}  # noqa: PLR2004 - a share
    email = f"person{number}@generated.example"
    return {"lead_id": f"generated-{number:03}", "email": email, **told, "relationship": relationship}


def _events(chance: Random, lead_id: str) -> Iterator[Row]:
    habit = chance.choices(_HABITS, [habit.share for habit in _HABITS])[0]
    begin = chance.uniform(0, DAYS * 0.8)
    tracked = chance.random() < 0.8  # noqa: PLR2004 - a share
    if tracked:
        yield _event(lead_id, begin, "consent_given", chance)
    for _ in range(chance.randint(*habit.visits)):
        yield _event(lead_id, min(begin + 0.01 + chance.expovariate(1 / 8), DAYS), "page_viewed", chance)
    day = begin + 0.02
    for deed in habit.deeds:
        day += chance.expovariate(1 / 6)
        if day < DAYS and chance.random() < 0.8:  # noqa: PLR2004 - a share
            yield _event(lead_id, day, deed, chance)


def _event(lead_id: str, day: float, name: str, chance: Random) -> Row:
    at = START + timedelta(seconds=round(day * 86_400))
    properties = {"path": chance.choice(_PAGES)} if name == "page_viewed" else chance.choice(_WITH.get(name, ({},)))
    return {"lead_id": lead_id, "at": at.isoformat(), "event": name, "properties": json.dumps(properties)}


def write(folder: Path) -> None:
    """Write both files into a folder, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in zip(("leads", "events"), generate(), strict=True):
        _write(folder / f"{name}.csv", rows)


def _write(path: Path, rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
