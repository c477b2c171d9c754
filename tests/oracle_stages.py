"""The oracle on one look at a lead: acts, gates, hand-offs, signals (sections 7 and 8 of docs/meaning.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from oracle_known import ACTS, DAY, EPOCH, Row
from oracle_values import Tree, eased

if TYPE_CHECKING:
    from oracle_points import Moment

LEGAL = {
    "lead": {"mql", "sql", "disqualified"},
    "mql": {"lead", "sql", "disqualified"},
    "sql": {"mql", "opportunity", "lost", "disqualified"},
    "opportunity": {"sql", "mql", "customer", "lost"},
    "lost": {"mql"},
    "customer": {"opportunity"},
    "disqualified": {"lead"},
}
NOT_BY_HAND = {("lead", "mql"), ("lead", "sql"), ("mql", "lead"), ("mql", "sql")}
RANK = {"lead": 0, "mql": 1, "sql": 2}
FIRM = {"sql", "opportunity", "customer", "lost"}


@dataclass
class Override:
    """A person's word, until `end`: a hold, or a lowest and highest rank for automation."""

    end: int
    hold: bool = False
    floor: int = 0
    ceiling: int = 2


@dataclass
class Handoff:
    """The open hand-off."""

    conversion_at: int | None
    status: str = "offered"
    touched: bool = False


@dataclass(eq=False)
class Course:
    """Where a lead is: what lives on from look to look, and the journal of how it came there."""

    stage: str = "lead"
    handoff: Handoff | None = None
    open: dict[str, bool] = field(default_factory=lambda: {"mql": False, "sales_ready": False})
    since: dict[str, int | None] = field(default_factory=lambda: {"mql": None, "sales_ready": None})
    override: Override | None = None
    cooling_from: int | None = None
    cooling_until: int | None = None
    repair_from: int | None = None
    asleep: bool = False
    started: bool = False
    journal: list[tuple[object, ...]] = field(default_factory=list)
    looks: list[Tree | None] = field(default_factory=list)

    @property
    def is_looked_at(self) -> bool:
        """(9, 10) Whether the lead has had its first look, and none is held back since a publication."""
        return self.started and not self.asleep

    def in_force(self, now: int) -> Override:
        """The override in force; one that forbids nothing, if there is none."""
        over = self.override
        return over if over is not None and now < over.end else Override(now)

    @property
    def is_with_sales(self) -> bool:
        """(8d) Whether the hand-off is accepted, or the stage sql or opportunity."""
        accepted = self.handoff is not None and self.handoff.status == "accepted"
        return accepted or self.stage in {"sql", "opportunity"}

    def is_cooling(self, now: int) -> bool:
        """Whether a cool-down runs."""
        return self.cooling_until is not None and now < self.cooling_until


