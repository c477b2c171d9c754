"""What our people see leads do is logged as what it is, dated when it happened, and counts like anything else."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from ledger_rows import all_rounds, lead_of, signed
from ripeline.server.events import Event
from ripeline.server.instants import DAY
from ripeline.server.intake import activities
from ripeline.server.intake.activities import Kind, Logged
from ripeline.server.leads import Lead
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.staff.users import Role, User
from staff import member

if TYPE_CHECKING:
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)

CONSULTANCY = (files("ripeline.playbooks") / "consultancy.yaml").read_text("utf-8")


@pytest.fixture
def mara(clock: SetClock, transactional_db: None) -> User:
    """Mara of marketing, in a consultancy whose playbook is published."""
    del transactional_db
    signed(CONSULTANCY, now=clock() - 30 * DAY)
    return member("mara", Role.MARKETING)


def test_a_talk_at_a_fair_last_week_makes_a_lead_and_counts(mara: User, clock: SetClock) -> None:
    """By its e-mail, before anybody else knew of it."""
    at = clock() - 7 * DAY
    logged = activities.log("Ada@Example.com", "fair_conversation", at=at, text="Wants an audit", by=mara, now=clock())
    assert isinstance(logged, Logged)
    all_rounds(clock)
    ada = lead_of("ada@example.com")
    event = Event.objects.get(key=logged.key)
    assert (event.at, event.identifier and event.identifier.lead) == (at, ada)
    assert '"by":"mara"' in event.properties
    assert '"text_length":14' in event.properties
    assert '"engagement":' in ada.scores
    assert ada.scores != '{"engagement":0,"fit":0}'


def test_what_the_definition_counts_is_what_may_be_logged(mara: User) -> None:
    """Its activities between people, and questions; not what comes in by itself."""
    del mara
    kinds = activities.kinds()
    assert Kind("fair_conversation", "Talk at a fair") in kinds
    assert {"question_asked", "call_received"} <= {kind.event for kind in kinds}
    assert not {"email_replied", "page_viewed", "verdict_given"} & {kind.event for kind in kinds}


@pytest.mark.django_db
def test_before_the_first_publication_nothing_may_be_logged(clock: SetClock) -> None:
    """Because nothing says what would count."""
    assert activities.kinds() == ()
    mara = member("mara", Role.MARKETING)
    refused = activities.log("ada@example.com", "fair_conversation", at=clock(), by=mara, now=clock())
    assert refused == Refused(Refusal.NOT_OFFERED)


@pytest.mark.parametrize(
    ("who", "event", "days", "refusal"),
    [
        ("ada@example.com", "fair_conversation", 1, Refusal.IN_THE_FUTURE),
        ("ada", "fair_conversation", 0, Refusal.NOT_AN_ADDRESS),
        ("ada@example.com", "page_viewed", 0, Refusal.NOT_OFFERED),
        ("ada@example.com", "verdict_given", 0, Refusal.NOT_OFFERED),
    ],
)
def test_what_is_out_of_place_is_refused(
    mara: User, clock: SetClock, who: str, event: str, days: int, refusal: Refusal
) -> None:
    """And nothing is written."""
    refused = activities.log(who, event, at=clock() + days * DAY, by=mara, now=clock())
    assert refused == Refused(refusal)
    assert not Event.objects.exists()


@pytest.mark.parametrize("role", [Role.ADMIN, Role.READ_ONLY])
def test_whoever_may_not_act_logs_nothing(mara: User, clock: SetClock, role: Role) -> None:
    """Whatever is said."""
    del mara
    refused = activities.log("a@example.com", "fair_conversation", at=clock(), by=member("x", role), now=clock())
    assert refused == Refused(Refusal.NOT_ALLOWED)


def test_a_form_that_is_sent_twice_is_logged_once(mara: User, clock: SetClock) -> None:
    """And says so if it says something else the second time."""
    at, once = clock(), activities.token(clock())

    def send(who: str) -> Logged | Refused:
        return activities.log(who, "call_received", at=at, by=mara, now=clock.move(5), once=once)

    assert send("a@example.com") == Logged(f"log{mara.pk:010d}{once}", is_repeat=False)
    assert send("a@example.com") == Logged(f"log{mara.pk:010d}{once}", is_repeat=True)
    assert send("b@example.com") == Refused(Refusal.LOGGED_ALREADY)
    assert Event.objects.count() == 1


def test_the_last_ten_of_a_user_are_found(mara: User, clock: SetClock) -> None:
    """Newest first, and nobody else's."""
    rudi = member("rudi", Role.SALES)
    for number in range(12):
        activities.log(f"a{number}@example.com", "call_received", at=clock(), by=mara, now=clock.move(1))
    activities.log("r@example.com", "call_received", at=clock(), by=rudi, now=clock.move(1))
    last = [event.claims for event in activities.last_of(mara, 10, now=clock())]
    assert last == [f'{{"email":"a{number}@example.com"}}' for number in range(11, 1, -1)]


def test_a_known_lead_is_named_by_its_number(mara: User, clock: SetClock) -> None:
    """No address is needed."""
    activities.log("ada@example.com", "call_received", at=clock(), by=mara, now=clock())
    all_rounds(clock)
    activities.log(lead_of("ada@example.com"), "fair_conversation", at=clock(), by=mara, now=clock.move(60))
    all_rounds(clock)
    assert Lead.objects.count() == 1
    assert Event.objects.filter(identifier__lead=Lead.objects.get(), name="fair_conversation").exists()
