"""``ripeline backtest``: what it says, writes and refuses, in all languages, and that it leaves nothing half-done."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

import ripeline
from command_line import DATA, LEADS, PLAYBOOK, Capture, data, refusal
from ripeline.cli import backtest_words as words
from ripeline.cli.run import run
from ripeline.core import backtest as core_backtest
from ripeline.core.intervals import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

OUTCOMES = """\
lead_id,outcome,at,amount,reason
ada,won,2026-04-20T09:00:00+02:00,1200,price
ada,lost,2026-05-20T09:00:00+02:00,,
eve,won,2026-04-01T09:00:00+02:00,,
bob,lost,2026-04-01T09:00:00+02:00,,no need
"""
TOLD = [*DATA, "--outcomes", "outcomes.csv"]
OTHER = PLAYBOOK.replace("playbook: Small", "playbook: <b>Other</b>").split("scenarios:")[0]
OTHER = OTHER.replace("did: ask, within: 30", "did: paper, within: 30")


@pytest.fixture(autouse=True)
def told(folder: Path) -> Path:
    """The folder with outcomes and another playbook."""
    (folder / "outcomes.csv").write_text(OUTCOMES, "utf-8")
    (folder / "other.yaml").write_text(OTHER, "utf-8")
    return folder


def outcomes(text: str) -> None:
    """Other outcomes."""
    Path("outcomes.csv").write_text(text, "utf-8")


# --- what it says ---------------------------------------------------------------------------------


def test_it_says_in_plain_words_what_would_have_been(capsys: Capture) -> None:
    """In at most eleven lines of at most 80 signs, before any table."""
    assert run(["backtest", *TOLD]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Small on the past from 2 Mar 2026 to 20 Apr 2026"
    assert lines[1] == "3 leads: 2 won, 1 lost, the others without outcome."
    told = lines[: lines.index("")]
    assert len(told) <= 11
    assert "In brackets are the limits that hold the truth in 95 of 100 such cases." in told
    assert max(map(len, lines)) <= 80
    assert "1 later outcome of a lead is left out: the first counts." in lines


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("de", "3 Leads: 2 gewonnen, 1 verloren, die anderen ohne Ausgang."),
        ("nl", "3 leads: 2 gewonnen, 1 verloren, de andere zonder uitkomst."),
        ("da", "3 leads: 2 vundet, 1 tabt, de andre uden udfald."),
    ],
)
def test_it_speaks_every_language(capsys: Capture, language: str, line: str) -> None:
    """On the terminal and on the page, with all there is to say."""
    asked = ["--against", "other.yaml", "--sweep", "mql", "--out", "page.html", "--lang", language]
    assert run(["backtest", *TOLD, *asked]) == 0
    assert line in capsys.readouterr().out.splitlines()
    page = Path("page.html").read_text("utf-8")
    assert f'<html lang="{language}">' in page
    assert line in page


@pytest.mark.parametrize("language", ["en", "de", "nl", "da"])
def test_no_word_of_a_heading_is_broken(capsys: Capture, language: str) -> None:
    """In the table of the curve, which is the widest, on 80 columns."""
    assert run(["backtest", *TOLD, "--sweep", "mql", "--lang", language]) == 0
    lines = capsys.readouterr().out.splitlines()
    first = next(place for place, line in enumerate(lines) if line.startswith("−30 "))  # noqa: RUF001 - minus
    told = " ".join(lines[first - 3 : first]).split()
    assert {word for heading in words.sweep_headings() for word in heading.split()} <= set(told)


def test_limits_stay_together() -> None:
    """On the page they stand on one line; one that the leads were too few for is not written as a dash."""
    assert run(["backtest", *TOLD, "--out", "page.html"]) == 0
    assert '100.0% <span class="limited">(20.7–100.0)</span>' in Path("page.html").read_text("utf-8")  # noqa: RUF001
    assert words.estimate(Estimate(62, 56, None)) == "62 (≥56)"
    assert words.estimate(Estimate(40, None, 57)) == "40 (≤57)"
    assert words.estimate(Estimate(19, None, None)) == "19"


def test_json_has_every_number_with_its_limits(capsys: Capture) -> None:
    """By names that no language changes."""
    told = data(capsys, "backtest", *TOLD, "--reps", "2", "--lang", "de")
    gate = told["gates"]["sales_ready"]
    assert (gate["decided"], gate["won"], gate["lost"], gate["not_judged"]) == (1, 1, 0, 0)
    assert gate["precision"]["value"] == 1.0
    assert 0.2 < gate["precision"]["low"] < 0.21
    assert gate["recall"]["value"] == 0.5
    assert gate["warning_days"]["q50"] == {"value": pytest.approx(27.875), "low": None, "high": None}
    assert told["handoffs"]["reps"] == 2
    assert (told["later_outcomes"], told["people_left_out"], told["consent"]) == (1, 0, "assumed")


def test_a_fact_without_time_is_said(capsys: Capture) -> None:
    """Bob's relation stands in a table without created_at; without it he would have been offered."""
    told = data(capsys, "backtest", *TOLD)
    assert told["untimed_attributes"] == ["relation"]
    assert told["gates"]["sales_ready"]["lost"] == 0
    assert told["without_untimed"]["gates"]["sales_ready"]["lost"] == 1
    assert run(["backtest", *TOLD]) == 0
    assert "Time unknown: Relation." in capsys.readouterr().out


