"""Who gets a hand-off, and why: who knows the lead or owns its company, the first route that fits, whose turn it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction

from command_line import PLAYBOOK
from ledger_rows import all_rounds, happened, lead_of, signed
from ripeline.server import accounts, playbooks
from ripeline.server.accounts import Account
from ripeline.server.delivery.outbox import Outgoing
from ripeline.server.instants import DAY, SECOND
from ripeline.server.qualification.replay import replay
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sales import acts, handoffs, routes
from ripeline.server.sales.handoffs import WHY, Handoff, HandoffStatus, Why
from ripeline.server.sales.routes import By, Route
from ripeline.server.sales.routing import Ask, Router
from ripeline.server.staff import absences
from ripeline.server.staff.users import Role, User
from staff import mara, member

if TYPE_CHECKING:
    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = PLAYBOOK.replace(
    "  relation: {type: text}\n", "  relation: {type: text}\n  postal_code: {type: text}\n  seats: {type: number}\n"
).replace(
    "exclusions:\n",
    "personas:\n  pilot: {when: {attribute: relation, is: pilot}, cool_down: 60 days}\nexclusions:\n",
)
FORCED = TEXT.replace("sales_ready: {enter:", "sales_ready: {force: [quote], enter:").replace(
    "  ask: {event", "  quote: {event: quote, conversion: true}\n  ask: {event"
)


@pytest.fixture
def cast(source: Source, clock: SetClock) -> dict[str, User]:
    """Rosa, Rudi and Rita of sales; nobody else receives hand-offs."""
    assert source.name == "website"
    signed(FORCED, now=clock(), reps=False)
    return {name: member(name, Role.SALES) for name in ("rosa", "rudi", "rita")}


def asks(source: Source, clock: SetClock, who: str, event: str = "ask", **told: object) -> Handoff:
    """Somebody asks for a demo, and is offered to sales."""
    email = f"{who}@example.com"
    if told:
        account = told.pop("account", None)
        more = {"account": str(account)} if account else {}
        happened(source, "attributes_changed", clock.move(1), said=told, email=email, **more)
    happened(source, event, clock.move(60), email=email)
    all_rounds(clock)
    return lead_of(email).handoffs.latest("pk")


def got(handoff: Handoff) -> tuple[str | None, str | None]:
    """Who has it, and why."""
    found = handoffs.why(handoff)
    return (handoff.rep.username if handoff.rep else None, found.reason if found else None)


def recycled(handoff: Handoff, by: User, clock: SetClock) -> None:
    """The rep takes it on and gives it back."""
    acts.accept(handoff, by=by, now=clock.move(60))
    all_rounds(clock)
    acts.recycle(handoff, reason="later", by=by, now=clock.move(60))
    all_rounds(clock)


def test_reps_take_turns(source: Source, clock: SetClock, cast: dict[str, User]) -> None:
    """Fewest open hand-offs first; of equals who has waited longest; and each is told why."""
    found = [got(asks(source, clock, who)) for who in ("ada", "bob", "cem", "dana")]
    assert found == [("rosa", "turn"), ("rudi", "turn"), ("rita", "turn"), ("rosa", "turn")]
    acts.disqualify(lead_of("bob@example.com").handoffs.get(), reason="student", by=cast["rudi"], now=clock.move(60))
    all_rounds(clock)
    assert got(asks(source, clock, "eve")) == ("rudi", "turn")
    assert replay().differences == []


def test_turns_go_by_capacity(source: Source, clock: SetClock, cast: dict[str, User]) -> None:
    """Who may have four gets twice as many as who may have two; who may have none gets none."""
    for name, capacity in (("rosa", 4), ("rudi", 2), ("rita", 0)):
        User.objects.filter(username=name).update(capacity=capacity)
    found = [got(asks(source, clock, f"lead{number}"))[0] for number in range(7)]
    assert sorted(filter(None, found)) == ["rosa"] * 4 + ["rudi"] * 2
    assert found[-1] is None
    (told,) = Outgoing.objects.filter(topic="lead.handoff.nobody")
    assert f'"handoff":"{Handoff.objects.latest("pk").pk}"' in told.body.replace(" ", "")
    last = Handoff.objects.latest("pk")
    assert isinstance(acts.accept(last, by=cast["rita"], now=clock.move(60)), str)
    last.refresh_from_db()
    assert got(last) == ("rita", "taken")


def test_capacity_holds_within_one_round_too(source: Source, clock: SetClock, cast: dict[str, User]) -> None:
    """Three who ask at once, and room for one with each of two reps: the third waits for whoever is free."""
    assert cast
    for name, capacity in (("rosa", 1), ("rudi", 1), ("rita", 0)):
        User.objects.filter(username=name).update(capacity=capacity)
    at = clock.move(60)
    for who in ("ada", "bob", "cem"):
        happened(source, "ask", at, email=f"{who}@example.com")
    all_rounds(clock)
    reps = [one.rep.username if one.rep else None for one in Handoff.objects.select_related("rep")]
    assert sorted(reps, key=str) == [None, "rosa", "rudi"]


def test_who_is_away_gets_nothing(source: Source, clock: SetClock, cast: dict[str, User]) -> None:
    """Till the absence ends, to the instant."""
    now = clock()
    absences.add(cast["rosa"], since=now, until=now + DAY, now=now)
    absences.add(cast["rudi"], since=now + DAY, until=now + 2 * DAY, now=now)
    assert got(asks(source, clock, "ada"))[0] == "rudi"
    clock.now = now + DAY - 60 * SECOND
    assert got(asks(source, clock, "bob")) == ("rosa", "turn")


def test_the_owner_of_the_company_gets_its_leads(source: Source, clock: SetClock, cast: dict[str, User]) -> None:
    """Before every route; and if the owner is away, the others do."""
    asks(source, clock, "ada", relation="pilot", account="acme")
    acme, rita = Account.objects.get(key="acme"), cast["rita"]
    lena = User.objects.create(username="lena", role=Role.ADMIN)
    assert accounts.set_owner(acme, rita, by=rita) == Refused(Refusal.NOT_ALLOWED)
    assert accounts.set_owner(acme, mara(), by=lena) == Refused(Refusal.NOT_A_REP)
    assert accounts.set_owner(acme, rita, by=lena) == acme
    routes.add("pilots", By.PERSONA, values=["pilot"], reps=[cast["rudi"]], now=clock())
    assert got(asks(source, clock, "bob", relation="pilot", account="acme")) == ("rita", "account_owner")
    absences.add(rita, since=clock(), until=clock() + DAY, now=clock())
    assert got(asks(source, clock, "cem", relation="pilot", account="acme")) == ("rudi", "persona")


def test_the_first_route_that_fits_decides(source: Source, clock: SetClock, cast: dict[str, User]) -> None:
    """In their order, by what was known of the lead at the offer; else everybody has a turn."""
    now = clock()
    routes.add("pilots", By.PERSONA, values=["pilot"], reps=[cast["rita"]], now=now)
    south = routes.add(
        "south", By.ATTRIBUTE, attribute="postal_code", values=["8*", "AT-1010"], reps=[cast["rudi"]], now=now
    )
    routes.add("website", By.SOURCE, values=[source.name.upper()], reps=[cast["rosa"]], now=now)
    assert got(asks(source, clock, "ada", postal_code="80331")) == ("rudi", "territory")
    assert got(asks(source, clock, "bob", postal_code="at-1010")) == ("rudi", "territory")
    assert got(asks(source, clock, "cem", postal_code="80331", relation="pilot")) == ("rita", "persona")
    assert got(asks(source, clock, "dana", postal_code="AT-10100")) == ("rosa", "source")
    assert isinstance(south, Route)
    routes.move(south, 1)
    assert list(Route.objects.order_by("place").values_list("name", flat=True)) == ["south", "pilots", "website"]
    handoff = asks(source, clock, "eve", postal_code="8", relation="pilot")
    assert got(handoff) == ("rudi", "territory")
    found = handoffs.why(handoff)
    assert found is not None
    assert found.route == "south"


def test_a_route_asks_what_was_known_by_then(source: Source, clock: SetClock, cast: dict[str, User]) -> None:
    """An offer that is found late goes by what was known when it fell due."""
    routes.add("south", By.ATTRIBUTE, attribute="postal_code", values=["8*"], reps=[cast["rita"]], now=clock())
    handoff = asks(source, clock, "ada", postal_code="80331")
    version, lead = handoff.offer.version, handoff.lead_id
    for at, name in ((handoff.offered_at, "rita"), (handoff.offered_at - 1, "rosa")):
        with transaction.atomic():
            choice = Router([lead]).choose(Ask(lead, at, None, ()), playbooks.playbook_of(version))
        assert choice is not None
        assert choice.rep.username == name


def test_a_route_whose_reps_are_busy_is_passed_by(source: Source, clock: SetClock, cast: dict[str, User]) -> None:
    """The next one that fits, else whose turn it is."""
    routes.add("few", By.ATTRIBUTE, attribute="seats", values=["5"], reps=[cast["rita"]], now=clock())
    User.objects.filter(username="rita").update(capacity=1)
    found = [got(asks(source, clock, f"lead{number}", seats=5)) for number in range(2)]
    assert found == [("rita", "territory"), ("rosa", "turn")]


def test_who_comes_back_in_its_time_of_peace_goes_to_whoever_knows_it(
    source: Source, clock: SetClock, cast: dict[str, User]
) -> None:
    """A quote asked for breaks the cool-down; later it is anybody's turn."""
    first = asks(source, clock, "ada")
    assert got(first)[0] == "rosa"
    recycled(first, cast["rosa"], clock)
    asks(source, clock, "bob")
    clock.move(20 * DAY / SECOND)
    again = asks(source, clock, "ada", event="quote")
    assert got(again) == ("rosa", "returning")
    recycled(again, cast["rosa"], clock)
    clock.move(31 * DAY / SECOND)
    assert got(asks(source, clock, "ada", event="quote"))[1] == "turn"


