"""Marketing's lists: views of the leads, filters, pages that neither repeat nor skip a lead, and counts that are cheap.

A view is a question that marketing asks each week. Filters narrow it down; both are closed lists. Who sees which leads
is asked of `visibility` by whoever shows a list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

from django.db.models import Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ripeline.core.conditions import SilentTest, SurgeTest
from ripeline.core.instants import instant
from ripeline.core.phrases import gettext
from ripeline.integrations.arrivals import CHANNELS
from ripeline.server import playbooks
from ripeline.server.instants import FOREVER
from ripeline.server.leads import Lead, Membership
from ripeline.server.sales import tasks
from ripeline.server.sales.tasks import Task
from ripeline.server.terms import TermKind, came_by, found_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ripeline.server.playbooks import PlaybookVersion

SIZE = 50
"""So many leads a page has."""
MOST_COUNTED = 10_000
"""Up to here counts are exact."""
NEAR = 700_000
"""From this share of the next gate on, in millionths, a lead is nearly there."""
MARKETING = "-"
"""The owner of leads that no rep owns."""
_OVER = ~Q(stage__in=("customer", "lost", "disqualified"))
_WITH_MARKETING = ~Q(stage__in=("sql", "opportunity", "customer", "lost", "disqualified"))
_WAITS = Q(waits_for__gt="")
"""Said this way about, so that no database takes the index of stages in place of the view's own."""
_CURSOR = re.compile(r"^(-?[0-9]{1,18})\.([0-9]{1,18})\Z")

STAGES = ("lead", "mql", "sql", "opportunity", "customer", "lost", "disqualified")
PHASES = ("awareness", "consideration", "decision")
_Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]


class Filters(BaseModel):
    """What narrows a list down; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stage: Literal[STAGES] | None = None  # type: ignore[valid-type]  # the names of a table
    cell: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,32}$")] | None = None
    grade: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,16}$")] | None = None
    persona: _Name | None = None
    phase: Literal[PHASES] | None = None  # type: ignore[valid-type]
    owner: Annotated[str, StringConstraints(pattern=r"^[\w.@+-]{1,150}$")] | None = None
    account: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    source: Literal[CHANNELS] | None = None  # type: ignore[valid-type]
    campaign: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None
    since: date | None = None
    text: Annotated[str, StringConstraints(min_length=2, max_length=100)] | None = None
    excluded: _Name | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """By which column a list is sorted; of equals the newer lead comes first, or with `rising` the older one."""

    column: str
    rising: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """One question, as people call it and what it means, which leads answer it, and in what order."""

    label: str
    meaning: str
    leads: Q = field(default_factory=Q)
    order: Order = Order("last_at")


VIEWS: Mapping[str, View] = {
    "mqls": View(
        gettext("MQLs"),
        gettext("Marketing-qualified leads, the ones nearest to sales first."),
        Q(stage="mql"),
        Order("ahead"),
    ),
    "near": View(
        gettext("Nearly there"),
        gettext("At least 70 percent of the way to the next gate, and with no hand-off open."),
        _WITH_MARKETING & Q(ahead__gte=NEAR),
        Order("ahead"),
    ),
    "silent": View(
        gettext("Gone silent"),
        gettext("They came regularly, and have stopped: the playbook's own test of silence holds."),
        _OVER & Q(silent=True),
    ),
    "surging": View(
        gettext("Surging"),
        gettext("Much more than usual: the playbook's own test of a surge holds."),
        _OVER & Q(surging=True),
    ),
    "recycled": View(
        gettext("Back from sales"),
        gettext("Given back by sales, by the day on which to look at them again."),
        _WAITS & _WITH_MARKETING & Q(waits_for="conversion"),
        Order("due", rising=True),
    ),
    "repair": View(
        gettext("Data to mend"),
        gettext("Rejected by sales because the data are wrong; they are offered again once they are mended."),
        _WAITS & Q(waits_for="data"),
        Order("waits_since", rising=True),
    ),
    "no_step": View(
        gettext("Without a next step"),
        gettext("MQLs, SQLs and opportunities with neither an open hand-off nor a task."),
    ),
    "excluded": View(
        gettext("Excluded"), gettext("Left out by the playbook, each with its reason."), Q(excluded__gt="")
    ),
    "plain": View(
        gettext("Plain leads"), gettext("Merely passing by: they have done nothing that counts."), Q(plain=True)
    ),
    "all": View(gettext("All"), gettext("Every lead, the most recently active first.")),
}
"""All views, in the order in which they stand beside each other."""


def leads(view: str, filters: Filters, among: QuerySet[Lead]) -> QuerySet[Lead]:
    """The leads of a view that all filters let through, of those among which they are looked for; not in order."""
    rows = among.filter(VIEWS[view].leads, merged_into__isnull=True)
    if view == "near":
        rows = rows.filter(~tasks.is_offered())
    if view == "no_step":
        rows = rows.filter(tasks.no_next_step())
    return rows.filter(_let_through(filters))


def _let_through(filters: Filters) -> Q:
    said = filters.model_dump(exclude_none=True)
    plain = Q(**{name: said[name] for name in ("stage", "cell", "persona", "phase", "excluded") if name in said})
    if "grade" in said:
        plain &= Q(cell__startswith=said["grade"])
    if "owner" in said:
        plain &= Q(owner=None) if said["owner"] == MARKETING else Q(owner__username=said["owner"])
    if "account" in said:
        plain &= Q(pk__in=Membership.objects.filter(account=said["account"], until=FOREVER).values("lead"))
    if "since" in said:
        plain &= Q(last_at__gte=instant(datetime.combine(said["since"], time(), playbooks.timezone())))
    if "text" in said:
        plain &= found_by(said["text"])
    for kind in (TermKind.SOURCE, TermKind.CAMPAIGN):
        if kind in said:
            plain &= came_by(kind, said[kind])
    return plain


# --- pages and counts -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Page:
    """Some leads in order, and the cursor of those after them; none after the last."""

    leads: list[Lead]
    next: str | None


def page(rows: QuerySet[Lead], view: str, cursor: str | None = None, size: int = SIZE) -> Page:
    """One page of a view's leads; a cursor that is none begins anew.

    A page begins behind the last lead of the one before, so that none comes twice or is left out when others move.
    """
    order, rows = VIEWS[view].order, in_order(rows, view)
    behind = _CURSOR.match(cursor or "")
    if behind:
        value, number = int(behind[1]), int(behind[2])
        step = "gt" if order.rising else "lt"
        rows = rows.filter(**{f"{order.column}__{step}e": value})
        rows = rows.filter(Q(**{f"{order.column}__{step}": value}) | Q(**{f"pk__{step}": number}))
    found: list[Any] = list(rows[: size + 1])
    shown, last = found[:size], len(found) <= size
    return Page(shown, None if last else f"{getattr(shown[-1], order.column)}.{shown[-1].pk}")


def in_order(rows: QuerySet[Lead], view: str) -> QuerySet[Lead]:
    """A view's leads as they stand in it, with their owners."""
    order = VIEWS[view].order
    sign = "" if order.rising else "-"
    rows = _with_due(rows) if order.column == "due" else rows
    return rows.select_related("owner").order_by(f"{sign}{order.column}", f"{sign}pk")


