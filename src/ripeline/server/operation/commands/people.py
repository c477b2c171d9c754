"""The commands about what a person may ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripeline.server import erasures
from ripeline.server.erasing import finishing
from ripeline.server.leads import Identifier, IdentifierKind, Lead
from ripeline.server.operation.commands.answers import command, done
from ripeline.server.refusals import Refusal, Refused

if TYPE_CHECKING:
    from ripeline.server.operation.commands.answers import Answer


@command
def person_erase(*, now: int, who: str, dry_run: bool = False) -> Answer:
    """Erase a person, by an e-mail, another identifier or a lead's number; how many rows go of each table."""
    lead = _lead(who)
    if dry_run:
        return {"lead": lead.pk, "rows": dict(done(erasures.preview(lead, now=now), who)), "erased": False}
    erased = done(erasures.erase(lead, None, now=now), who)
    is_done = finishing.finish(now)
    return {"lead": lead.pk, "rows": dict(erased.rows), "erased": True, "is_done": is_done}


def _lead(who: str) -> Lead:
    """The lead that is known by an e-mail or an id, or has this number; refused if there is none."""
    kinds = (IdentifierKind.EMAIL, IdentifierKind.USER_ID, IdentifierKind.EXTERNAL, IdentifierKind.LEAD)
    values = {IdentifierKind.EMAIL: who.strip().lower()}
    for kind in kinds:
        known = Identifier.objects.filter(kind=kind, value=values.get(kind, who.strip()), lead__isnull=False)
        if (one := known.select_related("lead").first()) is not None and one.lead is not None:
            return one.lead
    return done(Refused(Refusal.NO_SUCH_LEAD), who)
