"""The blocks of a chapter of the tutorial, run as a reader would: files are written, commands run, outputs compared.

    ```yaml draft.yaml      a file of that name
    ```sh                   commands, run by the shell in one folder, one block after the other
    ```text                 what the block of commands above it prints

`python tests/tutorial_blocks.py CHAPTER.md` writes the outputs anew, when it is right that they have changed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SRC = Path(__file__).resolve().parents[1] / "src"
_BLOCK = re.compile(r"^```(?P<kind>\w+)(?: (?P<name>[\w.]+))?\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMANDS = {"python": '"$@"', "ripeline": '-c "from ripeline.cli import main; main()" "$@"'}


@dataclass(frozen=True, slots=True)
class Output:
    """What commands printed, and the text that the chapter shows of it, with its place; None where it shows none."""

    commands: str
    printed: str
    shown: re.Match[str] | None


def outputs(chapter: str, folder: Path) -> Iterator[Output]:
    """Each block of commands with what it printed; raises CalledProcessError for one that fails."""
    environment, work = _environment(folder / "bin"), folder / "work"
    work.mkdir()
    blocks = list(_BLOCK.finditer(chapter))
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        if block["name"] is not None:
            (work / block["name"]).write_text(block["body"], "utf-8")
        elif block["kind"] == "sh":
            shell = ["/bin/sh", "-e", "-c", block["body"]]
            done = subprocess.run(shell, cwd=work, env=environment, capture_output=True, text=True, check=True)
            shown = following if following is not None and following["kind"] == "text" else None
            yield Output(block["body"], plain(done.stdout), shown)


def plain(text: str) -> str:
    """A text without spaces at the ends of its lines, as an editor leaves it."""
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def renewed(chapter: str, folder: Path) -> str:
    """The chapter with the outputs as they are now."""
    for output in reversed(list(outputs(chapter, folder))):
        if output.shown is not None:
            chapter = chapter[: output.shown.start("body")] + output.printed + chapter[output.shown.end("body") :]
    return chapter


def _environment(tools: Path) -> dict[str, str]:
    """English, eighty columns, and our own `python` and `ripeline` before all others."""
    tools.mkdir()
    for name, arguments in _COMMANDS.items():
        tool = tools / name
        tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments}\n', "utf-8")
        tool.chmod(0o755)
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    own = {"PATH": path, "PYTHONPATH": str(SRC), "LANGUAGE": "en", "LC_ALL": "C.UTF-8", "COLUMNS": "80"}
    return os.environ | own


def _main() -> None:
    file = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        text = renewed(file.read_text("utf-8"), Path(folder))
    file.write_text(text, "utf-8")


if __name__ == "__main__":
    _main()
