"""The command line: what the library does, for people and for scripts."""

from __future__ import annotations

import os
import signal
import sys

INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> None:
    """Run one command and leave with its exit code: 0 fine, 1 a scenario fails, 2 bad input or no output, 70, 130."""
    _listen()
    try:
        from ripeline.cli.run import run  # noqa: PLC0415 - the entry point itself starts at once

        code = run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        code = INTERRUPTED
    if code == INTERRUPTED:
        os._exit(code)  # all is cleared away; an ordinary end would wait for threads that still compute
    sys.exit(code)


def _listen() -> None:
    """Take a request to end for an interruption, so that nothing is left half written.

    Polars, once loaded, listens as well and passes on to us what it hears.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(*_: object) -> None:
    # A second interruption would break off what clears away after the first. Polars has perhaps raised one already.
    if not isinstance(sys.exception(), KeyboardInterrupt):
        raise KeyboardInterrupt
