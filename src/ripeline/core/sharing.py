"""Named tuples by reference, for compiled code.

A named tuple of arrays is handed from function to function as hundreds of single values, and compiling sixty
functions that only hand them on takes minutes. `by_reference` puts the same fields behind one pointer. Its arrays are
borrowed: they are not counted at every access, which threads would have to wait for each other to do, so the caller
keeps the tuple for as long as the reference is used. Without compilation it is the tuple itself.
"""

from __future__ import annotations

from typing import Any, TypeVar

from numba.core import cgutils, types
from numba.experimental import structref
from numba.extending import intrinsic, overload

_T = TypeVar("_T")


@structref.register
class Shared(types.StructRef):
    """The fields of a named tuple behind one pointer."""


@intrinsic
def _borrowed(_typing, array):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - numba's own types
    """The same array, without a share in keeping it."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        view = context.make_array(signature.args[0])(context, builder, arguments[0])
        nothing: Any = cgutils.get_null_value
        view.meminfo, view.parent = nothing(view.meminfo.type), nothing(view.parent.type)
        return view._getvalue()  # noqa: SLF001 - the way numba's own intrinsics end

    return array(array), generate


def by_reference(values: _T) -> _T:
    """The same fields, to be read by name."""
    return values


@overload(by_reference)
def _by_reference(values):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - numba compares signatures
    fields = tuple(zip(values.fields, values.types, strict=True))
    shared_type: Any = Shared
    lines = ["def share(values):", "    shared = new(kind)"]
    for name, kind in fields:
        value = f"borrowed(values.{name})" if isinstance(kind, types.Array) else f"values.{name}"
        lines.append(f"    shared.{name} = {value}")
    namespace: dict[str, Any] = {"new": structref.new, "kind": shared_type(fields), "borrowed": _borrowed}
    exec("\n".join([*lines, "    return shared"]), namespace)  # noqa: S102 - the names are those of our own tuples
    return namespace["share"]
