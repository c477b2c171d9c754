"""Sections of the page of a lead: its profile, what sales knows, its company, and who may be the same person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext

from ripeline.server import json_text, merges, people, profiles, visibility
from ripeline.server.consent import consents
from ripeline.server.content import catalogue
from ripeline.server.content.catalogue import NAMED_BY
from ripeline.server.events import rows_of_all
from ripeline.server.instants import FOREVER, TOLD
from ripeline.server.leads import IdentifierKind, Lead
from ripeline.server.merges import Doubt, DoubtReason, Merge
from ripeline.server.refusals import Refused
from ripeline.server.sales import dossiers, interviews, outcomes, referrals
from ripeline.server.sales.outcomes import LostReason
from ripeline.web import shell
from ripeline.web.amounts import money
from ripeline.web.lead.asking import lead_called
from ripeline.web.lead.speaking import fact_called, stage, value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ripeline.language import Speaker
    from ripeline.server.sales.interviews import Answer, Interview, Question
    from ripeline.server.sales.outcomes import Outcome
    from ripeline.web.lead.asking import Asking
    from ripeline.web.shell import StaffRequest

_CONSUMED, _PEOPLE = 30, 100


def profile(request: StaffRequest, asking: Asking, voice: Speaker) -> dict[str, Any]:
    """Each fact with its source and since when, by what the lead is known, its consents, what it read."""
    del request
    lead = asking.lead
    facts = profiles.of(lead)
    listed = voice.playbook.completeness
    known = sum(name in facts for name in listed)
    attached = lead.attachments.filter(until=FOREVER).exclude(identifier__kind=IdentifierKind.LEAD)
    return {
        "facts_known": [
            {
                "name": fact_called(voice, name),
                "value": value(voice, name, fact.value),
                "source": fact.by or fact.source,
                "when": asking.day(fact.at) if fact.at >= TOLD else gettext("by rule"),
            }
            for name, fact in facts.items()
            if not isinstance(fact.value, dict)  # marks of campaigns: the campaign is told by itself
        ],
        "unknown": [voice.name("attribute", name) for name in listed if name not in facts],
        "complete": gettext("{known} of {listed} known").format(known=known, listed=len(listed)) if listed else "",
        "identifiers": [
            (IdentifierKind(one.identifier.kind).label, one.identifier.value, asking.day(one.since))
            for one in attached.select_related("identifier").order_by("since", "pk")[:_PEOPLE]
        ],
        "consents": [
            (
                voice.language.heading(one.purpose),
                gettext("yes") if one.is_given else gettext("no"),
                asking.here(one.at),
                one.proof or "",
            )
            for one in consents.of(lead).values()
        ],
        "consumed": _titled(list(_consumed(asking, voice))),
        "next_content": dossiers.next_of(lead, voice, asking.now),
        "say": {
            "profile": gettext("Profile"),
            "unknown_ones": gettext("Not known yet:"),
            "identifiers": gettext("Known by"),
            "consents": gettext("Consents"),
            "consumed": gettext("Content"),
            "next_content": gettext("To send next"),
            "since": gettext("since {day}"),
        },
    }


def _titled(consumed: list[tuple[str, str, Any]]) -> list[tuple[str, str, Any]]:
    """The same, each item by its title if the catalogue knows one."""
    titles = catalogue.titles(item for item, _kind, _when in consumed)
    return [(titles.get(item, item), kind, when) for item, kind, when in consumed]


def _consumed(asking: Asking, voice: Speaker) -> Iterator[tuple[str, str, Any]]:
    """What a lead read, watched, downloaded: items with their class, newest first, each once."""
    rows = rows_of_all([asking.lead.pk]).filter(properties__contains='"content"').order_by("-at", "-pk")
    seen: set[str] = set()
    for at, properties in rows.values_list("at", "properties")[: 4 * _CONSUMED]:
        said = json_text.read(properties)
        kind = voice.playbook.content.get(str(said.get("content", "")))
        item = next((str(said[name]) for name in ("title", *NAMED_BY) if said.get(name)), "")
        if kind is not None and item not in seen and len(seen) < _CONSUMED:
            seen.add(item)
            yield item[:200], voice.language.part(kind.kind), asking.here(at)


# --- sales ----------------------------------------------------------------------------------------


def sales(request: StaffRequest, asking: Asking, voice: Speaker) -> dict[str, Any]:
    """The interview so far, hand-offs, outcomes, and who brought whom."""
    lead, user = asking.lead, request.user
    told = interviews.of(lead)
    handoffs = lead.handoffs.select_related("rep").order_by("-offered_at")
    brought = list(referrals.brought_by(lead))
    bringer = referrals.bringer_of(lead)
    seen = _seen([one.lead_id for one in brought] + ([bringer.advocate_id] if bringer else []), user)
    return {
        "items": [item_told(one, asking) for one in told.questions],
        "ratings": ratings_told(told, asking),
        "objections": told.objections,
        "handoffs": [
            (
                voice.name("handoff", one.status),
                one.rep.username if one.rep else gettext("nobody"),
                asking.here(one.offered_at),
            )
            for one in handoffs[:_CONSUMED]
        ],
        "outcomes": [_outcome(one, asking) for one in outcomes.of(lead)],
        "competitors": outcomes.competitors(),
        "brought": [(seen.get(one.lead_id), one.lead_id, one.note) for one in brought],
        "brought_told": gettext("{count} brought").format(count=len(brought)),
        "bringer": (seen.get(bringer.advocate_id), bringer.advocate_id, bringer.note) if bringer else None,
        "is_advocate": referrals.is_advocate(lead),
        "say": {
            "interview_so_far": gettext("Interview so far"),
            "ratings": gettext("Seriousness and motivation"),
            "objections": gettext("Objections"),
            "handoffs": gettext("Hand-offs"),
            "outcomes": gettext("Outcomes"),
            "referrals": gettext("Referrals"),
            "advocate": gettext("Speaks for us"),
            "brought_by": gettext("Brought by"),
            "another": gettext("another lead"),
        },
    }


def item_told(question: Question, asking: Asking) -> dict[str, Any]:
    """An item of the interview with its answers, as pages show it."""
    labels = {
        "met": gettext("met"),
        "partly": gettext("partly"),
        "not_met": gettext("not met"),
        "unknown": gettext("not known"),
    }
    answers = [answer_told(one, asking) for one in question.answers]
    return {
        "name": question.name,
        "label": shell.language().word(question.label),
        "status": question.status,
        "status_told": labels[question.status],
        "is_required": question.is_required,
        "latest": answers[0] if answers else None,
        "older": answers[1:],
    }


def answer_told(answer: Answer, asking: Asking) -> dict[str, Any]:
    """An answer as pages show it."""
    sure = interviews.Certainty(answer.certainty).label if answer.certainty else ""
    source = interviews.Origin(answer.source).label if answer.source else ""
    how = " · ".join(str(one) for one in (sure, source, answer.by) if one)
    return {
        "answer": shell.language().part(answer.answer),
        "how": how,
        "note": answer.note,
        "when": asking.here(answer.at),
    }


def ratings_told(told: Interview, asking: Asking) -> list[dict[str, Any]]:
    """The latest words on how serious and how motivated a lead is."""
    found = []
    for name, label in (("seriousness", gettext("Seriousness")), ("motivation", gettext("Motivation"))):
        last = next((one for one in told.ratings if getattr(one, name) is not None), None)
        if last is not None:
            note = getattr(last, f"{name}_note")
            mark = f"{getattr(last, name)}/5"
            found.append({"label": label, "mark": mark, "note": note, "by": last.by, "when": asking.here(last.at)})
    return found


def _outcome(one: Outcome, asking: Asking) -> dict[str, Any]:
    is_coded = one.stage == "lost" and one.reason in LostReason.values
    return {
        "stage": stage(one.stage),
        "amount": money(one.cents, one.currency) if one.cents is not None else "",
        "reason": LostReason(one.reason).label if is_coded else "",
        "sentence": one.sentence,
        "competitor": one.competitor.name if one.competitor else "",
        "by": one.by,
        "when": asking.here(one.at),
    }


# --- the company ----------------------------------------------------------------------------------


def company(request: StaffRequest, asking: Asking, voice: Speaker) -> dict[str, Any]:
    """The lead's company with its people."""
    member = asking.lead.memberships.filter(until=FOREVER).select_related("account__owner").first()
    if member is None:
        return {"company": None}
    return {"company": member.account, **company_told(member.account.pk, request, voice)}


