"""Which keys may stand where: a walk over the models of the playbook, or of another definition."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Union, get_args, get_origin

from pydantic import Tag

from ripeline.core.units import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

    from ripeline.core.problems import Place


class Form(NamedTuple):
    """One of the types that may stand at a place, with the tag by which it is told from the others."""

    tag: str | None
    type: Any


def keys_allowed_at(location: Place, model: type[Frozen]) -> list[str]:
    """Return the keys of the models that may stand at this location, as errors of `model` name it."""
    forms = [Form(None, model)]
    for part in location:
        forms = [inner for form in forms for inner in _step(form, part)]
    return sorted({key for form in forms if is_model(form.type) for key in fields_of(form.type)})


def fields_of(model: type[Frozen]) -> dict[str, FieldInfo]:
    """Return the fields of a model by the keys that stand in the text."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def forms_of(annotation: Any, tag: str | None = None) -> Iterator[Form]:  # noqa: ANN401 - takes any type
    """Yield the types that an annotation is made of, without None."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *metadata = get_args(annotation)
        tags = [mark.tag for mark in metadata if isinstance(mark, Tag)]
        yield from forms_of(inner, tags[0] if tags else tag)
    elif origin in (Union, types.UnionType):
        for inner in get_args(annotation):
            yield from forms_of(inner, tag)
    elif annotation is not types.NoneType:
        yield Form(tag, annotation)


def is_model(form: Any) -> bool:  # noqa: ANN401 - takes any type
    """Tell whether a type is a model of the playbook."""
    return isinstance(form, type) and issubclass(form, Frozen)


def _step(form: Form, part: str | int) -> Iterator[Form]:
    if part == form.tag:
        yield Form(None, form.type)
    elif is_model(form.type):
        field = fields_of(form.type).get(str(part))
        yield from forms_of(field.annotation) if field else ()
    elif get_origin(form.type) is dict:
        yield from forms_of(get_args(form.type)[1])
    elif get_origin(form.type) is tuple:
        yield from forms_of(get_args(form.type)[0])
