"""What becomes of leads: opportunities, won and lost, with amount, reason, one sentence, and against whom.

What a person says is a row of the ledger like any; the table of outcomes follows what was decided on it, so that an
act that came too late leaves nothing here.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from ripeline.core.lifecycle import BY_HAND, Stage
from ripeline.server import json_text
from ripeline.server.chunks import CHUNK, chunks
from ripeline.server.decisions import Decision, DecisionKind
from ripeline.server.events import IN_FORCE, Event, undecided_of
from ripeline.server.instants import InstantField
from ripeline.server.leads import Lead, with_absorbed
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sales import acts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ripeline.server.staff.users import User

SET, EXPECTED = "stage_set", "amount_expected"
_CENTS = 100
MOST_CENTS = 10**15
_NEW = ("opportunity", "customer", "lost")
_LONGEST_NAME, _LONGEST_SENTENCE = 100, 500


class LostReason(models.TextChoices):
    """Why an opportunity was lost; what does not fit says so, and the sentence tells."""

    NO_BUDGET = "no_budget", _("No budget")
    TOO_EXPENSIVE = "too_expensive", _("Too expensive")
    COMPETITOR = "competitor", _("A competitor was chosen")
    NO_NEED = "no_need", _("No need any more")
    NO_DECISION = "no_decision", _("No decision was made")
    BAD_TIMING = "bad_timing", _("The time was wrong")
    MISSING_FEATURE = "missing_feature", _("Something that they need is missing")
    NO_ANSWER = "no_answer", _("No answer any more")
    OTHER = "other", _("Something else")


class Competitor(models.Model):
    """Who else was asked; names that are new are added as they come up."""

    name = models.CharField(max_length=_LONGEST_NAME, unique=True)
    note = models.CharField(max_length=500, default="", blank=True)
    created_at = InstantField()


class Outcome(models.Model):
    """What a lead became by a person's act, as it was decided: an opportunity, a customer, or lost."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="outcomes")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="outcome")
    stage = models.CharField(max_length=16, choices=[(name, name) for name in _NEW])
    at = InstantField()
    cents = models.BigIntegerField(null=True)  # hundredths of the currency: expected, or won
    currency = models.CharField(max_length=3, default="", blank=True)
    reason = models.CharField(max_length=500, default="", blank=True)  # a code of the list if lost, else any words
    sentence = models.CharField(max_length=_LONGEST_SENTENCE, default="", blank=True)
    competitor = models.ForeignKey(Competitor, on_delete=models.PROTECT, null=True)
    by = models.CharField(max_length=150, default="", blank=True)

    class Meta:
        """Outcomes are counted by what they are and when."""

        indexes = (models.Index(fields=["stage", "at"], name="outcome_stage"),)


def open_opportunity(
    lead: Lead, *, cents: int | None = None, by: User, now: int, once: str | None = None
) -> str | Refused:
    """Say that there is something to be sold, and for how much it is expected to go."""
    return _set(lead, Stage.OPPORTUNITY, {"reason": "opened", **_amount(cents)}, by=by, now=now, once=once)


def expect(lead: Lead, *, cents: int, by: User, now: int, once: str | None = None) -> str | Refused:
    """Say for how much an open opportunity is expected to go now; refused where none is open."""
    with transaction.atomic():
        latest = of(lead).first()
        if latest is None or latest.stage != "opportunity" or _stage_of(lead) != Stage.OPPORTUNITY:
            return Refused(Refusal.NOT_NOW)
        told = _amount(cents)
        done = acts.say(lead, EXPECTED, told, by=by, now=now, once=once)
        if not isinstance(done, Refused):
            Outcome.objects.filter(pk=latest.pk).update(cents=cents, currency=told["currency"])
        return done


def win(lead: Lead, *, cents: int, by: User, now: int, once: str | None = None) -> str | Refused:
    """Say that an opportunity was won, and for how much."""
    return _set(lead, Stage.CUSTOMER, {"reason": "won", **_amount(cents)}, by=by, now=now, once=once)


def lose(
    lead: Lead,
    *,
    reason: LostReason,
    sentence: str,
    competitor: str = "",
    by: User,
    now: int,
    once: str | None = None,
) -> str | Refused:
    """Say that a lead was lost, why, in one sentence, and to whom; refused without the sentence.

    Without a name it is refused too if the reason is a competitor.
    """
    told, name = " ".join(sentence.split()), " ".join(competitor.split())
    if not 0 < len(told) <= _LONGEST_SENTENCE:
        return Refused(Refusal.NO_SENTENCE)
    if len(name) > _LONGEST_NAME or (reason == LostReason.COMPETITOR and not name):
        return Refused(Refusal.NO_COMPETITOR)
    said: dict[str, object] = {"reason": reason, "sentence": told}
    with transaction.atomic():
        if name:
            said["competitor"] = _competitor(name, now).name
        done = _set(lead, Stage.LOST, said, by=by, now=now, once=once)
        transaction.set_rollback(isinstance(done, Refused))
        return done


