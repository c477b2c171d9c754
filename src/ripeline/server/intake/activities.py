"""What our people see leads do: a conversation, a call, a question; rows of the ledger, dated when it happened.

What may be logged is what the active definition counts: its activities by conversation or telephone, and questions.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from ripeline.core.phrases import gettext
from ripeline.integrations import claims
from ripeline.language import readable
from ripeline.server import ledger, playbooks, sources
from ripeline.server.events import Event
from ripeline.server.leads import Lead
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.staff.users import Action, may

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ripeline.server.staff.users import User

_BY_PEOPLE = frozenset({"conversation", "phone"})
"""The channels of what happens between people."""
_BY_MACHINE = frozenset({"email_replied", "email_bounced", "automatic_reply_received"})
"""What comes in by itself, though its channel is a conversation."""
_ASKED = "question_asked"
TOKEN = re.compile(r"^[0-9]{17}[0-9a-f]{16}\Z")
"""What a token of `token` looks like."""

LABELS: Mapping[str, str] = {
    "call_received": gettext("Call received"),
    "conference_conversation": gettext("Talk at a conference"),
    "event_conversation": gettext("Talk at an event"),
    "fair_conversation": gettext("Talk at a fair"),
    "meetup_conversation": gettext("Talk at a meetup"),
    "online_conversation": gettext("Talk online"),
    _ASKED: gettext("Question asked"),
    "showroom_conversation": gettext("Talk in the showroom"),
}
"""What people call the events that the starter playbooks know, in English; the catalogs translate it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of activity that may be logged: the name of its event, and what people call it."""

    event: str
    label: str


@dataclass(frozen=True, slots=True)
class Logged:
    """The row that was added: its key in the ledger, and whether the same one was there before."""

    key: str
    is_repeat: bool


def kinds() -> tuple[Kind, ...]:
    """What may be logged now, in the order of the active definition; nothing before the first publication."""
    playbook = playbooks.active_playbook()
    if playbook is None:
        return ()
    found: dict[str, str] = {}
    for name, activity in playbook.activities.items():
        for event in activity.event:
            if (activity.channel in _BY_PEOPLE and event not in _BY_MACHINE) or event == _ASKED:
                own = activity.label or readable(name) if len(activity.event) == 1 else readable(event)
                found.setdefault(event, LABELS.get(event, own))
    return tuple(Kind(event, label) for event, label in found.items())


def log(
    who: Lead | str,
    event: str,
    *,
    at: int,
    text: str = "",
    by: User,
    now: int,
    once: str | None = None,
) -> Logged | Refused:
    """Write down what a lead, or whoever has this e-mail, did at an instant that is not in the future.

    A token of `token` as `once` lets it be written down once, however often it is sent.
    """
    refusal, claimed = None, _claims(who)
    if not may(by, Action.ACT_ON_LEADS):
        refusal = Refusal.NOT_ALLOWED
    elif claimed is None:
        refusal = Refusal.NOT_AN_ADDRESS
    elif at > now:
        refusal = Refusal.IN_THE_FUTURE
    elif event not in {kind.event for kind in kinds()}:
        refusal = Refusal.NOT_OFFERED
    if refusal or claimed is None:
        return Refused(refusal or Refusal.NOT_AN_ADDRESS)
    key = _prefix(by.pk) + (once if once and TOKEN.fullmatch(once) else token(now))
    said = {"text": text, "text_length": len(text)} if text else {}
    with transaction.atomic():
        added = ledger.tell(claimed, event, said, key=key, at=at, by=by.username, now=now)
    return Refused(Refusal.LOGGED_ALREADY) if added.conflicts else Logged(key, is_repeat=not added.stored)


def token(now: int) -> str:
    """A new token for one thing to be logged; tokens sort by time."""
    return f"{now:017d}{secrets.token_hex(8)}"


def last_of(user: User, count: int, *, now: int) -> Iterator[Event]:
    """What a user logged last, newest first."""
    # The keys sort by user and time, so that the index of keys finds them among all rows.
    keys = {"key__gte": _prefix(user.pk), "key__lt": _prefix(user.pk + 1)}
    rows = Event.objects.filter(source=sources.own(now), **keys).order_by("-key")
    return iter(rows.select_related("identifier")[:count])


def _prefix(user: int) -> str:
    """How the keys of what a user logs begin; letters and digits only, which every database sorts alike."""
    return f"log{user:010d}"


def _claims(who: Lead | str) -> dict[str, str] | None:
    if isinstance(who, Lead):
        return {"lead": str(who.pk)}
    address = claims.email(who)
    return {"email": address} if address else None
