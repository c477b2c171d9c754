"""Campaigns are known by the marks that came with a lead; what they cost is written down once, for ever."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_line import PLAYBOOK, Capture
from ledger_rows import all_rounds, happened, lead_of, signed
from ripeline.cli.run import run
from ripeline.integrations.campaign_files import MOST_ROWS, NewCampaign, NewCost, campaigns_in, costs_in
from ripeline.server.decisions import Decision, DecisionKind
from ripeline.server.instants import DAY, HOUR
from ripeline.server.marketing import campaigns
from ripeline.server.marketing.arrivals import Arrival
from ripeline.server.marketing.campaigns import Added, Campaign, Cost
from ripeline.server.refusals import Refusal, Refused
from set_clock import MONDAY

if TYPE_CHECKING:
    from pathlib import Path

    from ripeline.server.sources import Source
    from set_clock import SetClock

NOW = MONDAY
SPRING = NewCampaign("Spring", "ads", "spring*", "google|bing", "", "2026-01-01", "2026-03-31")
CAMPAIGNS = """\
name,source,utm_campaign,utm_source,utm_medium,starts_on,ends_on
Spring,ads,spring*,google|bing,,2026-01-01,2026-03-31
Hannover fair,fair,,,,2026-04-20,2026-04-24
"""
COSTS = """\
campaign,from,to,amount,currency,note
Spring,2026-01-01,2026-03-31,"1234,50",EUR,bill 7
Spring,2026-01-01,2026-01-31,100,DKK,
"""


def arrived(at: int = NOW, source: str = "ads", **marks: str) -> Arrival:
    """A first arrival with these marks."""
    return Arrival(1, at, source, marks)


# --- which campaign it was ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marks", "days", "fits"),
    [
        ({"utm_campaign": "spring-2026", "utm_source": "google"}, 0, True),
        ({"utm_campaign": "SPRING", "utm_source": "Bing"}, 0, True),
        ({"utm_campaign": "spring-2026", "utm_source": "linkedin"}, 0, False),
        ({"utm_campaign": "autumn", "utm_source": "google"}, 0, False),
        ({"utm_campaign": "spring"}, 0, False),
        ({}, 0, False),
        ({"utm_campaign": "spring", "utm_source": "google"}, 85, True),
        ({"utm_campaign": "spring", "utm_source": "google"}, 86, False),
        ({"utm_campaign": "spring", "utm_source": "google"}, -4, True),
        ({"utm_campaign": "spring", "utm_source": "google"}, -5, False),
    ],
)
def test_all_marks_must_fit_in_the_campaigns_days(marks: dict[str, str], days: int, fits: bool) -> None:  # noqa: FBT001
    """Small and large letters are the same; the first and the last day count."""
    spring = Campaign(
        name="Spring",
        source="ads",
        utm_campaign="spring*",
        utm_source="google | bing",
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 3, 31),
    )
    assert campaigns.campaign_of(arrived(NOW + days * DAY, **marks), [spring]) == (spring if fits else None)


def test_a_campaigns_days_begin_at_midnight_of_the_company() -> None:
    """And end there, not at that of London."""
    fair = Campaign(name="Fair", source="fair", starts_on=date(2026, 1, 5), ends_on=date(2026, 1, 5))
    midnight = NOW - 10 * HOUR  # Monday begins in Berlin
    instants = (midnight - 1, midnight, midnight + DAY - 1, midnight + DAY)
    came = [campaigns.campaign_of(arrived(at, "fair"), [fair], zone=ZoneInfo("Europe/Berlin")) for at in instants]
    assert came == [None, fair, fair, None]


def test_of_several_that_fit_the_one_with_the_most_marks_counts() -> None:
    """Then the first by name; one without marks is known by its source."""
    ads = Campaign(pk=1, name="All ads", source="ads")
    spring = Campaign(pk=2, name="Spring", source="ads", utm_campaign="spring")
    google = Campaign(pk=3, name="Spring at Google", source="ads", utm_campaign="spring", utm_source="google")
    twin = Campaign(pk=4, name="A twin", source="ads", utm_campaign="spring", utm_source="google")
    every = [ads, spring, google, twin]
    assert campaigns.campaign_of(arrived(utm_campaign="spring", utm_source="google"), every) == twin
    assert campaigns.campaign_of(arrived(utm_campaign="spring"), every) == spring
    assert campaigns.campaign_of(arrived(), every) == ads
    assert campaigns.campaign_of(arrived(source="fair"), every) is None


@pytest.mark.django_db(transaction=True)
def test_a_campaign_has_the_leads_whose_first_arrival_it_was(source: Source, clock: SetClock) -> None:
    """With those that became MQLs, each once and however far it came since, and what was paid; a visitor is no lead."""
    signed(PLAYBOOK, now=clock())
    campaigns.put_all([SPRING], now=clock())
    campaigns.add_costs([NewCost("Spring", "2026-01-01", "2026-01-31", 5_000, "EUR", "")], now=clock())
    ad, page = {"search": "?utm_campaign=spring&utm_source=google"}, {"referrer": "https://www.bing.com/"}
    for name, visits in (("ada", [ad, page]), ("bob", [page, ad]), ("eve", [ad]), ("nobody", [ad])):
        for visit in visits:
            happened(source, "page_viewed", clock.move(60), said=visit, anonymous=name)
        if name != "nobody":
            happened(source, "paper", clock.move(60), anonymous=name, email=f"{name}@example.com")
    happened(source, "page_viewed", clock.move(60), said=page, anonymous="telephone")
    happened(source, "ask", clock.move(60), anonymous="telephone", email="ada@example.com")
    all_rounds(clock)
    mql = Decision.objects.get(lead=lead_of("ada@example.com"), kind=DecisionKind.MOVE, new="mql")
    said = {"lead": mql.lead, "kind": mql.kind, "round": mql.round, "version": mql.version, "at": mql.at}
    Decision.objects.create(**said, new="sql", place=99)
    (found,) = campaigns.results()
    assert (found.campaign.name, found.leads, found.mqls, found.cents) == ("Spring", 2, 1, {"EUR": 5_000})


# --- what it cost ---------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_cost_is_written_down_once() -> None:
    """The same file again adds nothing, a longer one what is new; rows that are alike count as often as they stand."""
    campaigns.put_all([SPRING], now=NOW)
    bill = NewCost("Spring", "2026-01-01", "2026-01-31", 5_000, "EUR", "")
    assert campaigns.add_costs([bill, bill], now=NOW) == Added(2, 0)
    assert campaigns.add_costs([bill, bill], now=NOW) == Added(0, 2)
    assert campaigns.add_costs([bill, bill, bill], dry_run=True, now=NOW) == Added(1, 2)
    assert campaigns.add_costs([bill._replace(note="x")], now=NOW) == Added(1, 0)
    assert Cost.objects.count() == 3


@pytest.mark.django_db
def test_a_cost_of_no_campaign_is_refused_with_all_the_others() -> None:
    """Nothing is written."""
    campaigns.put_all([SPRING], now=NOW)
    bill = NewCost("Spring", "2026-01-01", "2026-01-31", 5_000, "EUR", "")
    assert campaigns.add_costs([bill, bill._replace(campaign="x")], now=NOW) == Refused(Refusal.NO_SUCH_CAMPAIGN)
    assert not Cost.objects.exists()


@pytest.mark.django_db
def test_a_cost_is_taken_back_once_and_may_come_again() -> None:
    """By a row against it, which is not taken back itself."""
    campaigns.put_all([SPRING], now=NOW)
    bill = NewCost("Spring", "2026-01-31", "2026-02-01", 5_001, "EUR", "")
    campaigns.add_costs([bill], now=NOW)
    cost = Cost.objects.get()
    against = campaigns.correct(cost, note="typed twice", now=NOW + 1)
    assert isinstance(against, Cost)
    assert (against.cents, against.corrects, against.note) == (-5_001, cost, "typed twice")
    assert campaigns.by_month() == {}
    assert campaigns.correct(cost, now=NOW + 2) == Refused(Refusal.CORRECTED_ALREADY)
    assert campaigns.correct(against, now=NOW + 2) == Refused(Refusal.CORRECTED_ALREADY)
    assert campaigns.add_costs([bill], now=NOW + 3) == Added(1, 0)
    assert campaigns.by_month() == {("Spring", "2026-01", "EUR"): 2_500, ("Spring", "2026-02", "EUR"): 2_501}


@pytest.mark.django_db
def test_a_cost_falls_on_months_by_their_days() -> None:
    """Each currency by itself."""
    campaigns.put_all([SPRING], now=NOW)
    days = ("2025-12-22", "2026-02-10")
    campaigns.add_costs([NewCost("Spring", *days, 5_100, "EUR", ""), NewCost("Spring", *days, 51, "DKK", "")], now=NOW)
    found = {key[1:]: cents for key, cents in campaigns.by_month().items()}
    assert found == {
        ("2025-12", "EUR"): 1_000,
        ("2026-01", "EUR"): 3_100,
        ("2026-02", "EUR"): 1_000,
        ("2025-12", "DKK"): 10,
        ("2026-01", "DKK"): 31,
        ("2026-02", "DKK"): 10,
    }


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(0, 900), st.integers(0, 10**12))
def test_the_months_add_up_to_the_cost(start: date, days: int, cents: int) -> None:
    """To the cent, and a row against it takes back each month's share."""
    end = date.fromordinal(start.toordinal() + days)
    shares = [dict(campaigns._spread(Cost(starts_on=start, ends_on=end, cents=each))) for each in (cents, -cents)]  # noqa: SLF001
    assert sum(shares[0].values()) == cents
    assert {month: -share for month, share in shares[1].items()} == shares[0]
    assert list(shares[0]) == sorted(shares[0])


