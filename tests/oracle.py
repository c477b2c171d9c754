"""The second evaluator: docs/meaning.md told again, slowly, with lists, dicts, whole numbers and fractions.

It shares no line with the first one; the tests compare the two. Numbers in parentheses are sections of that page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oracle_known import ACTS, DAY, EPOCH, STATE, WEEK, Known, Row, ledgers
from oracle_points import Moment, UndeterminedError, moments
from oracle_stages import Course, Look
from oracle_values import Tree, Truth, kind_of, leaves

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["EPOCH", "Result", "evaluate"]

TEN_YEARS = 3650 * DAY
Versions = Sequence[tuple[Tree, int | None, str | None]]

# --- (9) When the lead is looked at -----------------------------------------------------------------


class Account:
    """An account's leads in the hands of one evaluator, from the first look to the last."""

    def __init__(self, versions: Versions, leads: list[Tree], rows: dict[str, list[Row]]) -> None:
        self.versions, self.leads = versions, leads
        self.rows = [rows.get(lead["lead_id"], []) for lead in leads]
        self.courses = [Course() for _ in leads]

    def playbook(self, instant: int) -> Tree:
        """(10) The version in force."""
        return [book for book, since, _ in self.versions if since is None or since <= instant][-1]

    def known(self, instant: int) -> list[Known]:
        """What is known of each lead at an instant."""
        book = self.playbook(instant)
        return [Known(book, lead, rows, instant) for lead, rows in zip(self.leads, self.rows, strict=True)]

    def run(self, until: int) -> None:
        """Look at every instant at which there is something to see, up to and including `until`."""
        fixed = {row.known_at for rows in self.rows for row in rows}
        fixed |= {lead["created_at"] for lead in self.leads if lead["created_at"] is not None}
        fixed |= {since for _, since, _ in self.versions if since is not None}
        last: int | None = None
        for instant in sorted(instant for instant in fixed if instant <= until):
            last = self._follow_turns(last, instant - 1)
            if self._publish(instant) or any(known.has_news for known in self.known(instant)):
                self.look(instant)
                last = instant
        self._follow_turns(last, until)

    def _follow_turns(self, last: int | None, until: int) -> int | None:
        """Look at every turn after the last look, up to `until`; the last look then."""
        while last is not None and (turn := self.next_turn(last, until)) is not None:
            self.look(turn)
            last = turn
        return last

    def _publish(self, instant: int) -> bool:
        modes = [mode for _, since, mode in self.versions if since == instant]
        for course in self.courses if modes else []:
            course.asleep = modes[-1] == "from_now_on"
        return bool(modes)

    def look(self, instant: int) -> None:
        """Look at all known leads that are not waiting for a row of their own since a publication."""
        together = moments(self.known(instant), instant, instant)
        published = any(since == instant for _, since, _ in self.versions)
        for moment, course in zip(together, self.courses, strict=True):
            known = moment.known
            if known.has_news:
                course.asleep = False
            course.started |= bool(known.has_news or published or known.playbook["accounts"])
            if known.is_counted and course.is_looked_at:
                Look(course, moment).happen()

    def next_turn(self, now: int, until: int, only: Course | None = None) -> int | None:
        """The least instant in (`now`, `until`] at which something changes without a row; for one lead, or for any."""
        knowns = self.known(now)
        seen = [
            (known, course)
            for known, course in zip(knowns, self.courses, strict=True)
            if known.is_counted and course.is_looked_at and only in {None, course}
        ]
        awake = [known for known, _ in seen]
        others = [known for known in knowns if known not in awake]
        timers = [timer for known, course in seen for timer in timers_of(known, course) if timer > now]
        until = min([until, now + TEN_YEARS, *timers])
        found = until if until in timers else None
        counted = counts_at(knowns, awake, now)
        for step in steps_of(awake, now, until):
            if counts_at(knowns, awake, step) != counted:
                found, until = step, step
                break
        levels = levels_between(knowns, awake, now, now)
        starts = [now + 1, *(step for step in steps_of(others, now + 1, until - 1))]
        for start, after in zip(starts, [*starts[1:], until], strict=True):
            changed = first_change(knowns, awake, levels, (start, after - 1)) if start < after else None
            if changed is not None:
                return changed
        if found is None and now < until and levels_between(knowns, awake, until, until) != levels:
            found = until
        return found


def timers_of(known: Known, course: Course) -> Iterator[int]:
    """Ends of dwells, of a cool-down and of an override."""
    for name, gate in known.gates.items():
        since = course.since[name]
        if since is not None and not course.open[name]:
            yield since + (gate["dwell"] or 0)
    if course.cooling_until is not None:
        yield course.cooling_until
    if course.override is not None:
        yield course.override.end


def in_gates_and_rules(known: Known) -> Iterator[Tree]:
    """All single tests whose truth may change with time alone."""
    for condition in known.conditions():
        yield from leaves(condition)


