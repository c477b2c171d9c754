"""What a person filled in, by the form's definition, and the rows of the ledger that it becomes.

Nothing here knows a database or the present instant. Only what the definition declares is ever taken out of what came.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from ripeline.core.phrases import gettext as _
from ripeline.integrations.arrivals import MARKS
from ripeline.integrations.claims import email, identifier
from ripeline.integrations.form_definition import EMAIL, is_address, is_free_text, lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ripeline.integrations.form_definition import FormDefinition, FormField

MAX_INPUTS = 200
"""So many inputs a form may send; more is no form."""
LONGEST_LINE, LONGEST_TEXT = 300, 10_000
"""So many signs fit on a line, and in a text."""
LONGEST_CAMPAIGN = 200
TYPED = "; the address was typed and not confirmed"
"""How the proof of a yes ends that anybody may have said."""
_TICKED = frozenset({"on", "yes", "true", "1"})
_BROWSER = re.compile(r"[A-Za-z0-9._-]{8,100}")
_UNREADABLE = "\N{REPLACEMENT CHARACTER}"

MISSING = _("Please fill this in.")
NO_EMAIL = _("Please give your e-mail address, so that we can answer.")
BAD_EMAIL = _("This is not an e-mail address. One looks like name@example.com.")
TOO_LONG = _("This is too long: at most {limit} signs fit.")
NO_CHOICE = _("Please choose one from the list.")
TWICE = _("This was sent twice, with different words. Please send it once.")


class Fault(NamedTuple):
    """What is to be mended in a field, as a text to translate and the limit that it names."""

    field: str
    text: str
    limit: int = 0


class Submission(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person filled in, cleaned; as JSON it is kept, and can be read again."""

    values: dict[str, str]  # by field, without what was left empty
    consents: list[str] = []  # the boxes that were ticked
    anonymous: str = ""  # who the visitor is to the website's script
    page: str = ""  # where the form stood
    campaign: dict[str, str] = {}


class Beside(NamedTuple):
    """What came with it that is no part of it."""

    trap: str  # what stands in the field that nobody sees
    seconds_open: float | None  # how long the form was open, if the website's script told
    return_to: str  # the page to which to lead back: one of the definition's, or empty


class Said(NamedTuple):
    """One row of the ledger: what its key ends in, its name and its properties."""

    suffix: str
    name: str
    properties: dict[str, Any]


def read(
    form: FormDefinition, inputs: Iterable[tuple[str, str]], *, referrer: str = ""
) -> tuple[Submission, Beside, tuple[Fault, ...]]:
    """What was filled in, what came beside it, and what is to be mended; raises nothing, whatever came.

    `referrer` is the page that the browser names, for forms whose page does not say where it stands.
    """
    given: dict[str, list[str]] = defaultdict(list)
    for name, value in inputs:
        given[name].append(value)
    values: dict[str, str] = {}
    faults: list[Fault] = []
    for name, field in form.fields.items():
        value, fault = _value(field, given.get(name, ()))
        if value:
            values[name] = value
        if fault:
            faults.append(Fault(name, fault, LONGEST_TEXT if is_free_text(field) else LONGEST_LINE))
    anonymous = identifier(_first(given, "anonymous_id")) or ""
    submission = Submission(
        values=values,
        consents=[name for name in form.consents if _is_ticked(given.get(name, ()))],
        anonymous=anonymous if _BROWSER.fullmatch(anonymous) else "",
        page=next((page for page in (_first(given, "page"), referrer.strip()) if is_address(page)), ""),
        campaign={name: told for name in MARKS if (told := _cleaned(_first(given, name), lines=1)[:LONGEST_CAMPAIGN])},
    )
    if form.email_field not in values and not submission.anonymous and form.email_field not in {it[0] for it in faults}:
        faults.append(Fault(form.email_field, NO_EMAIL))
    return submission, _beside(form, given), tuple(faults)


def _beside(form: FormDefinition, given: Mapping[str, list[str]]) -> Beside:
    asked = _first(given, "return_to")
    default = form.return_to[0] if form.return_to else ""
    return Beside(
        trap=_first(given, form.trap) if form.trap else "",
        seconds_open=_seconds(_first(given, "seconds_open")),
        return_to=asked if asked in form.return_to else "" if asked else default,
    )


