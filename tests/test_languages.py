"""Every language in full: problems, data, help and numbers are told in the language asked for, wherever it is asked."""

# ruff: noqa: RUF001 - the sign of multiplication is meant

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

import pytest

from command_line import DATA, EVENTS, PLAYBOOK, Capture, refusal
from ripeline.cli import backtest_words
from ripeline.cli.run import run
from ripeline.core import playbook_yaml
from ripeline.core.intervals import Estimate
from ripeline.core.phrases import phrase
from ripeline.core.playbook import Playbook
from ripeline.core.reasons import Reason
from ripeline.language import LANGUAGES, Language, Speaker
from small_playbook import BOOK

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400_000_000


@pytest.mark.parametrize(
    ("language", "told", "cure"),
    [
        ("de", 'Aktivität "papr" ist nirgends erklärt (PB101).', 'Meinten Sie "paper"?'),
        ("nl", 'activiteit "papr" bestaat niet (PB101).', 'Bedoelde u "paper"?'),
        ("da", 'aktivitet "papr" findes ikke (PB101).', 'Mente du "paper"?'),
    ],
)
def test_a_broken_playbook_is_told_in_the_language(
    folder: Path, capsys: Capture, language: str, told: str, cure: str
) -> None:
    """What is wrong, and what would cure it."""
    (folder / "playbook.yaml").write_text(PLAYBOOK.replace("{on: paper", "{on: papr"), "utf-8")
    assert run(["--lang", language, "check", "playbook.yaml"]) == 2
    assert f"playbook.yaml:13: rules.papers.on: {told} {cure}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("de", 'events.csv:4: at: "gestern" ist keine Zeit von 1970 bis 2199. ISO 8601 mit Abweichung von UTC'),
        ("nl", 'events.csv:4: at: "gestern" is geen tijdstip van 1970 tot en met 2199. Schrijf ISO 8601'),
        ("da", 'events.csv:4: at: "gestern" er ikke et tidspunkt fra 1970 til 2199. Skriv ISO 8601'),
    ],
)
def test_a_bad_row_is_told_in_the_language(folder: Path, capsys: Capture, language: str, line: str) -> None:
    """With its place and its cure."""
    (folder / "events.csv").write_text(EVENTS.replace("2026-03-03T10:00:00+00:00", "gestern"), "utf-8")
    assert refusal(capsys, "score", *DATA, "--lang", language).startswith(line)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["score"], "PLAYBOOK fehlt. Siehe --help."),
        (["score", *DATA, "--wrong"], "Die Option --wrong gibt es nicht. "),
        (["score", *DATA, "--at"], "--at braucht dahinter einen Wert."),
        (["score", *DATA, "--json=1"], "--json nimmt keinen Wert an."),
        (["score", *DATA, "more"], "Nicht verstanden: more."),
        (["scor"], "Den Befehl scor gibt es nicht. Meinten Sie score?"),
        (["applaud"], "Den Befehl applaud gibt es nicht. Siehe --help."),
    ],
)
def test_a_wrong_command_line_is_told_in_the_language(capsys: Capture, arguments: list[str], line: str) -> None:
    """Typer speaks English only, so its complaints are told in our words."""
    assert refusal(capsys, "--lang", "de", *arguments).startswith(line)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("arguments", [["--lang", "de", "init", "--help"], ["init", "--help", "--lang=de"]])
def test_help_is_in_the_language(capsys: Capture, arguments: list[str]) -> None:
    """Whether it is asked for before or after the command."""
    assert run(arguments) == 0
    told = capsys.readouterr().out
    for words in ("Aufruf: ripeline init", "Ein Start-Playbook", "Argumente:", "[Standard:", "Diese Hilfe zeigen."):
        assert words in told


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_of_commands_is_cut_at_no_abbreviation(capsys: Capture, language: str) -> None:
    """Each line shows the first sentence of a help text, which a point in its middle would end."""
    assert run(["--lang", language, "--help"]) == 0
    told = capsys.readouterr().out
    assert "processing" in told
    assert [line for line in told.splitlines() if line.lower().endswith("art.")] == []


