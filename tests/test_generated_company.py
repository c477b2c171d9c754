"""The made-up company: always the same, plausible, causal, and honest about what was known when."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

import ripeline
from ripeline.cli.run import run
from ripeline.core.tables import read_history
from ripeline.generated import Company, company, templates, write
from ripeline.generated.companies import HABITS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ripeline.core.playbook import Playbook
    from ripeline.generated.files import Format

TEMPLATES = pytest.mark.parametrize("template", templates())
LEADS = 2_000

cached = cache(company)


def made(template: str) -> Company:
    """The company that most tests look at."""
    return cached(template, leads=LEADS)


def playbook_of(template: str) -> Playbook:
    """The starter playbook."""
    text = (Path(ripeline.__file__).parent / "playbooks" / f"{template}.yaml").read_bytes()
    playbook = ripeline.load_playbook(text, file=template)
    assert isinstance(playbook, ripeline.Playbook)
    return playbook


def known(events: pl.DataFrame) -> pl.DataFrame:
    """The events with `known_at` in every row."""
    return events.with_columns(pl.coalesce("known_at", "at").alias("known_at"))


# --- the files ------------------------------------------------------------------------------------


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, file_format: Format) -> None:
    """Two runs write the same files; another seed writes others."""
    one = write(company(leads=300), tmp_path / "one", file_format)
    two = write(company(leads=300), tmp_path / "two", file_format)
    other = write(company(leads=300, seed=8), tmp_path / "other", file_format)
    names = [path.name for path in one]
    assert names == [path.name for path in two] == [path.name for path in other]
    assert {f"{name}.{file_format}" for name in ("leads", "events", "outcomes")} < set(names)
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    different = [path.name for path, else_ in zip(one, other, strict=True) if path.read_bytes() != else_.read_bytes()]
    assert {"truth.parquet", "truth.json", f"events.{file_format}", f"leads.{file_format}"} <= set(different)


@TEMPLATES
def test_the_files_are_read_by_the_starter_playbook(tmp_path: Path, template: str) -> None:
    """No mapping is needed, and each event means something to the playbook."""
    whole = made(template)
    write(whole, tmp_path, "parquet")
    playbook = playbook_of(template)
    history = read_history([playbook], leads=tmp_path / "leads.parquet", events=tmp_path / "events.parquet")
    assert history.leads.height == LEADS
    assert history.repeats > 0
    spoken = {name for activity in playbook.activities.values() for name in activity.event}
    plain = whole.events.filter(~pl.col("event").is_in(list(RESERVED_EVENTS)))
    assert set(plain["event"]) <= spoken
    assert history.events.height == plain.n_unique()


def test_a_csv_says_the_same_as_a_parquet(tmp_path: Path) -> None:
    """Both formats are read into the same history."""
    read = []
    for file_format in ("csv", "parquet"):
        folder = tmp_path / file_format
        write(made("agency"), folder, file_format)
        files = {name: folder / f"{name}.{file_format}" for name in ("leads", "events")}
        read.append(read_history([playbook_of("agency")], leads=files["leads"], events=files["events"]))
    one, two = read
    assert one.leads.equals(two.leads)
    assert one.changes.drop("value").equals(two.changes.drop("value"))
    assert one.acts.equals(two.acts)
    assert one.events.equals(two.events)


RESERVED_EVENTS = {
    *("attributes_changed", "bant_answered", "consent_given", "consent_withdrawn", "event_voided"),
    *("override_set", "stage_set", "touch_logged", "verdict_given"),
}


@TEMPLATES
def test_every_activity_of_the_playbook_is_done(template: str) -> None:
    """Nothing that the playbook speaks of is missing from the company."""
    events = made(template).events
    playbook = playbook_of(template)
    never = [name for name, activity in playbook.activities.items() if not set(activity.event) & set(events["event"])]
    assert never == []


# --- what was known when --------------------------------------------------------------------------


@TEMPLATES
def test_nothing_is_known_before_it_happened_nor_after_the_end(template: str) -> None:
    """Every row is known when it happens or later, and within the years asked for."""
    events = known(made(template).events)
    assert events.filter(pl.col("known_at") < pl.col("at")).is_empty()
    years = events["known_at"].dt.year().unique().to_list()
    assert set(years) == {2023, 2024, 2025}


@TEMPLATES
def test_no_row_is_known_before_its_lead_has_a_name(template: str) -> None:
    """The anonymous past joins the lead when it makes itself known."""
    leads = made(template).leads.select("lead_id", "created_at")
    events = known(made(template).events).join(leads, on="lead_id")
    assert events.filter(pl.col("known_at") < pl.col("created_at")).is_empty()
    past = events.filter(pl.col("at") < pl.col("created_at"))
    assert past.height > events.height / 50
    assert (past["known_at"] >= past["created_at"]).all()


@TEMPLATES
def test_rows_of_a_second_self_are_known_from_the_merge_on(template: str) -> None:
    """Of a merged lead about half of the rows before the merge are known from it on, no earlier."""
    merged = made(template).truth.filter(pl.col("merged_at").is_not_null())
    events = known(made(template).events).join(merged, on="lead_id")
    assert 0.02 < merged.height / LEADS < 0.04
    at_the_merge = events.filter((pl.col("known_at") == pl.col("merged_at")) & (pl.col("at") < pl.col("merged_at")))
    assert at_the_merge["lead_id"].n_unique() > merged.height / 5


@TEMPLATES
def test_the_outcome_comes_after_all_that_caused_it(template: str) -> None:
    """Requests and first touches lie before the decision; outcomes and last stages at it or after."""
    truth, outcomes = made(template).truth, made(template).outcomes
    for cause in ("identified_at", "asked_at", "touched_at"):
        assert truth.filter(pl.col(cause) >= pl.col("decides_at")).is_empty()
    closed = outcomes.join(truth, on="lead_id")
    assert closed.filter(pl.col("at") < pl.col("decides_at")).is_empty()
    stages = made(template).events.filter(pl.col("properties").str.contains('"stage": "(customer|lost)"'))
    assert stages.join(truth, on="lead_id").filter(pl.col("at") < pl.col("decides_at")).is_empty()
    feedback = made(template).feedback.join(outcomes, on="lead_id")
    assert feedback.filter(pl.col("at") <= pl.col("at_right")).is_empty()


@TEMPLATES
def test_what_leads_do_before_the_decision_does_not_know_it(template: str) -> None:
    """Of two leads with the same traits the buyer is not busier: buying adds nothing to need, fit and curiosity."""
    truth = cached(template, leads=20_000).truth.filter(pl.col("role") == "prospect", ~pl.col("asked"))
    events = cached(template, leads=20_000).events.filter(pl.col("event").is_in(["page_viewed", "email_clicked"]))
    early = events.join(truth, on="lead_id").filter(pl.col("at") < pl.col("decides_at"))
    counts = truth.join(early.group_by("lead_id").len(), on="lead_id", how="left")
    y = np.log1p(counts["len"].fill_null(0).to_numpy())
    x = design(counts, ["need", "curiosity", "fit", "budget", "silent", "buys"])
    beta, residual = np.linalg.lstsq(x, y)[:2]
    errors = np.sqrt(np.diag(np.linalg.inv(x.T @ x)) * residual[0] / (len(y) - x.shape[1]))
    assert abs(beta[-1]) < 3 * errors[-1]


# --- causes ---------------------------------------------------------------------------------------


def design(truth: pl.DataFrame, names: list[str]) -> NDArray[np.float64]:
    """A column of ones and these columns."""
    return np.column_stack([np.ones(truth.height), *(truth[name].cast(pl.Float64).to_numpy() for name in names)])


def logistic(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The estimates and their standard errors, by Newton's method."""
    beta = np.zeros(x.shape[1])
    for _ in range(25):
        p = 1 / (1 + np.exp(-x @ beta))
        information = (x * (p * (1 - p))[:, None]).T @ x
        beta = beta + np.linalg.solve(information, x.T @ (y - p))
    return beta, np.sqrt(np.diag(np.linalg.inv(information)))


