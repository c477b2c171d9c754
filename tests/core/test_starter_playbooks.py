"""Every scenario of every starter playbook, told to the evaluator and to the oracle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import oracle
import ripeline
from ripeline.core import playbook_yaml
from ripeline.core.playbook import Playbook
from ripeline.core.scenario_run import run_scenarios, story_of
from ripeline.core.scenarios import Scenario
from ripeline.core.units import MICRO

if TYPE_CHECKING:
    from ripeline.core.scenarios import Expectation

FILES = sorted((Path(ripeline.__file__).parent / "playbooks").glob("*.yaml"))


def loaded(file: Path) -> Playbook:
    """The playbook of a file; the test session fails if it has problems."""
    playbook = playbook_yaml.load(file.read_bytes(), file=file.name)
    assert isinstance(playbook, Playbook), "\n".join(str(problem) for problem in playbook)
    return playbook


PLAYBOOKS = {file.stem: loaded(file) for file in FILES}
TREES = {name: playbook.model_dump(by_alias=True) for name, playbook in PLAYBOOKS.items()}
SCENARIOS = [
    pytest.param(name, scenario, id=f"{name}: {scenario.name}")
    for name, playbook in PLAYBOOKS.items()
    for scenario in playbook.scenarios
]


def played(name: str, scenario: Scenario) -> oracle.Result:
    """What the oracle shows of the scenario's lead at the end of `on_day`, or at the last event."""
    story = story_of(scenario, PLAYBOOKS[name].timezone, "lead")
    lead = {"account_id": None, **story.lead}
    return oracle.evaluate([(TREES[name], None, None)], [lead], [dict(row) for row in story.rows], story.at)["lead"]


def points_of(reason: str, result: oracle.Result) -> int:
    """The micro-points of a contribution by the name that scenarios use for it."""
    name = reason.removeprefix("cap ")
    kinds = {"rule", "adjusted"} if name == reason else {"cap rule", "cap group", "cap axis"}
    return sum(points for (kind, line), points in result.lines.items() if line == name and kind in kinds)


def seen(result: oracle.Result, expect: Expectation) -> dict[str, object]:
    """The result in the words of an expectation."""
    handoffs = [entry[2] for entry in result.journal if entry[1] == "handoff"]
    return {
        "stage": result.stage,
        "scores": {axis: result.scores[axis] for axis in expect.scores},
        "cell": result.cell,
        "persona": result.persona or "none",
        "phase": result.phase or "none",
        "handoff": handoffs[-1] if handoffs else "none",
        "excluded": result.excluded or "none",
        "plain": result.plain,
        "reasons": {reason: points_of(reason, result) for reason in expect.reasons},
        "passed": tuple(entry[3] for entry in result.journal if entry[1] == "move"),
    }


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_a_starter_playbook_keeps_its_own_word(name: str) -> None:
    """What the scenarios say must come out does come out."""
    assert [played for played in run_scenarios(PLAYBOOKS[name]) if played.differences] == []


