"""What may be told to others: a closed list of topics, and how an endpoint says which of them it wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripeline.core.phrases import gettext

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

TEST = "endpoint.test"
CLOSED = "endpoint.closed"
DUE_SOON, OVERDUE, ESCALATED = "lead.handoff.due_soon", "lead.handoff.overdue", "lead.handoff.escalated"
REASSIGNED, NOBODY = "lead.handoff.reassigned", "lead.handoff.nobody"
NURTURE = "lead.nurture"
ERASED = "lead.erased"

TOPICS: Mapping[str, str] = {
    "lead.move.lead": gettext("It is a lead again, and no MQL any more."),
    "lead.move.mql": gettext("It became an MQL, or is one again."),
    "lead.move.sql": gettext("It became an SQL, or is one again."),
    "lead.move.opportunity": gettext("It became an opportunity."),
    "lead.move.customer": gettext("It became a customer."),
    "lead.move.lost": gettext("It was lost."),
    "lead.move.disqualified": gettext("It was disqualified."),
    "lead.handoff.offered": gettext("It was offered to sales."),
    "lead.handoff.touched": gettext("Sales has touched it for the first time."),
    "lead.handoff.accepted": gettext("Sales accepted the offer."),
    "lead.handoff.confirmed": gettext("Sales confirmed need and chance."),
    "lead.handoff.recycled": gettext("Sales gave it back to marketing."),
    "lead.handoff.rejected": gettext("Sales rejected the offer."),
    "lead.handoff.disqualified": gettext("The hand-off ended because the lead was disqualified."),
    "lead.handoff.expired": gettext("The offer expired, because the lead is no longer ready for sales."),
    "lead.handoff.merged": gettext("The hand-off ended because the lead was merged into another one."),
    DUE_SOON: gettext("The first touch is due soon."),
    OVERDUE: gettext("The first touch is overdue."),
    ESCALATED: gettext("Nobody accepted it, or it is long overdue: whoever leads the team is asked to see to it."),
    REASSIGNED: gettext("Another rep has it now."),
    NOBODY: gettext("It was offered while no rep was free: whoever is free takes it."),
    "lead.signal.task": gettext("It asked again, but automation may not move it."),
    "lead.signal.faded": gettext("It is with sales and no longer ready for it."),
    "lead.signal.revived": gettext("It is with sales and ready for it again."),
    NURTURE: gettext("A step of a track is for another program, such as ads or social media."),
    ERASED: gettext("The person behind it was erased: delete what you hold of it, too."),
    "lead.refused": gettext("What a person wanted was refused."),
    CLOSED: gettext("An endpoint was closed by itself."),
    TEST: gettext("A test, sent by hand."),
}
"""Each topic, and when it is told."""

FOR_PEOPLE = frozenset(
    (
        *("lead.move.mql", "lead.handoff.offered", "lead.handoff.recycled", "lead.handoff.expired"),
        *(DUE_SOON, OVERDUE, ESCALATED, NOBODY, "lead.signal", CLOSED),
    )
)
"""What a chat or a mailbox is told that has not said what it wants."""


def is_pattern(text: str) -> bool:
    """Whether a text is a topic, or the beginning of topics up to a dot."""
    return any(_holds(text, topic) for topic in TOPICS)


def wanted(topic: str, patterns: Collection[str]) -> bool:
    """Whether a topic is one of those, or lies under one of them; without a pattern every topic is wanted."""
    return not patterns or any(_holds(pattern, topic) for pattern in patterns)


def _holds(pattern: str, topic: str) -> bool:
    return topic == pattern or topic.startswith(f"{pattern}.")
