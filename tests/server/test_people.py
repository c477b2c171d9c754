"""How people are called wherever a page shows a lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from command_line import PLAYBOOK
from ledger_rows import all_rounds, happened, lead_of, signed
from ripeline.server import merges, people
from ripeline.server.leads import Lead
from ripeline.server.merges import Merge
from ripeline.server.people import Called
from ripeline.server.staff.users import User
from staff import mara

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


def test_of_two_that_were_one_each_has_its_own_name(source: Source, clock: SetClock) -> None:
    """What is told of one of them after they parted is not told of the other."""
    ada = Lead.objects.get(pk=_told(source, clock, "ada@example.com", name="Ada"))
    eve = Lead.objects.get(pk=_told(source, clock, "eve@example.com", company="Mill"))
    merged = merges.merge_by_hand(ada, eve, by=mara(), now=clock.move(1))
    assert isinstance(merged, Merge)
    all_rounds(clock)
    assert people.called([ada]) == {ada.pk: Called("Ada", "Mill")}
    merges.unmerge(merged, by=User.objects.get(username="mara"), now=clock.move(1))
    all_rounds(clock)
    assert people.called([ada, eve]) == {ada.pk: Called("Ada"), eve.pk: Called("eve@example.com", "Mill")}


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