def _value(field: FormField, given: Iterable[str]) -> tuple[str, str]:
    """The value of a field, and what is to be mended about it; either may be empty."""
    values = {cleaned for raw in given if (cleaned := _cleaned(raw, lines=lines_of(field)))}
    if len(values) > 1:
        return "", TWICE
    value = next(iter(values), "")
    if not value:
        return "", "" if not field.required else NO_EMAIL if field.attribute == EMAIL else MISSING
    if len(value) > (LONGEST_TEXT if is_free_text(field) else LONGEST_LINE):
        return "", TOO_LONG
    if field.one_of is not None and value not in field.one_of:
        return "", NO_CHOICE
    if field.attribute == EMAIL:
        return email(value) or "", "" if email(value) else BAD_EMAIL
    return value, ""


def _cleaned(text: str, *, lines: int) -> str:
    """A text without what nobody can see or store; on one line, unless it may have several."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    if lines == 1:
        text = text.replace("\n", " ")
    return "".join(
        _UNREADABLE if unicodedata.category(sign) in ("Cc", "Cs") and sign != "\n" else sign for sign in text
    ).strip()


def _is_ticked(given: Iterable[str]) -> bool:
    """Whether a box was ticked beyond doubt: a yes, and nothing beside it."""
    values = {value.strip().lower() for value in given}
    return bool(values) and values <= _TICKED


def _first(given: Mapping[str, list[str]], name: str) -> str:
    return given[name][0].strip() if given.get(name) else ""


def _seconds(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,7}(\.\d{1,6})?", text) else None


# --- rows -----------------------------------------------------------------------------------------


def claims(form: FormDefinition, submission: Submission) -> dict[str, str]:
    """Whose rows they say they are."""
    said = {EMAIL: submission.values.get(form.email_field, ""), "anonymous": submission.anonymous}
    return {kind: value for kind, value in said.items() if value}


def rows(form: FormDefinition, submission: Submission, wordings: Mapping[str, str]) -> Iterator[Said]:
    """The rows of a submission: consents, then attributes, then the event; `wordings` are the digests by box."""
    where = f"form {form.form}" + (f" on {submission.page}" if submission.page else "")
    for name in submission.consents:
        purpose = form.consents[name].purpose
        # Whoever fills in a form can type anybody's address, and the row is to say so.
        proof = f"{where}{TYPED}"
        yield Said(f"consent:{name}", "consent_given", {"purpose": purpose, "wording": wordings[name], "proof": proof})
    told = {name: submission.values[name] for name in form.fields if name in submission.values}
    attributes = {key: told[name] for name in told if (key := form.fields[name].attribute)}
    if attributes:
        yield Said("attributes", "attributes_changed", attributes)
    properties = {key: told[name] for name in told if (key := form.fields[name].property)}
    beside = {"form": form.form, "fields_filled": len(told), "text_length": len(free_text(form, submission))}
    page = {"page": submission.page} if submission.page else {}
    yield Said("event", form.event, {**properties, **beside, **page, **submission.campaign})


def free_text(form: FormDefinition, submission: Submission) -> str:
    """What somebody told in own words."""
    return "\n".join(submission.values[name] for name in told_freely(form) if name in submission.values)


def told_freely(form: FormDefinition) -> list[str]:
    """The fields for own words."""
    return [name for name, field in form.fields.items() if is_free_text(field)]


# --- spam -----------------------------------------------------------------------------------------

TOO_FAST = 2.0
"""Nobody fills in a form in so many seconds."""
_WORDS_BESIDE_A_LINK = 5
_LINK = re.compile(r"https?://\S*|\bwww\.\S+|<a\b|\[(?:url|link)\b", re.IGNORECASE)


def sign_of_spam(form: FormDefinition, submission: Submission, beside: Beside) -> str:
    """By what a machine gave itself away; empty for what may be a person's."""
    if beside.trap:
        return "the trap is filled in"
    if beside.seconds_open is not None and beside.seconds_open < TOO_FAST:
        return f"sent after {beside.seconds_open:g} seconds"
    for name, value in submission.values.items():
        links = len(_LINK.findall(value))
        if links and not is_free_text(form.fields[name]):
            return f"a link in {name}"
        if len(_LINK.sub(" ", value).split()) < _WORDS_BESIDE_A_LINK * links:
            return f"links and few words in {name}"
    return ""
