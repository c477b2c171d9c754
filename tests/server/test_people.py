"""How people are called wherever a page shows a lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from command_line import PLAYBOOK
from ledger_rows import all_rounds, happened, lead_of, signed
from ripeline.server import people
from ripeline.server.leads import Lead
from ripeline.server.people import Called

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)


def _told(source: Source, clock: SetClock, email: str, **said: object) -> int:
    happened(source, "attributes_changed", clock.move(1), email=email, said=said)
    all_rounds(clock)
    return lead_of(email).pk


@pytest.fixture(autouse=True)
def _definition(transactional_db: None, clock: SetClock) -> None:
    del transactional_db
    signed(PLAYBOOK, now=clock())


@pytest.mark.parametrize(
    ("said", "called"),
    [
        ({"name": "Ada Lovelace", "company": "Mill"}, Called("Ada Lovelace", "Mill")),
        ({"first_name": "Ada", "last_name": "Lovelace", "title": "Countess"}, Called("Ada Lovelace", "", "Countess")),
        ({"firstName": "Ada"}, Called("Ada")),
        ({"name": " ", "company": ["Mill"], "job_title": True}, Called("ada@example.com")),
        ({"name": "Ada\nLovelace", "company": 4711.0}, Called("Ada Lovelace", "4711")),
    ],
)
def test_a_person_is_called_by_what_is_known(
    source: Source, clock: SetClock, said: dict[str, object], called: Called
) -> None:
    """Whatever other systems wrote, on one line."""
    lead = _told(source, clock, "ada@example.com", **said)
    assert people.called([lead]) == {lead: called}


def test_who_has_no_name_is_called_by_the_number(lead: Lead) -> None:
    """So that people can speak of whom nothing is known."""
    lead.identifiers.all().delete()
    assert people.called([lead]) == {lead.pk: Called(f"#{lead.pk}")}


def test_the_last_word_counts(source: Source, clock: SetClock) -> None:
    """And a name that was taken back is none."""
    _told(source, clock, "ada@example.com", name="Ada Byron")
    lead = _told(source, clock, "ada@example.com", name="Ada Lovelace")
    assert people.called([lead])[lead].name == "Ada Lovelace"
    _told(source, clock, "ada@example.com", name=None)
    assert people.called([lead])[lead].name == "ada@example.com"


def test_however_many_they_are_two_queries_are_asked(
    source: Source, clock: SetClock, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """A list of fifty costs what a list of one does."""
    for number in range(5):
        happened(source, "attributes_changed", clock.move(1), email=f"{number}@example.com", said={"name": str(number)})
    all_rounds(clock)
    leads = list(Lead.objects.all())
    with django_assert_num_queries(2):
        told = people.called(leads)
    assert sorted(one.name for one in told.values()) == ["0", "1", "2", "3", "4"]
