"""Why a lead stands where it stands, as of any instant: evaluated anew from the ledger, as it was decided then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripeline.core.explanation import explain_chapters, miss_of
from ripeline.core.pasts import chapters
from ripeline.core.results import lead_result
from ripeline.core.scoring import evaluate_chapters
from ripeline.server import playbooks
from ripeline.server.qualification import histories
from ripeline.server.refusals import Refusal, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ripeline.core.explanation import Explanation, Miss
    from ripeline.core.scoring import Chapter
    from ripeline.server.leads import Lead


def explain(lead: Lead, at: int) -> Explanation | Refused:
    """A lead as of an instant, with all reasons; refused before it was known or any definition was in force."""
    told = _chapters(lead, at)
    return told if isinstance(told, Refused) else explain_chapters(told, str(lead.pk), at)


def missing(lead: Lead, at: int) -> Miss | Refused | None:
    """What a lead lacked for its next gate at an instant; None if both were open or it was past them."""
    told = _chapters(lead, at)
    if isinstance(told, Refused):
        return told
    evaluation = evaluate_chapters(told, at, details=True)
    result = lead_result(evaluation, str(lead.pk))
    return miss_of(evaluation, result) if result.known and result.scores is not None else None


def _chapters(lead: Lead, at: int) -> Sequence[Chapter] | Refused:
    versions = playbooks.core_versions(at)
    if not versions:
        return Refused(Refusal.NO_DEFINITION)
    if lead.created_at > at:
        return Refused(Refusal.NO_SUCH_LEAD)
    return chapters(histories.pasts([lead.unit_id], at, versions)[lead.unit_id], versions)
