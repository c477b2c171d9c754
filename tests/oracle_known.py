"""The oracle on what is known of a lead at an instant, apart from age (sections 1 to 6 of docs/meaning.md)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from oracle_values import Tree, Truth, eased, is_blank, judge, kind_of, table_points, tested

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MICRO = 1_000_000
DAY = 86_400 * MICRO
WEEK = 7 * DAY
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STATE = {"attributes_changed", "consent_given", "consent_withdrawn", "bant_answered", "points_adjusted", "event_voided"}
ACTS = {"override_set", "override_ended", "verdict_given", "stage_set", "touch_logged"}


@dataclass(frozen=True)
class Row:
    """One fact about a lead; ``order`` is ledger order, ``effective`` the instant from which it is in force."""

    at: int
    known_at: int
    event: str
    event_id: str | None
    properties: Tree
    position: int

    @property
    def order(self) -> tuple[int, bool, str, int]:
        """Ledger order: by `at`, then rows without `event_id`, then by `event_id`, then by position."""
        return (self.at, self.event_id is not None, self.event_id or "", self.position)

    @property
    def effective(self) -> int:
        """The instant from which a row of state or an act is in force."""
        return min(self.at, self.known_at)


def ledgers(rows: list[Tree]) -> dict[str, list[Row]]:
    """The rows of each lead in ledger order; ValueError if one `event_id` stands for two different rows."""
    found: dict[str, dict[object, Row]] = defaultdict(dict)
    for position, raw in enumerate(rows):
        known_at = raw["at"] if raw.get("known_at") is None else raw["known_at"]
        row = Row(raw["at"], known_at, raw["event"], raw.get("event_id") or None, raw.get("properties") or {}, position)
        first = found[raw["lead_id"]].setdefault(row.event_id or position, row)
        said = [(r.at, r.known_at, r.event, r.properties) for r in (first, row)]
        if said[0] != said[1]:
            message = f"lead {raw['lead_id']} has two different rows with event_id {row.event_id}"
            raise ValueError(message)
    return {lead: sorted(kept.values(), key=lambda row: row.order) for lead, kept in found.items()}


class Known:
    """A lead with its rows known at `instant`, read with one playbook."""

    def __init__(self, playbook: Tree, lead: Tree, ledger: list[Row], instant: int) -> None:
        self.playbook, self.lead, self.instant = playbook, lead, instant
        names = {name for activity in playbook["activities"].values() for name in activity["event"]}
        self.rows = [row for row in ledger if row.known_at <= instant and row.event in STATE | ACTS | names]

    def said(self, *events: str) -> list[Row]:
        """Rows of state in the order in which they came into force."""
        rows = [row for row in self.rows if row.event in events]
        return sorted(rows, key=lambda row: (row.effective, row.order))

    def in_force(self, purpose: str, instant: int, *, unsaid: bool = False) -> bool:
        """(3) Whether a purpose is in force; `unsaid` is the answer while nobody has said anything."""
        rows = self.said("consent_given", "consent_withdrawn")
        rows = [row for row in rows if row.properties["purpose"] == purpose and row.effective <= instant]
        latest = [row.event for row in rows if row.effective == rows[-1].effective]
        return set(latest) == {"consent_given"} if latest else unsaid

    @cached_property
    def may_be_scored(self) -> bool:
        """(3) Whether the lead may be scored at all."""
        consent = self.playbook["consent"]
        asked = None if consent == "assumed" else consent["scoring"]
        scoring = asked or {"purpose": "profiling", "basis": "objection"}
        return self.in_force(scoring["purpose"], self.instant, unsaid=scoring["basis"] == "objection")

    def counts(self, activity: Tree, at: int) -> bool:
        """(3) Whether consent lets an event of this activity count."""
        consent = self.playbook["consent"]
        purpose = None if consent == "assumed" else consent["channels"].get(activity["channel"])
        return purpose is None or self.in_force(purpose, at)

    @cached_property
    def is_counted(self) -> bool:
        """(6) Whether its table row or a row of its own is known."""
        created_at = self.lead["created_at"]
        return created_at is None or created_at <= self.instant or bool(self.rows)

    @cached_property
    def has_news(self) -> bool:
        """(9) Whether a row of the lead becomes known now, or the lead itself does."""
        return self.lead["created_at"] == self.instant or any(row.known_at == self.instant for row in self.rows)

    @cached_property
    def attributes(self) -> Tree:
        """(4) The last known change of each attribute, else the value of the table."""
        created_at = self.lead["created_at"]
        values = dict(self.lead["attributes"]) if created_at is None or created_at <= self.instant else {}
        for row in self.said("attributes_changed"):
            values.update(row.properties)
        return values

    def holds(self, condition: Tree | None, properties: Tree | None = None) -> bool:
        """Whether a condition on attributes, or on the properties of an event, holds."""

        def leaf(test: Tree) -> Truth:
            if kind_of(test) == "property":
                return tested(test, (properties or {}).get(test["property"]))
            return tested(test, self.attributes.get(test["attribute"]))

        return condition is None or judge(condition, leaf) is True

    @cached_property
    def events(self) -> list[tuple[Row, set[str]]]:
        """(5) The events with the activities that they match, in ledger order."""
        voided = {row.properties["voids"] for row in self.rows if row.event == "event_voided"}
        rows = [row for row in self.rows if row.event not in STATE | ACTS]
        matched = [(row, self._matches(row)) for row in rows if row.event_id is None or row.event_id not in voided]
        return [(row, activities) for row, activities in matched if activities]

    def _matches(self, row: Row) -> set[str]:
        return {
            name
            for name, activity in self.playbook["activities"].items()
            if row.event in activity["event"]
            and self.holds(activity["where"], row.properties)
            and self.counts(activity, row.at)
        }

    def of(self, activities: Iterable[str] | None) -> list[Row]:
        """The events that match one of these activities; of all, if None."""
        wanted = set(self.playbook["activities"] if activities is None else activities)
        return [row for row, matched in self.events if matched & wanted]

    @cached_property
    def conversions(self) -> list[Row]:
        """The conversion actions, in ledger order."""
        return self.of(name for name, activity in self.playbook["activities"].items() if activity["conversion"])

    @cached_property
    def is_plain(self) -> bool:
        """(5) Whether all that the lead did was passive."""
        return not self.of(name for name, activity in self.playbook["activities"].items() if not activity["passive"])

    @cached_property
    def personas(self) -> list[str]:
        """(4) All personas that fit, in order; none for a lead that may not be scored."""
        personas = self.playbook["personas"] if self.may_be_scored else {}
        return [name for name, persona in personas.items() if self.holds(persona["when"])]

    @cached_property
    def persona(self) -> Tree:
        """What is different for this lead."""
        same: Tree = {"rules": {}, "bands": {}, "gates": {}, "cool_down": None}
        return self.playbook["personas"][self.personas[0]] if self.personas else same

    @cached_property
    def rules(self) -> dict[str, Tree]:
        """(4) The rules as the persona changes them, without those that are off."""
        changes = self.persona["rules"]
        return {
            name: rule | {key: new for key, new in changes.get(name, {}).items() if key != "off" and new is not None}
            for name, rule in self.playbook["rules"].items()
            if not changes.get(name, {}).get("off")
        }

    @cached_property
    def gates(self) -> dict[str, Tree]:
        """(7) The gates, the persona's own where it has one."""
        own = self.persona["gates"]
        return {name: own.get(name) or self.playbook["gates"][name] for name in ("mql", "sales_ready")}

    @cached_property
    def axes(self) -> dict[str, Tree]:
        """(6) The axes with the bands that hold for the persona."""
        bare: Tree = {"min": None, "max": None, "bands": {}, "otherwise": None}
        axes = {"engagement": bare, "fit": bare} | self.playbook["axes"]
        return {name: axis | {"bands": self.persona["bands"].get(name, axis["bands"])} for name, axis in axes.items()}

    @property
    def cool_down(self) -> int:
        """(8) How long a cool-down lasts."""
        return int(self.persona["cool_down"] or self.playbook["handoff"]["cool_down"])

    @cached_property
    def met(self) -> set[str]:
        """(4) The items of the qualification that are met."""
        status = {}
        for row in self.said("bant_answered"):
            item = self.playbook["bant"].get(row.properties["item"], {"answers": {}})
            status[row.properties["item"]] = item["answers"].get(str(row.properties["answer"]))
        return {item for item, answer in status.items() if answer == "met"}

    @cached_property
    def known_share(self) -> tuple[int, int]:
        """(4) How many attributes of the complete profile are known, and how many are listed."""
        listed = self.playbook["completeness"]
        return sum(not is_blank(self.attributes.get(name)) for name in listed), len(listed)

    @cached_property
    def adjusted(self) -> dict[str, tuple[int | None, int]]:
        """(6) By axis: the instant up to which awards are taken away, and the points of people."""
        state: dict[str, tuple[int | None, int]] = {}
        for row in self.said("points_adjusted"):
            axis, said = row.properties["axis"], row.properties
            since, points = state.get(axis, (None, 0))
            if said.get("add") is not None:
                state[axis] = (since, points + micro_points(said["add"]))
            else:
                state[axis] = (row.effective, micro_points(said.get("set") or 0))
        return state

    @cached_property
    def awards(self) -> dict[str, list[tuple[int, int]]]:
        """(6) The awards that count, as (`at`, points), by rule."""
        found = {}
        for name, rule in self.rules.items():
            since = self.adjusted.get(rule["axis"], (None, 0))[0]
            made = self._made(rule) if rule["on"] else []
            found[name] = [award for award in made if since is None or award[0] > since]
        return found

    def _made(self, rule: Tree) -> list[tuple[int, int]]:
        made: list[tuple[int, int]] = []
        zone = ZoneInfo(self.playbook["timezone"])
        for row in self.of(rule["on"]):
            if not self.holds(rule["where"], row.properties):
                continue
            last = made[-1][0] if made else None
            if last is not None and not is_repeated(rule["repeat"], last, row.at, zone):
                continue
            points = rule["points"]
            if isinstance(points, dict):
                points = table_points(points, row.properties.get(points["property"]))
            made.append((row.at, points))
        return made

    def conditions(self) -> Iterator[Tree]:
        """(9) All conditions in force whose tests may change with time alone."""
        yield from (rule["when"] for rule in self.rules.values() if rule["when"] and not rule["on"])
        yield from self.playbook["journey"].values()
        yield from self.playbook["exclusions"].values()
        for gate in self.gates.values():
            yield gate["enter"]
            yield eased(gate["enter"], gate["margin"])
            if gate["leave"]:
                yield gate["leave"]


def micro_points(number: object) -> int:
    """A number of points, exactly, in micro-points."""
    return int(Decimal(str(number)) * MICRO)


def is_repeated(repeat: str | Tree, last: int, at: int, zone: ZoneInfo) -> bool:
    """(6) Whether an event at `at` makes an award after one at `last`."""
    if isinstance(repeat, dict):
        return bool(at - last >= repeat["once_per"])
    if repeat == "once_per_day":
        days = [(EPOCH + timedelta(microseconds=instant)).astimezone(zone).date() for instant in (last, at)]
        return days[0] != days[1]
    return repeat == "every"
