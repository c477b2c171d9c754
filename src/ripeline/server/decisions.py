"""Decisions on leads, each with its evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from ripeline.core.explanation_json import missing
from ripeline.core.results import HandoffChange, Move, Refused, Signalled
from ripeline.server import json_text
from ripeline.server.delivery.outbox import Message, about, body
from ripeline.server.instants import InstantField
from ripeline.server.leads import Lead
from ripeline.server.playbooks import PlaybookVersion
from ripeline.server.rounds import Round

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ripeline.core.explanation import Miss
    from ripeline.core.results import Contribution, JournalEntry


class DecisionKind(models.TextChoices):
    """What a decision is about."""

    MOVE = "move"
    HANDOFF = "handoff"
    REFUSED = "refused"
    SIGNAL = "signal"


_OF_HANDOFFS = frozenset({"confirmed", "recycled", "disqualified"})
"""The reasons of moves that follow from a hand-off."""


class Decision(models.Model):
    """What was decided on a lead, by which version, and on what evidence.

    `at` is the instant for which it holds; `round` the pass that found it. What the four kinds tell stands in
    `old`, `new`, `reason` and `gate`: stages for a move; a status for a hand-off; the act for a refusal; a signal.
    """

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="decisions")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="decisions")
    version = models.ForeignKey(PlaybookVersion, on_delete=models.PROTECT)
    at = InstantField()
    place = models.PositiveIntegerField()  # among the lead's decisions, from 0
    kind = models.CharField(max_length=16, choices=DecisionKind.choices)
    old = models.CharField(max_length=16, default="", blank=True)
    new = models.CharField(max_length=16, default="", blank=True)
    reason = models.CharField(max_length=32, default="", blank=True)
    gate = models.CharField(max_length=16, default="", blank=True)
    evidence = models.TextField()  # how the lead stood, and what was missing for the next gate: JSON

    class Meta:
        """A lead's decisions stand in order."""

        constraints = (models.UniqueConstraint(fields=["lead", "place"], name="decision_place"),)
        indexes = (models.Index(fields=["kind", "at"], name="decision_kind"),)

    def standing(self) -> str:
        """How the lead stood, without what is kept only where it was at hand."""
        told = json_text.read(self.evidence)
        told.pop("lines", None)
        told.pop("missing", None)
        return json_text.written(told)


def said_by(entry: JournalEntry) -> dict[str, str]:
    """An entry of the evaluator's journal in the columns of a decision."""
    match entry:
        case Move():
            stages = {"old": entry.old.name.lower(), "new": entry.new.name.lower()}
            return {"kind": DecisionKind.MOVE, **stages, "reason": entry.reason, "gate": entry.gate or ""}
        case HandoffChange():
            return {"kind": DecisionKind.HANDOFF, "new": entry.status}
        case Refused():
            return {"kind": DecisionKind.REFUSED, "old": entry.act, "reason": entry.reason}
        case Signalled():
            return {"kind": DecisionKind.SIGNAL, "new": entry.signal}


def evidence_of(entry: JournalEntry, lines: Sequence[Contribution] = (), miss: Miss | None = None) -> str:
    """How the lead stood when it happened: scores and points in micro-points, progress to each gate in millionths.

    `lines` are the contributions as of that instant, and `miss` what the next gate lacked then, where they are at hand:
    for what happened between two rounds they are found again by evaluating.
    """
    look = entry.look
    told: dict[str, Any] = {"scores": look.scores, "persona": look.persona, "phase": look.phase}
    told["progress"] = look.progress
    if isinstance(entry, HandoffChange) and entry.conversion_at is not None:
        told["conversion_at"] = entry.conversion_at
    if lines:
        told["lines"] = [[line.kind, line.name, line.axis, line.points, line.awards, line.last_at] for line in lines]
    if miss is not None:
        told["missing"] = missing(miss)
    return json_text.written(told)


def topic_of(decision: Decision) -> str:
    """The topic under which a decision is told to others."""
    what = "" if decision.kind == DecisionKind.REFUSED else f".{decision.new}"
    return f"lead.{decision.kind}{what}"


def message_of(decision: Decision, **more: object) -> Message:
    """A decision as it is told to others: which lead, what, when and why; no personal data.

    A move that a hand-off brings about is told to people by the hand-off.
    """
    topic = topic_of(decision)
    data = about(decision.lead_id, sequence=decision.place, version=decision.version_id)
    match decision.kind:
        case DecisionKind.MOVE:
            data |= {"old": decision.old, "new": decision.new, "reason": decision.reason}
            data |= {"gate": decision.gate} if decision.gate else {}
        case DecisionKind.REFUSED:
            data |= {"act": decision.old, "reason": decision.reason}
    is_quiet = decision.kind == DecisionKind.MOVE and decision.reason in _OF_HANDOFFS
    return Message(topic, f"decision-{decision.pk}", body(topic, decision.at, data | more), quiet=is_quiet)
