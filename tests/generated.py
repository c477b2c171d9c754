"""Playbooks and histories at random: small, and made of few names and instants, so that all things meet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from hypothesis import strategies as st

from ripeline.core.playbook import Playbook
from ripeline.core.scoring import Version

Tree = dict[str, Any]
Trees = st.SearchStrategy[Tree]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = 3_600_000_000
DAY = 24 * HOUR
START = 20_535 * DAY  # 2026-03-23 00:00 UTC, the Monday before clocks change in Europe

ACTIVITIES = ("page", "price", "paper", "ask", "quote")
CHANNELS = ("web", "mail")
PURPOSES = ("tracking", "profiling")
AXES = ("engagement", "fit", "product")
EARNING = ("pages", "papers", "asks")  # rules on activities
STATING = ("size", "state")  # rules of state
STAGES = ("lead", "mql", "sql", "opportunity", "customer", "lost", "disqualified")

# --- Scalars ----------------------------------------------------------------------------------------

points = st.sampled_from([10, 5, 20, 1, 0, 0.333333, -5, -20])
levels = st.sampled_from([10, 5, 20, 15, 30, 0, -5, 9.5])
spans = st.sampled_from(["2 days", "1 day", "1 h", "12 h", "5 days", "7 days", "30 days"])
instants = st.builds(
    lambda day, hour, off: START + day * DAY + hour * HOUR + off,
    st.sampled_from([0, 1, 2, 3, 5, 6, 7, 8, 9, 14, 21, 28, 30, 35, 42, 60]),
    st.sampled_from([0, 0, 0, 1, 12, 22, 23]),
    st.sampled_from([0, 0, 0, 0, 0, 0, 1, -1]),
)
values = st.sampled_from(
    [
        *("blog", "Blog ", "pricing", "", " ", None, "50", 50, 1.5, "1.5", 7, True, False, "true", "2026-03-30"),
        *("2026-03-30T10:00:00+02:00", "ann@mail.acme.example", ["Tea", "milk"], [], "tea|milk"),
    ]
)


def some(strategy: st.SearchStrategy[Any], least: int = 1, most: int = 3) -> st.SearchStrategy[list[Any]]:
    """A short list of different items."""
    return st.lists(strategy, min_size=least, max_size=most, unique=True)


def of(names: tuple[str, ...], least: int = 1) -> st.SearchStrategy[list[str]]:
    """Some of these names."""
    return some(st.sampled_from(names), least)


def keys(always: Tree | None = None, **optional: st.SearchStrategy[Any]) -> Trees:
    """Keys with values: the first always, each of the others perhaps."""
    return st.fixed_dictionaries(always or {}, optional=optional)


def joined(*parts: Trees) -> Trees:
    """All keys of all parts."""
    return st.tuples(*parts).map(lambda trees: {key: value for tree in trees for key, value in tree.items()})


# --- Conditions -------------------------------------------------------------------------------------

texts = some(st.sampled_from(["blog", "pricing", "PRI", "ing", "50", "true"]), 1, 2)
numbers = st.sampled_from([50.0, 1.5, 7, 0])
days = st.sampled_from(["2026-03-30", "2026-03-31"])
scalars = st.sampled_from(["blog", "BLOG", "50", 50, 1.5, True, "true"])
OPERANDS: dict[str, Tree] = {
    "text": {
        "is": scalars,
        "is_not": scalars,
        "in": some(scalars),
        "not_in": some(scalars),
        "contains": texts,
        "starts_with": texts,
        "ends_with": texts,
        "matches": st.sampled_from(["^b", "G$", "[0-9]", "o.|e"]),
        "domain_in": some(st.sampled_from(["acme.example", "mail.acme.example", "cme.example"])),
    },
    "number": {
        "is": numbers,
        "is_not": numbers,
        "in": some(numbers),
        "not_in": some(numbers),
        "at_least": numbers,
        "at_most": numbers,
        "above": numbers,
        "below": numbers,
    },
    "date": {"before": days, "after": days},
    "set": {"has": some(st.sampled_from(["tea", "MILK", "water"]), 1, 2)},
    "yes_no": {"is": st.booleans(), "is_not": st.booleans()},
}
ATTRIBUTES = {"industry": "text", "size": "number", "since": "date", "likes": "set", "known": "yes_no"}


def value_test(kinds: list[str]) -> Trees:
    """One operator with its operand."""
    operands = {name: operand for kind in kinds for name, operand in OPERANDS[kind].items()}
    operands["missing"] = st.booleans()
    one = [keys({name: operand}, or_unknown=st.booleans()) for name, operand in operands.items()]
    return st.one_of(one)


def nested(leaf: Trees) -> Trees:
    """Leaves, and what `all`, `any` and `not` make of them, two deep at most."""

    def made_of(part: Trees) -> Trees:
        parts = st.lists(part, min_size=1, max_size=3)
        return st.one_of(keys({"all": parts}), keys({"any": parts}), keys({"not": part}))

    return st.one_of(leaf, leaf, made_of(leaf), made_of(st.one_of(leaf, made_of(leaf))))


of_property = joined(keys({"property": st.sampled_from(["topic", "minutes"])}), value_test(list(OPERANDS)))
of_attribute = st.one_of(
    [joined(keys({"attribute": st.just(name)}), value_test([kind])) for name, kind in ATTRIBUTES.items()]
)
did = st.one_of(
    keys({"did": of(ACTIVITIES)}, within=spans, at_least=st.integers(1, 3)),
    keys({"did": of(ACTIVITIES), "at_least": st.integers(1, 2), "at_most": st.integers(2, 3)}, within=spans),
    keys({"did": of(ACTIVITIES), "at_most": st.integers(0, 2)}, within=spans),
    keys({"did": of(ACTIVITIES), "exactly": st.integers(0, 2)}, within=spans),
)
of_lead = st.one_of(
    of_attribute,
    did,
    did,
    keys({"bant": st.integers(0, 2), "required": of(("need", "budget"), 0)}),
    keys({"completeness": st.sampled_from([1, 40, 50, 60, 100])}),
    keys({"silent": spans}, activities=of(ACTIVITIES)),
    keys({"surge": st.sampled_from([1.0, 0.5, 1.1, 3.0]), "within": spans}, activities=of(ACTIVITIES)),
    keys({"returning": st.sampled_from(["visit", "key_pages"])}),
)
score = st.one_of(
    keys({"score": st.sampled_from(AXES), "at_least": levels}), keys({"score": st.sampled_from(AXES), "below": levels})
)
of_phase = st.one_of(
    score,
    score,
    keys({"cell": of(("A1", "A2", "B1", "B2", "C3", "A3"))}),
    keys({"persona": of(("boss", "fan"))}),
    keys({"account": st.sampled_from(["engagement", "product"]), "at_least": levels}),
    of_lead,
)
of_gate = st.one_of(of_phase, of_phase, keys({"phase": of(("awareness", "consideration", "decision"))}))

# --- Playbooks --------------------------------------------------------------------------------------

linear = keys({"percent": st.sampled_from([50, 15, 100, 1]), "every": spans}, mode=st.sampled_from(["step", "smooth"]))
decays = st.one_of(
    keys({"half_life": spans}, window=spans), keys({"linear": linear}, window=spans), keys({"window": spans})
)
repeats = st.one_of(st.sampled_from(["every", "once", "once_per_day"]), keys({"once_per": spans}))


def capped() -> Trees:
    """A lower or an upper cap, or both, or none."""
    return keys({}, min=st.sampled_from([-20, -5, 0, 1]), max=st.sampled_from([5, 9.5, 20, 30]))


def tables(subject: Tree, tests: Trees) -> Trees:
    """A value table."""
    rows = st.lists(joined(tests, keys({"points": points})), min_size=1, max_size=3)
    return keys({**subject, "rows": rows}, otherwise=points, unknown=points)


in_place = st.sampled_from([{"axis": "engagement"}, {"group": "content"}, {"axis": "product"}])
earning = joined(
    keys(
        {
            "on": of(ACTIVITIES),
            "points": st.one_of(points, points, tables({"property": st.just("topic")}, value_test(list(OPERANDS)))),
        },
        where=nested(of_property),
        repeat=repeats,
        decay=decays,
    ),
    in_place,
    capped(),
)
attribute_tables = st.one_of(
    [tables({"attribute": st.just(name)}, value_test([kind])) for name, kind in ATTRIBUTES.items()]
)
stating = joined(
    st.one_of(
        keys({"when": nested(of_lead), "points": st.one_of(points, attribute_tables)}),
        keys({"points": attribute_tables}),
    ),
    st.one_of(st.just({"axis": "fit"}), in_place),
    capped(),
)
changes = joined(keys({}, points=points, repeat=repeats, decay=decays, off=st.booleans()), capped())
gates = keys(
    {"enter": nested(of_gate)},
    leave=nested(of_gate),
    margin=st.sampled_from([0, 2, 5]),
    dwell=spans,
    force=of(("ask", "quote", "paper")),
    force_holds=spans,
)
other_bands = {
    axis: keys({label: st.just(at) for label, at in labels.items()})
    for axis, labels in {"fit": {"A": 10, "B": 1}, "engagement": {"1": 30, "2": 5}}.items()
}
axes = st.fixed_dictionaries(
    {
        "fit": joined(keys({"bands": keys({"A": st.just(15), "B": st.just(5)})}, otherwise=st.just("C")), capped()),
        "engagement": joined(
            keys({"bands": keys({"1": st.just(20), "2": st.just(10)})}, otherwise=st.just("3")), capped()
        ),
        "product": joined(keys({"bands": keys({}, hot=st.just(5))}, otherwise=st.just("cold")), capped()),
    }
)
personas = keys(
    {"when": nested(of_attribute)},
    rules=keys(
        {}, **dict.fromkeys(EARNING, changes), size=joined(keys({}, points=points, off=st.booleans()), capped())
    ),
    bands=keys({}, **other_bands),
    gates=keys({}, mql=gates, sales_ready=gates),
    cool_down=spans,
)
consents = keys(
    {},
    scoring=keys({"purpose": st.just("profiling"), "basis": st.sampled_from(["consent", "objection"])}),
    channels=keys({}, web=st.sampled_from(PURPOSES), mail=st.sampled_from(PURPOSES)),
)
roll_ups = st.one_of(
    st.sampled_from([{"roll_up": "sum"}, {"roll_up": "max"}]), keys({"roll_up": st.just("top"), "n": st.integers(1, 2)})
)
statuses = st.sampled_from(["met", "partly", "not_met", "unknown"])
items = keys({"answers": keys({"yes": st.just("met"), "partly": statuses, "no": statuses})})


def activity(name: str) -> Trees:
    """An activity whose events are perhaps another's too."""
    events = some(st.sampled_from([f"{name}_event", f"{name}_event", "paper_event"]))
    return keys(
        {"event": events},
        where=nested(of_property),
        channel=st.sampled_from(CHANNELS),
        conversion=st.booleans(),
        passive=st.booleans(),
    )


