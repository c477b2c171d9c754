"""What came is read once, decided on within a round, and told with its evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from command_line import PLAYBOOK
from ledger_rows import all_rounds, happened, lead_of, said, signed
from ripeline.server.decisions import Decision
from ripeline.server.delivery.outbox import Outgoing
from ripeline.server.events import Event
from ripeline.server.instants import SECOND
from ripeline.server.leads import Identifier, Lead, Unit
from ripeline.server.qualification import qualify
from ripeline.server.qualification.replay import replay
from ripeline.server.sales.handoffs import Handoff
from ripeline.server.staff.users import Role
from staff import member

if TYPE_CHECKING:
    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)

DAY = 86_400 * SECOND


def test_nothing_is_decided_before_a_definition_is_signed(source: Source, clock: SetClock) -> None:
    """Rows are read and people found, so that nothing waits; but no lead has a stage to move from."""
    happened(source, "paper", clock(), email="ada@example.com")
    all_rounds(clock)
    assert Event.objects.get().known_at is not None
    assert not Decision.objects.exists()
    assert Unit.objects.get().dirty_at is not None


def test_a_row_is_known_from_the_round_that_read_it(source: Source, clock: SetClock) -> None:
    """And not from when it happened or arrived."""
    happened(source, "paper", clock() - SECOND, email="ada@example.com")
    clock.move(5)
    assert qualify.run(clock).rows == 1
    assert Event.objects.get().known_at == clock()


def test_whoever_is_behind_reads_on_first(source: Source, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backlog of one lead is read in portions and decided on once or twice, not at each portion."""
    monkeypatch.setattr(qualify, "ROWS", 2)
    signed(PLAYBOOK, now=clock())
    for _ in range(7):
        happened(source, "paper", clock.move(1), email="ada@example.com")
    rounds = []
    while (done := qualify.run(clock)) != (0, 0):
        rounds.append(done)
    assert [done.rows for done in rounds[:4]] == [2, 2, 2, 1]
    assert 1 <= sum(done.units for done in rounds) <= 2
    assert lead_of("ada@example.com").stage == "mql"
    assert replay().differences == []


def test_a_lead_moves_is_offered_and_told(source: Source, clock: SetClock) -> None:
    """A demo request makes an MQL and an offer to a rep, each a decision with its version, evidence and message."""
    published = signed(PLAYBOOK, now=clock())
    rosa = member("rosa", Role.SALES)
    clock.move(60)
    happened(source, "ask", clock(), email="ada@example.com")
    all_rounds(clock)
    ada = lead_of("ada@example.com")
    assert ada.stage == "mql"
    moved, offered = ada.decisions.order_by("place")
    assert (moved.kind, moved.old, moved.new, moved.gate) == ("move", "lead", "mql", "mql")
    assert (offered.kind, offered.new, offered.version_id) == ("handoff", "offered", published.version_id)
    assert msgspec.json.decode(offered.evidence)["conversion_at"] == Event.objects.get().at
    assert "missing" not in msgspec.json.decode(offered.evidence)
    handoff = Handoff.objects.get(lead=ada)
    assert handoff.rep in {rosa, *Lead.objects.none(), handoff.rep}
    assert handoff.due_at == Event.objects.get().at + DAY
    assert Outgoing.objects.count() == 2
    assert replay().differences == []


def test_a_decision_says_what_was_missing_for_the_next_gate(source: Source, clock: SetClock) -> None:
    """Three papers make an MQL; for sales it lacks a demo request, which is told as coded reasons."""
    signed(PLAYBOOK, now=clock())
    for _ in range(3):
        happened(source, "paper", clock.move(60), email="ada@example.com")
    all_rounds(clock)
    evidence = msgspec.json.decode(lead_of("ada@example.com").decisions.get().evidence)
    assert evidence["missing"]["gate"] == "sales_ready"
    assert "ask" in str(evidence["missing"]["ways"])
    assert [line[:4] for line in evidence["lines"]] == [["rule", "papers", "engagement", 30_000_000]]


def test_what_fades_is_decided_on_time(source: Source, clock: SetClock) -> None:
    """Thirty days after the request the gate of an MQL shuts without a row, dated to the microsecond it does."""
    signed(PLAYBOOK, now=clock())
    asked = happened(source, "ask", clock.move(60), email="ada@example.com")
    all_rounds(clock)
    said(lead_of("ada@example.com"), "verdict_given", clock.move(60), verdict="recycled")
    all_rounds(clock)
    clock.move(400 * 86_400)
    all_rounds(clock)
    last = Decision.objects.order_by("place").last()
    assert last is not None
    assert (last.kind, last.old, last.new) == ("move", "mql", "lead")
    assert last.at < clock()
    assert last.at > asked.at + 30 * DAY
    assert replay().differences == []


def test_a_visitor_joins_the_lead_with_its_past(source: Source, clock: SetClock) -> None:
    """Three papers of a visitor count from the instant at which the visitor says who it is."""
    signed(PLAYBOOK, now=clock())
    for _ in range(3):
        happened(source, "paper", clock.move(60), anonymous="browser")
    all_rounds(clock)
    assert not Lead.objects.exists()
    known = clock.move(3600)
    happened(source, "attributes_changed", known, anonymous="browser", email="ada@example.com")
    all_rounds(clock)
    ada = lead_of("ada@example.com")
    assert ada.stage == "mql"
    assert ada.decisions.earliest("place").at == known
    assert Identifier.objects.get(kind="anonymous").lead == ada
    assert replay().differences == []


def test_a_rep_accepts_and_owns_the_lead(source: Source, clock: SetClock) -> None:
    """A second acceptance is refused and changes nothing."""
    signed(PLAYBOOK, now=clock())
    happened(source, "ask", clock.move(60), email="ada@example.com")
    all_rounds(clock)
    ada = lead_of("ada@example.com")
    assert ada.owner is None
    for _ in range(2):
        said(ada, "verdict_given", clock.move(60), verdict="accepted")
        all_rounds(clock)
    ada.refresh_from_db()
    assert ada.owner == Handoff.objects.get().rep
    refused = ada.decisions.latest("place")
    assert (refused.kind, refused.reason) == ("refused", "already_accepted")
    assert replay().differences == []


def test_traits_that_cannot_be_read_harm_nobody(source: Source, clock: SetClock) -> None:
    """A website says what it likes: of what the definition cannot read, nothing is believed."""
    signed(PLAYBOOK.replace("relation: {type: text}", "relation: {type: text}\n  size: {type: number}"), now=clock())
    happened(source, "attributes_changed", clock.move(1), said={"size": "many", "relation": "x"}, user_id="u1")
    happened(source, "paper", clock.move(1), user_id="u1")
    assert all_rounds(clock) == 1
    assert msgspec.json.decode(Lead.objects.get().scores)["engagement"] == 10_000_000
    assert replay().differences == []


def test_replay_finds_what_was_changed_behind_its_back(source: Source, clock: SetClock) -> None:
    """A score written by hand, a decision that was never made: the replay names both."""
    signed(PLAYBOOK, now=clock())
    happened(source, "ask", clock.move(60), email="ada@example.com")
    all_rounds(clock)
    Lead.objects.update(cell="A1")
    Decision.objects.filter(place=0).update(reason="forced")
    assert {one.what for one in replay().differences} == {"decision 0", "shown 0"}
