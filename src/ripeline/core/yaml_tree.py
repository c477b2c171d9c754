"""YAML text → a tree of plain values with their lines, or the problems that stop it from being one.

Plain scalars are read as YAML 1.2 reads them, without its rarities: ``on`` and ``yes`` are texts, so are days,
times of day and numbers with a leading zero. What could make a short text large (aliases) or a deep one is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import yaml

from ripeline.core.phrases import phrase as _
from ripeline.core.problems import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ripeline.core.phrases import Detail
    from ripeline.core.problems import Place

MAX_BYTES = 1_000_000
MAX_DEPTH = 60

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,29})")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Scalar = bool | int | float | str | None
Plain = Scalar | list["Plain"] | dict[str, "Plain"]


@dataclass(slots=True)
class Node:
    """A value as it stands in the text: what it is, and on which line (from 1) it begins."""

    line: int
    value: Scalar = None
    items: list[Node] | None = None
    keys: dict[str, Node] | None = None
    key_lines: dict[str, int] = field(default_factory=dict)

    @property
    def plain(self) -> Plain:
        """The value without its lines."""
        if self.keys is not None:
            return {key: node.plain for key, node in self.keys.items()}
        return [node.plain for node in self.items] if self.items is not None else self.value

    def child(self, part: str | int) -> Node | None:
        """Return the value under a key or at a position, None if there is none."""
        if isinstance(part, int):
            return self.items[part] if self.items is not None and part < len(self.items) else None
        return self.keys.get(part) if self.keys is not None else None


class Unreadable(Exception):
    """The text is not a tree; carries the line and the finding that says why."""

    def __init__(self, line: int, code: str, **params: Detail) -> None:
        """Keep the line and the finding."""
        super().__init__(code)
        self.line = line
        self.finding = Finding((), code, params)


@dataclass(slots=True)
class Tree:
    """The whole text, and the keys in it that stand twice."""

    root: Node
    twice: list[tuple[int, Finding]] = field(default_factory=list)


def read_tree(text: str | bytes) -> Tree:
    """Read one YAML document; raises Unreadable if it is none, too large, too deep or uses refused features."""
    text = _decoded(text)
    tree = Tree(Node(1))
    events = _events(text)
    try:
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                tree.root = _node(next(events), events, (), tree)
                break
        second = next((event for event in events if isinstance(event, yaml.DocumentStartEvent)), None)
        if second is not None:
            raise Unreadable(_line(second), "PB007")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(mark.line + 1 if mark else 1, "PB001", detail=error.problem or _("it breaks off")) from None
    except yaml.YAMLError as error:
        raise Unreadable(1, "PB001", detail=str(error).splitlines()[0]) from None
    return tree


def _decoded(text: str | bytes) -> str:
    if len(text) > MAX_BYTES:
        raise Unreadable(1, "PB004", limit=MAX_BYTES)
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Unreadable(error.object.count(b"\n", 0, error.start) + 1, "PB002") from None
    text = text.removeprefix("\ufeff")
    control = _CONTROL.search(text)
    if control:
        line = text.count("\n", 0, control.start()) + 1
        raise Unreadable(line, "PB005", character=f"U+{ord(control[0]):04X}")
    return text


def _events(text: str) -> Iterator[yaml.Event]:
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Unreadable(_line(event), "PB008")
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise Unreadable(_line(event), "PB011", tag=str(tag)[:100])
        yield event


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _node(event: yaml.Event, events: Iterator[yaml.Event], place: Place, tree: Tree) -> Node:
    """Build the node that begins with this event, reading its parts from the events that follow."""
    line = _line(event)
    if len(place) > MAX_DEPTH:
        raise Unreadable(line, "PB010", limit=MAX_DEPTH)
    if isinstance(event, yaml.ScalarEvent):
        return Node(line, value=_scalar(event.value) if event.implicit[0] else event.value)
    if isinstance(event, yaml.SequenceStartEvent):
        items: list[Node] = []
        for item in events:
            if isinstance(item, yaml.SequenceEndEvent):
                break
            items.append(_node(item, events, (*place, len(items)), tree))
        return Node(line, items=items)
    return _mapping(line, events, place, tree)


def _mapping(line: int, events: Iterator[yaml.Event], place: Place, tree: Tree) -> Node:
    keys: dict[str, Node] = {}
    lines: dict[str, int] = {}
    for event in events:
        if isinstance(event, yaml.MappingEndEvent):
            break
        at = _line(event)
        if not isinstance(event, yaml.ScalarEvent):
            raise Unreadable(at, "PB012")
        key = event.value
        if key == "<<" and event.implicit[0]:
            raise Unreadable(at, "PB008")
        node = _node(next(events), events, (*place, key), tree)
        if key in keys:
            tree.twice.append((at, Finding((*place, key), "PB009", {"first": str(lines[key])})))
        else:
            keys[key], lines[key] = node, at
    return Node(line, keys=keys, key_lines=lines)


def _scalar(text: str) -> Scalar:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if len(text) <= 30 and _NUMBER.fullmatch(text) else text  # noqa: PLR2004 - longer is no amount