def _with_due(rows: QuerySet[Lead]) -> QuerySet[Lead]:
    """With the day on which to look at a lead again: that of its first open task, else the end of the cool-down."""
    first = Task.objects.filter(lead=OuterRef("pk"), done_at=None).order_by().values("lead").annotate(due=Min("due_at"))
    return rows.annotate(due=Coalesce(Subquery(first.values("due")), "cool_until"))


@dataclass(frozen=True, slots=True)
class Count:
    """How many leads there are, and whether there are more than are counted."""

    number: int
    is_more: bool = False


def count(rows: QuerySet[Lead]) -> Count:
    """Exact up to 10,000."""
    number = rows.order_by().values("pk")[: MOST_COUNTED + 1].count()
    return Count(min(number, MOST_COUNTED), number > MOST_COUNTED)


# --- what the active definition speaks of ---------------------------------------------------------


def is_spoken_of(view: str) -> bool:
    """Whether the active definition can put a lead into a view at all."""
    test = {"silent": SilentTest, "surging": SurgeTest}.get(view)
    active = playbooks.active()
    return test is None or (active is not None and test in _tests_of(active))


@lru_cache(64)
def _tests_of(version: PlaybookVersion) -> frozenset[type]:
    return frozenset(type(part) for part in _parts(playbooks.playbook_of(version)))


def _parts(value: object) -> list[object]:
    """A value of a definition with all that stands in it."""
    inner: list[object] = []
    if isinstance(value, BaseModel):
        inner = [getattr(value, name) for name in type(value).model_fields]
    elif isinstance(value, dict):
        inner = list(value.values())
    elif isinstance(value, tuple):
        inner = list(value)
    return [value, *(deep for part in inner for deep in _parts(part))]
