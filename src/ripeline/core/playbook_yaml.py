"""Text → Playbook, or every Problem at once: line, path, code, hint."""

from __future__ import annotations

from pydantic import ValidationError

from ripeline.core.model_errors import findings_of
from ripeline.core.playbook import Playbook
from ripeline.core.problems import Finding, Place, Problem
from ripeline.core.units import kind_of
from ripeline.core.yaml_tree import Node, Unreadable, read_tree

MAX_PROBLEMS = 200
"""So many problems are told at once; a text with more is no playbook."""


def load(text: str | bytes, *, file: str) -> Playbook | tuple[Problem, ...]:
    """Read a playbook; returns it, or all its problems in order of line. Raises nothing, whatever the text."""
    try:
        tree = read_tree(text)
    except Unreadable as error:
        return (Problem(file, error.line, "", error.finding.code, error.finding.params),)
    if tree.root.keys is None:
        code, params = ("PB020", {"given": kind_of(tree.root.plain), "wanted": "keys with values"})
        return (Problem(file, 1, "", *(("PB006", {}) if tree.root.plain is None else (code, params))),)
    playbook, findings = _playbook(tree.root)
    if playbook is not None and not findings and not tree.twice:
        return playbook
    located = tree.twice + [(_line(tree.root, finding), finding) for finding in findings]
    located.sort(key=lambda pair: pair[0])
    return tuple(
        Problem(file, line, path_text(finding.place), finding.code, finding.params)
        for line, finding in located[:MAX_PROBLEMS]
    )


def path_text(place: Place) -> str:
    """Return a place as people write it, positions counted from 1."""
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in place)


def _playbook(root: Node) -> tuple[Playbook | None, list[Finding]]:
    try:
        return Playbook.model_validate(root.plain, by_alias=True, by_name=False), []
    except ValidationError as error:
        return None, findings_of(error.errors(include_url=False), root)


def _line(root: Node, finding: Finding) -> int:
    """Return the line of the value meant; for an unknown key and for what spans lines, that of its key."""
    node, line = root, root.line
    for part in finding.place:
        inner = node.child(part)
        if inner is None:
            break
        key_line = node.key_lines.get(str(part), inner.line)
        whole = finding.code == "PB003" or inner.keys is not None or inner.items is not None
        node, line = inner, key_line if whole else inner.line
    return line
