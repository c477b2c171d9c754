"""All that is known of one person, as one value: what the page shows and what programs read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import override

from ripeline.language import Language
from ripeline.server.consent import objections
from ripeline.server.leadmail import lead_languages
from ripeline.server.leadmail.service_mails import sender
from ripeline.server.rights.copies import dealings, known, profiling, rights
from ripeline.server.rights.copies.whom import Whom

if TYPE_CHECKING:
    from ripeline.server.leads import Lead

FORMAT = "ripeline-person/1"
"""What the file says that it is; another number is another form."""


def everything(lead: Lead, *, now: int, language: str = "") -> dict[str, Any]:
    """All that is known of a person, in its own language unless another one is named; no secret, nobody else."""
    code = language or lead_languages.languages_of([lead.pk])[lead.pk]
    say = Language.of(code)
    with override(say.code):
        return _told(Whom(lead, say, now))


def _told(whom: Whom) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "made_at": whom.at(whom.now),
        "language": whom.say.code,
        "controller": {"name": sender(), "imprint": list(settings.IMPRINT), "address": settings.URL},
        "person": known.person(whom),
        "facts": known.facts(whom),
        "standing": profiling.standing(whom),
        "decisions": profiling.decisions(whom),
        "procedure": profiling.procedure(whom),
        "objected_since": whom.at(objections.since(whom.lead, now=whom.now)),
        "consents": dealings.agreed(whom),
        "mails": dealings.written(whom),
        "tracks": dealings.tracks(whom),
        "pauses": dealings.pauses(whom),
        "handoffs": dealings.offers(whom),
        "tasks": dealings.to_do(whom),
        "interview": dealings.interview(whom),
        "outcomes": dealings.became(whom),
        "referrals": dealings.brought(whom),
        "requests": dealings.requests(whom),
        "events": known.events(whom),
        "not_understood": known.refused(whom),
        "recipients": known.recipients(whom),
        "sources": known.sources(whom),
        "kept_for": rights.periods(whom.say),
        "rights": rights.told(whom),
    }