class Look:
    """One look at a lead: acts of people, gates, automation, signals."""

    def __init__(self, course: Course, moment: Moment) -> None:
        self.course, self.moment, self.known, self.now = course, moment, moment.known, moment.start
        self.news = [row for row in self.known.rows if row.known_at == self.now]
        self.was_ready = course.open["sales_ready"]
        self.was_with_sales = course.is_with_sales

    def happen(self) -> None:
        """Bring the course of the lead up to this look."""
        for row in self.news:
            if row.event in ACTS:
                getattr(self, f"_{row.event}")(row)
        for name, gate in self.known.gates.items():
            self._turn_gate(name, gate)
        if not self.course.in_force(self.now).hold:
            self._automate()
        self._signal()

    # What any of them may do

    def _note(self, *entry: object) -> None:
        self.course.journal.append((self.now, *entry))
        self.course.looks.append(None if self.moment.is_shut else self._standing())

    def _standing(self) -> Tree:
        """What is kept with an entry of a lead that is not shut."""
        moment, known = self.moment, self.known
        return {
            "scores": {axis: moment.score(axis)[0] for axis in known.axes},
            "persona": next(iter(known.personas), None),
            "phase": moment.phase,
            "progress": {name: moment.progress(gate["enter"]) for name, gate in known.gates.items()},
        }

    def _move(self, to: str, reason: str, gate: str | None = None) -> None:
        self._note("move", self.course.stage, to, reason, gate)
        self.course.stage = to

    def _answer(self, status: str) -> None:
        """The open hand-off gets this status, and is over unless it is accepted."""
        handoff = self.course.handoff
        if handoff is not None:
            handoff.status = status
            self._note("handoff", status, None)
            self.course.handoff = handoff if status == "accepted" else None

    def _offer(self, conversion_at: int | None) -> None:
        self.course.handoff = Handoff(conversion_at)
        self._note("handoff", "offered", conversion_at)

    def _cool_down(self) -> None:
        self.course.cooling_from = self.now
        self.course.cooling_until = self.now + self.known.cool_down

    # (a) Acts

    def _person_moves(self, row: Row, to: str, reason: str) -> bool:
        stage = self.course.stage
        if to not in LEGAL[stage] or (reason == "person" and (stage, to) in NOT_BY_HAND):
            self._note("refused", row.event, "illegal_move")
            return False
        self._move(to, reason)
        self._answer("confirmed" if to in FIRM else "disqualified" if to == "disqualified" else "recycled")
        if to == "mql" and stage != "lead":
            self._cool_down()
        return True

    def _stage_set(self, row: Row) -> None:
        self._person_moves(row, row.properties["stage"], "person")

    def _override_set(self, row: Row) -> None:
        until = row.properties.get("until")
        end = row.effective + 90 * DAY
        if until is not None:
            end = (datetime.fromisoformat(until) - EPOCH) // timedelta(microseconds=1)
        if row.properties.get("hold"):
            self.course.override = Override(end, hold=True)
            return
        stage, to = self.course.stage, row.properties["stage"]
        if to != stage and not self._person_moves(row, to, "override"):
            return
        rank = RANK.get(stage, 3)
        floor = RANK[to] if RANK[to] >= rank else 0
        ceiling = RANK[to] if RANK[to] <= rank else 2
        self.course.override = Override(end, floor=floor, ceiling=ceiling)

    def _override_ended(self, row: Row) -> None:
        if self.course.override is None or self.course.override.end <= self.now:
            self._note("refused", row.event, "no_override")
        self.course.override = None

    def _verdict_given(self, row: Row) -> None:
        verdict, handoff = row.properties["verdict"], self.course.handoff
        if handoff is None:
            self._verdict_alone(row, verdict)
        elif verdict in {"accepted", "rejected"} and handoff.status == "accepted":
            self._note("refused", row.event, "already_accepted")
        else:
            self._answer(verdict)
            self._follow(row, verdict, handoff)

    def _verdict_alone(self, row: Row, verdict: str) -> None:
        stage = self.course.stage
        if verdict == "recycled" and stage in {"sql", "opportunity"}:
            self._move("mql", "recycled")
            self._cool_down()
        elif verdict == "disqualified" and verdict in LEGAL[stage]:
            self._move("disqualified", "disqualified")
        else:
            self._note("refused", row.event, "illegal_move" if verdict == "disqualified" else "no_open_handoff")

    def _follow(self, row: Row, verdict: str, handoff: Handoff) -> None:
        """What follows from the answer to an open hand-off."""
        reason = row.properties.get("reason")
        if verdict == "confirmed" and self.course.stage != "sql":
            self._move("sql", "confirmed")
        elif verdict == "disqualified":
            self._move("disqualified", "disqualified")
        elif verdict == "rejected" and reason == "misrouted":
            self._offer(handoff.conversion_at)
        elif verdict == "rejected" and reason == "bad_data":
            self.course.repair_from = self.now
        elif verdict == "merged":
            self.course.cooling_from = self.course.cooling_until = self.now
        elif verdict in {"rejected", "recycled"}:
            if verdict == "recycled" and self.course.stage == "sql":
                self._move("mql", "recycled")
            self._cool_down()

    def _touch_logged(self, _: Row) -> None:
        handoff = self.course.handoff
        if handoff is not None and not handoff.touched:
            handoff.touched = True
            self._note("handoff", "touched", None)

    # (b) Gates (7)

    def _turn_gate(self, name: str, gate: Tree) -> None:
        course, moment = self.course, self.moment
        enters = not moment.is_shut and moment.truth(gate["enter"]) is True
        since = course.since[name]
        course.since[name] = (self.now if since is None else since) if enters else None
        if moment.is_shut:
            course.open[name] = False
        elif not course.open[name]:
            started = course.since[name]
            dwelt = started is not None and self.now - started >= (gate["dwell"] or 0)
            course.open[name] = moment.forced(gate) or dwelt
        elif not moment.forced(gate):
            if gate["leave"]:
                course.open[name] = enters or moment.truth(gate["leave"]) is not True
            else:
                course.open[name] = moment.truth(eased(gate["enter"], gate["margin"])) is True

    def _reason(self, name: str) -> str:
        gate = self.known.gates[name]
        only_forced = self.moment.forced(gate) and self.moment.truth(gate["enter"]) is not True
        return "forced" if only_forced else "gate"

    # (c) Automation

    def _automate(self) -> None:
        course, over, now = self.course, self.course.in_force(self.now), self.now
        ready, mql = course.open["sales_ready"], course.open["mql"] or course.open["sales_ready"]
        if course.handoff is not None and course.handoff.status == "offered" and not ready:
            self._answer("expired")
        offers = ready and over.ceiling >= RANK["sql"] and self._may_offer()
        at_once = self.playbook_confirms and offers and self.moment.forced(self.known.gates["sales_ready"])
        if course.stage == "lead" and mql and over.ceiling >= RANK["mql"] and not at_once:
            gate = "mql" if course.open["mql"] else "sales_ready"
            self._move("mql", self._reason(gate), gate)
        if offers and (course.stage == "mql" or (course.stage == "lead" and at_once)):
            self._make_offer()
        stays = course.handoff is not None or over.floor > RANK["lead"] or course.is_cooling(now)
        if course.stage == "mql" and not mql and not stays:
            reason = self._reason_to_leave()
            self._move("lead", reason, "mql" if reason == "gate" else None)

    @property
    def playbook_confirms(self) -> bool:
        """Whether an offer is confirmed at once."""
        return bool(self.known.playbook["handoff"]["confirm"] == "automatic")

    def _may_offer(self) -> bool:
        """Whether no hand-off is open, and what the lead waits for, if it waits, has come."""
        course, ready = self.course, self.known.gates["sales_ready"]
        repaired = course.repair_from is None or any(
            row.known_at > course.repair_from for row in self.known.said("attributes_changed")
        )
        if course.handoff is not None or not repaired:
            return False
        if course.cooling_from is None:
            return True
        forced_anew = any(row.known_at > course.cooling_from for row in self.known.of(ready["force"]))
        asked_anew = any(row.known_at > course.cooling_from for row in self.known.conversions)
        return forced_anew or (asked_anew and not course.is_cooling(self.now))

    def _make_offer(self) -> None:
        course = self.course
        past = [row.at for row in self.known.conversions if row.at <= self.now]
        fresh = past and self.now - past[-1] <= self.known.playbook["handoff"]["response_time"]
        course.cooling_from = course.repair_from = None
        self._offer(past[-1] if fresh else None)
        if self.playbook_confirms:
            self._answer("confirmed")
            reason = "forced" if course.stage == "lead" else self._reason("sales_ready")
            self._move("sql", reason, "sales_ready")

    def _reason_to_leave(self) -> str:
        if not self.known.may_be_scored:
            return "no_consent"
        if self.moment.excluded is not None:
            return "excluded"
        return "voided" if any(row.event == "event_voided" for row in self.news) else "gate"

    # (d) Signals

    def _signal(self) -> None:
        course = self.course
        forcing = self.known.of(self.known.gates["sales_ready"]["force"])
        out_of_reach = course.in_force(self.now).hold or course.stage in {"disqualified", "lost"}
        if out_of_reach and any(row.known_at == self.now for row in forcing):
            self._note("signal", "task")
        worked = self.was_with_sales and course.is_with_sales
        if worked and self.was_ready != course.open["sales_ready"]:
            self._note("signal", "faded" if self.was_ready else "revived")
