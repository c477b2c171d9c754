"""Named tuples by reference, for compiled code.

A named tuple of arrays is handed from function to function as hundreds of single values, and compiling sixty
functions that only hand them on takes minutes. `by_reference` puts the same fields behind one pointer. Without
compilation it is the tuple itself.
"""

from __future__ import annotations

from typing import Any, TypeVar

from numba.core import types
from numba.experimental import structref
from numba.extending import overload

_T = TypeVar("_T")


@structref.register
class Shared(types.StructRef):
    """The fields of a named tuple behind one pointer."""


def by_reference(values: _T) -> _T:
    """The same fields, to be read by name."""
    return values


@overload(by_reference)
def _by_reference(values):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - numba compares signatures
    kind = Shared(tuple(zip(values.fields, values.types, strict=True)))
    lines = ["def share(values):", "    shared = new(kind)"]
    lines += [f"    shared.{name} = values.{name}" for name in values.fields]
    namespace: dict[str, Any] = {"new": structref.new, "kind": kind}
    exec("\n".join([*lines, "    return shared"]), namespace)  # noqa: S102 - the names are those of our own tuples
    return namespace["share"]
