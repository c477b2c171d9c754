"""The made-up company's reps: they take on what Ripeline offers them, call, ask, and say what they found out."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from ripeline.server import acts, interviews, playbooks
from ripeline.server.handoffs import OPEN, Handoff, HandoffStatus
from ripeline.server.instants import DAY, HOUR, moment
from ripeline.server.interviews import Given
from ripeline.server.leads import Identifier, IdentifierKind, Lead

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ripeline.server.demo.story import Fate

_OPENS, _CLOSES, _SATURDAY = 8, 18, 5
_LAZY = 2 * DAY
"""So long before the present they leave most of the work to whoever looks at the demo."""
_LEFT = 0.7
_BAR = -0.3
_ENOUGH, _SOME = 0.4, -0.5
_RANK = {"met": 2, "partly": 1, "not_met": 0, "unknown": 0}


class Reps:
    """What all reps do, from one step of the story to the next; the same story makes them do the same."""

    def __init__(self, fates: Mapping[str, Fate], until: int) -> None:
        self._fates = fates
        self._until = until
        self._playbook = playbooks.playbook_of(playbooks.active()) if playbooks.active() else None  # type: ignore[arg-type]

    def work(self, now: int) -> None:
        """What is to be done at this instant of a working day."""
        here = moment(now).astimezone(playbooks.timezone())
        if here.weekday() >= _SATURDAY or not _OPENS <= here.hour < _CLOSES:
            return
        for handoff in Handoff.objects.filter(status__in=OPEN).exclude(rep=None).select_related("lead", "rep"):
            self._answer(handoff, now)
        for lead in Lead.objects.filter(stage__in=("sql", "opportunity"), merged_into=None).exclude(owner=None):
            self._close(lead, now)

    def _answer(self, handoff: Handoff, now: int) -> None:
        chance = random.Random(handoff.pk)  # noqa: S311 - a story, no secret
        if handoff.offered_at > self._until - _LAZY and chance.random() < _LEFT:
            return
        waits, talks, decides = chance.uniform(0, 9) * HOUR, chance.uniform(0, 12) * HOUR, chance.uniform(1, 70) * HOUR
        rep, since = handoff.rep, now - handoff.offered_at
        if rep is None:
            return
        if handoff.status == HandoffStatus.OFFERED and since >= waits:
            acts.accept(handoff, by=rep, now=now)
        elif handoff.status == HandoffStatus.ACCEPTED and handoff.touched_at is None and since >= waits + talks:
            self._talk(handoff, chance, now)
        elif handoff.touched_at is not None and now - handoff.touched_at >= decides:
            self._decide(handoff, chance, now)

    def _talk(self, handoff: Handoff, chance: random.Random, now: int) -> None:
        """The first call, and what it brings out of the items of the playbook."""
        rep, fate = handoff.rep, self._fate(handoff.lead)
        if rep is None or self._playbook is None:
            return
        acts.touch(handoff.lead, how="call", by=rep, now=now)
        traits = {"budget": fate.budget, "authority": 0.6 * fate.fit} if fate else {}
        for item, asked in self._playbook.bant.items():
            if chance.random() < 0.25:  # noqa: PLR2004 - a quarter is not asked in the first call
                continue
            seen = traits.get(item, fate.need if fate else 0.0) + chance.gauss(0, 0.5)
            wanted = 2 if seen > _ENOUGH else 1 if seen > _SOME else 0
            answer = min(asked.answers, key=lambda one: abs(_RANK[asked.answers[one]] - wanted))
            interviews.answer(handoff.lead, item, Given(answer), by=rep, now=now)

    def _decide(self, handoff: Handoff, chance: random.Random, now: int) -> None:
        rep, fate = handoff.rep, self._fate(handoff.lead)
        if rep is None:
            return
        if fate is not None and fate.role != "prospect":
            acts.disqualify(handoff, reason="no_need", by=rep, now=now)
        elif fate is None or fate.need + fate.budget / 2 + fate.fit / 2 + chance.gauss(0, 0.4) > _BAR:
            acts.confirm(handoff, by=rep, now=now)
        else:
            reason = "no_budget" if fate.budget < fate.need else "no_need"
            acts.recycle(handoff, reason=reason, by=rep, now=now)

    def _close(self, lead: Lead, now: int) -> None:
        """An opportunity when there is something to offer on; its end when the lead has decided."""
        fate, owner = self._fate(lead), lead.owner
        if fate is None or owner is None:
            return
        if lead.stage == "sql":
            acts.move(lead, "opportunity", reason="offer made", by=owner, now=now)
        elif fate.ends_at is not None and fate.ends_at <= now:
            stage = "customer" if fate.won else "lost"
            acts.move(lead, stage, reason=fate.reason or "other", by=owner, now=now)

    def _fate(self, lead: Lead) -> Fate | None:
        known = Identifier.objects.filter(lead=lead, kind=IdentifierKind.EXTERNAL).values_list("value", flat=True)
        return next((self._fates[value] for value in known if value in self._fates), None)