def test_a_persona_may_be_left_in_peace_for_longer(source: Source, clock: SetClock, cast: dict[str, User]) -> None:
    """As long as its definition says."""
    first = asks(source, clock, "ada", relation="pilot")
    recycled(first, cast["rosa"], clock)
    clock.move(50 * DAY / SECOND)
    assert got(asks(source, clock, "ada", event="quote")) == ("rosa", "returning")


def test_a_misrouted_lead_never_comes_back_to_who_said_so(
    source: Source, clock: SetClock, cast: dict[str, User]
) -> None:
    """However many say so one after the other; when all have, it is nobody's. The due time stays that of the first."""
    handoff, seen = asks(source, clock, "ada"), []
    due = handoff.due_at
    for _ in range(3):
        assert handoff.rep is not None
        seen.append(handoff.rep.username)
        assert isinstance(acts.reject(handoff, reason="misrouted", by=handoff.rep, now=clock.move(60)), str)
        all_rounds(clock)
        handoff = lead_of("ada@example.com").handoffs.latest("pk")
        assert (handoff.status, handoff.due_at) == (HandoffStatus.OFFERED, due)
        assert got(handoff)[1] in ("misrouted", None)
    assert sorted(seen) == sorted(cast)
    assert handoff.rep is None
    assert replay().differences == []