def move(lead: Lead, stage: Stage, *, reason: str, by: User, now: int, once: str | None = None) -> str | Refused:
    """Take back a step, or reopen what was ended: any move that people may make."""
    return _set(lead, stage, {"reason": reason}, by=by, now=now, once=once)


def next_of(lead: Lead) -> tuple[Stage, ...]:
    """To which stages a person may move a lead now; what was said a moment ago counts already."""
    stage = _stage_of(lead)
    return tuple(new for new in Stage if BY_HAND[stage, new])


def of(lead: Lead) -> models.QuerySet[Outcome]:
    """What became of a lead, and of those that were merged into it, the latest first."""
    return Outcome.objects.filter(lead__in=with_absorbed([lead.pk])).select_related("competitor").order_by("-at", "-pk")


def competitors() -> list[str]:
    """The names that are known, in order."""
    return list(Competitor.objects.order_by("name").values_list("name", flat=True))


def follow(decisions: Iterable[Decision]) -> None:
    """Write down what people's moves among these decisions brought, in the caller's transaction."""
    moves = [one for one in decisions if one.kind == DecisionKind.MOVE and one.reason == "person" and one.new in _NEW]
    if not moves:
        return
    said = _said({one.lead_id for one in moves}, {one.at for one in moves})
    names = {name for rows in said.values() for _stage, told in rows if (name := _text(told, "competitor"))}
    known = {one.name: one for one in Competitor.objects.filter(name__in=names)}
    Outcome.objects.bulk_create([_outcome(one, said, known) for one in moves], batch_size=CHUNK)


_Said = dict[tuple[int, int], list[tuple[str, dict[str, object]]]]
"""By lead and the instant at which they became known, the stages that were set and what was told with each."""


def _said(leads: Iterable[int], known: Iterable[int]) -> _Said:
    found: _Said = defaultdict(list)
    for chunk in chunks(sorted(leads)):
        rows = Event.objects.filter(identifier__lead__in=chunk, name=SET, known_at__in=list(known))
        for row in rows.select_related("identifier").order_by(IN_FORCE, "at", "key", "source"):
            told = json_text.read(row.properties)
            if row.identifier is not None and row.identifier.lead_id is not None and row.known_at is not None:
                found[row.identifier.lead_id, row.known_at].append((str(told.get("stage", "")), told))
    return found


def _outcome(decision: Decision, said: _Said, competitors: Mapping[str, Competitor]) -> Outcome:
    rows = said.get((decision.lead_id, decision.at), [])
    place = next((place for place, (stage, _told) in enumerate(rows) if stage == decision.new), None)
    told = rows.pop(place)[1] if place is not None else {}
    return Outcome(
        lead_id=decision.lead_id,
        decision=decision,
        stage=decision.new,
        at=decision.at,
        cents=_cents(told.get("amount")),
        currency=_text(told, "currency")[:3],
        reason=_text(told, "reason")[:500],
        sentence=_text(told, "sentence")[:_LONGEST_SENTENCE],
        competitor=competitors.get(_text(told, "competitor")),
        by=_text(told, "by")[:150],
    )


def _set(
    lead: Lead, stage: Stage, said: Mapping[str, object], *, by: User, now: int, once: str | None
) -> str | Refused:
    told = {"stage": stage.name.lower(), **said}
    is_repeat = once is not None and acts.was_said(once, SET, by=by, now=now)
    if not is_repeat and stage not in next_of(lead):
        return Refused(Refusal.ILLEGAL_MOVE)
    return acts.say(lead, SET, told, by=by, now=now, once=once)


def _stage_of(lead: Lead) -> Stage:
    """Where a lead stands when rounds have decided on what people said of it."""
    # The words first: if a round decides on them before the stage is asked for, they have moved the lead already.
    said = undecided_of(lead, SET)
    stage = Stage[Lead.objects.values_list("stage", flat=True).get(pk=lead.pk).upper()]
    for row in said:
        new = str(json_text.read(row.properties).get("stage", "")).upper()
        if new in Stage.__members__ and BY_HAND[stage, Stage[new]]:
            stage = Stage[new]
    return stage


def _amount(cents: int | None) -> dict[str, object]:
    return {} if cents is None else {"amount": cents / _CENTS, "currency": settings.CURRENCY}


def _cents(told: object) -> int | None:
    try:
        cents = round(float(str(told)) * _CENTS)
    except (ValueError, OverflowError):
        return None
    return cents if abs(cents) <= MOST_CENTS else None


def _text(told: Mapping[str, object], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""


def _competitor(name: str, now: int) -> Competitor:
    known = Competitor.objects.filter(name__iexact=name).first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return Competitor.objects.create(name=name, created_at=now)
    except IntegrityError:
        return Competitor.objects.get(name=name)
