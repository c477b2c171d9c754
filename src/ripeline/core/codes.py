"""The enumerations as plain integers, for compiled code.

A function is compiled anew for each enumeration type among its arguments; integers keep that to once.
"""

from __future__ import annotations

from collections import namedtuple
from enum import IntEnum
from typing import TypeVar, cast

from ripeline.core import layout, lifecycle

_E = TypeVar("_E", bound=IntEnum)


def _plain(kind: type[_E]) -> type[_E]:
    """The members of an enumeration as attributes that are plain integers."""
    members = namedtuple(kind.__name__, kind.__members__)  # type: ignore[misc]  # noqa: PYI024 - the names are data
    return cast("type[_E]", members(*map(int, kind)))


Act = _plain(lifecycle.Act)
DecayKind = _plain(layout.DecayKind)
Entry = _plain(lifecycle.Entry)
GateName = _plain(lifecycle.GateName)
HandoffStatus = _plain(lifecycle.HandoffStatus)
Leaf = _plain(layout.Leaf)
MoveReason = _plain(lifecycle.MoveReason)
Op = _plain(layout.Op)
Refusal = _plain(lifecycle.Refusal)
Rejection = _plain(lifecycle.Rejection)
RepeatKind = _plain(layout.RepeatKind)
Signal = _plain(lifecycle.Signal)
Stage = _plain(lifecycle.Stage)
Verdict = _plain(lifecycle.Verdict)