parts = st.fixed_dictionaries(
    {
        "playbook": st.just("At random"),
        "timezone": st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]),
        "consent": st.one_of(st.just("assumed"), consents),
        "attributes": st.just({name: {"type": kind} for name, kind in ATTRIBUTES.items()}),
        "completeness": of(tuple(ATTRIBUTES)),
        "activities": st.fixed_dictionaries({name: activity(name) for name in ACTIVITIES}),
        "visits": keys({"activities": of(ACTIVITIES), "gap": spans, "key_pages": of(ACTIVITIES)}),
        "axes": axes,
        "groups": st.fixed_dictionaries({"content": capped()}),
        "rules": st.fixed_dictionaries({**dict.fromkeys(EARNING, earning), **dict.fromkeys(STATING, stating)}),
        "personas": st.fixed_dictionaries({"boss": personas, "fan": personas}),
        "bant": st.fixed_dictionaries({"need": items, "budget": items}),
        "accounts": st.fixed_dictionaries({"engagement": roll_ups, "product": roll_ups}),
        "gates": st.fixed_dictionaries({"mql": gates, "sales_ready": gates}),
    },
    optional={
        "journey": keys({}, awareness=nested(of_phase), consideration=nested(of_phase), decision=nested(of_phase)),
        "exclusions": keys({}, rival=nested(of_lead), student=nested(of_lead)),
        "handoff": keys({}, confirm=st.sampled_from(["sales", "automatic"]), cool_down=spans, response_time=spans),
    },
)


