"""Whom we may write to and call: the rules of the playbook, of the countries, and what no rule can undo."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ripeline
from ripeline.core import playbook_yaml
from ripeline.core.consent import ConsentRow, contact_rules, may_contact, may_score, purposes_of
from ripeline.core.playbook import Playbook
from ripeline.core.playbook_consent import CHANNELS, Channel, Consent
from small_playbook import BOOK

if TYPE_CHECKING:
    from random import Random

    from ripeline.core.consent import Permission

TEMPLATES = sorted((Path(ripeline.__file__).parent / "playbooks").glob("*.yaml"))
NOW = 1_000
YES = ConsentRow("email", 10, given=True)
CONFIRMED = replace(YES, effective_at=20, confirmed=True)
NO = ConsentRow("email", 30, given=False)
STANDING = replace(NO, stands=True)
LATER_YES = replace(CONFIRMED, effective_at=40)


def playbook_with(contact: dict[str, Any] | None, **consent: Any) -> Playbook:  # noqa: ANN401 - any part of a playbook
    """The small playbook with these rules of contact; with none, the consents are assumed."""
    told = "assumed" if contact is None else Consent.model_validate({"contact": contact, **consent})
    return BOOK.model_copy(update={"consent": told})


def answer(playbook: Playbook, *rows: ConsentRow, country: str | None = "DE", channel: Channel = "email") -> Permission:
    """Whether the lead of these rows may be written to now."""
    return may_contact(playbook, rows, channel, country, NOW)


STRICT = playbook_with({})
NETHERLANDS = playbook_with({"countries": {"NL": {"email": {"purpose": "email", "basis": "consent"}}}})
PEACEFUL = playbook_with({"email": {"purpose": "email", "basis": "objection"}})


@pytest.mark.parametrize(
    ("playbook", "rows", "country", "granted", "code"),
    [
        (STRICT, (), "DE", False, "no_consent"),
        (STRICT, (YES,), "DE", False, "not_confirmed"),
        (STRICT, (YES, CONFIRMED), "DE", True, "may_contact_confirmed"),
        (STRICT, (CONFIRMED, replace(YES, effective_at=25)), "DE", True, "may_contact_confirmed"),
        (STRICT, (CONFIRMED, NO), "DE", False, "consent_withdrawn"),
        (STRICT, (CONFIRMED, NO, replace(YES, effective_at=40)), "DE", False, "not_confirmed"),
        (STRICT, (CONFIRMED, NO, LATER_YES), "DE", True, "may_contact_confirmed"),
        (STRICT, (CONFIRMED, STANDING, LATER_YES), "DE", False, "suppressed"),
        (STRICT, (replace(CONFIRMED, effective_at=30), NO), "DE", False, "consent_withdrawn"),
        (STRICT, (replace(CONFIRMED, effective_at=NOW + 1),), "DE", False, "no_consent"),
        (STRICT, (replace(CONFIRMED, purpose="phone"),), "DE", False, "no_consent"),
        (NETHERLANDS, (YES,), "NL", True, "may_contact_given"),
        (NETHERLANDS, (YES,), "DE", False, "not_confirmed"),
        (NETHERLANDS, (YES,), None, False, "not_confirmed"),
        (NETHERLANDS, (YES,), "Nederland", False, "not_confirmed"),
        (NETHERLANDS, (YES,), " nl", True, "may_contact_given"),
        (PEACEFUL, (), "DE", True, "may_contact_no_objection"),
        (PEACEFUL, (NO,), "DE", False, "consent_withdrawn"),
        (playbook_with(None), (YES,), "DE", False, "not_confirmed"),
    ],
)
def test_whom_we_may_write_to(
    playbook: Playbook, rows: tuple[ConsentRow, ...], country: str | None, *, granted: bool, code: str
) -> None:
    """The answer brings its reason, and assumed consents allow nobody to write."""
    permission = answer(playbook, *rows, country=country)
    assert (bool(permission), permission.reason.code) == (granted, code)


def test_a_yes_to_mails_is_none_to_calls() -> None:
    """Each channel asks for a purpose of its own."""
    assert not answer(STRICT, CONFIRMED, channel="phone")
    assert answer(STRICT, replace(YES, purpose="phone"), channel="phone")


def test_a_lead_of_unknown_country_needs_what_every_country_asks_for() -> None:
    """Also where their purposes differ."""
    here = playbook_with({"countries": {"AT": {"email": {"purpose": "post", "basis": "consent"}}}})
    post = replace(YES, purpose="post")
    assert not answer(here, CONFIRMED, country=None)
    assert not answer(here, post, country=None)
    assert answer(here, CONFIRMED, post, country=None)


def test_what_a_playbook_asks_for() -> None:
    """Getting in touch comes first, each purpose once; where consents are assumed, only that is left."""
    told = playbook_with(
        {"countries": {"NL": {"email": {"purpose": "news", "basis": "consent"}}}},
        scoring={"purpose": "profiling", "basis": "objection"},
        channels={"website": "tracking", "mail": "tracking"},
    )
    assert purposes_of(told) == ("email", "news", "phone", "tracking", "profiling")
    assert purposes_of(playbook_with(None)) == ("email", "phone", "profiling")


# --- laws -----------------------------------------------------------------------------------------

PURPOSES = st.sampled_from(["email", "phone", "news"])
RULES = st.fixed_dictionaries({"purpose": PURPOSES, "basis": st.sampled_from(["confirmed", "consent", "objection"])})
CONTACTS = st.fixed_dictionaries(
    {"email": RULES, "phone": RULES},
    optional={
        "countries": st.dictionaries(
            st.sampled_from(["DE", "NL", "DK"]), st.fixed_dictionaries({}, optional={"email": RULES, "phone": RULES})
        )
    },
)
PLAYBOOKS = st.builds(playbook_with, st.none() | CONTACTS)
INSTANTS = st.integers(0, NOW)
NOES = st.builds(ConsentRow, PURPOSES, INSTANTS, given=st.just(value=False), stands=st.booleans())
YESES = st.builds(ConsentRow, PURPOSES, INSTANTS, given=st.just(value=True), confirmed=st.booleans())
ROWS = st.lists(NOES | YESES, max_size=8)
COUNTRIES = st.sampled_from(["DE", "NL", "DK", "AT"])
CHANNEL = st.sampled_from(CHANNELS)


@given(PLAYBOOKS, ROWS, CHANNEL, COUNTRIES | st.none())
def test_nothing_is_allowed_after_a_last_no(
    playbook: Playbook, rows: list[ConsentRow], channel: Channel, country: str | None
) -> None:
    """Whatever was said before, and whatever the rule."""
    purposes = {rule.purpose for rule in contact_rules(playbook, channel, country)}
    noes = [ConsentRow(purpose, NOW, given=False) for purpose in purposes]
    for no in noes:
        assert not answer(playbook, *rows, no, channel=channel, country=country)


@given(PLAYBOOKS, ROWS, CHANNEL, COUNTRIES)
def test_an_unknown_country_is_the_strictest(
    playbook: Playbook, rows: list[ConsentRow], channel: Channel, country: str
) -> None:
    """What is allowed there is allowed in every country."""
    if answer(playbook, *rows, channel=channel, country=None):
        assert answer(playbook, *rows, channel=channel, country=country)


@given(PLAYBOOKS, ROWS, CHANNEL, COUNTRIES | st.none())
def test_an_unconfirmed_yes_is_never_enough_where_a_confirmed_one_is_needed(
    playbook: Playbook, rows: list[ConsentRow], channel: Channel, country: str | None
) -> None:
    """However often it is said."""
    needed = {rule.purpose for rule in contact_rules(playbook, channel, country) if rule.basis == "confirmed"}
    typed = [replace(row, confirmed=row.confirmed and row.purpose not in needed) for row in rows]
    assert not needed or not answer(playbook, *typed, channel=channel, country=country)


@given(PLAYBOOKS, ROWS, NOES.filter(lambda row: row.stands), CHANNEL, COUNTRIES | st.none())
def test_a_no_that_stands_outlasts_every_yes(
    playbook: Playbook, rows: list[ConsentRow], no: ConsentRow, channel: Channel, country: str | None
) -> None:
    """Confirmed or not, sooner or later."""
    if no.purpose in {rule.purpose for rule in contact_rules(playbook, channel, country)}:
        assert not answer(playbook, *rows, no, channel=channel, country=country)


@given(PLAYBOOKS, ROWS, ROWS, CHANNEL, COUNTRIES | st.none())
def test_a_merge_keeps_the_stricter_word(
    playbook: Playbook, rows: list[ConsentRow], others: list[ConsentRow], channel: Channel, country: str | None
) -> None:
    """Two leads' rows together allow nothing that neither allowed, and the later no holds for both."""
    together = answer(playbook, *rows, *others, channel=channel, country=country)
    rules = contact_rules(playbook, channel, country)
    last = {rule.purpose: _last_no(rule.purpose, [*rows, *others]) for rule in rules}
    if together:
        for rule in rules:
            yeses = [row for row in (*rows, *others) if row.given and row.purpose == rule.purpose]
            later = [row for row in yeses if row.effective_at > last[rule.purpose]]
            assert later or (rule.basis == "objection" and last[rule.purpose] < 0)