def steps_of(knowns: list[Known], after: int, until: int) -> list[int]:
    """The instants in (after, until] at which a count, a silence or a forcing may change."""
    found = set()
    for known in knowns:
        for test in in_gates_and_rules(known):
            kind = kind_of(test)
            if kind == "did" and test["within"] is not None:
                found |= {row.at + test["within"] for row in known.of(test["did"])}
            elif kind == "silent":
                found |= {row.at + test["silent"] for row in known.of(test["activities"])}
            elif kind == "surge":
                weeks = [test["within"] + i * WEEK for i in range(9)]
                found |= {row.at + age for row in known.of(test["activities"]) for age in weeks}
        for gate in known.gates.values():
            found |= {row.at + gate["force_holds"] for row in known.of(gate["force"])}
    return sorted(step for step in found if after < step <= until)


def truths(knowns: list[Known], awake: list[Known], kinds: set[str], span: tuple[int, int]) -> list[tuple[Tree, Truth]]:
    """What holds throughout the span, of tests of these kinds."""
    together = [moment for moment in moments(knowns, *span) if moment.known in awake]
    return [
        (test, moment.truth(test))
        for moment in together
        for test in in_gates_and_rules(moment.known)
        if kind_of(test) in kinds
    ]


def counts_at(knowns: list[Known], awake: list[Known], instant: int) -> object:
    """What holds at an instant, of counts, silences, surges and forcing."""
    span = (instant, instant)
    forced = [Moment(known, *span).forced(gate) for known in awake for gate in known.gates.values()]
    return truths(knowns, awake, {"did", "silent", "surge"}, span), forced


def levels_between(knowns: list[Known], awake: list[Known], start: int, end: int) -> object:
    """What holds throughout a span, of tests of scores."""
    return truths(knowns, awake, {"score", "cell", "account"}, (start, end))


def first_change(knowns: list[Known], awake: list[Known], levels: object, span: tuple[int, int]) -> int | None:
    """The first instant of the span at which a test of a score is not as in `levels`."""
    start, end = span
    try:
        return None if levels_between(knowns, awake, start, end) == levels else start
    except UndeterminedError:
        middle = (start + end) // 2
        left = first_change(knowns, awake, levels, (start, middle))
        return left if left is not None else first_change(knowns, awake, levels, (middle + 1, end))


# --- What is shown ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Result:
    """What is shown of a lead at an instant."""

    lines: dict[tuple[str, str], int]
    awards: dict[str, tuple[int, int]]
    scores: dict[str, int | None]
    grades: dict[str, str | None]
    cell: str | None
    persona: str | None
    personas: list[str]
    phase: str | None
    excluded: str | None
    not_evaluated: str | None
    plain: bool
    open: dict[str, bool]
    progress: dict[str, int | None]
    stage: str
    next_look_at: int | None
    account: dict[str, int]
    journal: list[tuple[object, ...]]
    looks: list[Tree | None]


def shown(moment: Moment, course: Course, next_look_at: int | None) -> Result:
    """The lead as of `moment`, with the gates and the stage of the last look."""
    known, shut = moment.known, moment.is_shut
    axes = list(known.axes)
    lines = {} if shut else {name: points for axis in axes for name, points in moment.lines(axis).items() if points}
    awards = {} if shut else {name: (len(made), made[-1][0]) for name, made in known.awards.items() if made}
    return Result(
        lines=lines,
        awards=awards,
        scores={axis: None if shut else moment.score(axis)[0] for axis in axes},
        grades={axis: None if shut else next(iter(moment.labels(axis))) for axis in axes},
        cell=None if shut else next(iter(moment.cells())),
        persona=next(iter(known.personas), None),
        personas=known.personas,
        phase=None if shut else moment.phase,
        excluded=moment.excluded,
        not_evaluated=None if known.may_be_scored else "no_consent",
        plain=known.is_plain,
        open=dict(course.open),
        progress={name: None if shut else moment.progress(gate["enter"]) for name, gate in known.gates.items()},
        stage=course.stage,
        next_look_at=next_look_at,
        account={axis: moment.rolled_up(axis)[0] for axis in known.playbook["accounts"]},
        journal=list(course.journal),
        looks=list(course.looks),
    )


def evaluate(versions: Versions, leads: list[Tree], rows: list[Tree], at: int) -> dict[str, Result]:
    """What is shown of each lead at `at`; ValueError if an `event_id` of a lead stands for two rows."""
    named = {name for book, _, _ in versions for activity in book["activities"].values() for name in activity["event"]}
    ledger = ledgers([row for row in rows if row["event"] in STATE | ACTS | named])
    accounts: dict[tuple[bool, str], list[Tree]] = defaultdict(list)
    for lead in leads:
        own = lead["account_id"] is None
        accounts[own, lead["lead_id"] if own else lead["account_id"]].append(lead)
    results = {}
    for members in accounts.values():
        account = Account(versions, members, ledger)
        account.run(at)
        for moment, course in zip(moments(account.known(at), at, at), account.courses, strict=True):
            turn = account.next_turn(at, at + TEN_YEARS, None if moment.playbook["accounts"] else course)
            results[moment.known.lead["lead_id"]] = shown(moment, course, turn)
    return results
