"""Whether a lead may be scored, as an answer with its reason (``docs/meaning.md`` section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ripeline.core.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ripeline.core.playbook import Playbook


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """What a lead said about one purpose, effective from an instant (microseconds UTC)."""

    purpose: str
    effective_at: int
    given: bool


@dataclass(frozen=True, slots=True)
class Permission:
    """Yes or no, and why."""

    granted: bool
    reason: Reason

    def __bool__(self) -> bool:
        return self.granted


def may_score(playbook: Playbook, rows: Iterable[ConsentRow], at: int) -> Permission:
    """Whether the lead of these rows may be scored at an instant (microseconds UTC)."""
    if isinstance(playbook.consent, str):
        return Permission(granted=True, reason=Reason("may_score_assumed"))
    scoring = playbook.consent.scoring
    if scoring is None:
        return Permission(granted=True, reason=Reason("may_score_not_asked"))
    said = [row for row in rows if row.purpose == scoring.purpose and row.effective_at <= at]
    if not said:
        if scoring.basis == "objection":
            return Permission(granted=True, reason=Reason("may_score_no_objection", purpose=scoring.purpose))
        return Permission(granted=False, reason=Reason("no_consent", purpose=scoring.purpose))
    last = max(row.effective_at for row in said)
    granted = all(row.given for row in said if row.effective_at == last)
    code = "may_score_given" if granted else "consent_withdrawn"
    return Permission(granted=granted, reason=Reason(code, purpose=scoring.purpose, at=last))
