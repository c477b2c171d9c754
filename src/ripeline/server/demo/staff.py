"""The made-up company's reps: they take on what Ripeline offers them, call, ask, and say what they found out."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from ripeline.server.instants import DAY, HOUR, moment
from ripeline.server.leads import Identifier, IdentifierKind, Lead
from ripeline.server.sales import acts, interviews, outcomes, verdicts
from ripeline.server.sales.handoffs import OPEN, Handoff, HandoffStatus
from ripeline.server.sales.interviews import Given
from ripeline.server.sales.outcomes import LostReason
from ripeline.server.sales.verdicts import Recycled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ripeline.core.playbook import Item, Playbook
    from ripeline.server.demo.story import Fate
    from ripeline.server.staff.users import User

_OPENS, _CLOSES, _SATURDAY = 8, 18, 5
_LEFT = {"offered": 20 * HOUR, "accepted": 30 * HOUR, "touched": 9 * DAY}
"""So far before the present they leave off: the rest is for whoever looks at the demo."""
_ANSWERS = {"met": 2, "partly": 1, "not_met": 0, "unknown": 0}
_GOOD, _FAIR = 0.4, -0.5
_BAR = -0.3
_NOT_ASKED = 0.25
_REVISIT = 60 * DAY
_STEPS = {
    Recycled.NO_BUDGET: "Send the case study with the costs",
    Recycled.NO_NEED_YET: "Invite to the next webinar",
}
_LOST = {
    "price": (LostReason.TOO_EXPENSIVE, "Our offer was a third above the other one."),
    "competitor": (LostReason.COMPETITOR, "They stayed with whom they know."),
    "timing": (LostReason.BAD_TIMING, "Put off until next year by their board."),
    "no_need": (LostReason.NO_NEED, "They solve it with their own people."),
    "no_answer": (LostReason.NO_ANSWER, "Nobody has answered for three weeks."),
}
_COMPETITOR = "Rival Advisors"


class Reps:
    """What all reps do, from one step of the story to the next; the same story makes them do the same."""

    def __init__(self, playbook: Playbook, fates: Mapping[str, Fate], until: int) -> None:
        self._playbook = playbook
        self._fates = fates
        self._until = until

    def work(self, now: int) -> None:
        """What is to be done at this instant, if it is of a working day."""
        here = moment(now)
        if here.weekday() >= _SATURDAY or not _OPENS <= here.hour < _CLOSES:
            return
        for handoff in Handoff.objects.filter(status__in=OPEN).select_related("lead", "rep").order_by("pk"):
            if handoff.rep is not None:
                self._answer(handoff, handoff.rep, now)
        sold = Lead.objects.filter(stage__in=("sql", "opportunity"), merged_into=None, owner__isnull=False)
        for lead in sold.select_related("owner").order_by("pk"):
            if lead.owner is not None:
                self._sell(lead, lead.owner, now)

    def _answer(self, handoff: Handoff, rep: User, now: int) -> None:
        """The next step of a hand-off, when its time has come."""
        chance, since = Random(handoff.pk), now - handoff.offered_at  # noqa: S311 - a story, no secret
        state = "touched" if handoff.touched_at else handoff.status
        waits = chance.uniform(0, 3.5) * HOUR
        talks, decides = waits + chance.uniform(0, 12) * HOUR, waits + chance.uniform(1, 4) * DAY
        if now > self._until - _LEFT[state]:
            return
        if handoff.status == HandoffStatus.OFFERED and since >= waits:
            acts.accept(handoff, by=rep, now=now)
        elif handoff.status == HandoffStatus.ACCEPTED and handoff.touched_at is None and since >= talks:
            self._talk(handoff.lead, rep, chance, now)
        elif handoff.touched_at is not None and since >= decides:
            self._decide(handoff, rep, chance, now)

    def _talk(self, lead: Lead, rep: User, chance: Random, now: int) -> None:
        """The first call, and what it brings out."""
        fate = self._fate(lead)
        acts.touch(lead, how="call", by=rep, now=now)
        traits = {} if fate is None else {"budget": fate.budget, "authority": 0.6 * fate.fit, "need": fate.need}
        for name, item in self._playbook.bant.items():
            if chance.random() > _NOT_ASKED:
                seen = traits.get(name, 0.0) + chance.gauss(0, 0.5)
                interviews.answer(lead, name, Given(_answer_of(item, seen)), by=rep, now=now)

    def _decide(self, handoff: Handoff, rep: User, chance: Random, now: int) -> None:
        fate = self._fate(handoff.lead)
        if fate is not None and fate.role != "prospect":
            acts.disqualify(handoff, reason="no_fit", by=rep, now=now)
        elif fate is None or fate.need + fate.budget / 2 + fate.fit / 2 + chance.gauss(0, 0.4) > _BAR:
            acts.confirm(handoff, by=rep, now=now)
        else:
            reason = Recycled.NO_BUDGET if fate.budget < fate.need else Recycled.NO_NEED_YET
            steps = [_STEPS[reason]]
            verdicts.recycle(handoff, reason=reason, revisit_at=now + _REVISIT, steps=steps, by=rep, now=now)

    def _sell(self, lead: Lead, owner: User, now: int) -> None:
        """An opportunity when there is something to offer on, and its end when the lead has decided."""
        fate = self._fate(lead)
        if lead.stage == "sql":
            outcomes.open_opportunity(lead, by=owner, now=now)
        elif fate is not None and fate.ends_at is not None and fate.ends_at <= now:
            if fate.won:
                outcomes.win(lead, cents=(fate.amount or 0) * 100, by=owner, now=now)
            else:
                reason, sentence = _LOST.get(fate.reason, (LostReason.OTHER, "They did not say why."))
                outcomes.lose(lead, reason=reason, sentence=sentence, competitor=_against(reason), by=owner, now=now)

    def _fate(self, lead: Lead) -> Fate | None:
        known = Identifier.objects.filter(lead=lead, kind=IdentifierKind.EXTERNAL).values_list("value", flat=True)
        return next((self._fates[value] for value in known if value in self._fates), None)


def _answer_of(item: Item, seen: float) -> str:
    """The answer whose meaning is nearest to what the rep saw."""
    wanted = 2 if seen > _GOOD else 1 if seen > _FAIR else 0
    return min(item.answers, key=lambda answer: abs(_ANSWERS[item.answers[answer]] - wanted))


def _against(reason: LostReason) -> str:
    return _COMPETITOR if reason == LostReason.COMPETITOR else ""
