"""The log of loan applications as it would have come in: event after event, a round for each instant of the log.

RIPELINE_STREAM_LEADS sets how many leads are streamed (100; `all` takes hours).
"""

from __future__ import annotations

import asyncio
import csv
import gzip
import os
import re
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from generated import EPOCH
from ledger_rows import signed
from ripeline.core.history import history_from_rows
from ripeline.core.results import LeadResult, lead_results
from ripeline.core.scoring import Version, evaluate
from ripeline.integrations.standard_events import event_name
from ripeline.server import playbooks, sources
from ripeline.server.decisions import Decision, evidence_of, said_by
from ripeline.server.intake.app import Intake
from ripeline.server.leads import Identifier, Lead
from ripeline.server.qualification import qualify
from ripeline.server.qualification.replay import replay
from ripeline.server.sources import SourceKind
from set_clock import SetClock

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ripeline.core.playbook import Playbook

pytestmark = [pytest.mark.real, pytest.mark.timeout(6 * 3600), pytest.mark.django_db(transaction=True)]

PLAYBOOK = Path(__file__).with_name("loans.yaml")
LEADS = os.environ.get("RIPELINE_STREAM_LEADS", "100")
Row = dict[str, str]


def read(file: Path) -> list[Row]:
    """The rows of a packed CSV."""
    with gzip.open(file, "rt", encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def micros(text: str) -> int:
    """ISO 8601 as microseconds since 1970."""
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def as_received(text: str) -> str:
    """The playbook with the events' names as the intake writes them."""
    names = sorted({name for row in re.findall(r"event: ([^\n,}]+)", text) for name in [row.strip("[] ")]}, key=len)
    for name in reversed(names):
        text = text.replace(f"event: {name}", f"event: {event_name(name)}")
    return text


class Log:
    """Some of the leads, with all that happened to them, by instant."""

    def __init__(self, folder: Path) -> None:
        leads = read(folder / "leads.csv.gz")
        count = len(leads) if LEADS == "all" else int(LEADS)
        self.leads = leads[:: max(1, len(leads) // count)][:count]
        names = {lead["case_id"] for lead in self.leads}
        self.events = [row for row in read(folder / "events.csv.gz") if row["case_id"] in names]

    def by_instant(self) -> Iterable[tuple[int, list[dict[str, Any]]]]:
        """What a sender would have sent at each instant."""
        found: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for lead in self.leads:
            message = {"type": "identify", "userId": lead["case_id"], "traits": {"amount_req": lead["amount_req"]}}
            found[micros(lead["reg_date"])].append(message | {"messageId": f"lead {lead['case_id']}"})
        for place, row in enumerate(self.events):
            said = {name: row[name] for name in ("transition", "resource") if row[name]}
            message = {"type": "track", "userId": row["case_id"], "event": row["activity"], "properties": said}
            found[micros(row["timestamp"])].append(message | {"messageId": f"{place:08d}"})
        return sorted(found.items())

    def evaluated(self, playbook: Playbook, at: int) -> dict[str, LeadResult]:
        """What the evaluator says of the file."""
        rows = [
            {
                "lead_id": row["case_id"],
                "at": micros(row["timestamp"]),
                "event": event_name(row["activity"]),
                "event_id": f"{place:08d}",
                "properties": {name: row[name] for name in ("transition", "resource") if row[name]},
            }
            for place, row in enumerate(self.events)
        ]
        leads = [
            {
                "lead_id": lead["case_id"],
                "created_at": micros(lead["reg_date"]),
                "attributes": {"amount_req": lead["amount_req"]},
            }
            for lead in self.leads
        ]
        history = history_from_rows([playbook], leads, rows)
        return {result.lead_id: result for result in lead_results(evaluate([Version(playbook)], history, at))}


async def streamed(log: Log, clock: SetClock, key: str) -> int:
    """Send and decide, instant by instant; how many rounds there were."""
    intake, rounds = Intake(clock), 0
    await intake.open()
    transport = httpx.ASGITransport(intake)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for instant, messages in log.by_instant():
            clock.now = instant
            batch = [message | {"timestamp": iso(instant)} for message in messages]
            answer = await client.post("/v1/batch", json={"batch": batch, "sentAt": iso(instant)}, auth=(key, ""))
            assert answer.status_code == 200, answer.text
            done = await asyncio.to_thread(qualify.run, clock)
            assert done.rows == len(messages)
            rounds += 1
    await intake.close()
    return rounds


def iso(instant: int) -> str:
    """Microseconds since 1970 as ISO 8601."""
    return (EPOCH + timedelta(microseconds=instant)).isoformat(timespec="microseconds")


def decided(lead: Lead) -> list[tuple[Any, ...]]:
    """What was decided on a lead, with how it stood."""
    rows = Decision.objects.filter(lead=lead).order_by("place")
    return [(row.at, row.kind, row.old, row.new, row.reason, row.gate, row.standing()) for row in rows]


def journal(result: LeadResult) -> list[tuple[Any, ...]]:
    """The evaluator's journal in the same words."""
    empty: Mapping[str, str] = dict.fromkeys(("kind", "old", "new", "reason", "gate"), "")
    rows = [(entry, {**empty, **said_by(entry)}) for entry in result.journal]
    return [
        (entry.at, *(said[name] for name in ("kind", "old", "new", "reason", "gate")), evidence_of(entry))
        for entry, said in rows
    ]


def test_what_comes_in_live_is_decided_as_the_evaluator_decides_on_the_file(real_data: Path) -> None:
    """Every decision with its instant and evidence, every stage; and the replay agrees."""
    log, clock = Log(real_data / "bpi2012_loans"), SetClock()
    instants = [instant for instant, _ in log.by_instant()]
    clock.now = instants[0] - 60_000_000
    opened = sources.add("bank", SourceKind.SERVER, now=clock())
    assert isinstance(opened, sources.WithKey)
    published = signed(as_received(PLAYBOOK.read_text()), now=clock())
    rounds = asyncio.run(streamed(log, clock, opened.key))
    results = log.evaluated(playbooks.playbook_of(published.version), instants[-1])
    numbers = dict(Identifier.objects.filter(kind="user_id").values_list("value", "lead"))
    assert len(numbers) == len(log.leads)
    for name, result in results.items():
        lead = Lead.objects.get(pk=numbers[name])
        assert decided(lead) == [row for row in journal(result) if row[0] <= lead.decided_at], name
    assert sum(len(result.journal) for result in results.values()) > len(results)
    assert replay().differences == []
    assert rounds == len(instants)