def _last_no(purpose: str, rows: list[ConsentRow]) -> int:
    return max((row.effective_at for row in rows if row.purpose == purpose and not row.given), default=-1)


@given(PLAYBOOKS, ROWS, CHANNEL, COUNTRIES | st.none(), st.randoms())
def test_the_order_of_rows_does_not_matter(
    playbook: Playbook, rows: list[ConsentRow], channel: Channel, country: str | None, random: Random
) -> None:
    """The same rows give the same answer, with the same reason."""
    shuffled = random.sample(rows, len(rows))
    asked: dict[str, Any] = {"channel": channel, "country": country}
    assert answer(playbook, *rows, **asked) == answer(playbook, *shuffled, **asked)


# --- the shipped playbooks ------------------------------------------------------------------------


@pytest.mark.parametrize("file", TEMPLATES, ids=[file.stem for file in TEMPLATES])
def test_no_shipped_playbook_writes_unasked(file: Path) -> None:
    """Nobody gets a mail without a yes, in no country; in Germany, in Austria and where it is unknown, a proven one."""
    playbook = playbook_yaml.load(file.read_bytes(), file=file.name)
    assert isinstance(playbook, Playbook)
    for country in ("DE", "AT", "NL", "DK", "SE", None):
        assert not answer(playbook, country=country)
    for country in ("DE", "AT", "SE", None):
        assert not answer(playbook, YES, country=country)
        assert not answer(playbook, channel="phone", country=country)
        assert answer(playbook, CONFIRMED, country=country)