@pytest.mark.parametrize(("name", "scenario"), SCENARIOS)
def test_the_oracle_says_the_same(name: str, scenario: Scenario) -> None:
    """A second witness, which knows the meaning only from its text."""
    expected = scenario.expect.model_dump(exclude_unset=True)
    found = seen(played(name, scenario), scenario.expect)
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_a_starter_playbook_explains_itself_by_scenarios(name: str) -> None:
    """At least ten scenarios, each a sentence of its own that expects something."""
    scenarios = PLAYBOOKS[name].scenarios
    sentences = {scenario.name for scenario in scenarios}
    assert len(sentences) == len(scenarios) >= 10
    assert all(sentence.endswith(".") for sentence in sentences)
    assert all(scenario.expect.model_fields_set for scenario in scenarios)


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_a_starter_playbook_shows_whom_it_takes_and_whom_it_leaves(name: str) -> None:
    """The scenarios reach both gates, and the ways back and out."""
    expected = [scenario.expect for scenario in PLAYBOOKS[name].scenarios]
    # Where the gate confirms, a hand-off is never merely offered, and the way back leads from the stage.
    by_sales = {"offered", "recycled"} if PLAYBOOKS[name].handoff.confirm == "sales" else set()
    assert {"lead", "mql", "sql"} <= {expect.stage for expect in expected}
    assert {"none", "confirmed", *by_sales} <= {expect.handoff for expect in expected}
    assert any(expect.excluded for expect in expected)
    assert any(expect.passed == ("mql", "lead") for expect in expected)
    assert by_sales or any((expect.passed or ())[-2:] == ("sql", "mql") for expect in expected)


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_a_whitepaper_is_worth_ten_points_and_a_webinar_twenty(name: str) -> None:
    """The numbers that the trade agrees on are the same in all starter playbooks that offer these."""
    trade = {"whitepaper": 10 * MICRO, "webinar": 20 * MICRO}
    given = {rule: PLAYBOOKS[name].rules[rule].points for rule in trade if rule in PLAYBOOKS[name].rules}
    assert given
    assert given.items() <= trade.items()


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_every_activity_of_a_starter_playbook_is_put_to_use(name: str) -> None:
    """No activity is declared in vain: a rule, a gate, a phase, an exclusion or the visits speak of it."""
    tree = TREES[name]
    spoken_of = str([tree[part] for part in ("rules", "gates", "journey", "exclusions", "visits", "personas")])
    assert [activity for activity in tree["activities"] if f"'{activity}'" not in spoken_of] == []


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_a_starter_playbook_tells_the_parts_of_the_funnel_apart(name: str) -> None:
    """There is content for its top, middle and bottom, and each class is consumed by an activity."""
    playbook = PLAYBOOKS[name]
    assert {content.funnel for content in playbook.content.values()} == {"top", "middle", "bottom"}
    assert set(playbook.content) == {activity.content for activity in playbook.activities.values()} - {None}


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_opening_and_clicking_alone_never_qualifies(name: str) -> None:
    """Whoever fits, said yes, and for half a year opens and clicks each day and every link, is no MQL."""
    history = [{"day": 0, "event": "consent_given", "with": {"purpose": "tracking"}}]
    for day in range(180):
        history += [{"day": day, "event": name, "times": 5} for name in ("email_opened", "email_clicked")]
    people = [scenario.attributes for scenario in PLAYBOOKS[name].scenarios if "mql" in (scenario.expect.passed or ())]
    stories = [
        Scenario.model_validate({"name": "Mail.", "attributes": known, "history": history, "expect": {"passed": ()}})
        for known in people
    ]
    assert stories
    assert [one.differences for one in run_scenarios(PLAYBOOKS[name].model_copy(update={"scenarios": stories}))] == [
        ()
    ] * len(stories)


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_a_persona_that_is_read_otherwise_is_shown_by_a_scenario(name: str) -> None:
    """Nobody has to guess what a persona's changes do."""
    playbook = PLAYBOOKS[name]
    changed = {persona for persona, what in playbook.personas.items() if what.model_fields_set - {"label", "when"}}
    assert changed
    assert changed <= {scenario.expect.persona for scenario in playbook.scenarios}


CAPTURED = [
    ("trial download", "software", "trial_started"),
    ("e-book download", "software", "ebook"),
    ("whitepaper download", "consultancy", "whitepaper"),
    ("product-demo use", "software", "product_tour"),
    ("form filled", "agency", "contact_form"),
    ("newsletter sign-up", "agency", "newsletter_signup"),
    ("wish-list", "web_shop", "wish_list"),
    ("favorite", "car_dealer", "favorite"),
    ("add to cart", "web_shop", "cart"),
    ("repeated visits", "car_dealer", "page_seen"),
    ("time on site", "software", "long_visit"),
    ("ad click", "car_dealer", "ad_click"),
    ("contact request", "consultancy", "contact_form"),
    ("webinar registration", "agency", "webinar_registered"),
    ("webinar attendance", "agency", "webinar_attended"),
    ("social-media interaction", "fitness_app", "social_interaction"),
    ("reply to an e-mail", "consultancy", "email_reply"),
    ("question to marketing", "agency", "social_question"),
    ("conversation of our staff online", "agency", "staff_talk"),
    ("conversation of our staff offline", "consultancy", "fair_talk"),
    ("inbound call", "car_dealer", "inbound_call"),
    ("program sign-up", "fitness_app", "program_signup"),
    ("questionnaire filled", "fitness_app", "questionnaire"),
    ("audit request", "agency", "audit_request"),
    ("attended demo", "software", "demo_attended"),
    ("price comparison read", "web_shop", "price_comparison"),
    ("reviews read", "web_shop", "reviews_read"),
    ("price request", "car_dealer", "price_request"),
    ("quote request with urgency", "software", "urgent_quote"),
    ("proposal request with urgency", "agency", "urgent_proposal"),
    ("demo request", "software", "demo_request"),
    ("detailed question", "car_dealer", "detailed_question"),
    ("consultation request", "consultancy", "consultation_request"),
]
"""What a lead may do on any channel, and a starter playbook that gives points for it."""


@pytest.mark.parametrize(("deed", "name", "activity"), CAPTURED)
def test_every_activity_of_the_trade_earns_points_in_a_starter_playbook(deed: str, name: str, activity: str) -> None:
    """So each has an example to copy."""
    rules = PLAYBOOKS[name].rules.values()
    assert activity in PLAYBOOKS[name].activities, deed
    assert any(activity in (rule.on or ()) for rule in rules), deed


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_coming_back_to_key_pages_and_falling_silent_count(name: str) -> None:
    """Visits that repeat, and habits that end, are no activities; the rules ask for them by `when`."""
    rules = TREES[name]["rules"]
    assert "'returning': 'key_pages'" in str(rules["came_back"]["when"])
    assert rules["silence"]["when"]["silent"]
    assert rules["silence"]["points"] < 0