def test_two_definitions_stand_side_by_side(capsys: Capture) -> None:
    """With the leads that would change, when, and why."""
    told = data(capsys, "backtest", *TOLD, "--against", "other.yaml")
    against = told["against"]
    assert against["playbook"] == "<b>Other</b>"
    assert against["differences"]["mql"]["only_other"] == 1
    (change,) = [each for each in against["changed"] if each["at"] is None]
    assert (change["lead_id"], change["gate"], change["other_at"][:10]) == ("ada", "mql", "2026-03-02")
    why = against["why"][0]
    assert (why["decided_by"], why["held"][0]["asked"]["code"]) == ("other", "asked_did_within")
    assert run(["backtest", *TOLD, "--against", "other.yaml"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "MQL never by this, 2 Mar 2026 by the other definition." in out
    assert "Missing in the other: 20.0 points of Engagement" in out


def test_the_sweep_says_on_which_leads_it_chose(capsys: Capture) -> None:
    """And judges the choice on the others."""
    told = data(capsys, "backtest", *TOLD, "--sweep", "mql")
    curve = told["sweep"]["curve"]
    assert [point["points"] for point in curve] == list(range(-30, 31, 5))
    assert curve[0]["whole"]["decided"] >= curve[-1]["whole"]["decided"]
    assert set(curve[0]) == {"points", "whole", "earlier", "later"}
    assert run(["backtest", *TOLD, "--sweep", "mql"]) == 0
    assert "a threshold chosen from a curve must be judged on other leads" in " ".join(capsys.readouterr().out.split())


def test_it_looks_back_from_an_instant(capsys: Capture) -> None:
    """In the middle of April, Ada has not bought yet."""
    told = data(capsys, "backtest", *TOLD, "--at", "2026-04-15")
    assert (told["won"], told["lost"]) == (1, 1)


def test_what_people_wrote_is_replayed_on_request(capsys: Capture) -> None:
    """And it is said that it is."""
    with Path("events.csv").open("a", encoding="utf-8") as events:
        events.write("eve,2026-03-01T10:00:00+00:00,touch_logged\n")
    assert data(capsys, "backtest", *TOLD)["people_left_out"] == 1
    assert data(capsys, "backtest", *TOLD, "--with-people")["people_left_out"] is None
    assert run(["backtest", *TOLD, "--with-people"]) == 0
    assert "the old definition speaks in these numbers" in " ".join(capsys.readouterr().out.split())


def test_what_left_out_rows_say_is_not_asked(capsys: Capture) -> None:
    """A playbook that knows no BANT is tried on data that has it; replayed, the answer is refused with its cure."""
    events = Path("events.csv").read_text("utf-8").replace("event\n", "event,item,by\n").replace("paper\n", "paper,,\n")
    events = events.replace("ask\n", "ask,,\n") + "eve,2026-03-01T10:00:00+00:00,bant_answered,budget,rosa\n"
    Path("events.csv").write_text(events, "utf-8")
    told = data(capsys, "backtest", *TOLD)
    assert (told["people_left_out"], told["handoffs"]["reps"]) == (1, 1)
    cure = "Declare it under bant in the playbook, or leave these rows out."
    assert refusal(capsys, "backtest", *TOLD, "--with-people") == (
        f'events.csv:6: item: "budget" is not one of the allowed values. {cure}'
    )


def test_the_library_does_it_in_a_few_lines(capsys: Capture) -> None:
    """With the numbers of the command."""
    playbook = ripeline.load_playbook(Path("playbook.yaml").read_bytes(), file="playbook.yaml")
    assert isinstance(playbook, ripeline.Playbook)
    whole = ripeline.read_history([playbook], leads=Path("leads.csv"), events=Path("events.csv"))
    ended = ripeline.read_outcomes(Path("outcomes.csv"), whole.leads["lead_id"])
    history, _ = ripeline.without_people(whole)
    past = ripeline.past_of(history, ended, int(ended.table["at"].to_numpy().max()))
    gate = ripeline.backtest(playbook, history, past).gates[1]
    told = data(capsys, "backtest", *TOLD)["gates"]["sales_ready"]
    assert (gate.decided, gate.won, gate.lost) == (told["decided"], told["won"], told["lost"])


# --- what it writes -------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_it_writes_a_row_for_each_lead(capsys: Capture, suffix: str) -> None:
    """With the instants under both definitions."""
    assert run(["backtest", *TOLD, "--against", "other.yaml", "--out", f"judged{suffix}"]) == 0
    assert f"judged{suffix} is written." in capsys.readouterr().out
    table = pl.read_csv("judged.csv") if suffix == ".csv" else pl.read_parquet("judged.parquet")
    assert table["lead_id"].to_list() == ["ada", "bob", "eve"]
    assert table["sales_ready_judged"].to_list() == ["not_decided", "not_decided", "won"]
    assert table["outcome"].to_list() == ["won", "lost", "won"]
    assert table["other_mql_judged"].to_list() == ["won", "not_decided", "won"]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.attributes: list[str] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += [name for name, _ in attrs]
        if tag not in ("meta", "rect", "line", "circle"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_stands_alone_and_escapes_what_others_wrote() -> None:
    """No script, nothing to load, a table behind each picture, and names that are markup are shown, not obeyed."""
    leads = LEADS.replace("ada", "<i>ada</i>")
    Path("leads.csv").write_text(leads, "utf-8")
    for name in ("events.csv", "outcomes.csv"):
        Path(name).write_text(Path(name).read_text("utf-8").replace("ada", "<i>ada</i>"), "utf-8")
    assert run(["backtest", *TOLD, "--against", "other.yaml", "--sweep", "mql", "--out", "page.html"]) == 0
    page = Path("page.html").read_text("utf-8")
    tags = _Tags()
    tags.feed(page)
    assert tags.open == []
    assert {"svg", "details", "table"} <= set(tags.seen)
    assert {"script", "link", "img", "iframe", "b", "i"}.isdisjoint(tags.seen)
    assert {"src", "href", "onclick", "onload"}.isdisjoint(tags.attributes)
    assert "url(" not in page
    assert "://" not in page
    assert tags.seen.count("section") == tags.seen.count("details") == 5
    assert page.count('class="picture"') + page.count('class="ranges"') == 5
    assert "&lt;i&gt;ada&lt;/i&gt;" in page
    assert "&lt;b&gt;Other&lt;/b&gt;" in page
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_no_sign_on_the_page_commands_a_reader() -> None:
    """Escapes and changes of direction in names of leads and playbooks are shown as what they are not."""
    for name in ("leads.csv", "events.csv", "outcomes.csv"):
        Path(name).write_text(Path(name).read_text("utf-8").replace("ada", "a\x1b[31mda\u202e"), "utf-8")
    Path("other.yaml").write_text(OTHER.replace("<b>Other</b>", '"Oth\\u202eer"'), "utf-8")
    assert run(["backtest", *TOLD, "--against", "other.yaml", "--sweep", "mql", "--out", "page.html"]) == 0
    page = Path("page.html").read_text("utf-8")
    assert {"\x1b", "\u202e"}.isdisjoint(page)
    assert "a\ufffd[31mda\ufffd" in page
    assert "Oth\ufffder" in page


def section(heading: str) -> str:
    """The section of the page under a heading that begins so."""
    return Path("page.html").read_text("utf-8").split(f"<h2>{heading}")[1].split("</section>")[0]


def test_black_and_white_tells_the_definitions_apart() -> None:
    """The other one is drawn in squares; and the axis of the threshold says what it counts."""
    assert run(["backtest", *TOLD, "--out", "page.html"]) == 0
    assert "<rect" not in section("How right")
    assert run(["backtest", *TOLD, "--against", "other.yaml", "--sweep", "mql", "--out", "page.html"]) == 0
    dots = section("How right")
    assert dots.count("<circle") == dots.count("<rect") == 6
    assert 'class="legend marks"' in dots
    assert ">points</text>" in section("The threshold")


def test_interrupted_it_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 130, and no file."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(core_backtest, "decide", interrupted)
    before = sorted(Path().iterdir())
    assert run(["backtest", *TOLD, "--out", "judged.csv", "--out", "page.html"]) == 130
    assert sorted(Path().iterdir()) == before


# --- what it refuses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("lead_id,outcome,at\nzoe,won,2026-04-01T09:00:00Z\n", 'outcomes.csv:2: lead_id: "zoe" is not among the leads'),
        (
            "lead_id,outcome,at\nada,bought,2026-04-01T09:00:00Z\n",
            'outcomes.csv:2: outcome: "bought" is neither won nor lost',
        ),
        ("lead_id,outcome,at\n\nada,won,\n", "outcomes.csv:3: at: is empty. Every row needs it."),
        ("lead_id,outcome,at\nada,won,yesterday\n", 'outcomes.csv:2: at: "yesterday" is not a time from 1970 to 2199'),
        ("lead_id,outcome,at\nada,won,2026-04-01\n", 'outcomes.csv:2: at: "2026-04-01" has no offset from UTC'),
        ("lead_id,outcome\nada,won\n", "outcomes.csv: has no column at"),
        ("\n\n", "outcomes.csv: is empty. The first line names the columns."),
        (
            "lead_id,outcome,at,amount\nada,won,2026-04-01T09:00:00Z,much\n",
            'outcomes.csv:2: amount: "much" is not a number',
        ),
        (
            "lead_id,outcome,at\nada,won,2026-04-01T09:00:00Z\nada,lost,2026-04-01T11:00:00+02:00\n",
            'outcomes.csv:3: outcome: "ada" is won and lost at the same time, see line 2 too. Keep one of them.',
        ),
        ("lead_id,outcome,at\nada,lost,2026-04-01T09:00:00Z\n", "No lead is won by then"),
    ],
)
def test_bad_outcomes_are_refused_with_place_and_cure(capsys: Capture, text: str, line: str) -> None:
    """In one line; nothing is guessed or skipped."""
    outcomes(text)
    assert refusal(capsys, "backtest", *TOLD).startswith(line)


def test_open_leads_may_stand_in_the_outcomes(capsys: Capture) -> None:
    """With neither outcome nor time they say that there is none yet; capitals and spaces do not matter."""
    outcomes("lead_id,outcome,at\nada,,\neve, Won ,2026-04-01T09:00:00Z\n")
    assert data(capsys, "backtest", *TOLD)["won"] == 1


def test_foreign_names_of_the_outcomes_have_their_own_mapping(capsys: Capture) -> None:
    """`at` of the events stays what it is."""
    outcomes("case,result,closed\neve,won,2026-04-01T09:00:00Z\n")
    names = ("lead_id=case", "outcome=result", "at=closed")
    mapped = [part for name in names for part in ("--map", f"outcomes.{name}")]
    assert data(capsys, "backtest", *TOLD, *mapped)["won"] == 1
    wrong = refusal(capsys, "backtest", *TOLD, *mapped, "--map", "outcomes.amount=sum")
    assert (
        wrong == 'outcomes.csv: no file has the column "sum" that amount is mapped to. There are case, result, closed.'
    )


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--out", "leads.xlsx"], "leads.xlsx is neither CSV, Parquet nor HTML."),
        (["--out", "none/leads.csv"], "The folder of none/leads.csv is not there."),
        (["--out", "events.csv"], "events.csv is read as an input."),
        (["--out", "outcomes.csv"], "outcomes.csv is read as an input."),
        (["--sweep", "sales_ready"], "The gate sales_ready asks for no score and no cell"),
        (["--against", "none.yaml"], "none.yaml is not there."),
    ],
)
def test_what_cannot_be_done_is_refused_first(capsys: Capture, arguments: Sequence[str], line: str) -> None:
    """Before anything is read or replayed."""
    assert refusal(capsys, "backtest", *TOLD, *arguments).startswith(line)


