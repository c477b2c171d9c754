"""What is known of a person: who it is, what was learnt and from where, what happened, what others were told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.db.models import Q

from ripeline.core.phrases import gettext as _
from ripeline.server import deeds, json_text, people, profiles
from ripeline.server.delivery.endpoints import EndpointKind
from ripeline.server.delivery.outbox import Delivery
from ripeline.server.events import Rejected, event_id
from ripeline.server.instants import FOREVER, TOLD
from ripeline.server.intake import activities
from ripeline.server.leads import Attachment, IdentifierKind, Membership
from ripeline.server.merges import Doubt, Merge
from ripeline.server.rights.copies.whom import or_all, without_people
from ripeline.server.terms import Term
from ripeline.server.timelines import VOIDED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ripeline.server.delivery.endpoints import Endpoint
    from ripeline.server.events import Event
    from ripeline.server.rights.copies.whom import Whom

Told = dict[str, Any]


def person(whom: Whom) -> Told:
    """Who it is to us: name, all identifiers with since when, companies, and the leads that were found to be one."""
    called = people.called([whom.lead])[whom.lead.pk]
    attached = Attachment.objects.filter(lead__in=whom.numbers).select_related("identifier").order_by("since", "pk")
    members = Membership.objects.filter(lead__in=whom.numbers).select_related("account").order_by("since", "pk")
    merges = Merge.objects.filter(Q(kept__in=whom.numbers) | Q(absorbed__in=whom.numbers)).order_by("at")
    doubts = Doubt.objects.filter(Q(lead__in=whom.numbers) | Q(other__in=whom.numbers)).order_by("at")
    words = Term.objects.filter(identifier__in=whom.identifiers).order_by("kind", "value")
    return {
        "number": whom.lead.pk,
        "name": called.name,
        "known_since": whom.at(whom.lead.created_at),
        "language": whom.lead.language,
        "identifiers": [
            {
                "kind": one.identifier.kind,
                "text": str(IdentifierKind(one.identifier.kind).label),
                "value": one.identifier.value,
                "since": whom.at(one.since),
                "until": None if one.until == FOREVER else whom.at(one.until),
                "bounced_at": whom.at(one.identifier.bounced_at),
            }
            for one in attached
        ],
        "companies": [
            {
                "name": one.account.key,
                "since": whom.at(one.since),
                "until": None if one.until == FOREVER else whom.at(one.until),
                "by_rule": one.by_rule,
            }
            for one in members
        ],
        "found_to_be_the_same": [{"at": whom.at(one.at), "undone_at": whom.at(one.undone_at)} for one in merges],
        "maybe_the_same": [
            {"at": whom.at(one.at), "reason": one.reason, "settled_at": whom.at(one.settled_at)} for one in doubts
        ],
        "found_by_words": sorted({bytes(one.value).decode(errors="replace") for one in words}),
    }


def facts(whom: Whom) -> list[Told]:
    """Each attribute as it is known now, with since when, from where, and who told it."""
    return [
        {
            "name": name,
            "text": whom.speaker.name("attribute", name),
            "value": fact.value,
            "at": whom.at(fact.at) if fact.at >= TOLD else None,
            "source": fact.source,
            "by": whom.role(fact.by),
        }
        for name, fact in profiles.of(whom.lead).items()
    ]


def events(whom: Whom) -> list[Told]:
    """Every row, in its order: what happened, what was told, what our people noted; and what was taken back."""
    voided = {
        str(said.get("voids", "")): str(said.get("reason") or VOIDED)
        for row in whom.rows
        if row.name == VOIDED
        for said in [json_text.read(row.properties)]
    }
    return [_event(row, whom, voided) for row in whom.rows]


def _event(row: Event, whom: Whom, voided: Mapping[str, str]) -> Told:
    said = json_text.read(row.properties)
    told = {
        "at": whom.at(row.at) if row.at >= TOLD else None,
        "received_at": whom.at(row.received_at),
        "name": row.name,
        "text": _called(row.name, whom),
        "source": row.source.name,
        "said": without_people(said, whom),
        "as_sent": _as_sent(row),
    }
    told |= {"by": whom.role(said["by"])} if "by" in said else {}
    told |= {"content": row.item.title or row.item.item} if row.item else {}
    taken_back = voided.get(event_id(row.source_id, row.key))
    return told | ({"taken_back": taken_back} if taken_back else {}) | ({"flag": row.flag} if row.flag else {})


def _as_sent(row: Event) -> Any:  # noqa: ANN401 - whatever others sent
    """What came in, where it says more than what was kept of it."""
    if row.body in ("", row.properties):
        return None
    try:
        return json.loads(row.body)
    except ValueError:
        return row.body


def _called(name: str, whom: Whom) -> str:
    label = OURS.get(name) or activities.LABELS.get(name) or deeds.WORDS.get(name)
    if label:
        return whom.say(label)
    for activity in whom.playbook.activities.values():
        if activity.event == (name,) and activity.label:
            return whom.say.word(activity.label)
    return whom.say.part(name)


def refused(whom: Whom) -> list[Told]:
    """Messages that could not be read and hold one of the person's identifiers, as they came."""
    if not whom.values:
        return []
    named = or_all(Q(body__contains=json.dumps(value, ensure_ascii=False)[1:-1]) for value in whom.values)
    rows = Rejected.objects.filter(named).select_related("source").order_by("received_at")
    return [
        {
            "at": whom.at(one.received_at),
            "source": one.source.name,
            "reason": one.reason,
            "detail": one.detail,
            "settled_at": whom.at(one.settled_at),
            # Others may have come in the same call, so what it held is told by a person who looks first.
            "size": len(one.body),
        }
        for one in rows
    ]


