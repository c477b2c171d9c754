"""How a form is shown: each field with its label, its kind of input, and what browsers may fill in by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ripeline.core.phrases import gettext as _
from ripeline.integrations.form_definition import EMAIL, is_free_text, lines_of
from ripeline.integrations.form_posts import LONGEST_LINE, LONGEST_TEXT
from ripeline.language import readable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ripeline.integrations.form_definition import FormDefinition, FormField

LABELS = {
    "email": _("E-mail"),
    "name": _("Name"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "phone": _("Phone"),
    "company": _("Company"),
    "company_size": _("Employees"),
    "job_title": _("Job title"),
    "industry": _("Industry"),
    "country": _("Country"),
    "city": _("City"),
    "budget": _("Budget"),
    "need": _("What do you need?"),
    "message": _("Your message"),
    "question": _("Your question"),
    "start": _("When would you like to start?"),
}
"""What fields are called that nobody gave a label."""
_AUTOCOMPLETE = {
    "email": "email",
    "name": "name",
    "first_name": "given-name",
    "last_name": "family-name",
    "phone": "tel",
    "company": "organization",
    "job_title": "organization-title",
    "country": "country-name",
    "city": "address-level2",
    "website": "url",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One value to choose, and how it is shown."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Input:
    """A field as it is shown."""

    name: str
    label: str
    kind: str
    autocomplete: str  # none where nothing is known: "off" would also forget what was typed when somebody goes back
    required: bool
    lines: int
    longest: int
    choices: tuple[Choice, ...]
    value: str
    fault: str


@dataclass(frozen=True, slots=True)
class Box:
    """A consent as it is shown."""

    name: str
    wording: str
    is_ticked: bool


def words(say: Callable[[str], str]) -> dict[str, str]:
    """What stands on each form besides its fields, by where it stands."""
    return {
        "optional": say(_("optional")),
        "choose": say(_("Please choose")),
        "leave_empty": say(_("Please leave this empty")),
        "send": say(_("Send")),
    }


def inputs(
    form: FormDefinition,
    say: Callable[[str], str],
    *,
    values: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
) -> list[Input]:
    """The fields in their order, in the words of `say`, with what stands in them and what is to be mended."""
    told, wrong = values or {}, faults or {}
    return [_input(name, field, say, told.get(name, ""), wrong.get(name, "")) for name, field in form.fields.items()]


def boxes(form: FormDefinition, *, ticked: frozenset[str] = frozenset()) -> list[Box]:
    """The consents in their order, unticked but for what the person has ticked before."""
    return [Box(name, box.wording, name in ticked) for name, box in form.consents.items()]


def _input(name: str, field: FormField, say: Callable[[str], str], value: str, fault: str) -> Input:
    meaning = field.attribute or field.property or name
    label = field.label or (say(LABELS[meaning]) if meaning in LABELS else readable(meaning))
    return Input(
        name=name,
        label=label,
        kind="email" if field.attribute == EMAIL else "tel" if meaning == "phone" else "text",
        autocomplete=_AUTOCOMPLETE.get(meaning, "") if field.attribute else "",
        required=field.required,
        lines=lines_of(field),
        longest=LONGEST_TEXT if is_free_text(field) else LONGEST_LINE,
        choices=tuple(Choice(key, shown, key == value) for key, shown in (field.one_of or {}).items()),
        value=value,
        fault=fault,
    )
