"""Named tuples by reference, for compiled code.

A named tuple of arrays is handed from function to function as hundreds of single values, and compiling sixty
functions that only hand them on takes minutes. `by_reference` puts the same fields behind one pointer, into the frame
of the function that calls it, so a reference is good until that function returns. Neither it nor its arrays are
counted, which would cost more than most of what is done with them: the caller keeps the tuple meanwhile. Without
compilation a reference is the tuple itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import lower_builtin, lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate
from numba.extending import infer_getattr, models, register_model, type_callable

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")


def by_reference(values: _T) -> _T:
    """The same fields, to be read by name."""
    return values


class Shared(types.Type):
    """The fields of a named tuple behind one pointer."""

    def __init__(self, values: Any) -> None:  # noqa: ANN401 - numba's own type of named tuples
        """Of the same names and types as those of a named tuple."""
        self.fields = dict(zip(values.fields, values.types, strict=True))
        super().__init__(f"Shared({', '.join(f'{name}: {kind}' for name, kind in self.fields.items())})")


register_model(Shared)(models.OpaqueModel)


@type_callable(by_reference)
def _typed(_context: Any) -> Callable[..., Any]:  # noqa: ANN401 - numba's own
    return lambda values: Shared(values) if isinstance(values, types.BaseNamedTuple) else None


@infer_getattr
class _Fields(AttributeTemplate):
    key = Shared

    def generic_resolve(self, shared: Shared, name: str) -> Any:  # type: ignore[override]  # noqa: ANN401 - numba's own
        return shared.fields.get(name)


def _layout(context: Any, shared: Shared) -> ir.LiteralStructType:  # noqa: ANN401 - numba's own
    return ir.LiteralStructType([context.get_value_type(kind) for kind in shared.fields.values()])


@lower_builtin(by_reference, types.BaseNamedTuple)
def _share(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401 - numba's own
    room = cgutils.alloca_once(builder, _layout(context, signature.return_type))
    for place in range(len(signature.return_type.fields)):
        builder.store(builder.extract_value(arguments[0], place), cgutils.gep_inbounds(builder, room, 0, place))
    return builder.bitcast(room, cgutils.voidptr_t)


@lower_getattr_generic(Shared)
def _field(context: Any, builder: Any, shared: Shared, pointer: Any, name: str) -> Any:  # noqa: ANN401 - numba's own
    room = builder.bitcast(pointer, _layout(context, shared).as_pointer())
    value = builder.load(cgutils.gep_inbounds(builder, room, 0, list(shared.fields).index(name)))
    kind = shared.fields[name]
    if not isinstance(kind, types.Array):
        return value
    borrowed = context.make_array(kind)(context, builder, value)
    borrowed.meminfo, borrowed.parent = (
        cgutils.get_null_value(part.type) for part in (borrowed.meminfo, borrowed.parent)
    )
    return borrowed._getvalue()  # noqa: SLF001 - the way numba's own lowerings end
