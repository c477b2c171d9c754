"""What a form is: text → FormDefinition, or every Problem at once: line, path, code, hint."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator

from ripeline.core.model_errors import findings_of
from ripeline.core.needs import LEAD_COLUMNS, RESERVED
from ripeline.core.phrases import phrase as _
from ripeline.core.problems import Finding, refuse
from ripeline.core.strict_yaml import located, read_keys
from ripeline.core.units import MANY, SOME, Flag, Frozen, Key, Label, Name, Text, kind_of
from ripeline.core.yaml_tree import Tree
from ripeline.integrations.arrivals import MARKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ripeline.core.problems import Place, Problem

HIDDEN = ("anonymous_id", "page", "return_to", "seconds_open", *MARKS)
"""The inputs that nobody fills in: the website's script does, or the page."""
TOLD_BESIDE = ("form", "fields_filled", "text_length", "page", "content", *MARKS)
"""The properties that a form's event has besides those of its fields."""
EMAIL = "email"
_LONGEST_ADDRESS = 500
_LINES = 5
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.\-:\[\]]+(/[!-~]*)?(\?[!-~]*)?(#[!-~]*)?")


def _choices(given: object) -> object:
    """A list of values that are shown as they are, as values with what is shown."""
    if not isinstance(given, list):
        return given
    for item in given:
        if isinstance(item, bool) or not isinstance(item, str | int):
            refuse("PB020", given=kind_of(item), wanted=_("text"))
    return {str(item): str(item) for item in given}


def _address(given: object) -> object:
    if not isinstance(given, str) or not is_address(given):
        refuse("FD004")
    return given


def is_address(text: str) -> bool:
    """Whether a text is the whole address of a page on the web."""
    if len(text) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(text) or "\\" in text:
        return False
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


Address = Annotated[str, BeforeValidator(_address)]
Choices = Annotated[dict[Key, Label], BeforeValidator(_choices), Field(min_length=1, max_length=100)]
Lines = Annotated[int, Field(ge=1, le=30, strict=True)]


class FormField(Frozen):
    """One thing that people fill in: an attribute of the lead, or a property of the event."""

    attribute: Name | None = None
    property: Name | None = None
    label: Label | None = None
    required: Flag = False
    one_of: Choices | None = None
    lines: Lines | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> FormField:
        if (self.attribute is None) == (self.property is None):
            refuse("PB036", keys="attribute, property")
        if self.attribute == EMAIL and (self.one_of or self.lines):
            refuse("FD005")
        return self


def is_free_text(field: FormField) -> bool:
    """Whether people tell here in their own words what they want."""
    return field.property is not None and field.one_of is None


def lines_of(field: FormField) -> int:
    """On how many lines it is filled in."""
    return field.lines or (_LINES if is_free_text(field) else 1)


class ConsentBox(Frozen):
    """A box to tick: to what people say yes, in exactly which words."""

    purpose: Name
    wording: Text


class FormDefinition(Frozen):
    """A form of a website: what it asks, what that becomes, and where it leads back to."""

    form: Name
    event: Name
    title: Label | None = None
    language: Literal["en", "de", "nl", "da"] = "en"
    fields: Annotated[dict[Name, FormField], Field(min_length=1, max_length=50)]
    consents: dict[Name, ConsentBox] = Field(default={}, max_length=10)
    trap: Name | None = None
    return_to: Annotated[tuple[Address, ...], SOME, Field(max_length=20), MANY] = ()
    privacy: Address | None = None

    @field_validator("event")
    @classmethod
    def _is_no_reserved_event(cls, event: str) -> str:
        if event in RESERVED:
            refuse("PB117", event=event)
        return event

    @property
    def email_field(self) -> str:
        """The field with the e-mail address."""
        return next(name for name, field in self.fields.items() if field.attribute == EMAIL)


def load(text: str | bytes, *, file: str) -> FormDefinition | tuple[Problem, ...]:
    """Read a form; returns it, or all its problems in order of line. Raises nothing, whatever the text."""
    tree = read_keys(text, file=file, begin="form")
    if not isinstance(tree, Tree):
        return tree
    plain: Any = tree.root.plain
    try:
        form = FormDefinition.model_validate(plain)
        findings = list(_checked(form))
    except ValidationError as error:
        findings = findings_of(error.errors(include_url=False), tree.root, FormDefinition)
    else:
        if not findings and not tree.twice:
            return form
    return located(tree, findings, file=file)


def _checked(form: FormDefinition) -> Iterator[Finding]:
    """What is wrong between two parts of a form."""
    inputs = [("fields", name) for name in form.fields] + [("consents", name) for name in form.consents]
    places: list[tuple[Place, str]] = [(place, place[-1]) for place in inputs]
    yield from _taken(places + ([(("trap",), form.trap)] if form.trap else []), HIDDEN)
    asked = form.fields.items()
    yield from _taken(
        ((("fields", name, "attribute"), field.attribute) for name, field in asked if field.attribute),
        (*LEAD_COLUMNS, "by"),
    )
    yield from _taken(
        ((("fields", name, "property"), field.property) for name, field in asked if field.property), TOLD_BESIDE
    )
    yield from _taken((("consents", name, "purpose"), box.purpose) for name, box in form.consents.items())
    if not any(field.attribute == EMAIL for field in form.fields.values()):
        yield Finding(("fields",), "FD003", {})


def _taken(named: Iterable[tuple[Place, str]], reserved: Iterable[str] = ()) -> Iterator[Finding]:
    """Names that stand for something else already."""
    seen = set()
    for place, name in named:
        if name in reserved:
            yield Finding(place, "FD001", {"name": name})
        elif name in seen:
            yield Finding(place, "FD002", {"name": name})
        seen.add(name)
