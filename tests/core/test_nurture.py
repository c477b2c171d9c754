"""Which step is due for a lead, when to look again, or why its track ends: for every history of a lead."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ripeline.core.consent import Permission
from ripeline.core.instants import DAY, HOUR, MINUTE, instant, moment
from ripeline.core.nurture import (
    BEFORE_CALL,
    Due,
    End,
    Enter,
    Pass,
    Taken,
    View,
    Wait,
    holds,
    next_move,
    quiet_until,
)
from ripeline.core.playbook_nurture import Nurture, Step
from ripeline.core.reasons import Reason
from small_playbook import BOOK

if TYPE_CHECKING:
    from ripeline.core.playbook import Playbook

YES = Permission(granted=True, reason=Reason("may_contact_confirmed", purpose="email", at=1))
NEVER = Permission(granted=False, reason=Reason("no_consent", purpose="email"))
NO = Permission(granted=False, reason=Reason("consent_withdrawn", purpose="email", at=1))
NOON = instant(datetime(2026, 1, 5, 12, tzinfo=ZoneInfo("Europe/Berlin")))
TRACKS: dict[str, Any] = {
    "back": {
        "for": {"stages": "mql", "recycled": ["no_budget"]},
        "steps": {"after": {"after": "30 days", "mail": "after_the_talk"}},
    },
    "first": {
        "for": {"stages": ["lead", "mql"], "phases": "awareness"},
        "steps": {
            "hello": {"after": "1 day", "mail": "welcome"},
            "paper": {"after": "2 days", "mail": "next_content", "content": True},
            "look": {"when": {"attribute": "employees", "at_least": 50}, "task": "Look at it"},
            "ads": {"after": "1 h", "webhook": "ads"},
        },
        "repeat": {"every": "10 days", "mail": "next_content", "content": True, "times": 3},
        "before_call": {"mail": "before_call"},
    },
    "rep": {"for": {"stages": "sql"}, "owner": "rep", "steps": {"minutes": {"after": "1 day", "task": "Minutes"}}},
}


def book_with(tracks: dict[str, Any] = TRACKS, **parts: Any) -> Playbook:  # noqa: ANN401 - any part of nurture
    """The small playbook with these tracks."""
    return BOOK.model_copy(update={"nurture": Nurture.model_validate({"tracks": tracks, **parts})})


BOOK_OF_TRACKS = book_with()
NEW = View("lead", YES, phase="awareness")


class Life:
    """One lead as nurture carries it along: what is due is done at once, and what is waited for is waited for."""

    def __init__(self, view: View, now: int, playbook: Playbook = BOOK_OF_TRACKS) -> None:
        self.playbook, self.view, self.now = playbook, view, now
        self.did: list[tuple[int, Due, View]] = []
        self.ended: list[str] = []

    def run(self, until: int) -> Wait:
        """All that happens up to an instant, without anything that changes from outside."""
        for _ in range(1000):
            move = next_move(self.playbook, self.view, self.now)
            if isinstance(move, Wait):
                assert move.until is None or move.until > self.now
                if move.until is None or move.until > until:
                    self.now = until
                    return move
                self._nothing_earlier(move.until)
                self.now = move.until
            else:
                self._follow(move)
        raise AssertionError("it never comes to rest")

    def _nothing_earlier(self, until: int) -> None:
        """An instant that is named is the exact one: a microsecond before, nothing is due."""
        assert isinstance(next_move(self.playbook, self.view, until - 1), Wait)

    def _follow(self, move: Due | Pass | Enter | End) -> None:
        match move:
            case Enter(track=track):
                self.view = replace(self.view, taken=Taken(track, self.now))
            case End(reason=reason):
                self.ended.append(reason.code)
                self.view = replace(self.view, taken=None)
            case Due(track=track, place=place, deed=deed):
                self.did.append((self.now, move, self.view))
                mails = (*self.view.mails, self.now) if deed.mail is not None else self.view.mails
                self.view = replace(self._with(track, place), mails=mails)
            case Pass(track=track, place=place):
                self.view = self._with(track, place)

    def _with(self, track: str, place: str) -> View:
        assert self.view.taken is not None
        done = self.view.done.get(track, frozenset())
        assert place not in done
        taken = replace(self.view.taken, last_at=self.now)
        return replace(self.view, taken=taken, done={**self.view.done, track: done | {place}})

    @property
    def places(self) -> list[str]:
        """What was done, in order."""
        return [due.place for _at, due, _view in self.did]


def test_a_new_lead_goes_through_the_steps_in_their_order_and_then_at_intervals() -> None:
    """Each step so long after the one before it; what does not hold is passed over; then it ends."""
    life = Life(NEW, NOON)
    life.run(NOON + 100 * DAY)
    assert life.places == ["hello", "paper", "ads", "repeat-1", "repeat-2", "repeat-3"]
    assert [(at - NOON) // HOUR for at, *_ in life.did][:3] == [24, 72, 73]
    assert life.ended == ["track_finished"]


def test_a_step_whose_condition_holds_is_done() -> None:
    """It is asked when its time has come."""
    life = Life(replace(NEW, attributes={"employees": "70"}), NOON)
    life.run(NOON + 4 * DAY)
    assert life.places == ["hello", "paper", "look", "ads"]


def test_nothing_is_sent_in_quiet_hours() -> None:
    """What falls due in the evening waits till the morning."""
    evening = NOON + 9 * HOUR
    life = Life(NEW, evening)
    assert life.run(evening + DAY).reason == Reason("step_quiet")
    life.run(evening + 2 * DAY)
    assert life.did[0][0] == NOON + DAY + 20 * HOUR


def test_an_offer_lets_only_the_step_before_the_call_through() -> None:
    """The steps rest, and go on where they were if the offer expires."""
    life = Life(NEW, NOON)
    life.run(NOON + 2 * DAY)
    life.view = replace(life.view, stage="mql", handoff="offered")
    life.run(NOON + 20 * DAY)
    assert life.places == ["hello", BEFORE_CALL]
    life.view = replace(life.view, handoff="")
    life.run(NOON + 21 * DAY)
    assert life.places[:3] == ["hello", BEFORE_CALL, "paper"]


def test_acceptance_ends_the_track_and_a_recycle_starts_the_prepared_one() -> None:
    """What sales has prepared comes first; what was done before is not done again."""
    life = Life(NEW, NOON)
    life.run(NOON + 4 * DAY)
    life.view = replace(life.view, stage="mql", handoff="accepted")
    life.run(NOON + 30 * DAY)
    assert life.ended == ["track_accepted"]
    talked = NOON + 30 * DAY
    life.view = replace(life.view, handoff="", recycled="no_budget", prepared=(talked + 40 * DAY,))
    assert life.run(talked + 39 * DAY).reason == Reason("prepared_first")
    assert life.places == ["hello", "paper", "ads"]
    life.run(talked + 60 * DAY)
    assert life.places[3:] == ["after", "repeat-1", "repeat-2"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"excluded": "competitor"}, "track_excluded"),
        ({"is_evaluated": False}, "track_not_evaluated"),
        ({"stage": "disqualified"}, "track_moved_on"),
        ({"phase": "decision"}, "track_moved_on"),
        ({"mail": NO}, "consent_withdrawn"),
    ],
)
def test_a_track_ends_for_a_reason(changes: dict[str, Any], code: str) -> None:
    """And the lead comes into no other one by the same."""
    life = Life(NEW, NOON)
    life.run(NOON + HOUR)
    life.view = replace(life.view, **changes)
    assert life.run(NOON + 40 * DAY).until is None
    assert (life.ended, life.did) == ([code], [])


def test_who_said_no_is_in_no_track_because_of_it() -> None:
    """Where a track would be for the lead, its no is the reason; where none is, that is."""
    said_no = replace(NEW, mail=NO)
    assert next_move(BOOK_OF_TRACKS, said_no, NOON) == Wait(None, NO.reason)
    done = {"first": frozenset({"hello", "paper", "look", "ads", "repeat-1", "repeat-2", "repeat-3"})}
    for changes in ({"phase": "decision"}, {"done": done}, {"paused": frozenset({"first"})}):
        assert next_move(BOOK_OF_TRACKS, replace(said_no, **changes), NOON) == Wait(None, Reason("no_track"))


def test_without_a_yes_a_mail_waits_until_there_is_one() -> None:
    """Nobody said no, so the track is not over."""
    life = Life(replace(NEW, mail=NEVER), NOON)
    assert life.run(NOON + 9 * DAY).reason.code == "no_consent"
    life.view = replace(life.view, mail=YES)
    life.run(NOON + 9 * DAY + 1)
    assert life.places == ["hello"]


def test_who_is_paused_waits_and_a_paused_track_takes_nobody() -> None:
    """Nothing is forgotten by it."""
    life = Life(NEW, NOON)
    life.run(NOON + HOUR)
    for changes in ({"is_paused": True}, {"paused": frozenset({"first"})}):
        life.view = replace(life.view, **changes)
        assert life.run(NOON + 9 * DAY).until is None
        life.view = replace(life.view, is_paused=False, paused=frozenset())
    assert not life.did
    assert next_move(BOOK_OF_TRACKS, replace(NEW, paused=frozenset({"first"})), NOON) == Wait(None, Reason("no_track"))


def test_a_step_that_the_playbook_takes_out_or_puts_in_changes_nothing_that_was_done() -> None:
    """Steps are known by their names, so another definition goes on where the lead is."""
    life = Life(NEW, NOON)
    life.run(NOON + 2 * DAY)
    steps = {"before": {"task": "New"}, **TRACKS["first"]["steps"]}
    life.playbook = book_with({"first": {**TRACKS["first"], "steps": steps}})
    life.run(NOON + 5 * DAY)
    assert life.places == ["hello", "before", "paper", "ads"]
    life.playbook = book_with({"other": {"steps": {"hi": {"task": "Hi"}}}})
    life.run(NOON + 6 * DAY)
    assert life.ended == ["track_gone", "track_finished"]


@given(st.integers(0, 366 * 24 * 4), st.tuples(st.integers(0, 95), st.integers(0, 95)).filter(lambda q: q[0] != q[1]))
def test_when_quiet_hours_end_it_is_quiet_no_more(quarter: int, hours: tuple[int, int]) -> None:
    """Also when the clock is set on or back at night."""
    begins, ends = (time(each // 4, each % 4 * 15) for each in hours)
    nurture = Nurture.model_validate({"tracks": TRACKS, "quiet_hours": (begins, ends)})
    now = instant(datetime(2026, 1, 1, tzinfo=UTC)) + quarter * 15 * MINUTE
    until = quiet_until(nurture, "Europe/Berlin", now)
    local = moment(now).astimezone(ZoneInfo("Europe/Berlin")).time()
    is_quiet = begins <= local < ends if begins < ends else not ends <= local < begins
    assert (until is not None) == is_quiet
    if until is not None:
        assert now < until <= now + 26 * HOUR
        assert quiet_until(nurture, "Europe/Berlin", until) is None


_CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "stage": st.sampled_from(["lead", "mql", "sql", "opportunity", "customer", "disqualified"]),
        "phase": st.sampled_from(["awareness", "consideration", ""]),
        "handoff": st.sampled_from(["", "offered", "accepted"]),
        "mail": st.sampled_from([YES, NO, NEVER]),
        "excluded": st.sampled_from(["", "", "competitor"]),
        "recycled": st.sampled_from(["", "no_budget"]),
        "is_paused": st.booleans(),
        "paused": st.sampled_from([frozenset(), frozenset({"first"})]),
        "attributes": st.sampled_from([{}, {"employees": "70"}]),
    },
)
_HISTORIES = st.lists(st.tuples(st.integers(0, 20 * DAY), _CHANGES), max_size=25)


@settings(max_examples=200)
@given(st.integers(0, 300 * DAY), _HISTORIES)
def test_the_laws_of_tracks_hold_over_every_history(start: int, history: list[tuple[int, dict[str, Any]]]) -> None:
    """Once each, in order, not in quiet hours, not too often, with a yes, and never beside sales."""
    nurture = BOOK_OF_TRACKS.nurture
    assert nurture is not None
    lives = [Life(NEW, NOON + start) for _ in range(2)]
    for life in lives:
        for pause, changes in history:
            life.run(life.now + pause)
            life.view = replace(life.view, **changes)
        life.run(life.now + 30 * DAY)
    life = lives[0]
    assert life.did == lives[1].did
    assert len(life.did) == len({(due.track, due.place) for _at, due, _view in life.did})
    order = [*nurture.tracks["first"].steps, *(f"repeat-{number}" for number in range(1, 4))]
    of_first = [due.place for _at, due, _view in life.did if due.track == "first" and due.place != BEFORE_CALL]
    assert of_first == [place for place in order if place in of_first]
    mails = [at for at, due, _view in life.did if due.deed.mail is not None]
    limit = nurture.at_most
    for at in mails:
        assert sum(at - limit.within < other <= at for other in mails) <= limit.mails
    for at, due, view in life.did:
        assert quiet_until(nurture, "Europe/Berlin", at) is None
        assert due.place == BEFORE_CALL if view.handoff else due.place != BEFORE_CALL
        assert view.handoff != "accepted"
        assert view.mail or due.deed.mail is None
        assert view.stage in nurture.tracks[due.track].stages
        assert not view.excluded
        assert not view.is_paused
        assert due.track not in view.paused


@pytest.mark.parametrize(
    ("condition", "held"),
    [
        ({"attribute": "employees", "at_least": 50}, True),
        ({"attribute": "customer", "is": False}, True),
        ({"attribute": "interests", "has": "Pumps"}, True),
        ({"attribute": "founded", "before": "2020-01-01"}, True),
        ({"not": {"attribute": "unknown", "is": "x"}}, False),
        ({"attribute": "unknown", "missing": True}, True),
        ({"score": "engagement", "at_least": 30}, True),
        ({"score": "fit", "below": 30}, False),
        ({"all": [{"phase": "awareness"}, {"persona": "maker"}]}, False),
        ({"any": [{"persona": "maker"}, {"cell": "A1"}]}, True),
    ],
)
def test_a_condition_is_asked_of_what_is_shown_of_the_lead(condition: dict[str, Any], held: bool) -> None:  # noqa: FBT001
    """The same words as in rules and gates, by the same evaluator of values."""
    attributes = {"employees": "70", "customer": "false", "interests": "pumps|valves", "founded": "2019-05-01"}
    view = View("lead", YES, phase="awareness", cell="A1", scores={"engagement": 30_000_000}, attributes=attributes)
    step = Step.model_validate({"task": "Look", "when": condition})
    assert step.when is not None
    assert holds(step.when, view) is held