def sources(whom: Whom) -> list[Told]:
    """From where we know it all: each source with how many rows, and when it first and last told us."""
    found: dict[str, list[int]] = {}
    kinds: dict[str, str] = {}
    for row in whom.rows:
        found.setdefault(row.source.name, []).append(row.received_at)
        kinds[row.source.name] = row.source.kind
    return [
        {"name": name, "kind": kinds[name], "rows": len(at), "first": whom.at(min(at)), "last": whom.at(max(at))}
        for name, at in sorted(found.items())
    ]


def recipients(whom: Whom) -> list[Told]:
    """To whom what was told of the person, and when; a message says which lead, what and why, and no more of it."""
    named = or_all(Q(outgoing__body__contains=f'"lead":"{number}"') for number in whom.numbers)
    rows = Delivery.objects.filter(named).exclude(endpoint__kind=EndpointKind.LEADS)
    return [
        {
            "to": recipient(one.endpoint),
            "kind": one.endpoint.kind,
            "text": str(EndpointKind(one.endpoint.kind).label),
            "topic": one.outgoing.topic,
            "what": _message(one.outgoing.body),
            "delivered_at": whom.at(one.delivered_at),
            "given_up_at": whom.at(one.dead_at),
        }
        for one in rows.select_related("outgoing", "endpoint").order_by("pk")
    ]


def recipient(endpoint: Endpoint) -> str:
    """Who is told, without what opens its door: the host of a webhook, the domain of a mailbox."""
    if endpoint.kind == EndpointKind.EMAIL:
        return endpoint.address.rpartition("@")[2]
    return urlsplit(endpoint.address).hostname or endpoint.address


def _message(body: str) -> Any:  # noqa: ANN401 - JSON
    told = json_text.read(body)
    data = told.get("data", told)
    return {name: value for name, value in _walk(data) if name not in _OF_STAFF}


def _walk(data: object) -> Iterator[tuple[str, Any]]:
    if isinstance(data, dict):
        yield from data.items()


_OF_STAFF = frozenset({"rep", "by", "address", "to", "user", "owner"})

OURS: Mapping[str, str] = {
    "attributes_changed": _("Profile"),
    "bant_answered": _("Answer in an interview"),
    "rated": _("Rated"),
    "override_set": _("Set by hand"),
    "override_ended": _("Released: automation may decide again"),
    "stage_set": _("Stage set by hand"),
    "amount_expected": _("Expected amount"),
    "verdict_given": _("Answer to the hand-off"),
    "touch_logged": _("We reached out"),
    "consent_given": _("Consent given"),
    "consent_withdrawn": _("Consent withdrawn"),
    "points_adjusted": _("Points adjusted by hand"),
    "note_added": _("Note"),
    "call_booked": _("Call booked"),
    "call_cancelled": _("Call cancelled"),
    "advocate_marked": _("Speaks for us"),
    "advocate_ended": _("Speaks for us no more"),
    "referral_made": _("Has brought somebody"),
    "referred_by": _("Was brought by somebody"),
    "event_voided": _("Taken back"),
    "email_delivered": _("A mail of ours arrived"),
    "email_bounced": _("A mail of ours came back"),
    "email_clicked": _("Clicked in a mail of ours"),
    "email_opened": _("Opened a mail of ours"),
}
"""What rows with a meaning of their own are called."""
