"""An offer as pages show it: its card, how long is left, and what its rep may do with it now."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.core import signing
from django.utils.translation import gettext

from ripeline.server.instants import DAY, HOUR, SECOND
from ripeline.server.sales import cards, openings, verdicts
from ripeline.server.sales.verdicts import Standing
from ripeline.web import shell
from ripeline.web.sales.handoff_acts import acts_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ripeline.server.sales.cards import Card
    from ripeline.server.sales.handoffs import Handoff
    from ripeline.server.staff.users import User
    from ripeline.web.sales.handoff_acts import Act
    from ripeline.web.shell import When

_SOON = 2 * HOUR
_SALT = "offer"
FAR = 2**62


class Due(NamedTuple):
    """A due time as people read it: by when, how long is left, and `late`, `soon` or nothing of note."""

    what: str
    at: When
    left: str
    how: str


class Offer(NamedTuple):
    """What the templates show of an offer."""

    card: Card
    standing: Standing
    state: str
    due: Due | None
    deed_at: When | None
    acts: tuple[Act, ...]
    seen: str  # that this user was shown it

    @property
    def is_free(self) -> bool:
        """Whether it has no rep yet."""
        return self.card.handoff.rep_id is None

    @property
    def call(self) -> str:
        """What the button says that calls the lead."""
        return gettext("Call {number}").format(number=self.card.phone)

    @property
    def shows_words(self) -> bool:
        """Whether the lead's words are shown by themselves: what to say has them, unless they are long, or ours."""
        why = self.card.why
        return bool(why.words) and (why.is_noted or len(why.words) > openings.LONGEST)


def of(handoffs: Sequence[Handoff], standings: Mapping[int, Standing], user: User, now: int) -> list[Offer]:
    """The offers of some hand-offs, in their order."""
    found = cards.of(handoffs, shell.language(), now=now)
    return [offer_of(card, standings[card.handoff.pk], user, now) for card in found]


def offer_of(card: Card, standing: Standing, user: User, now: int) -> Offer:
    """The offer of a card."""
    handoff = card.handoff
    return Offer(
        card=card,
        standing=standing,
        state=state_of(handoff, standing),
        due=due_of(handoff, standing, now),
        deed_at=None if card.why.at is None else shell.here(card.why.at, now),
        acts=acts_at(standing, has_call=handoff.call_at is not None) if verdicts.may_answer(user, handoff) else (),
        seen=signing.dumps([handoff.pk, user.pk], salt=_SALT),
    )


def due_of(handoff: Handoff, standing: Standing, now: int) -> Due | None:
    """What is due next of it: the first touch; None once that was made, or all is over."""
    if handoff.due_at is None or standing not in (Standing.OFFERED, Standing.ACCEPTED):
        return None
    if handoff.call_at is not None and handoff.call_at > now:
        return Due(gettext("Call"), shell.here(handoff.call_at, now), gettext("call booked"), "")
    how = "late" if handoff.due_at < now else "soon" if handoff.due_at - now < _SOON else ""
    return Due(gettext("First touch"), shell.here(handoff.due_at, now), shell.left(handoff.due_at, now), how)


def urgency(handoff: Handoff, standing: Standing) -> tuple[bool, int, int]:
    """Sorts hand-offs: what waits for its first touch before the rest, the most urgent first."""
    return standing == Standing.TOUCHED, max(handoff.due_at or FAR, handoff.call_at or 0), handoff.pk


def was_shown(seen: str, handoff: Handoff, user: User) -> bool:
    """Whether this user was shown this offer within the last day, by what its form brings back."""
    try:
        told = signing.loads(seen, salt=_SALT, max_age=DAY // SECOND)
    except signing.BadSignature:
        return False
    return bool(told == [handoff.pk, user.pk])


def state_of(handoff: Handoff, standing: Standing) -> str:
    """A word on where it stands."""
    if handoff.rep_id is None and standing == Standing.OFFERED:
        return gettext("free")
    words = {
        Standing.OFFERED: gettext("new"),
        Standing.ACCEPTED: gettext("accepted"),
        Standing.TOUCHED: gettext("in talk"),
        Standing.OVER: gettext("over"),
    }
    return words[standing]
