"""A template of mails as a file, ``welcome.de.mjml``: a line with the subject, an empty one, the sections."""

from __future__ import annotations

import re
from typing import NamedTuple

_FILE = re.compile(r"(?P<name>[^.]+)\.(?P<language>[a-z]{2})\.mjml")
_SUBJECT = "subject:"


class TemplateFile(NamedTuple):
    """What a file says."""

    name: str
    language: str
    subject: str
    sections: str


def read(file: str, text: str) -> TemplateFile | None:
    """What the file of a name says; None if it is not named or does not begin as one."""
    match = _FILE.fullmatch(file)
    first, _, sections = text.removeprefix("\ufeff").replace("\r\n", "\n").partition("\n")
    if match is None or not first.lower().startswith(_SUBJECT):
        return None
    return TemplateFile(match["name"], match["language"], first[len(_SUBJECT) :].strip(), sections.strip())


def written(template: TemplateFile) -> tuple[str, str]:
    """The name of its file, and what stands there."""
    text = f"Subject: {template.subject}\n\n{template.sections.strip()}\n"
    return f"{template.name}.{template.language}.mjml", text