def test_help_names_what_it_needs(capsys: Capture) -> None:
    """Outcomes and events."""
    assert refusal(capsys, "backtest", *DATA) == "--outcomes is missing. See --help."
    told = ["backtest", "playbook.yaml", "--leads", "leads.csv", "--outcomes", "outcomes.csv"]
    assert refusal(capsys, *told).startswith("A backtest needs events")
    assert run(["backtest", "--help"]) == 0
    assert re.search(r"--sweep\s", capsys.readouterr().out)


@pytest.mark.parametrize("reason", [timedelta(days=1), [["no"], ["need"]], [None], b"no need"])
def test_any_type_of_a_parquet_column_is_read_as_text(capsys: Capture, reason: object) -> None:
    """Programs write what they like; a reason is for people."""
    at = datetime(2026, 4, 1, tzinfo=UTC)
    pl.DataFrame({"lead_id": ["eve"], "outcome": ["won"], "at": [at], "reason": [reason]}).write_parquet("o.parquet")
    assert data(capsys, "backtest", *DATA, "--outcomes", "o.parquet")["won"] == 1


def test_bytes_that_are_no_text_are_refused(capsys: Capture) -> None:
    """As in a CSV; and what is no number is told on one line."""
    at = datetime(2026, 4, 1, tzinfo=UTC)
    pl.DataFrame({"lead_id": [b"\xff"], "outcome": ["won"], "at": [at]}).write_parquet("o.parquet")
    told = refusal(capsys, "backtest", *DATA, "--outcomes", "o.parquet")
    assert told == "o.parquet: cannot be read: invalid utf8. Write it anew."
    pl.DataFrame({"lead_id": ["eve"], "outcome": ["won"], "at": [at], "amount": [[1.0]]}).write_parquet("o.parquet")
    told = refusal(capsys, "backtest", *DATA, "--outcomes", "o.parquet")
    assert told.startswith('o.parquet:1: amount: "[1.0]" is not a number.')


def test_there_are_at_most_a_million_reps(capsys: Capture) -> None:
    """More are a slip of the keyboard, and no number that one could print."""
    assert "it is at most 1000000" in refusal(capsys, "backtest", *TOLD, "--reps", "9" * 30)
