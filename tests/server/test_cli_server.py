"""The verbs of the live server on the command line: each does one thing, says so, and refuses in one line."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from command_line import Capture, data, refusal
from installations import Installation
from ripeline.cli.run import run
from ripeline.server.events import Event, Rejected
from ripeline.server.leads import Identifier, Lead, Unit
from ripeline.server.playbooks import active
from ripeline.server.sources import Source
from ripeline.server.staff.users import User

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db


def said(capsys: Capture, *arguments: str) -> str:
    """What a run that ends well prints."""
    assert run(list(arguments)) == 0
    told = capsys.readouterr()
    assert told.err == ""
    return told.out


def signed(capsys: Capture) -> None:
    """Two people have signed playbook.yaml."""
    for name, side in (("mara", "marketing"), ("simon", "sales")):
        said(capsys, "user", "add", name, "--role", side)
        said(capsys, "sign", "playbook.yaml", "--as", side, "--user", name)


def test_a_user_comes_in_with_the_password_that_was_shown(folder: Path, capsys: Capture) -> None:
    """It is made up where none is asked for."""
    told = said(capsys, "user", "add", "mara", "--role", "marketing", "--language", "de")
    password = told.splitlines()[1].removeprefix("Password: ")
    user = User.objects.get(username="mara")
    assert user.check_password(password)
    assert (user.role, user.language) == ("marketing", "de")
    assert folder


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["user", "disable", "nobody"], "nobody: There is no such user."),
        (["user", "add", "a b", "--role", "sales"], "A name has letters"),
        (["user", "add", "x"], "--role"),
        (["user", "add", "x", "--role", "boss"], "--role boss: Write one of marketing, sales, admin, read_only."),
        (["user", "revoke", "nobody", "--name", "x"], "There is no such user."),
        (["source", "close", "nowhere"], "nowhere: There is no such source."),
        (["serve", "--port", "70000"], "--port: it is at most 65535."),
        (["serve", "--port", "http"], "--port: it is a whole number."),
        (["source", "add", "shop", "--origin", "example.com"], "https://www.example.com"),
        (["sign", "playbook.yaml", "--as", "sales", "--user", "nobody"], "There is no such user."),
        (["publish", "0123456789", "--user", "nobody"], "There is no such version"),
        (["sign", "missing.yaml", "--as", "sales", "--user", "x"], "missing.yaml is not there"),
        (["content", "add", "/x", "Not A Class"], "small letters"),
        (["content", "end", "/x"], "closed already"),
        (["content", "import", "missing.csv"], "missing.csv is not there"),
        (["content", "import", "leads.csv"], "The column item is missing"),
        (["content", "sitemap", "missing.xml"], "missing.xml is not there"),
        (["content", "sitemap", "leads.csv"], "This is no sitemap"),
        (["content", "sitemap", "https://127.0.0.1/sitemap.xml"], "Messages may not be sent there"),
        (["content", "next", "7"], "There is no such lead"),
        (["content", "gaps"], "No definition was in force"),
        (["quarantine", "discard"], "--reason"),
        (["quarantine", "discard", "7"], "no such message"),
        (["import"], "nothing to read"),
        (["import", "--leads", "missing.csv"], "missing.csv"),
    ],
)
def test_a_refusal_is_one_line(folder: Path, capsys: Capture, arguments: list[str], why: str) -> None:
    """And exit code 2."""
    assert folder
    assert why in refusal(capsys, *arguments)


def test_a_user_is_looked_after(folder: Path, capsys: Capture) -> None:
    """Role, password, keys, out and in again."""
    assert folder
    said(capsys, "user", "add", "root", "--role", "admin")
    said(capsys, "user", "add", "rosa", "--role", "sales")
    assert "marketing" in said(capsys, "user", "role", "rosa", "--role", "marketing")
    assert "Password: " in said(capsys, "user", "password", "rosa")
    assert "Key: " in said(capsys, "user", "key", "rosa", "--name", "crm")
    listed = data(capsys, "user", "list")["users"]
    assert [(user["name"], user["role"], user["keys"]) for user in listed] == [
        ("root", "admin", []),
        ("rosa", "marketing", ["crm"]),
    ]
    said(capsys, "user", "revoke", "rosa", "--name", "crm")
    said(capsys, "user", "disable", "rosa")
    assert "disabled" in said(capsys, "user", "list")
    said(capsys, "user", "enable", "rosa")
    assert "last administrator" in refusal(capsys, "user", "disable", "root")


def test_a_definition_is_signed_by_both_and_published(folder: Path, capsys: Capture) -> None:
    """By its file or by the beginning of its digest; what is said is what is so."""
    assert folder
    said(capsys, "user", "add", "mara", "--role", "marketing")
    told = said(capsys, "sign", "playbook.yaml", "--as", "marketing", "--user", "mara")
    assert "Still to sign: sales." in told
    digest = told.split()[0]
    assert "not both signed" in refusal(capsys, "publish", digest, "--user", "mara")
    said(capsys, "user", "add", "simon", "--role", "sales")
    said(capsys, "sign", digest, "--as", "sales", "--user", "simon")
    assert f"{digest} decides from" in said(capsys, "publish", "playbook.yaml", "--user", "simon", "--retroactive")
    version = active()
    assert version is not None
    assert version.digest.startswith(digest)
    row = data(capsys, "versions")["versions"][0]
    assert (row["signed"], row["is_active"]) == ({"marketing": "mara", "sales": "simon"}, True)
    assert "active" in said(capsys, "versions")
    assert "active already" in refusal(capsys, "publish", digest, "--user", "simon")


def test_a_playbook_with_a_failing_scenario_is_not_signed(folder: Path, capsys: Capture) -> None:
    """The problems are told as `check` tells them."""
    said(capsys, "user", "add", "mara", "--role", "marketing")
    book = folder / "playbook.yaml"
    book.write_text(book.read_text("utf-8").replace("engagement: 10", "engagement: 12"), "utf-8")
    told = refusal(capsys, "sign", "playbook.yaml", "--as", "marketing", "--user", "mara")
    assert told == 'The scenario "A paper is ten points." fails. Run ripeline check to see how.'
    book.write_text("playbook: Small\n", "utf-8")
    assert run(["sign", "playbook.yaml", "--as", "marketing", "--user", "mara"]) == 2
    assert "playbook.yaml:1" in capsys.readouterr().err


def test_a_source_is_added_listed_renewed_and_closed(folder: Path, capsys: Capture) -> None:
    """Its key is shown when it is made, and never again."""
    assert folder
    key = data(capsys, "source", "add", "shop", "--kind", "server", "--limit", "100")["write_key"]
    assert key not in said(capsys, "source", "list")
    renewed = data(capsys, "source", "renew", "shop")["write_key"]
    assert renewed != key
    said(capsys, "source", "close", "shop")
    assert Source.objects.get().closed_at is not None


def test_files_are_imported_and_a_dry_run_adds_nothing(folder: Path, capsys: Capture) -> None:
    """What is told before is what is done after."""
    assert folder
    asked = ["import", "--leads", "leads.csv", "--events", "events.csv"]
    tried = data(capsys, *asked, "--dry-run")
    assert not Event.objects.exists()
    done = data(capsys, *asked)
    assert tried | {"dry_run": False} == done
    assert done == {
        "leads": 3,
        "events": {"paper": 2, "ask": 2},
        "dry_run": False,
        "stored": 7,
        "repeated": 0,
        "conflicts": 0,
        "erased": 0,
        "unknown": {},
        "unfit": {},
    }
    assert "7 rows were there before." in said(capsys, *asked)
    assert Event.objects.count() == 7


def test_an_import_says_what_in_it_counts_for_nothing(folder: Path, capsys: Capture) -> None:
    """Names that the active playbook does not speak of, and values that are not of their type; they are kept."""
    book = (folder / "playbook.yaml").read_text("utf-8")
    (folder / "playbook.yaml").write_text(book.replace("text}\n", "text}\n  employees: {type: number}\n", 1), "utf-8")
    signed(capsys)
    said(capsys, "publish", "playbook.yaml", "--user", "mara")
    (folder / "people.csv").write_text("lead_id;employees;shoe_size\nada;about 40;41\nbob;12;\n", "utf-8")
    told = said(capsys, "import", "--leads", "people.csv", "--dry-run")
    assert "The active playbook does not speak of: shoe_size." in told
    assert "takes them for unknown: employees (1)." in told
    (folder / "more.csv").write_text("lead_id,at,event\nada,2026-01-06T10:15Z,dance\n", "utf-8")
    found = data(capsys, "import", "--leads", "people.csv", "--events", "more.csv")
    assert (found["unknown"], found["unfit"]) == ({"dance": 1, "shoe_size": 1}, {"employees": 1})


def test_files_with_problems_add_nothing(folder: Path, capsys: Capture) -> None:
    """All problems are told, up to a number, and how many there are."""
    (folder / "events.csv").write_text("lead_id,at,event\n" + "ada,soon,paper\n" * 12, "utf-8")
    assert run(["import", "--events", "events.csv"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("events.csv:2: at: ")
    assert lines[-2:] == ["… and 2 more.", "Nothing is added: 12 problems."]
    assert not Event.objects.exists()


def test_the_catalogue_is_filled_from_a_file_or_not_at_all(folder: Path, capsys: Capture) -> None:
    """One bad row is told with its line."""
    (folder / "content.csv").write_text("item,content\n/a,guide\n/b,Bad\n", "utf-8")
    assert refusal(capsys, "content", "import", "content.csv").startswith("content.csv:3: ")
    assert data(capsys, "content", "list")["items"] == []
    (folder / "content.csv").write_text("item,content\n/a,guide\n/b,article\n", "utf-8")
    assert "2 are new or changed." in said(capsys, "content", "import", "content.csv")
    assert "0 are new or changed." in said(capsys, "content", "import", "content.csv")
    said(capsys, "content", "add", "/a", "article")
    said(capsys, "content", "end", "/b")
    assert [(row["item"], row["content"]) for row in data(capsys, "content", "list")["items"]] == [("/a", "article")]


def test_content_is_proposed_and_its_gaps_are_listed(folder: Path, capsys: Capture) -> None:
    """From a sitemap; and a lead is told what comes next, or why nothing does."""
    signed(capsys)
    said(capsys, "publish", "playbook.yaml", "--user", "mara")
    (folder / "map.xml").write_text("<urlset><url><loc>https://x.example/nl/a</loc></url></urlset>", "utf-8")
    assert "1 would be proposed." in said(capsys, "content", "sitemap", "map.xml", "--dry-run")
    assert data(capsys, "content", "sitemap", "map.xml")["new"] == ["/nl/a"]
    row = data(capsys, "content", "list")["items"][0]
    assert (row["content"], row["language"], row["address"]) == ("", "nl", "https://x.example/nl/a")
    lead = Lead.objects.create(unit=Unit.objects.create(), created_at=1)
    for kind, value in (("lead", str(lead.pk)), ("email", "ada@example.com")):
        Identifier.objects.create(kind=kind, value=value, lead=lead, created_at=1)
        assert data(capsys, "content", "next", value)["reasons"][0]["code"] == "gap_begin"
    gaps = data(capsys, "content", "gaps")
    assert [(cell["funnel"], cell["language"], cell["leads"]) for cell in gaps["gaps"]] == [("top", "en", 1)]
    assert gaps["proposed"] == 1


def test_classes_that_the_active_playbook_does_not_know_are_told(folder: Path, capsys: Capture) -> None:
    """An item of such a class gives nobody points."""
    assert folder
    signed(capsys)
    said(capsys, "publish", "playbook.yaml", "--user", "mara")
    said(capsys, "content", "add", "/a", "gide")
    assert "The active playbook does not know: gide." in said(capsys, "content", "list")


def test_the_quarantine_is_listed_run_again_and_discarded(folder: Path, capsys: Capture) -> None:
    """By number or by reason."""
    assert folder
    source = Source.objects.create(name="shop", kind="web", created_at=0)
    bodies = {"1": '{"event":"paper","anonymousId":"v1"}', "2": "{", "3": "["}
    for number, body in bodies.items():
        Rejected.objects.create(source=source, reason="not_json", kind="track", received_at=1, body=body, digest=number)
    assert "3 messages are waiting." in said(capsys, "quarantine", "list")
    assert data(capsys, "quarantine", "list")["counts"] == {"not_json": 3}
    assert data(capsys, "quarantine", "run-again", "--reason", "not_json")["stored"] == 1
    number = str(Rejected.objects.filter(settled_at=None).earliest("pk").pk)
    assert "1 message is discarded." in said(capsys, "quarantine", "discard", number)
    assert Rejected.objects.filter(settled_at=None).count() == 1


def test_a_table_that_no_terminal_shows_has_its_words_whole(folder: Path, capsys: Capture) -> None:
    """So that grep finds them, and a reason can be copied; what each reason means stands once below."""
    assert folder
    source = Source.objects.create(name="the-shop-of-our-danish-subsidiary", kind="web", created_at=0)
    for number in "12":
        said_so = {"reason": "reserved_event", "detail": "consent_withdrawn", "body": "{}", "digest": number}
        Rejected.objects.create(source=source, kind="track", received_at=1, **said_so)
    told = said(capsys, "quarantine", "list")
    (row, _) = [line.split() for line in told.splitlines() if source.name in line]
    assert row[-3:] == [source.name, "reserved_event", "consent_withdrawn"]
    assert told.count("reserved_event: This source may not say that") == 1


@pytest.mark.parametrize("language", ["de", "nl", "da"])
def test_refusals_speak_the_language_of_the_run(folder: Path, capsys: Capture, language: str) -> None:
    """And so do the help texts of commands within commands."""
    assert folder
    assert "no such user" not in refusal(capsys, "--lang", language, "user", "disable", "nobody")
    assert "Let a user in no more" not in said(capsys, "--lang", language, "user", "--help")


def test_the_folder_of_the_data_can_be_said_anywhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before or after the command, for all commands."""
    monkeypatch.setenv("RIPELINE_DATA", "before")
    assert run(["init", "--data", str(folder), "--template", "consultancy", "new.yaml"]) == 0
    assert os.environ["RIPELINE_DATA"] == str(folder)


def test_a_running_server_does_what_the_command_line_asks(tmp_path: Path) -> None:
    """On SQLite one process writes; the answers are the same."""
    installation = Installation(tmp_path / "data")
    asked = (
        ["user", "add", "rita", "--role", "read_only"],
        ["source", "list"],
        ["versions"],
        ["user", "disable", "nobody"],
    )
    with installation.start("serve") as server:
        server.wait_until("/health/ready")
        answers = [installation.run(*arguments, "--json") for arguments in asked]
    assert json.loads(answers[0].stdout)["name"] == "rita"
    assert [source["name"] for source in json.loads(answers[1].stdout)["sources"]] == ["shop"]
    assert json.loads(answers[2].stdout)["versions"][0]["is_active"]
    assert (answers[3].returncode, answers[3].stderr) == (2, "nobody: There is no such user.\n")
