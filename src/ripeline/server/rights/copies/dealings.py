"""What we had to do with a person: its consents, mails, tracks, hand-offs, tasks, interviews, outcomes, requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q

from ripeline.language import readable
from ripeline.server.consent import consents, proofs, suppressions
from ripeline.server.leadmail import mails
from ripeline.server.leadmail.confirmations import Confirmation
from ripeline.server.leadmail.mails import Held, Mail, MailKind
from ripeline.server.nurture.enrollments import Enrollment
from ripeline.server.nurture.pauses import NurturePause
from ripeline.server.rights.person_requests import PersonRequest, Wish
from ripeline.server.sales import handoffs, interviews, tasks
from ripeline.server.sales.handoffs import Assignment, Handoff, Why
from ripeline.server.sales.outcomes import LostReason, Outcome
from ripeline.server.sales.referrals import Referral
from ripeline.server.sales.tasks import Task, TaskKind
from ripeline.server.staff.users import Role

if TYPE_CHECKING:
    from ripeline.core.consent import Permission
    from ripeline.server.rights.copies.whom import Whom

Told = dict[str, Any]


def agreed(whom: Whom) -> Told:
    """Whether we may write, call and score, and why; each yes and no with its words and all that proves it."""
    allowed = consents.permissions_of_all([whom.lead.pk], now=whom.now)[whom.lead.pk]
    scoring = consents.may_score(whom.lead, now=whom.now)
    kept = suppressions.of_all([whom.lead.pk], now=whom.now).get(whom.lead.pk, {})
    asked = Confirmation.objects.filter(identifier__in=whom.identifiers).select_related("identifier")
    return {
        "may_we": [
            *({"what": channel} | _permission(answer, whom) for channel, answer in allowed.items()),
            *([{"what": "scoring"} | _permission(scoring, whom)] if scoring else []),
        ],
        "said": [
            {
                "purpose": one.purpose,
                "text": whom.say.heading(one.purpose),
                "yes": one.is_given,
                "confirmed": one.is_confirmed,
                "at": whom.at(one.at),
                "words": one.words,
                "where": one.where,
                "source": one.source,
                "by": whom.role(one.by),
                "requested_at": whom.at(one.requested_at),
                "requested_from": one.requested_from,
                "confirmed_at": whom.at(one.confirmed_at),
                "confirmed_from": one.confirmed_from,
                "mail": one.mail,
                "reason": one.reason,
            }
            for one in proofs.of(whom.lead)
        ],
        "lasting_noes": [
            {"purpose": purpose, "text": whom.say.heading(purpose), "since": whom.at(since)}
            for purpose, since in kept.items()
        ],
        "asked_to_confirm": [
            {
                "address": one.identifier.value,
                "asked_at": whom.at(one.asked_at),
                "ends_at": whom.at(one.ends_at),
                "answered_at": whom.at(one.answered_at),
            }
            for one in asked.order_by("asked_at")
        ],
    }


def _permission(answer: Permission, whom: Whom) -> Told:
    return {"allowed": answer.granted, "why": whom.speaker.say(answer.reason), "reason": answer.reason.as_json()}


def written(whom: Whom) -> list[Told]:
    """Each mail to the person: why, about what, what became of it, and what was clicked in it."""
    rows = Mail.objects.filter(lead__in=whom.numbers).select_related("template", "mailing")
    return [
        {
            "about": one.about,
            "subject": one.template.subject if one.template else "",
            "kind": one.kind,
            "text": str(MailKind(one.kind).label),
            "key": one.key,
            "mailing": one.mailing.name if one.mailing else "",
            "said": {name: value for name, value in mails.said_in(one).items() if name != "to"},
            "asked_for_at": whom.at(one.created_at),
            "sent_at": whom.at(one.sent_at),
            "held_at": whom.at(one.held_at),
            "held": str(Held(one.held).label) if one.held else "",
            "came_back_at": whom.at(one.bounced_at),
            "clicks": [
                {"at": whom.at(click.at), "address": click.link.address, "by_machine": click.is_machine}
                for click in one.clicks.select_related("link").order_by("at")
            ],
        }
        for one in rows.prefetch_related("clicks__link").order_by("created_at", "pk")
    ]


def tracks(whom: Whom) -> list[Told]:
    """Each track of mails that the person was in, step by step."""
    rows = Enrollment.objects.filter(lead__in=whom.numbers).order_by("entered_at", "pk")
    return [
        {
            "track": one.track,
            "text": readable(one.track),
            "entered_at": whom.at(one.entered_at),
            "ended_at": whom.at(one.ended_at),
            "end_reason": one.end_reason,
            "steps": [
                {"at": whom.at(step.at), "place": step.place, "what": step.what} for step in one.steps.order_by("at")
            ],
        }
        for one in rows
    ]


def pauses(whom: Whom) -> list[Told]:
    """Which tracks our people have stopped for the person."""
    rows = NurturePause.objects.filter(lead__in=whom.numbers).order_by("since", "pk")
    return [{"track": one.track, "since": whom.at(one.since)} for one in rows]


def offers(whom: Whom) -> list[Told]:
    """Each hand-off to sales, with what became of it, and why somebody got it."""
    rows = Handoff.objects.filter(lead__in=whom.numbers).order_by("offered_at", "pk")
    return [
        {
            "status": one.status,
            "text": whom.speaker.name("handoff", one.status),
            "offered_at": whom.at(one.offered_at),
            "answered_at": whom.at(one.answered_at),
            "first_touch_due_at": whom.at(one.due_at),
            "touched_at": whom.at(one.touched_at),
            "call_at": whom.at(one.call_at),
            "ended_at": whom.at(one.ended_at),
            "given_to_sales": [
                {"at": whom.at(each.at), "reason": each.reason, "text": whom.say(handoffs.WHY[Why(each.reason)])}
                for each in Assignment.objects.filter(handoff=one).order_by("at", "pk")
            ],
        }
        for one in rows
    ]


def to_do(whom: Whom) -> list[Told]:
    """What our people planned to do."""
    rows = Task.objects.filter(lead__in=whom.numbers).select_related("owner").order_by("created_at", "pk")
    return [
        {
            "what": tasks.words_of(one),
            "kind": one.kind,
            "text": str(TaskKind(one.kind).label),
            "for": whom.role(one.owner.username) if one.owner else str(Role.MARKETING.label),
            "created_at": whom.at(one.created_at),
            "due_at": whom.at(one.due_at),
            "done_at": whom.at(one.done_at),
        }
        for one in rows
    ]


def interview(whom: Whom) -> Told:
    """What our people asked and what they noted of the answers, how serious and motivated they found the person."""
    told = interviews.of(whom.lead)
    return {
        "answers": [
            {
                "question": whom.say.word(one.text or one.label),
                "item": one.name,
                "answer": each.answer,
                "means": each.status,
                "certainty": each.certainty,
                "from": each.source,
                "note": each.note,
                "by": whom.role(each.by),
                "at": whom.at(each.at),
            }
            for one in told.questions
            for each in one.answers
        ],
        "ratings": [
            {
                "seriousness": one.seriousness,
                "motivation": one.motivation,
                "seriousness_note": one.seriousness_note,
                "motivation_note": one.motivation_note,
                "by": whom.role(one.by),
                "at": whom.at(one.at),
            }
            for one in told.ratings
        ],
        "objections": list(told.objections),
    }


def became(whom: Whom) -> list[Told]:
    """What became of it: opportunities, purchases, losses, each with what was noted."""
    rows = Outcome.objects.filter(lead__in=whom.numbers).select_related("competitor").order_by("at", "pk")
    return [
        {
            "stage": one.stage,
            "text": whom.say.own_name(one.stage) or one.stage,
            "at": whom.at(one.at),
            "amount": None if one.cents is None else one.cents / 100,
            "currency": one.currency,
            "reason": str(LostReason(one.reason).label) if one.reason in LostReason.values else one.reason,
            "sentence": one.sentence,
            "competitor": one.competitor.name if one.competitor else "",
            "by": whom.role(one.by),
        }
        for one in rows
    ]


def brought(whom: Whom) -> list[Told]:
    """Who brought whom, without the other one."""
    rows = Referral.objects.filter(Q(lead__in=whom.numbers) | Q(advocate__in=whom.numbers)).order_by("at")
    return [
        {
            "at": whom.at(one.at),
            "was": "brought" if one.lead_id in whom.numbers else "bringing",
            "note": one.note,
            "by": whom.role(one.by.username),
        }
        for one in rows.select_related("by")
    ]


def requests(whom: Whom) -> list[Told]:
    """What the person asked of us about its data."""
    rows = PersonRequest.objects.filter(lead__in=whom.numbers).order_by("asked_at", "pk")
    return [
        {
            "wish": one.wish,
            "text": str(Wish(one.wish).label),
            "asked_at": whom.at(one.asked_at),
            "due_at": whom.at(one.due_at),
            "done_at": whom.at(one.done_at),
        }
        for one in rows
    ]
