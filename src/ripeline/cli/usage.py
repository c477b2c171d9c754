"""Typer's own words in the language of the run: the frame of help texts, and what is wrong with a command line.

What Typer says otherwise, or will say in a later version, stays English.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from ripeline.cli.words import gettext as _
from ripeline.core.phrases import gettext

if TYPE_CHECKING:
    from typer import Typer

_FRAME = {
    "Usage:": gettext("Usage:"),
    "Arguments:": gettext("Arguments:"),
    "Options:": gettext("Options:"),
    "Commands:": gettext("Commands:"),
    "[required]": gettext("[required]"),
    "[default:": gettext("[default:"),
    "Show this message and exit.": gettext("Show this message and exit."),
}
_FRAME_PATTERN = re.compile(
    r"^(Usage|Arguments|Options|Commands):|\[required\]|\[default:|Show this message and exit\.", re.MULTILINE
)
_COMPLAINTS = [
    (
        re.compile(r"No such option: (?P<what>\S+) \(Possible options: (?P<near>.*)\)"),
        gettext("There is no option {what}. Perhaps meant: {near}."),
    ),
    (re.compile(r"No such option: (?P<what>\S+)"), gettext("There is no option {what}. See --help.")),
    (
        re.compile(r"No such command '(?P<what>.*)'\. Did you mean '(?P<near>[^']*)'.*\?"),
        gettext("There is no command {what}. Did you mean {near}?"),
    ),
    (re.compile(r"No such command '(?P<what>.*)'\."), gettext("There is no command {what}. See --help.")),
    (re.compile(r"Missing command\."), gettext("The command is missing. See --help.")),
    (re.compile(r"Missing \w+ '?(?P<what>[^']*?)'?\."), gettext("{what} is missing. See --help.")),
    (re.compile(r"Option '(?P<what>.*)' requires an argument\."), gettext("{what} needs a value after it.")),
    (re.compile(r"Option '(?P<what>.*)' does not take a value\."), gettext("{what} takes no value.")),
    (
        re.compile(r"Got unexpected extra argument(?:s|\(s\))? \((?P<what>.*)\)"),
        gettext("Not understood: {what}. Put what holds spaces in quotes, or see --help."),
    ),
    (
        re.compile(r"Invalid value for '(?P<what>[^']*)': Input should be greater than or equal to (?P<least>\S+)"),
        gettext("{what}: it is at least {least}."),
    ),
    (
        re.compile(r"Invalid value for '(?P<what>[^']*)': Input should be less than or equal to (?P<most>\S+)"),
        gettext("{what}: it is at most {most}."),
    ),
    (
        re.compile(r"Invalid value for '(?P<what>[^']*)': Input should be a valid integer.*"),
        gettext("{what}: it is a whole number."),
    ),
]
_NO_CHOICE = re.compile(
    r"Invalid value for '(?P<what>[^']*)': (?:Value error, )?'(?P<given>.*)' is not one of (?P<allowed>'.*')\."
)


class Command(TyperCommand):
    """A command whose help is in the language of the run."""

    def get_help(self, ctx: Any) -> str:  # noqa: ANN401 - Typer keeps the type to itself
        """The help text, its frame translated."""
        return _framed(super().get_help(ctx))


class Group(TyperGroup):
    """The commands together; their help is in the language of the run."""

    def get_help(self, ctx: Any) -> str:  # noqa: ANN401 - Typer keeps the type to itself
        """The help text, its frame translated."""
        return _framed(super().get_help(ctx))


def command_of(app: Typer) -> Any:  # noqa: ANN401 - Typer keeps the type to itself
    """The application as one callable, its help texts in the language of the run."""
    group: Any = get_command(app)
    _translate(group)
    return group


def complaint(text: str) -> str:
    """What Typer complains about, in the language of the run; as it is if it is not known."""
    for pattern, ours in _COMPLAINTS:
        found = pattern.fullmatch(text)
        if found:
            return _(ours, **found.groupdict())
    found = _NO_CHOICE.fullmatch(text)
    if found:
        cure = _("Write one of {allowed}.", allowed=found["allowed"].replace("'", ""))
        return f"{found['what']} {found['given']}: {cure}"
    return text


def _translate(command: Any) -> None:  # noqa: ANN401 - Typer keeps the type to itself
    command.help, command.epilog = _(command.help), _(command.epilog) if command.epilog else None
    for each in command.params:
        each.help = _(each.help) if getattr(each, "help", None) else None
    for part in getattr(command, "commands", {}).values():
        _translate(part)


def _framed(text: str) -> str:
    return _FRAME_PATTERN.sub(lambda found: _(_FRAME[found[0]]), text)