# --- the files ------------------------------------------------------------------------------------


def test_an_offices_table_is_read_however_it_was_saved() -> None:
    """With semicolons, a mark at its beginning, days and cents as people write them."""
    text = "\ufeffCampaign;From;To;Amount;Currency\r\n Spring ;2026-01-01;2026-01-31;1234,5;eur\r\n;;;;\r\n"
    found = costs_in(text, "costs.csv")
    assert found.problems == []
    assert found.costs == [(2, NewCost("Spring", "2026-01-01", "2026-01-31", 123_450, "EUR", ""))]


def test_every_problem_is_told_with_its_line_and_cure() -> None:
    """All at once."""
    text = (
        "campaign,from,to,amount,currency,note\n"
        "Spring,2026-01-31,2026-01-01,1,EUR,\n"
        "Spring,2026-02-30,2026-03-01,1,EUR,\n"
        "Spring,,2026-03-01,1,EUR,\n"
        'Spring,2026-01-01,2026-01-31,"1,234.50",EUR,\n'
        "Spring,2026-01-01,2026-01-31,-5,EUR,\n"
        "Spring,2026-01-01,2026-01-31,5,EURO,\n"
        ",2026-01-01,2026-01-31,5,EUR,\n"
    )
    assert [str(problem) for problem in costs_in(text, "c.csv").problems] == [
        "c.csv:2: to: 2026-01-01 is before 2026-01-31. Exchange the two days.",
        'c.csv:3: from: "2026-02-30" is no day. Write a day such as 2026-03-31.',
        "c.csv:4: from: is empty. Write a day such as 2026-03-31.",
        'c.csv:5: amount: "1,234.50" is no amount. Write it such as 1234.50, without the currency.',
        'c.csv:6: amount: "-5" is below 0. Correct a cost with a row against it: ripeline campaign cost correct.',
        'c.csv:7: currency: "EURO" is no currency. Write a code such as EUR or DKK.',
        "c.csv:8: campaign: is empty. Every row needs it.",
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name\nSpring\n", "c.csv:1: source: is missing. A file of these has the columns name, source,"),
        ("name,source,utm_campain\n", 'c.csv:1: utm_campain: is no column of this table. Did you mean "utm_campaign"?'),
        ("name,source\nSpring,adds\n", 'c.csv:2: source: "adds" is not one of the allowed values. Did you mean "ads"?'),
        ("name,source\nA,ads\nA,ads\n", 'c.csv:3: name: "A" stands in line 2 already. Leave one of the two out.'),
        ("name,source\n" + "x" * 101 + ",ads\n", "is too long, or has signs that nobody sees"),
        ('name,source\n"Spring,ads\n', "cannot be read as CSV. Look for a quote that is not closed."),
        ("name,source\n" + "a,ads\n" * (MOST_ROWS + 1), "has more than 10,000 rows"),
        ("", "c.csv:1: name: is missing."),
        ('name,source,utm_campaign\nA,ads,"spring\nsale"\nB,adds\n', 'c.csv:4: source: "adds" is not one'),
    ],
)
def test_what_is_no_table_of_campaigns_is_told(text: str, why: str) -> None:
    """With place and cure."""
    assert why in "\n".join(map(str, campaigns_in(text, "c.csv").problems))