def without_accounts(tree: Tree) -> Tree:
    """The playbook with the tests of account scores turned to those of the lead's own."""

    def own(part: Any) -> Any:  # noqa: ANN401 - any part of a YAML tree
        if isinstance(part, dict):
            return {"score" if key == "account" else key: own(value) for key, value in part.items()}
        return [own(item) for item in part] if isinstance(part, list) else part

    return {key: own(value) for key, value in tree.items() if key != "accounts"}


playbooks = st.one_of(parts.map(without_accounts), parts)

# --- Histories --------------------------------------------------------------------------------------

event_ids = st.one_of(st.none(), st.sampled_from([f"e{i}" for i in range(8)]))
attributes = keys(
    {},
    industry=st.sampled_from(["blog", "Blog ", "pricing", "50", "", None]),
    size=st.sampled_from([50, 1.5, 7, None]),
    since=st.sampled_from(["2026-03-30", "2026-04-01", None]),
    likes=st.sampled_from([["tea"], ["Milk", "tea"], None]),
    known=st.sampled_from([True, False, None]),
)
untils = instants.map(lambda at: (EPOCH + timedelta(microseconds=at)).isoformat())
SAID: dict[str, Trees] = {
    "attributes_changed": attributes.filter(bool),
    "consent_given": keys({"purpose": st.sampled_from(PURPOSES)}),
    "consent_withdrawn": keys({"purpose": st.sampled_from(PURPOSES)}),
    "bant_answered": keys(
        {"item": st.sampled_from(["need", "budget"]), "answer": st.sampled_from(["yes", "partly", "no"])}
    ),
    "points_adjusted": joined(
        keys({"axis": st.sampled_from(AXES)}),
        st.one_of(keys({"add": points}), keys({"set": points}), st.just({"reset": True})),
    ),
    "event_voided": keys({"voids": event_ids.filter(bool)}),
    "override_set": st.one_of(
        keys({"stage": st.sampled_from(STAGES[:3])}, until=untils), keys({"hold": st.just(value=True)}, until=untils)
    ),
    "override_ended": st.just({}),
    "verdict_given": keys(
        {"verdict": st.sampled_from(["accepted", "confirmed", "recycled", "rejected", "disqualified", "merged"])},
        reason=st.sampled_from(["misrouted", "bad_data", "no need"]),
    ),
    "stage_set": keys({"stage": st.sampled_from(STAGES)}),
    "touch_logged": st.just({}),
}
properties = keys({}, topic=values, minutes=values)
EVENTS = (*(f"{name}_event" for name in ACTIVITIES), "weather")


