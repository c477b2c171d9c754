"""The command line: what the library does, for people and for scripts."""

from __future__ import annotations

import sys


def main(arguments: list[str] | None = None) -> None:
    """Run one command and leave with its exit code: 0 fine, 1 a scenario fails, 2 bad input or no output, 70, 130."""
    from ripeline.cli.run import run  # noqa: PLC0415 - the entry point itself starts at once

    sys.exit(run(sys.argv[1:] if arguments is None else arguments))
