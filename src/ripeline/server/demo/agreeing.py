"""What the made-up people said of being written to and called: some proven, some not, some not at all, a few a no."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ripeline.core.instants import DAY, MINUTE
from ripeline.integrations.segment import digest
from ripeline.server import instants

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ripeline.integrations.own_files import Row

_WORDS = {
    "email": "Yes, write to me by e-mail with news and offers. I can end this at any time.",
    "phone": "Yes, call me about your offers. I can end this at any time.",
}
_CONFIRMED, _UNCONFIRMED, _CALLED, _ENDED = 55, 75, 40, 7
"""Of a hundred leads so many said yes to mails and proved it, so many more did not, said yes to calls, ended mails."""


def agreed(rows: Iterable[Row]) -> Iterator[Row]:
    """The yeses and noes of each lead in these rows, which stand in the order in which they happened."""
    seen: set[str] = set()
    for row in rows:
        lead = str(json.loads(row.claims).get("external", ""))
        if lead and lead not in seen and row.at is not None:
            seen.add(lead)
            yield from _of_lead(lead, row, row.at)


def _of_lead(lead: str, first: Row, at: int) -> Iterator[Row]:
    luck = int(digest(lead.encode())[:12], 16)
    mails, calls, ends = luck % 100, luck // 100 % 100, luck // 10_000 % 100
    if mails < _UNCONFIRMED:
        proof = {"confirmed_at": instants.text(at + 9 * MINUTE)} if mails < _CONFIRMED else {}
        yield _row(first, "consent_given", "email", at + 10 * MINUTE, wording=_WORDS["email"], **proof)
    if calls < _CALLED:
        yield _row(first, "consent_given", "phone", at + 10 * MINUTE, wording=_WORDS["phone"])
    if mails < _CONFIRMED and ends < _ENDED:
        yield _row(first, "consent_withdrawn", "email", at + 40 * DAY)


def _row(first: Row, name: str, purpose: str, at: int, **said: str) -> Row:
    told = {"purpose": purpose, "proof": "form newsletter on the website", **said}
    key = digest(f"{name} {purpose} {first.claims}".encode())
    return first._replace(key=key, name=name, at=at, properties=json.dumps(told), voids="")