@pytest.mark.usefixtures("folder")
def test_help_is_in_the_language_of_the_environment(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """It says the exit codes too."""
    monkeypatch.setenv("LANG", "nl_NL.UTF-8")
    assert run([]) == 0
    told = capsys.readouterr().out
    assert "Bepaalt, verklaart en bewijst" in told
    assert "Exitcodes: 0 in orde; 1 een scenario mislukt," in told


@pytest.mark.parametrize(
    ("language", "span"), [("en", "30 days"), ("de", "30 Tage"), ("nl", "30 dagen"), ("da", "30 dage")]
)
def test_durations_have_words_in_every_language(language: str, span: str) -> None:
    """In the largest unit that holds them whole."""
    assert Language.of(language).duration(30 * DAY) == span


def test_hours_and_minutes_are_durations_too() -> None:
    """Whatever does not fill days."""
    dutch = Language.of("nl")
    assert (dutch.duration(DAY // 24 * 36), dutch.duration(DAY // 96)) == ("36 uur", "15 minuten")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_minus_is_a_minus_everywhere(language: str) -> None:
    """Never a hyphen, whoever writes the number; and what rounds to zero has none."""
    speaker = Language.of(language)
    told = [speaker.number(-7), speaker.points(-7_000_000), speaker.percent(-0.07), speaker.tell(phrase("{n}", n=-7))]
    assert [text[:2] for text in told] == ["−7"] * 4
    assert (speaker.number(-0.3), speaker.percent(-0.003)[0]) == ("0", "0")


@pytest.mark.parametrize(
    ("language", "days", "share"),
    [
        ("en", "9.8 (8.0–12.0)", "−37.0% (−44.0 to −30.0)"),
        ("de", "9,8 (8,0–12,0)", "−37,0\xa0% (−44,0 bis −30,0)"),
        ("nl", "9,8 (8,0–12,0)", "−37,0% (−44,0 tot −30,0)"),
        ("da", "9,8 (8,0–12,0)", "−37,0\xa0% (−44,0 til −30,0)"),
    ],
)
def test_limits_have_the_decimals_of_their_number(
    monkeypatch: pytest.MonkeyPatch, language: str, days: str, share: str
) -> None:
    """And beside a minus stands a word, since a dash would be taken for another."""
    monkeypatch.setattr(backtest_words, "language", lambda: Language.of(language))
    monkeypatch.setattr(backtest_words, "_", Language.of(language))
    assert backtest_words.estimate(Estimate(9.8, 8, 12)) == days
    assert backtest_words.estimate(Estimate(12, 9.8, 15)) == "12 (10–15)"
    assert backtest_words.percent(Estimate(-0.37, -0.44, -0.3)) == share
    assert [backtest_words.signed(points) for points in (-5, 0, 5)] == ["−5", "0", "+5"]


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "2 × Paper, Demo request, Visit, or 2 others"),
        ("de", "2 × Paper, Demo-Anfrage, Visit oder 2 weitere"),
        ("nl", "2 × Paper, Demoaanvraag, Visit of 2 andere"),
        ("da", "2 × Paper, Bad om demo, Visit eller 2 andre"),
    ],
)
def test_of_many_names_three_are_told(language: str, told: str) -> None:
    """And how many there are besides."""
    names = ("paper", "demo_request", "visit", "call", "fair")
    assert Speaker(Language.of(language), BOOK).say(Reason("short_did", count=2, activities=names)) == told


@pytest.mark.parametrize(
    ("attribute", "value", "told"),
    [
        ("employees", "1200", {"en": "1,200", "de": "1.200", "nl": "1.200", "da": "1.200"}),
        ("founded", "2001-03-02", {"en": "2 Mar 2001", "de": "2. März 2001", "nl": "2 mrt 2001", "da": "2. mar. 2001"}),
        ("industry", "1200", {"en": "1200", "de": "1200", "nl": "1200", "da": "1200"}),
    ],
)
def test_values_are_written_as_their_type_and_language_ask(attribute: str, value: str, told: dict[str, str]) -> None:
    """A number has the separators of the language, a day its month; a text stays as it is."""
    assert {name: Speaker(Language.of(name), BOOK).value(attribute, value) for name in LANGUAGES} == told


def test_a_starter_playbook_speaks_the_readers_language_and_a_companys_own_words_stand() -> None:
    """What Ripeline brings is told in each; a label that a company wrote is the same for all."""
    text = resources.files("ripeline.playbooks").joinpath("consultancy.yaml").read_text("utf-8")
    for book, owner, came_back in (
        (text, "Inhaber", "Zurückgekommen"),
        (text.replace("Owner of", "Boss of"), "Boss of", "Zurück"),
    ):
        playbook = playbook_yaml.load(book, file="consultancy.yaml")
        assert isinstance(playbook, Playbook)
        german = Speaker(Language.of("de"), playbook)
        assert german.name("persona", "owner").startswith(owner)
        assert german.name("rule", "came_back").startswith(came_back)
        assert Speaker(Language.of("en"), playbook).name("rule", "came_back") == "Came back"
