"""What every definition in YAML is read by: keys with values, or what stops it; and findings with their lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripeline.core.phrases import phrase as _
from ripeline.core.problems import Finding, Place, Problem
from ripeline.core.units import kind_of
from ripeline.core.yaml_tree import Node, Tree, Unreadable, read_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_PROBLEMS = 200
"""So many problems are told at once; a text with more is no definition."""


def read_keys(text: str | bytes, *, file: str, begin: str) -> Tree | tuple[Problem, ...]:
    """Read keys with values, of which `begin` names the definition; returns them, or why there are none."""
    try:
        tree = read_tree(text)
    except Unreadable as error:
        return (Problem(file, error.line, "", error.finding.code, error.finding.params),)
    if tree.root.keys is not None:
        return tree
    if tree.root.plain is None:
        return (Problem(file, tree.root.line, "", "PB006", {"begin": begin}),)
    params = {"given": kind_of(tree.root.plain), "wanted": _("keys with values")}
    return (Problem(file, tree.root.line, "", "PB020", params),)


def located(tree: Tree, findings: Sequence[Finding], *, file: str) -> tuple[Problem, ...]:
    """Return what was found, and the keys that stand twice, as problems in order of line."""
    found = tree.twice + [(_line(tree.root, finding), finding) for finding in findings]
    found.sort(key=lambda pair: pair[0])
    return tuple(
        Problem(file, line, path_text(finding.place), finding.code, finding.params)
        for line, finding in found[:MAX_PROBLEMS]
    )


def path_text(place: Place) -> str:
    """Return a place as people write it, positions counted from 1."""
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in place)


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