@st.composite
def rows(draw: st.DrawFn, leads: list[str], most: int = 25) -> list[Tree]:
    """Rows in any order: late, dated ahead, tied, repeated; an `event_id` never stands for two different rows."""
    events = [name for name in EVENTS for _ in range(3)] + list(SAID)
    found: dict[object, Tree] = {}
    for number in range(draw(st.integers(0, most))):
        name = draw(st.sampled_from(events))
        at = draw(instants)
        row = {
            "lead_id": draw(st.sampled_from(leads)),
            "at": at,
            "known_at": draw(st.one_of(st.none(), st.none(), instants)),
            "event": name,
            "event_id": draw(event_ids),
            "properties": draw(SAID.get(name, properties)),
        }
        found.setdefault((row["lead_id"], row["event_id"]) if row["event_id"] else number, row)
    again = draw(st.lists(st.sampled_from(list(found.values())), max_size=2)) if found else []
    return [*found.values(), *(row for row in again if row["event_id"])]


class Edition(NamedTuple):
    """A playbook as YAML has it, when it was published, and in which mode."""

    tree: Tree
    published_at: int | None = None
    retroactive: bool = False


@dataclass(frozen=True)
class Case:
    """What both evaluators are asked: editions of the playbook, leads, rows, and the instant."""

    editions: list[Edition]
    leads: list[Tree]
    rows: list[Tree]
    at: int

    @cached_property
    def versions(self) -> list[Version]:
        """The editions as the evaluator takes them."""
        return [Version(Playbook.model_validate(tree), at, retroactive) for tree, at, retroactive in self.editions]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """One to three leads, one or two versions of the playbook."""
    names = draw(st.sampled_from([["ada"], ["ada"], ["ada", "bob"], ["ada", "bob", "cy"]]))
    leads = [
        {
            "lead_id": name,
            "account_id": draw(st.sampled_from(["acme", "acme", None])),
            "created_at": draw(st.one_of(st.none(), instants)),
            "attributes": draw(attributes),
        }
        for name in names
    ]
    editions = [Edition(draw(playbooks))]
    if draw(st.integers(0, 3)) == 3:
        editions.append(Edition(draw(playbooks), draw(instants), draw(st.booleans())))
    return Case(editions, leads, draw(rows(names)), draw(st.one_of(instants, st.just(START + 70 * DAY))))
