"""Leads as nurture sees them, in few queries however many they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from ripeline.core.columns import as_text
from ripeline.core.nurture import Taken, View
from ripeline.server import json_text, profiles
from ripeline.server.consent import consents
from ripeline.server.events import IN_FORCE, OF_LEAD, rows_of_all
from ripeline.server.leadmail.mails import Mail, MailKind
from ripeline.server.leads import Lead, with_absorbed
from ripeline.server.nurture.enrollments import Enrollment, StepDone
from ripeline.server.nurture.pauses import NurturePause
from ripeline.server.sales import verdicts
from ripeline.server.sales.handoffs import OPEN, Handoff
from ripeline.server.sales.tasks import Task, TaskKind
from ripeline.server.sales.verdicts import Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Literal

    from ripeline.core.playbook import Playbook


def views_of(leads: Iterable[Lead], playbook: Playbook, *, now: int) -> dict[int, View]:
    """By its number, how nurture sees each lead at an instant."""
    asked = {lead.pk: lead for lead in leads}
    whose = with_absorbed(asked)
    permissions, facts = consents.may_contact_all(asked, "email", now=now), profiles.of_all(asked)
    taken, done = _tracks(whose)
    offers, recycled, prepared = _offers(asked), _recycled(asked), _prepared(asked)
    written, (paused_leads, paused_tracks) = _mails(whose, playbook, now), _pauses(whose)
    return {
        number: View(
            stage=lead.stage,
            mail=permissions[number],
            persona=lead.persona,
            phase=lead.phase,
            cell=lead.cell,
            scores=json_text.read(lead.scores),
            attributes={name: as_text(fact.value) for name, fact in facts.get(number, {}).items()},
            excluded=lead.excluded,
            is_evaluated=not lead.not_evaluated,
            handoff=offers.get(number, ""),
            recycled=recycled.get(number, ""),
            taken=taken.get(number),
            done={track: frozenset(places) for track, places in done.get(number, {}).items()},
            mails=tuple(written.get(number, ())),
            prepared=tuple(prepared.get(number, ())),
            is_paused=number in paused_leads,
            paused=paused_tracks,
        )
        for number, lead in asked.items()
    }


def _tracks(whose: Mapping[int, int]) -> tuple[dict[int, Taken], dict[int, dict[str, set[str]]]]:
    """By lead, the track that it is in, and by track what was done in it."""
    rows = {one.pk: one for one in Enrollment.objects.filter(lead__in=whose)}
    done: dict[int, dict[str, set[str]]] = {}
    last: dict[int, int] = {}
    for number, place, at in StepDone.objects.filter(enrollment__in=rows).values_list("enrollment", "place", "at"):
        own = done.setdefault(whose[rows[number].lead_id], {})
        own.setdefault(rows[number].track, set()).add(place)
        last[number] = max(at, last.get(number, at))
    taken = {
        one.lead_id: Taken(one.track, one.entered_at, last.get(one.pk))
        for one in rows.values()
        if one.ended_at is None and whose[one.lead_id] == one.lead_id
    }
    return taken, done


def _offers(leads: Iterable[int]) -> dict[int, Literal["offered", "accepted"]]:
    """By lead, how its open hand-off stands, with what its rep said a moment ago."""
    offers = list(Handoff.objects.filter(lead__in=leads, status__in=OPEN))
    standings = verdicts.standings(offers)
    return {one.lead_id: "offered" if standings[one.pk] == Standing.OFFERED else "accepted" for one in offers}


def _recycled(leads: Iterable[int]) -> dict[int, str]:
    """By lead, why sales gave it back, if that is the last that it said of it."""
    found: dict[int, str] = {}
    rows = rows_of_all(leads, "verdict_given").order_by(IN_FORCE, "at", "key", "source")
    for lead, text in rows.values_list(OF_LEAD, "properties"):
        said = json_text.read(text)
        found[lead] = str(said.get("reason", "")) if said.get("verdict") == "recycled" else ""
    return found


def _prepared(leads: Iterable[int]) -> dict[int, list[int]]:
    """By lead, until when what sales has prepared comes first."""
    found: dict[int, list[int]] = {}
    rows = Task.objects.filter(lead__in=leads, kind=TaskKind.PREPARED_STEP, done_at=None)
    for lead, due_at in rows.values_list("lead", "due_at"):
        found.setdefault(lead, []).append(due_at)
    return found


def _mails(whose: Mapping[int, int], playbook: Playbook, now: int) -> dict[int, list[int]]:
    """By lead, when it was written to of late; what is on its way counts as of now."""
    if playbook.nurture is None:
        return {}
    late = now - playbook.nurture.at_most.within
    ours = Mail.objects.filter(lead__in=whose, kind__in=(MailKind.TRACK, MailKind.MAILING))
    counting = ours.filter(Q(sent_at__gt=late) | Q(sent_at=None, held_at=None))
    found: dict[int, list[int]] = {}
    for lead, sent_at in counting.values_list("lead", "sent_at"):
        found.setdefault(whose[lead], []).append(now if sent_at is None else sent_at)
    return found


def _pauses(whose: Mapping[int, int]) -> tuple[set[int], frozenset[str]]:
    """The leads for which nothing is done, and the tracks in which nothing is."""
    rows = NurturePause.objects.filter(Q(lead=None) | Q(lead__in=whose)).values_list("track", "lead")
    leads = {whose[lead] for _track, lead in rows if lead is not None}
    return leads, frozenset(track for track, lead in rows if lead is None)
