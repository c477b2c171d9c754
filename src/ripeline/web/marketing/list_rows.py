"""The rows of a list as pages and files show them: who it is, how it stands, what comes next."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.translation import gettext

from ripeline.server import instants, people, playbooks
from ripeline.server.sales import tasks
from ripeline.server.sales.handoffs import OPEN, Handoff
from ripeline.server.sales.tasks import Task
from ripeline.web import shell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ripeline.core.playbook import Playbook
    from ripeline.server.leads import Lead
    from ripeline.server.people import Called

_MICRO = 1_000_000
_PER_CENT = 10_000
_GATES = {"lead": "mql", "mql": "sales_ready"}
_DANGEROUS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a spreadsheet take a text for a formula, in its wide form too; blanks before it do not help."""


class Row(NamedTuple):
    """One lead in a list."""

    lead: Lead
    called: Called
    stage: str
    percent: int | None
    progress: str
    phase: str
    persona: str
    active: str
    owner: str
    step: str
    remark: str


def rows(leads: Sequence[Lead], view: str, now: int) -> list[Row]:
    """What is shown of these leads, in a few queries however many they are."""
    numbers, playbook = [lead.pk for lead in leads], playbooks.active_playbook()
    called, steps, language = people.called(numbers), _steps(numbers, now), shell.language()

    def own(name: str) -> str:
        return language.heading(name)

    def row(lead: Lead) -> Row:
        gate = _GATES.get(lead.stage) if lead.scores != "{}" else None
        percent = lead.ahead // _PER_CENT if gate else None
        told = gettext("{percent} % to {gate}").format(percent=percent, gate=own(gate)) if gate else ""
        return Row(
            lead,
            called[lead.pk],
            own(lead.stage),
            percent,
            told,
            own(lead.phase) if lead.phase else "",
            label_of(playbook, "personas", lead.persona),
            shell.ago(lead.last_at, now) if lead.last_at else gettext("never"),
            lead.owner.username if lead.owner else gettext("Marketing"),
            steps.get(lead.pk, ""),
            _remark(lead, view, playbook, now),
        )

    return [row(lead) for lead in leads]


def label_of(playbook: Playbook | None, section: str, name: str) -> str:
    """What people call a persona or an exclusion."""
    part = getattr(playbook, section, {}).get(name) if playbook else None
    return shell.language().part(name, getattr(part, "label", None)) if name else ""


def _steps(numbers: Sequence[int], now: int) -> dict[int, str]:
    """By lead, what comes next: the open hand-off, else the first task."""
    found: dict[int, str] = {}
    for task in Task.objects.filter(lead__in=numbers, done_at=None).order_by("-due_at", "-pk"):
        found[task.lead_id] = f"{tasks.words_of(task)} ({shell.left(task.due_at, now)})"
    for handoff in Handoff.objects.filter(lead__in=numbers, status__in=OPEN).select_related("rep"):
        rep = handoff.rep.username if handoff.rep else gettext("nobody yet")
        found[handoff.lead_id] = gettext("With sales: {rep}").format(rep=rep)
    return found


def _remark(lead: Any, view: str, playbook: Playbook | None, now: int) -> str:  # noqa: ANN401 - with `due` in one view
    """What a view has to say of a lead besides."""
    if lead.excluded:
        return gettext("Excluded: {reason}").format(reason=label_of(playbook, "exclusions", lead.excluded))
    if lead.not_evaluated:
        return gettext("Not evaluated: no consent")
    if view == "recycled" and lead.due <= now:
        return gettext("Look at it today")
    if view == "recycled":
        return gettext("Look at it again: {left}").format(left=shell.left(lead.due, now))
    if view == "repair":
        return gettext("Rejected {ago}").format(ago=shell.ago(lead.waits_since, now))
    return ""


def as_csv(leads: Sequence[Lead], view: str, now: int) -> Iterator[bytes]:
    """A file for a spreadsheet, which takes none of its texts for a formula."""
    heads = ("id", "name", "company", "job_title", "stage", "cell", "engagement", "fit", "progress", "phase")
    yield line_of([*heads, "persona", "excluded", "last_activity", "owner", "next_step"])
    for one in rows(leads, view, now):
        lead = one.lead
        last = instants.text(lead.last_at) if lead.last_at else ""
        numbers = (lead.engagement / _MICRO, lead.fit / _MICRO, one.percent)
        texts = (lead.phase, lead.persona, lead.excluded, last, one.owner, one.step)
        yield line_of(
            [
                lead.pk,
                one.called.name,
                one.called.company,
                one.called.job_title,
                lead.stage,
                lead.cell,
                *numbers,
                *texts,
            ]
        )


def line_of(values: Sequence[object]) -> bytes:
    """A line of such a file."""
    line = io.StringIO()
    csv.writer(line).writerow([_harmless(value) for value in values])
    return line.getvalue().encode()


def _harmless(value: object) -> object:
    """A text that begins like a formula is marked as a text."""
    if not isinstance(value, str):
        return value
    text = value.replace("\0", "")
    first = text.lstrip()
    return f"'{text}" if first.startswith(_DANGEROUS) or text[:1].isspace() else text
