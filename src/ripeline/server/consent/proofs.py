"""All that a lead ever said yes or no to, in full: what proves each consent, to be shown and printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ripeline.server import instants, json_text
from ripeline.server.consent import consents
from ripeline.server.consent.consents import GIVEN, WITHDRAWN, Wording
from ripeline.server.events import IN_FORCE, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ripeline.server.events import Event
    from ripeline.server.leads import Lead


@dataclass(frozen=True, slots=True)
class Proof:
    """One yes or no: to what, in which words, where, when, by whom, and how it was confirmed; empty is unknown."""

    purpose: str
    is_given: bool
    is_confirmed: bool
    at: int
    words: str
    where: str
    source: str
    by: str  # one of our people; empty: the person, or another system
    requested_at: int | None
    requested_from: str
    confirmed_at: int | None
    confirmed_from: str
    mail: str
    reason: str  # why there is a no that nobody said


def of(lead: Lead) -> tuple[Proof, ...]:
    """Every yes and no of a lead, newest first; also what our own people said a moment ago, and nobody has read."""
    fresh = [row for _lead, row in consents.unread_of([lead.pk])]
    read = list(rows_of(lead, GIVEN, WITHDRAWN).select_related("source").order_by(IN_FORCE, "name", "pk"))
    known = {row.pk for row in read}
    rows = [(row, json_text.read(row.properties)) for row in (*read, *(row for row in fresh if row.pk not in known))]
    digests = {str(said.get("wording")) for _row, said in rows}
    words = dict(Wording.objects.filter(pk__in=digests).values_list("pk", "text"))
    return tuple(_proof(row, said, words) for row, said in reversed(rows))


def _proof(row: Event, said: Mapping[str, object], words: Mapping[str, str]) -> Proof:
    told = {name: consents.text_of(said, name) or "" for name in _TOLD}
    is_given = row.name == GIVEN
    return Proof(
        purpose=told["purpose"],
        is_given=is_given,
        is_confirmed=is_given and consents.is_confirmed_by(row.source.kind, said),
        at=row.at,
        # Other systems tell the words themselves, which then stand in the row.
        words=words.get(told["wording"], told["wording"]),
        where=told["proof"],
        source=row.source.name,
        by=told["by"],
        requested_at=_instant(told["requested_at"]),
        requested_from=told["requested_from"] or told["from"],
        confirmed_at=_instant(told["confirmed_at"]),
        confirmed_from=told["confirmed_from"],
        mail=told["mail"],
        reason=told["reason"],
    )


_TOLD = (
    *("purpose", "wording", "proof", "by", "mail", "reason"),
    *("requested_at", "requested_from", "from", "confirmed_at", "confirmed_from"),
)


def _instant(text: str) -> int | None:
    """The instant that a row tells; None if it tells none: other systems may write anything."""
    try:
        return instants.of_text(text)
    except ValueError:
        return None
