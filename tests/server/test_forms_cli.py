"""``ripeline form``: put, listed, shown, pasted, closed; each refusal is one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from command_line import Capture, data, refusal
from ripeline.cli.run import run
from website_forms import CONTACT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db


def told(capsys: Capture, *arguments: str) -> str:
    """What a run that ends well prints."""
    assert run(list(arguments)) == 0
    return capsys.readouterr().out


@pytest.fixture
def form(folder: Path) -> Path:
    """The file of a form."""
    path = folder / "contact.yaml"
    path.write_text(CONTACT)
    return path


def test_a_form_is_put_listed_shown_and_closed(form: Path, capsys: Capture) -> None:
    """Its address is told, and its text comes back as it was."""
    assert told(capsys, "form", "put", str(form)) == "contact is open at http://localhost:8000/f/contact\n"
    assert told(capsys, "form", "show", "contact") == CONTACT
    assert [row["name"] for row in data(capsys, "form", "list")["forms"]] == ["contact"]
    assert "contact is closed" in told(capsys, "form", "close", "contact")
    assert data(capsys, "form", "list")["forms"][0]["closed_at"] is not None
    assert "closed already" in refusal(capsys, "form", "close", "contact")
    assert told(capsys, "form", "put", str(form)).startswith("contact is open")


def test_the_html_can_be_pasted(form: Path, capsys: Capture) -> None:
    """Each field has a label and what browsers may fill in; the trap is hidden; no box is ticked; nothing is styled."""
    told(capsys, "form", "put", str(form))
    html = told(capsys, "form", "html", "contact")
    assert html.startswith('<form method="post" action="http://localhost:8000/f/contact" accept-charset="utf-8">')
    for name in ("email", "company", "employees", "need", "start", "website"):
        assert f'<label for="contact-{name}">' in html
        assert f'id="contact-{name}" name="{name}"' in html
    assert 'type="email" maxlength="300" autocomplete="email" required' in html
    assert "<p hidden>" in html
    assert "Yes, write to me once a month." in html
    assert not [word for word in ("checked", "style", "script", "class") if word in html]


def test_words_that_would_be_html_are_text(form: Path, capsys: Capture) -> None:
    """In labels, choices and wordings."""
    form.write_text(CONTACT.replace("write to me", "<b>write</b>").replace("[now,", '["<i>now",'))
    told(capsys, "form", "put", str(form))
    html = told(capsys, "form", "html", "contact")
    assert "&lt;b&gt;write" in html
    assert "&lt;i&gt;now" in html
    assert not [word for word in ("<b>", "<i>") if word in html]


def test_what_the_playbook_does_not_speak_of_is_told(form: Path, capsys: Capture) -> None:
    """So that a misspelled event is noticed before leads are lost."""
    for name, side in (("mara", "marketing"), ("simon", "sales")):
        told(capsys, "user", "add", name, "--role", side)
        told(capsys, "sign", "playbook.yaml", "--as", side, "--user", name)
    told(capsys, "publish", "playbook.yaml", "--user", "mara")
    _open, line, purposes = told(capsys, "form", "put", str(form)).splitlines()
    assert line.startswith("The active playbook does not speak of: ")
    assert "contact_requested" in line
    assert purposes == "People agree to what the active playbook never asks for: newsletter."
    form.write_text(CONTACT.replace("purpose: newsletter", "purpose: email"))
    assert "People agree" not in told(capsys, "form", "put", str(form))


def test_a_broken_form_tells_all_its_problems(form: Path, capsys: Capture) -> None:
    """Each on a line with file, line, path, code and cure; exit code 2."""
    form.write_text(CONTACT.replace("event:", "evnt:").replace("property: need", "propertie: need"))
    assert run(["form", "put", str(form)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(": ", 1)[1] for line in lines] == [
        'evnt: unknown key (PB003). Did you mean "event"?',
        'fields.need.propertie: unknown key (PB003). Did you mean "property"?',
    ]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["form", "put", "missing.yaml"], "missing.yaml is not there"),
        (["form", "show", "nothing"], "nothing: There is no such form."),
        (["form", "html", "nothing"], "nothing: There is no such form."),
        (["form", "close", "nothing"], "nothing: There is no such form."),
    ],
)
def test_a_refusal_is_one_line(folder: Path, capsys: Capture, arguments: list[str], why: str) -> None:
    """And exit code 2."""
    assert folder
    assert why in refusal(capsys, *arguments)
