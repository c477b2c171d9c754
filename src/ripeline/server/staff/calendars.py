"""Calendars of reps: a small text in YAML with the hours of one person, in the words of the playbook's calendar."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pydantic import ValidationError

from ripeline.core.handoff import knows_holidays, regions_of
from ripeline.core.model_errors import findings_of
from ripeline.core.playbook import Calendar
from ripeline.core.problems import Finding, nearest
from ripeline.core.strict_yaml import located, read_keys
from ripeline.core.yaml_tree import Tree

if TYPE_CHECKING:
    from ripeline.core.playbook import Handoff as Rules
    from ripeline.core.playbook import Playbook
    from ripeline.core.problems import Problem

LONGEST = 5000
"""So many signs a calendar may have."""


class NoLongerACalendar(Exception):
    """A text that was a calendar when it was given is none to this release."""


def read(text: str, *, file: str = "calendar.yaml") -> Calendar | tuple[Problem, ...]:
    """Read a calendar; returns it, or all its problems in order of line. Raises nothing, whatever the text."""
    tree = read_keys(text, file=file, begin="hours")
    if not isinstance(tree, Tree):
        return tree
    try:
        calendar = Calendar.model_validate(tree.root.plain)
    except ValidationError as error:
        return located(tree, findings_of(error.errors(include_url=False), tree.root, Calendar), file=file)
    region, findings = calendar.holidays, []
    if region and not knows_holidays(region):
        params = {"name": region, "near": nearest(region, regions_of(region))}
        findings.append(Finding(("holidays",), "PB043", params))
    return located(tree, findings, file=file) if findings or tree.twice else calendar


def rules(playbook: Playbook, text: str) -> Rules:
    """By what the clock of a hand-off runs: the playbook's own rules, in this calendar where the text holds one."""
    return playbook.handoff.model_copy(update={"calendar": _calendar(text)}) if text else playbook.handoff


@lru_cache(maxsize=256)
def _calendar(text: str) -> Calendar:
    calendar = read(text)
    if not isinstance(calendar, Calendar):
        raise NoLongerACalendar(str(calendar[0]))
    return calendar