def test_a_route_says_what_it_is(clock: SetClock, cast: dict[str, User]) -> None:
    """A name of its own, values, reps of sales; and only whoever leads the team makes one."""
    rosa, now = cast["rosa"], clock()
    asked: dict[str, Any] = {"values": ["x"], "reps": [rosa], "now": now}
    refused = {
        Refusal.BAD_ROUTE: [
            routes.add("a", By.PERSONA, values=[" "], reps=[rosa], now=now),
            routes.add("a", By.PERSONA, values=["x"], reps=[], now=now),
            routes.add("a", By.ATTRIBUTE, **asked),
            routes.add(" ", By.PERSONA, **asked),
        ],
        Refusal.NOT_A_REP: [routes.add("a", By.PERSONA, values=["x"], reps=[mara()], now=now)],
        Refusal.NOT_ALLOWED: [routes.add("a", By.PERSONA, user=rosa, **asked)],
    }
    for reason, answers in refused.items():
        assert answers == [Refused(reason)] * len(answers)
    rosa.is_manager = True
    made = routes.add("a", By.PERSONA, user=rosa, **asked)
    assert isinstance(made, Route)
    assert routes.add("a", By.SOURCE, **asked) == Refused(Refusal.NAME_TAKEN)
    routes.remove(made)
    assert not Route.objects.exists()


@pytest.mark.parametrize(
    ("values", "value", "fits"),
    [
        ("10*", "10115", True),
        ("10*", "1", False),
        ("Germany\nAustria", " austria ", True),
        ("50", 50, True),
        ("true", True, True),
        ("ski", ["sail", "Ski"], True),
        ("ski", [], False),
        ("*", None, False),
        ("*", "anything", True),
    ],
)
def test_values_are_texts_or_what_they_begin_with(values: str, value: object, fits: bool) -> None:  # noqa: FBT001
    """Capital letters are no other letters; of a list one suffices; what is unknown fits nothing."""
    assert Route(name="r", by=By.ATTRIBUTE, attribute="x", values=values).fits(value) == fits


def test_every_reason_has_its_words() -> None:
    """So that "why me" is always answered."""
    assert set(WHY) == set(Why)