def company_told(account: int, request: StaffRequest, voice: Speaker) -> dict[str, Any]:
    """The people of a company whom the user sees, those first who are furthest, and how many there are."""
    leads = Lead.objects.filter(memberships__account=account, memberships__until=FOREVER, merged_into=None)
    seen = visibility.leads_of(request.user).filter(pk__in=leads.values("pk")).select_related("owner")
    rows = list(seen.order_by("-engagement", "pk")[:_PEOPLE])
    called, points = people.called(rows), voice.language.points
    return {
        "people": [
            {
                "lead": one.pk,
                "called": called[one.pk],
                "stage": voice.name("stage", one.stage),
                "cell": one.cell,
                "owner": one.owner.username if one.owner else gettext("Marketing"),
                "engagement": points(one.engagement),
                "fit": points(one.fit),
            }
            for one in rows
        ],
        "count": gettext("{count} leads, of which you see {seen}").format(count=leads.count(), seen=len(rows)),
        "totals": [(voice.name("axis", axis), points(at)) for axis, at in _rolled_up(leads, voice)],
        "say": {
            "people": gettext("People"),
            "stage": gettext("Stage"),
            "cell": gettext("Cell"),
            "owner": gettext("Owner"),
            "engagement": voice.name("axis", "engagement"),
            "fit": voice.name("axis", "fit"),
            "score": gettext("Score of the company"),
            "no_company": gettext("No company is known."),
        },
    }