@given(st.text(), st.sampled_from(["", "name,source\n", "campaign;from;to;amount;currency\n", 'campaign,from\n"']))
def test_any_text_is_rows_or_problems(text: str, head: str) -> None:
    """And never a failure."""
    for read in (campaigns_in, costs_in):
        read(head + text, "c.csv")


# --- on the command line --------------------------------------------------------------------------


def told(capsys: Capture, *arguments: str) -> Any:  # noqa: ANN401 - JSON
    """The answer of a run that ends well."""
    assert run([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.django_db
def test_campaigns_and_costs_come_by_files(folder: Path, capsys: Capture) -> None:
    """A dry run adds nothing; what is wrong is told in lines; a cost is corrected by its number."""
    (folder / "campaigns.csv").write_text(CAMPAIGNS)
    (folder / "costs.csv").write_text(COSTS)
    assert told(capsys, "campaign", "put", "campaigns.csv", "--dry-run") == {"new": 2, "known": 0}
    assert told(capsys, "campaign", "put", "campaigns.csv") == {"new": 2, "known": 0}
    assert told(capsys, "campaign", "put", "campaigns.csv") == {"new": 0, "known": 2}
    assert told(capsys, "campaign", "cost", "import", "costs.csv", "--dry-run")["new"] == 2
    assert told(capsys, "campaign", "cost", "import", "costs.csv")["new"] == 2
    assert told(capsys, "campaign", "cost", "import", "costs.csv") == {"new": 0, "known": 2, "dry_run": False}
    number = told(capsys, "campaign", "cost", "list")["costs"][1]["id"]
    assert told(capsys, "campaign", "cost", "correct", str(number))["corrects"] == number
    assert run(["campaign", "cost", "add", "Spring", "5.50", "EUR", "--from", "2026-01-01", "--to", "2026-01-01"]) == 0
    capsys.readouterr()
    assert run(["campaign", "cost", "list"]) == 0
    assert "2026-01  Spring  EUR 430.71" in capsys.readouterr().out
    assert run(["campaign", "list"]) == 0
    assert "EUR 1,240.00" in capsys.readouterr().out


@pytest.mark.django_db
def test_a_cost_of_no_campaign_is_told_with_its_line(folder: Path, capsys: Capture) -> None:
    """Beside everything else that is wrong with the file, and nothing is added."""
    (folder / "campaigns.csv").write_text(CAMPAIGNS)
    (folder / "costs.csv").write_text(COSTS + "Sprang,2026-01-01,2026-01-31,5,EUR,\nSpring,x,2026-01-31,5,EUR,\n")
    assert run(["campaign", "put", "campaigns.csv"]) == 0
    capsys.readouterr()
    assert run(["campaign", "cost", "import", "costs.csv"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        'costs.csv:4: campaign: "Sprang" is no campaign. Did you mean "Spring"?',
        'costs.csv:5: from: "x" is no day. Write a day such as 2026-03-31.',
        "Nothing is added: 2 problems.",
    ]
    assert not Cost.objects.exists()
    days = ("--from", "2026-01-01", "--to", "2026-01-01")
    assert run(["campaign", "cost", "add", "Nowhere", "5", "EUR", *days]) == 2
    assert "Nowhere: There is no such campaign. Add it first." in capsys.readouterr().err
    assert run(["campaign", "cost", "correct", "7"]) == 2
    assert "7: There is no such cost." in capsys.readouterr().err
