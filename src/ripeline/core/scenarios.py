"""Scenarios: short histories inside a playbook that say what must come of them."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import Field

from ripeline.core.units import Day, Flag, Frozen, Key, Label, Name, Points, Text, TimeOfDay

StageName = Literal["lead", "mql", "sql", "opportunity", "customer", "lost", "disqualified"]
HandoffStatus = Literal[
    "none", "offered", "accepted", "confirmed", "recycled", "rejected", "disqualified", "expired", "merged"
]
PhaseOrNone = Literal["awareness", "consideration", "decision", "none"]


class ScenarioEvent(Frozen):
    """One event of a scenario's history."""

    day: Annotated[int, Field(ge=0, le=3650, strict=True)] = Field(description="Days after the scenario's start.")
    time: TimeOfDay = Field(time(12), description="Time of day in the playbook's zone.")
    event: Key = Field(description="The event's name.")
    properties: dict[str, Any] = Field(default_factory=dict, description="The event's properties.", alias="with")
    id: Text | None = Field(None, description="The event's id, for a later row that voids it.")
    times: Annotated[int, Field(ge=1, le=1000, strict=True)] = Field(1, description="So many of it, a minute apart.")


class Expectation(Frozen):
    """What must come out. Only what is written is compared."""

    stage: StageName | None = Field(None, description="The stage.")
    scores: dict[Name, Points] = Field(default_factory=dict, description="Score by axis.")
    cell: Label | None = Field(None, description="The cell.")
    persona: Name | None = Field(None, description="The deciding persona; `none` for no persona.")
    phase: PhaseOrNone | None = Field(None, description="Journey phase.")
    handoff: HandoffStatus | None = Field(None, description="The status of the last hand-off.")
    excluded: Name | None = Field(None, description="The exclusion that applies; `none` for no exclusion.")
    plain: Flag | None = Field(None, description="Whether it is a plain lead.")
    reasons: dict[str, Points] = Field(
        default_factory=dict, description="Points by contribution: a rule's name, or `cap NAME` for a cap."
    )
    passed: tuple[StageName, ...] | None = Field(None, description="All stages moved to, in order.")


class Scenario(Frozen):
    """A short history and what must come of it."""

    name: Text = Field(description="A sentence that says what is shown.")
    start: Day = Field(date(2026, 1, 5), description="The day that counts as day 0.")
    attributes: dict[Name, Any] = Field(default_factory=dict, description="What is known of the lead from day 0 on.")
    history: tuple[ScenarioEvent, ...] = Field((), description="What happens.")
    on_day: Annotated[int, Field(ge=0, le=3650, strict=True)] | None = Field(
        None, description="The day, at its end, on which to look; the last event's instant if not given."
    )
    expect: Expectation = Field(description="What must come out.")