def _rolled_up(leads: Any, voice: Speaker) -> Iterator[tuple[str, int]]:  # noqa: ANN401 - a query of leads
    """The company's scores as the definition rolls them up, from how its leads were last decided on."""
    scores = (
        [json_text.read(text) for text in leads.values_list("scores", flat=True)] if voice.playbook.accounts else []
    )
    for axis, roll in voice.playbook.accounts.items():
        each = sorted((int(one[axis]) for one in scores if axis in one), reverse=True)
        kept = each[:1] if roll.roll_up == "max" else each[: roll.n] if roll.roll_up == "top" else each
        yield axis, sum(kept)


# --- the same person? -----------------------------------------------------------------------------


def same(request: StaffRequest, asking: Asking, voice: Speaker) -> dict[str, Any]:
    """Doubts and merges, and another lead beside this one, if one is asked for."""
    lead, user = asking.lead, request.user
    doubts = Doubt.objects.filter(Q(lead=lead) | Q(other=lead), settled_at=None).order_by("-at")[: merges.MOST_DOUBTS]
    others = {one.other_id if one.lead_id == lead.pk else one.lead_id: DoubtReason(one.reason).label for one in doubts}
    done = Merge.objects.filter(kept=lead).select_related("by").order_by("-at")[:_CONSUMED]
    wanted = request.GET.get("with", "").strip()
    other = lead_called(wanted, user) if wanted else None
    seen = _seen([*others, *(one.absorbed_id for one in done)], user)
    found = other if isinstance(other, Lead) and other.pk != lead.pk else None
    return {
        "doubts": [(number, seen[number], reason) for number, reason in others.items() if number in seen],
        "merges": [
            (one.pk, one.absorbed_id, asking.here(one.at), one.by.username if one.by else "", one.undone_at is None)
            for one in done
        ],
        "wanted": wanted,
        "not_found": bool(wanted) and (isinstance(other, Refused) or found is None),
        "other": found,
        "beside": _beside(asking, found, voice) if found else [],
        "say": _words_of_same(),
    }


def _beside(asking: Asking, other: Lead, voice: Speaker) -> list[tuple[str, str, str]]:
    """What is known of two leads, line by line."""
    lead = asking.lead
    facts = profiles.of_all([lead.pk, other.pk])
    ours, theirs = facts.get(lead.pk, {}), facts.get(other.pk, {})
    rows = [(gettext("Stage"), voice.name("stage", lead.stage), voice.name("stage", other.stage))]
    rows += [(gettext("Cell"), lead.cell, other.cell)]
    rows += [(gettext("Since"), str(asking.day(lead.created_at)), str(asking.day(other.created_at)))]
    for name in sorted({*ours, *theirs}):
        one, two = (value(voice, name, side[name].value) if name in side else "" for side in (ours, theirs))
        rows.append((fact_called(voice, name), one, two))
    return rows


def _seen(numbers: Iterable[int], user: Any) -> dict[int, str]:  # noqa: ANN401 - a user
    """How the leads among these are called that a user sees."""
    wanted = list(numbers)
    if not wanted:
        return {}
    found = people.called(visibility.leads_of(user).filter(pk__in=wanted))
    return {number: called.name for number, called in found.items()}


def _words_of_same() -> dict[str, str]:
    return {
        "doubts": gettext("May be the same person"),
        "look": gettext("Look at both"),
        "with": gettext("Another lead"),
        "with_help": gettext("An e-mail, or the number of a lead"),
        "merge": gettext("They are one person: merge them"),
        "merge_told": gettext("The one whose work is further, else the older one, stays. This can be undone."),
        "merged": gettext("Merged"),
        "undo": gettext("Undo"),
        "undone": gettext("undone"),
        "not_found": gettext("There is no such lead."),
        "this": gettext("This lead"),
        "what": gettext("What"),
    }