@pytest.mark.parametrize(("name", "may_call"), [("consultancy", True), ("web_shop", False)])
def test_danish_companies_may_be_called_until_they_object(name: str, *, may_call: bool) -> None:
    """Private persons may not."""
    file = next(file for file in TEMPLATES if file.stem == name)
    playbook = playbook_yaml.load(file.read_bytes(), file=file.name)
    assert isinstance(playbook, Playbook)
    assert bool(answer(playbook, country="DK", channel="phone")) is may_call


# --- scoring --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scoring", "rows", "granted", "code"),
    [
        (None, (), True, "may_score_not_asked"),
        ("objection", (), True, "may_score_no_objection"),
        ("consent", (), False, "no_consent"),
        ("consent", (YES,), True, "may_score_given"),
        ("objection", (YES, NO), False, "consent_withdrawn"),
    ],
)
def test_whom_we_may_score(scoring: str | None, rows: tuple[ConsentRow, ...], *, granted: bool, code: str) -> None:
    """As the evaluator does, with the reason."""
    asked = {"scoring": {"purpose": "email", "basis": scoring}} if scoring else {}
    permission = may_score(playbook_with({}, **asked), rows, NOW)
    assert (bool(permission), permission.reason.code) == (granted, code)


def test_assumed_consents_allow_scoring() -> None:
    """And say so."""
    assert may_score(playbook_with(None), (), NOW).reason.code == "may_score_assumed"
