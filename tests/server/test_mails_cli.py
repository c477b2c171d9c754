"""``ripeline mail``: templates taken over, written as files, read again; what is wrong is told with its cure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from command_line import Capture, data
from ripeline.cli.run import run
from ripeline.server.leadmail.mail_templates import MailTemplate

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db


def told(capsys: Capture, *arguments: str) -> str:
    """What a run that ends well prints."""
    assert run(list(arguments)) == 0
    return capsys.readouterr().out


def test_templates_go_out_as_files_and_come_in_again(folder: Path, capsys: Capture) -> None:
    """What was not changed makes no version; what was changed makes one."""
    assert told(capsys, "mail", "template", "starters") == "28 templates.\n"
    assert told(capsys, "mail", "template", "starters") == "0 templates.\n"
    assert told(capsys, "mail", "template", "export", str(folder / "out")) == "28 templates.\n"
    files = sorted((folder / "out").iterdir())
    assert len(files) == 28
    told(capsys, "mail", "template", "import", *map(str, files))
    assert MailTemplate.objects.count() == 28
    welcome = folder / "out" / "welcome.nl.mjml"
    welcome.write_text(welcome.read_text().replace("Lees verder", "Verder lezen"))
    told(capsys, "mail", "template", "import", str(welcome))
    listed = data(capsys, "mail", "template", "list")["templates"]
    assert {row["version"] for row in listed if (row["name"], row["language"]) == ("welcome", "nl")} == {2}
    assert told(capsys, "mail", "template", "show", "welcome", "nl") == welcome.read_text()


def test_what_is_wrong_with_a_file_is_told_and_nothing_is_taken(folder: Path, capsys: Capture) -> None:
    """The place, what it is, the cure; also of a file that is none."""
    good, bad, none = (folder / name for name in ("good.en.mjml", "bad.en.mjml", "bad.txt"))
    good.write_text("Subject: Hi\n\n<mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section>\n")
    bad.write_text("Subject: Hi\n\n<mj-section><mj-column><mj-raw>{{7*7}}{x}</mj-raw></mj-column></mj-section>\n")
    none.write_text("Hi")
    assert run(["mail", "template", "import", str(good), str(bad)]) == 2
    error = capsys.readouterr().err
    assert "bad.en.mjml: mj-raw: mj-raw may not stand in a mail. Use mj-button" in error
    assert "A brace stands outside of alternatives." in error
    assert run(["mail", "template", "import", str(none)]) == 2
    assert "is no template" in capsys.readouterr().err
    assert not MailTemplate.objects.exists()


def test_what_was_held_back_is_counted(folder: Path, capsys: Capture) -> None:
    """Nothing yet."""
    assert folder
    assert data(capsys, "mail", "held") == {"held": [], "waiting": 0}
