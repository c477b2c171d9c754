"""Planted faults: each is a line of the core written wrongly, and the tests must tell it from the right one.

Run as a script with a folder of cases, this says which case first comes out other than the oracle said.
"""

from __future__ import annotations

import json
import pickle
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, seed, settings

import ripeline
from agreement import by_evaluator, by_oracle
from by_hand import BASE, DAY, START, gates, lead, row
from generated import Case, Edition, cases

if TYPE_CHECKING:
    from generated import Tree

CORE = Path(ripeline.__file__).parent / "core"


@dataclass(frozen=True)
class Mutant:
    """A fault in words, and the text that it puts in place of another, which stands once in the core."""

    fault: str
    right: str
    wrong: str

    def planted(self, core: Path) -> None:
        """Plant the fault in a copy of the core; ValueError if the right text does not stand there exactly once."""
        places = [file for file in core.glob("*.py") if self.right in file.read_text("utf-8")]
        if len(places) != 1 or places[0].read_text("utf-8").count(self.right) != 1:
            message = f"the core does not say exactly once: {self.right}"
            raise ValueError(message)
        places[0].write_text(places[0].read_text("utf-8").replace(self.right, self.wrong), "utf-8")


MUTANTS = [
    Mutant("a window one microsecond too long", "if age >= window:", "if age > window:"),
    Mutant("a group summed before the caps of its rules", ".group] += points", ".group] += raw[r]"),
    Mutant(
        "late rows known when they happened",
        'known = _ints(events["known_at"]) if "known_at" in events.columns else at',
        "known = at",
    ),
    Mutant("once_per still blocking when its span is over", "at - awarded < gap", "at - awarded <= gap"),
    Mutant("calendar days in UTC", "info = ZoneInfo(zone)", 'info = ZoneInfo("UTC")'),
    Mutant("a half-life that falls in steps", "z = (x - part) / _PARTS * -_LN2", "z = 0.0"),
    Mutant("dwell ignored", "since >= d.gates[v, g].dwell", "since >= 0"),
    Mutant("cool-down ignored", "look.at >= state.leads[lead].cool_until and news_since", "news_since"),
    Mutant(
        "unknown taken as false under not, of a lead",
        "if stack[top - 1] != UNKNOWN:",
        "if stack[top - 1] == UNKNOWN:\n                stack[top - 1] = TRUE\n            else:",
    ),
    Mutant(
        "unknown taken as false under not, of a property",
        "return ~condition_expression(part, schema)",
        "return ~condition_expression(part, schema).fill_null(value=False)",
    ),
    Mutant(
        "a void of a late event ignored",
        "if s.leads[j].has_voids and is_voided(",
        "if s.leads[j].has_voids and rows.known[row] == rows.at[row] and is_voided(",
    ),
    Mutant(
        "consent judged at the look, not at the event", "purpose, rows.at[row]) != TRUE", "purpose, FOREVER) != TRUE"
    ),
    Mutant("an account's sum with its excluded leads", "exists and s.leads[j].shut == 0:", "exists:"),
    Mutant(
        "force past an exclusion",
        "if s.leads[j].shut:\n",
        "if s.leads[j].shut and look.at >= forced_until(d, rows, s, j, g):\n",
    ),
    Mutant("or_unknown ignored", "if test.or_unknown else held", "if False else held"),
    Mutant("a lead at rest deaf to its tests", "elif s.needed[j, leaf] and turns_test(", "elif False and turns_test("),
    Mutant("a score that rises while at rest unseen", "if s.peak[j, a] >= s.ceiling[j, a]:", "if False:"),
    Mutant("a score that falls while at rest unseen", "if not s.rests[0].floors or upto", "if True or upto"),
    Mutant(
        "a test that turns while at rest unseen", "if not is_calm(s) or s.rests[0].until <= upto:", "if not is_calm(s):"
    ),
]

# --- The cases --------------------------------------------------------------------------------------


def at_random(count: int) -> list[Case]:
    """The same cases each time."""
    found: list[Case] = []

    @seed(2026)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(cases())
    def collect(case: Case) -> None:
        found.append(case)

    collect()
    return found


def one(parts: Tree, rows: list[Tree], day: float) -> Case:
    """Ada by the playbook of the base with these parts."""
    return Case([Edition(BASE | parts)], [lead()], rows, START + round(day * DAY))


def by_hand() -> list[Case]:
    """Cases for faults that chance seldom meets."""
    fading = {"half_life": "1 day"}
    capped = {"papers": PAPERS | {"max": 5, "group": "all"}, "asks": PAPERS | {"group": "all"}}
    web: Tree = {"paper": {"event": "paper", "channel": "web"}, "ask": {"event": "ask", "conversion": True}}
    asks = {
        "activities": web,
        "consent": {"channels": {"web": "tracking"}},
        "gates": gates({"enter": {"did": "paper"}}),
    }
    forced = gates({"enter": {"did": "page"}, "force": "ask"})
    return [
        one({"rules": papers(decay=fading, points=0.000007)}, [row(0, "paper")], 1.6),
        one({"rules": capped, "groups": {"all": {"max": 12}}}, [row(0, "paper")], 1),
        one({"rules": papers(repeat="once_per_day"), "timezone": "America/New_York"}, on_days(0.1, 0.5), 1),
        one({"rules": papers(repeat={"once_per": "1 day"})}, on_days(0, 1), 2),
        one({"rules": papers(decay={"window": "1 day"})}, on_days(0), 1),
        one({"gates": gates({"enter": {"did": "paper"}, "dwell": "2 days"})}, on_days(0), 1),
        one(asks, [*on_days(0), row(1, "consent_given", {"purpose": "tracking"})], 2),
        one({"gates": forced, "exclusions": {"anybody": {"did": "ask"}}}, [row(0, "ask")], 1),
        one({}, [row(0, "paper", event_id="e", known_at=START + DAY), row(2, "event_voided", {"voids": "e"})], 3),
        one({"rules": papers(), "gates": gates(at_least(25))}, on_days(0, 1, 2, 3), 5),
        one(
            {"rules": papers(decay=fading), "gates": gates(at_least(8))},
            [row(0, "paper"), row(0.1, "page"), row(5, "page")],
            6,
        ),
        one({}, [row(0, "ask"), row(1, "verdict_given", {"verdict": "recycled"}), row(2, "ask")], 5),
    ]


PAPERS: Tree = {"on": "paper", "points": 10}


def papers(**more: object) -> Tree:
    """One rule, on papers."""
    return {"papers": PAPERS | more}


def at_least(points: float) -> Tree:
    """A gate that opens at a score."""
    return {"enter": {"score": "engagement", "at_least": points}}


def on_days(*days: float) -> list[Tree]:
    """A paper on each of these days."""
    return [row(day, "paper") for day in days]


def write_cases(folder: Path) -> None:
    """Write all cases with what the oracle says of them."""
    told = [(case, by_oracle(case)) for case in by_hand() + at_random(110)]
    folder.joinpath("cases.pickle").write_bytes(pickle.dumps(told))


def first_difference(folder: Path) -> int | None:
    """The number of the first case that this process's evaluator sees otherwise; None if there is none."""
    told = pickle.loads(folder.joinpath("cases.pickle").read_bytes())  # noqa: S301 - written by this very test
    for number, (case, expected) in enumerate(told):
        try:
            if by_evaluator(case) != expected:
                return number
        except (ArithmeticError, LookupError, ValueError):
            return number
    return None


if __name__ == "__main__":
    print(json.dumps(first_difference(Path(sys.argv[1]))))  # noqa: T201 - the answer
