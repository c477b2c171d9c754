"""How a command is asked for by name: plain values in, plain values out, so that a running server can be asked.

Each command is told the instant, whether it needs it or not. Each answer is an object; one with `refused` says by its
reason why nothing was changed.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from ripeline.server.refusals import Refusal, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = dict[str, Any]
V = TypeVar("V")


COMMANDS: dict[str, Callable[..., Answer]] = {}
"""All that may be asked for: a name, and ``command(now=…, **arguments)`` behind it."""


class Declined(Exception):
    """Ends a command early; its answer is the refusal."""

    def __init__(self, reason: Refusal, **details: object) -> None:
        super().__init__(reason)
        self.answer = {"refused": reason.value} | details


def command(function: Callable[..., Answer]) -> Callable[..., Answer]:
    """May be asked for by its name, and answers with a refusal where something in it was refused."""

    @wraps(function)
    def asked(**arguments: Any) -> Answer:  # noqa: ANN401 - those of the function
        try:
            return function(**arguments)
        except Declined as declined:
            return declined.answer

    COMMANDS[function.__name__] = asked
    return asked


def done(value: V | Refused, which: str) -> V:
    """The value; a refusal ends the command and tells of which thing of that name it speaks."""
    if isinstance(value, Refused):
        raise Declined(value.reason, which=which)
    return value
