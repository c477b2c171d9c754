"""Text → Playbook, or every Problem at once: line, path, code, hint."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError

from ripeline.core.model_errors import findings_of
from ripeline.core.playbook import Playbook
from ripeline.core.playbook_check import check
from ripeline.core.strict_yaml import MAX_PROBLEMS, located, read_keys
from ripeline.core.yaml_tree import Tree

if TYPE_CHECKING:
    from ripeline.core.problems import Finding, Place, Problem
    from ripeline.core.yaml_tree import Node

_SEPARABLE = ("attributes", "content", "activities", "rules", "personas", "exclusions", "accounts", "journey")
_STAND_INS: dict[str, Any] = {
    "playbook": "stand-in",
    "timezone": "UTC",
    "daily_review": "06:00",
    "consent": "assumed",
    "handoff": {},
}


def load(text: str | bytes, *, file: str) -> Playbook | tuple[Problem, ...]:
    """Read a playbook; returns it, or all its problems in order of line. Raises nothing, whatever the text."""
    tree = read_keys(text, file=file, begin="playbook")
    if not isinstance(tree, Tree):
        return tree
    playbook, findings = _playbook(tree.root)
    if playbook is not None and not findings and not tree.twice:
        return playbook
    return located(tree, findings, file=file)


def _playbook(root: Node) -> tuple[Playbook | None, list[Finding]]:
    plain = cast("dict[str, Any]", root.plain)
    try:
        playbook = Playbook.model_validate(plain, by_alias=True, by_name=False)
        return playbook, [finding._replace(place=_written(root, finding.place)) for finding in _checked(playbook)]
    except ValidationError as error:
        found = findings_of(error.errors(include_url=False), root, Playbook)
        return None, [*found, *_findings_beside(plain, found)]


def _checked(playbook: Playbook) -> list[Finding]:
    return list(islice(check(playbook), MAX_PROBLEMS))


def _findings_beside(plain: dict[str, Any], found: list[Finding]) -> list[Finding]:
    """Return what concerns two places that can be read although others cannot."""
    broken = {finding.place[:2] for finding in found}
    rest = _without(plain, broken)
    if rest is None:
        return []
    try:
        playbook = Playbook.model_validate(rest, by_alias=True, by_name=False)
    except ValidationError:
        return []
    gone = {str(place[-1]) for place in broken}
    return [finding for finding in _checked(playbook) if finding.params.get("name") not in gone]


def _without(plain: dict[str, Any], broken: set[Place]) -> dict[str, Any] | None:
    """Return the playbook without its broken parts; None if what is left would be misread."""
    if () in broken:
        return None
    rest = {**plain, "scenarios": []}
    for section, *name in broken:
        if section in _STAND_INS:
            rest[str(section)] = _STAND_INS[str(section)]
        elif section == "gates" and name and isinstance(rest[section], dict):
            rest[section] = {**rest[section], name[0]: {"enter": {"silent": "1 day"}}}
        elif section in _SEPARABLE and name:
            rest[str(section)] = {key: part for key, part in rest[str(section)].items() if key != name[0]}
        elif section != "scenarios":
            return None
    return rest


def _written(root: Node, place: Place) -> Place:
    """Return the part of a place that stands in the text: one name may stand for a list of one."""
    node: Node | None = root
    for length, part in enumerate(place):
        node = node.child(part) if node else None
        if node is None:
            return place[:length]
    return place
