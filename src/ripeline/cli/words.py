"""The language of this run: that of ``--lang``, else of the environment, else English."""

from __future__ import annotations

import os

from ripeline.language import Language, chosen


def asked_for(flag: str, arguments: list[str]) -> tuple[str | None, list[str]]:
    """What the arguments say for an option of all commands, wherever it stands, and the arguments without it."""
    for place, argument in enumerate(arguments):
        if argument == flag and place + 1 < len(arguments):
            return arguments[place + 1], arguments[:place] + arguments[place + 2 :]
        if argument.startswith(f"{flag}="):
            return argument.removeprefix(f"{flag}="), arguments[:place] + arguments[place + 1 :]
    return None, arguments


class _Words:
    def __init__(self, language: Language) -> None:
        self.language = language


_words = _Words(Language.of(chosen(None, os.environ)))


def use(wanted: str | None) -> None:
    """Speak the language asked for from now on."""
    _words.language = Language.of(chosen(wanted, os.environ))


def language() -> Language:
    """The language of this run."""
    return _words.language


def gettext(text: str, /, **details: object) -> str:
    """The message in the language of this run, with its details filled in."""
    return _words.language(text, **details)


def ngettext(one: str, many: str, count: int, /, **details: object) -> str:
    """The message for so many in the language of this run."""
    return _words.language.plural(one, many, count, **details)