EFFECTS = ["need", "fit", "budget", "asked", "answered_in_time", "silent"]
STATED = ["intercept", "need", "fit", "budget", "request", "answered_in_time", "silence"]


@TEMPLATES
def test_a_regression_on_the_truth_finds_the_stated_effects(template: str) -> None:
    """Who buys depends on the stated causes, as strongly as stated: all within 99 % intervals."""
    big = cached(template, leads=20_000)
    prospects = big.truth.filter(pl.col("role") == "prospect")
    found, errors = logistic(design(prospects, EFFECTS), prospects["buys"].cast(pl.Float64).to_numpy())
    stated = np.array([big.stated["buying"][name] for name in STATED])
    assert (np.abs(found - stated) < 2.6 * errors).all(), dict(zip(STATED, (found - stated) / errors, strict=True))
    assert (errors < 0.2).all()


@TEMPLATES
def test_the_probability_at_identification_is_calibrated(template: str) -> None:
    """In every fifth of the probability as many buy as it says."""
    prospects = cached(template, leads=20_000).truth.filter(pl.col("role") == "prospect")
    fifths = prospects.with_columns(fifth=pl.col("probability").rank("ordinal") * 5 // (prospects.height + 1))
    for said, bought, count in (
        fifths.group_by("fifth")
        .agg(pl.col("probability").mean(), pl.col("buys").mean().alias("b"), pl.len())
        .select("probability", "b", "len")
        .iter_rows()
    ):
        assert abs(said - bought) < 3 * np.sqrt(said * (1 - said) / count)


@TEMPLATES
def test_campaigns_bring_people_of_the_stated_need(template: str) -> None:
    """The mean need of a campaign's people is what is stated, give or take chance."""
    big = cached(template, leads=20_000)
    for name, need, count in (
        big.truth.group_by("campaign").agg(pl.col("need").mean(), pl.len()).drop_nulls().iter_rows()
    ):
        assert abs(need - big.stated["need_of_campaigns"][name]) < 4.5 / np.sqrt(count)  # colleagues are alike


# --- plausible ------------------------------------------------------------------------------------


def area(scores: pl.Series, truth: pl.Series) -> float:
    """The chance that a buyer has a higher score than another, half counted for equals."""
    ranks, buys = scores.rank("average").to_numpy(), truth.to_numpy()
    n = int(buys.sum())
    return float((ranks[buys].sum() - n * (n + 1) / 2) / (n * (len(buys) - n)))


@TEMPLATES
def test_rates_are_those_of_a_real_company(template: str) -> None:
    """Few buy; some are still open; counting events says little, the truth much and not all."""
    big = cached(template, leads=20_000)
    won = int((big.outcomes["outcome"] == "won").sum()) / 20_000
    assert 0.03 < won < 0.08
    assert 0 < int(big.truth["buys"].sum()) / 20_000 - won < 0.01
    assert 0.5 < big.outcomes.height / big.truth["touched_at"].count() < 2
    counts = big.truth.join(big.events.group_by("lead_id").len(), on="lead_id", how="left")
    assert 8 < big.events.height / 20_000 < 40
    assert counts["len"].quantile(0.99) > 6 * counts["len"].median()  # type: ignore[operator]
    assert 0.5 < area(counts["len"].fill_null(0), counts["buys"]) < 0.72
    assert 0.8 < area(counts["probability"], counts["buys"]) < 0.95


@TEMPLATES
def test_sales_works_in_open_hours_only(template: str) -> None:
    """First touches fall on working days between nine and five, and never on a holiday."""
    touches = made(template).events.filter(pl.col("event") == "touch_logged")
    local = touches["at"].dt.convert_time_zone(playbook_of(template).timezone)
    assert local.dt.weekday().max() == 5
    assert (local.dt.hour().min(), local.dt.hour().max()) == (9, 16)
    assert local.filter((local.dt.month() == 12) & (local.dt.day() == 25)).is_empty()


@TEMPLATES
def test_machines_are_found_and_their_rows_taken_back(template: str) -> None:
    """Each row of a bot is voided within three days, if these have passed."""
    machines = made(template).truth.filter(pl.col("is_machine"))
    assert 0.005 < machines.height / LEADS < 0.03
    events = made(template).events
    voided = events.filter(pl.col("event") == "event_voided")["properties"].str.json_path_match("$.voids")
    own = events.join(machines, on="lead_id").filter(pl.col("event") != "event_voided")
    old = own.filter(pl.col("at") < pl.datetime(2025, 12, 28, time_zone="UTC"))
    assert old.height > 100
    assert old.filter(~pl.col("event_id").is_in(voided.to_list())).is_empty()
    scanned = made(template).truth.filter(pl.col("is_scanned"))
    assert events.filter(pl.col("event_id").is_in(voided.to_list())).join(scanned, on="lead_id").height > 100


@TEMPLATES
def test_tracked_rows_rest_on_consent_but_for_a_few(template: str) -> None:
    """Of people who never agreed hardly a page is written down."""
    events, truth = made(template).events, made(template).truth.filter(~pl.col("is_machine"))
    given = events.filter((pl.col("event") == "consent_given") & pl.col("properties").str.contains("tracking"))
    agreed = given["lead_id"].unique()
    pages = events.filter(pl.col("event") == "page_viewed").join(truth, on="lead_id")
    without = pages.filter(~pl.col("lead_id").is_in(agreed.to_list()))
    assert 0 < without.height < pages.height / 50
    assert 0.6 < len(agreed) / LEADS < 0.9


@TEMPLATES
def test_feedback_speaks_four_languages_with_a_known_tone(template: str) -> None:
    """Texts are short, and each has its sentiment and reason."""
    feedback = cached(template, leads=20_000).feedback
    assert set(feedback["language"]) == {"en", "de", "nl", "da"}
    assert set(feedback["sentiment"]) == {"positive", "neutral", "negative"}
    assert feedback["reason"].null_count() == 0
    assert feedback["text"].str.len_chars().max() < 120  # type: ignore[operator]


def test_even_a_handful_of_leads_is_a_company() -> None:
    """Small numbers are no special case."""
    for count in (1, 2, 10):
        assert company(leads=count, years=1).leads.height == count


@TEMPLATES
def test_the_habits_fit_the_playbook(template: str) -> None:
    """The facts are attributes that the playbook declares (each has a country), and so are the personas."""
    habits, playbook = HABITS[template], playbook_of(template)
    facts = [each.facts for each in habits.tiers] + [each.facts for each in habits.personas]
    assert {fact.name for some in facts for fact in some} - {"country"} <= set(playbook.attributes)
    assert {persona.name for persona in habits.personas} - {""} <= set(playbook.personas)


# --- the command ----------------------------------------------------------------------------------


def test_the_command_writes_a_folder_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run makes the folder with all its files, and nothing else."""
    folder = tmp_path / "deep" / "demo"
    assert run(["generate", str(folder), "--leads", "50", "--years", "1", "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert told["leads"] == 50
    assert sorted(told["written"]) == sorted(str(path) for path in folder.iterdir())
    assert json.loads((folder / "truth.json").read_text("utf-8"))["template"] == "consultancy"
    assert pl.read_parquet(folder / "truth.parquet").height == 50


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["full"], "full is not empty, and nothing is overwritten. Name another folder."),
        (["file"], "file is no folder. Name another."),
        (["new", "--template", "bakery"], 'There is no made-up company for the template "bakery".'),
        (["new", "--leads", "0"], "it is at least 1"),
    ],
)
def test_the_command_refuses_in_one_line_and_writes_nothing(
    arguments: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is there stays as it is."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine", "utf-8")
    (tmp_path / "file").write_text("mine", "utf-8")
    assert run(["generate", *arguments]) == 2
    assert told in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "full", "mine.txt"]


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a company is no company."""
    small = company(leads=5, years=1)
    monkeypatch.setattr(pl.DataFrame, "write_parquet", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write(small, tmp_path / "demo")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_even_a_company_without_outcomes_is_written(tmp_path: Path, file_format: Format) -> None:
    """A column that holds nothing has its type all the same."""
    small = company(leads=1, years=1)
    assert small.outcomes.is_empty()
    assert small.outcomes.schema == company(leads=500).outcomes.schema
    write(small, tmp_path, file_format)


def test_a_move_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that are there already are taken away again."""
    small, rename = company(leads=5, years=1), Path.rename
    moved: list[Path] = []

    def stopped(path: Path, target: Path) -> Path:
        moved.append(rename(path, target))
        if len(moved) == 3:
            raise KeyboardInterrupt
        return target

    monkeypatch.setattr(Path, "rename", stopped)
    with pytest.raises(KeyboardInterrupt):
        write(small, tmp_path / "demo")
    assert list(tmp_path.iterdir()) == []
