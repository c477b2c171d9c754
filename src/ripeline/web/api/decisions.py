"""Decisions: stage moves, hand-offs, refusals and signals, each with its evidence."""

from typing import Any, Literal

from ninja import Query, Router
from pydantic import BaseModel, Field

from ripeline.core.units import MICRO
from ripeline.server import json_text, visibility
from ripeline.server.decisions import Decision
from ripeline.web.api.keys import Asked
from ripeline.web.api.routes import found, reading
from ripeline.web.api.values import Instant, Number, Page, Paging, RowNumber, iso, iso_or_none, page, points

router = Router(tags=["decisions"])

Kind = Literal["move", "handoff", "refused", "signal"]


class LineShown(BaseModel):
    """What a rule gave, as of the decision."""

    kind: str
    name: str
    axis: str
    points: float
    awards: int
    last_at: Instant | None


class DecisionShown(BaseModel):
    """What was decided on a lead, by which version of the playbook, and how the lead stood."""

    id: int
    lead: int
    at: Instant
    decided_at: Instant = Field(description="The round that found it.")
    kind: str
    old: str | None
    new: str | None
    reason: str | None
    gate: str | None
    version: str
    scores: dict[str, float] | None
    persona: str | None
    phase: str | None
    progress: dict[str, float] | None
    conversion_at: Instant | None
    lines: list[LineShown] | None = Field(description="Where the decision was found at its own instant.")
    missing: dict[str, Any] | None


class DecisionFilters(Paging):
    """Which decisions."""

    lead: RowNumber | None = None
    kind: Kind | None = None


@reading(router, "", Page[DecisionShown])
def list_decisions(request: Asked, filters: Query[DecisionFilters]) -> Page[DecisionShown]:
    """Decisions, of all leads or of one; `kind=move` are the moves from stage to stage."""
    rows = visibility.seen_by(request.auth.user, Decision.objects.select_related("round"))
    if filters.lead is not None:
        rows = rows.filter(lead=filters.lead)
    if filters.kind is not None:
        rows = rows.filter(kind=filters.kind)
    return page(rows, filters, lambda shown: [_shown(one) for one in shown])


@reading(router, "/{decision}", DecisionShown)
def show_decision(request: Asked, decision: Number) -> DecisionShown:
    """One decision."""
    rows = visibility.seen_by(request.auth.user, Decision.objects.select_related("round"))
    return _shown(found(rows.filter(pk=decision).first()))


def _shown(decision: Decision) -> DecisionShown:
    told = json_text.read(decision.evidence)
    progress, lines = told.get("progress"), told.get("lines")
    return DecisionShown(
        id=decision.pk,
        lead=decision.lead_id,
        at=iso(decision.at),
        decided_at=iso(decision.round.at),
        kind=decision.kind,
        old=decision.old or None,
        new=decision.new or None,
        reason=decision.reason or None,
        gate=decision.gate or None,
        version=decision.version_id,
        scores=points(told.get("scores")),
        persona=told.get("persona"),
        phase=told.get("phase"),
        progress={gate: share / 1_000_000 for gate, share in progress.items()} if progress else None,
        conversion_at=iso_or_none(told.get("conversion_at")),
        lines=[_line(*line) for line in lines] if lines else None,
        missing=told.get("missing"),
    )


def _line(kind: str, name: str, axis: str, micros: int, awards: int, last_at: int | None) -> LineShown:
    return LineShown(
        kind=kind, name=name, axis=axis, points=micros / MICRO, awards=awards, last_at=iso_or_none(last_at)
    )
