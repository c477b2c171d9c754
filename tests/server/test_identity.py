"""Whose row it is, and who is one person."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from command_line import PLAYBOOK
from ledger_rows import all_rounds, happened, lead_of, said, signed
from ripeline.core.results import lead_results
from ripeline.server import merges, playbooks
from ripeline.server.events import Event
from ripeline.server.leads import Identifier, Lead, Membership, Unit
from ripeline.server.merges import MOST_DOUBTS, Doubt, Merge
from ripeline.server.qualification import deciding, histories, qualify
from ripeline.server.qualification.identity import MOST, MOST_BY_ANYBODY
from ripeline.server.qualification.replay import replay
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.rounds import Round
from ripeline.server.sales.handoffs import Handoff
from ripeline.server.sources import Source, SourceKind
from ripeline.server.staff.users import Role, User
from staff import member

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)


def persons() -> set[frozenset[str]]:
    """The identifiers that go together, but for the leads' own numbers."""
    leads = Lead.objects.filter(merged_into=None)
    return {frozenset(one.value for one in lead.identifiers.exclude(kind="lead")) for lead in leads}


def merged(first: Lead, second: Lead, *, by: User, now: int) -> Merge:
    """A merge by hand that nothing speaks against."""
    done = merges.merge_by_hand(first, second, by=by, now=now)
    assert isinstance(done, Merge), done
    return done


def unmerged(merge: Merge, *, by: User, now: int) -> Merge:
    """It is undone."""
    undone = merges.unmerge(merge, by=by, now=now)
    assert isinstance(undone, Merge), undone
    return undone


def test_an_address_and_a_user_become_one_when_a_row_claims_both(source: Source, clock: SetClock) -> None:
    """The older lead keeps its number; what the other one did is known of it from then on."""
    signed(PLAYBOOK, now=clock())
    happened(source, "paper", clock.move(1), email="ada@example.com")
    happened(source, "paper", clock.move(1), user_id="u1")
    all_rounds(clock)
    happened(source, "paper", clock.move(60), user_id="u1", email="ada@example.com")
    all_rounds(clock)
    assert persons() == {frozenset({"u1", "ada@example.com"})}
    ada = lead_of("ada@example.com")
    assert ada.stage == "mql"
    assert ada.decisions.get().at == clock()
    assert replay().differences == []


def test_whoever_claims_to_be_very_many_leaves_few_doubts(source: Source, clock: SetClock) -> None:
    """A person looks at the first ones; the others would only hide them."""
    for number in range(MOST_DOUBTS + 5):
        happened(source, "paper", clock.move(1), email=f"n{number}@example.com")
    happened(source, "paper", clock.move(1), user_id="many", email="many@example.com")
    all_rounds(clock)
    for number in range(MOST_DOUBTS + 5):
        happened(source, "paper", clock.move(1), user_id="many", email=f"n{number}@example.com")
    all_rounds(clock)
    assert Doubt.objects.count() == MOST_DOUBTS
    assert Lead.objects.filter(merged_into=None).count() == MOST_DOUBTS + 6


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_order_of_rows_does_not_matter_to_who_is_one_person(
    source: Source, clock: SetClock, order: tuple[int, ...]
) -> None:
    """However the claims arrive, and in however many rounds."""
    rows = [{"anonymous": "a", "email": "x@y.z"}, {"anonymous": "a"}, {"user_id": "u", "email": "x@y.z"}]
    rows += [{"external": "crm-7", "user_id": "u"}]
    for place in order:
        happened(source, "paper", clock.move(1), **rows[place])
        if place % 2:
            all_rounds(clock)
    all_rounds(clock)
    assert persons() == {frozenset({"a", "x@y.z", "u", "crm-7"})}


def test_two_addresses_are_never_one_person_by_themselves(source: Source, clock: SetClock) -> None:
    """Neither through a shared browser, nor through a user whose name somebody else gives."""
    for email in ("ada@example.com", "bob@example.com"):
        happened(source, "paper", clock.move(1), anonymous="shared", email=email)
    happened(source, "paper", clock.move(1), user_id="u1", email="ada@example.com")
    happened(source, "paper", clock.move(1), user_id="u1", email="bob@example.com")
    all_rounds(clock)
    assert Lead.objects.filter(merged_into=None).count() == 2
    assert not Merge.objects.exists()
    assert Doubt.objects.get().reason == "two_emails"


@pytest.fixture
def server(source: Source, clock: SetClock) -> Source:
    """A source whose key is secret."""
    del source
    return Source.objects.create(name="shop system", kind=SourceKind.SERVER, created_at=clock())


def test_a_public_key_merges_no_users_and_moves_nobody(source: Source, server: Source, clock: SetClock) -> None:
    """Anybody can read it off the website; what a server says is believed."""
    for user in ("u1", "u2"):
        happened(server, "paper", clock.move(1), user_id=user, account="acme")
    all_rounds(clock)
    happened(source, "aliased", clock.move(1), user_id="u1", previous="u2")
    happened(source, "paper", clock.move(1), user_id="u1", account="umbrella")
    all_rounds(clock)
    assert persons() == {frozenset({"u1"}), frozenset({"u2"})}
    assert not Membership.objects.filter(account__key="umbrella").exists()
    happened(server, "aliased", clock.move(1), user_id="u1", previous="u2")
    happened(server, "paper", clock.move(1), user_id="u1", account="umbrella")
    all_rounds(clock)
    assert persons() == {frozenset({"u1", "u2"})}
    assert Membership.objects.filter(account__key="umbrella").exists()


def test_a_public_key_gives_nobody_a_second_address(source: Source, server: Source, clock: SetClock) -> None:
    """Else whoever knows a user could read on under an address of their own; a server that says so is believed."""
    happened(server, "paper", clock.move(1), user_id="u1", email="ada@example.com")
    happened(source, "paper", clock.move(1), user_id="u1", email="eve@example.com")
    happened(source, "paper", clock.move(1), email="ada@example.com", external="crm-1")
    happened(source, "paper", clock.move(1), email="ada@example.com", external="crm-2")
    all_rounds(clock)
    assert persons() == {frozenset({"u1", "ada@example.com", "crm-1"})}
    happened(server, "paper", clock.move(1), user_id="u1", email="eve@example.com")
    all_rounds(clock)
    assert persons() == {frozenset({"u1", "ada@example.com", "crm-1", "eve@example.com"})}


def test_a_flood_leaves_room_for_what_servers_tell(source: Source, server: Source, clock: SetClock) -> None:
    """Browsers that a stranger made up keep out neither the user nor the browser that a server names."""
    for place in range(MOST):
        happened(source, "paper", clock.move(1), anonymous=f"b{place}", email="ada@example.com")
    happened(server, "paper", clock.move(1), anonymous="own", user_id="u1", email="ada@example.com")
    all_rounds(clock)
    ada = lead_of("ada@example.com")
    assert {"own", "u1"} <= set(ada.identifiers.values_list("value", flat=True))


def test_loops_of_aliases_end(server: Source, clock: SetClock) -> None:
    """A is B, B is C, C is A: one person, and nothing runs in circles."""
    for first, second in ("ab", "bc", "ca", "ab"):
        happened(server, "aliased", clock.move(1), user_id=first, previous=second)
        all_rounds(clock)
    assert persons() == {frozenset("abc")}


def test_an_address_that_many_share_says_nothing_about_who_is_one(source: Source, clock: SetClock) -> None:
    """Two users at info@ stay two."""
    for user in ("u1", "u2"):
        happened(source, "paper", clock.move(1), user_id=user, email="info@example.com")
    all_rounds(clock)
    assert persons() == {frozenset({"u1"}), frozenset({"u2"}), frozenset()} - {frozenset()}
    assert Identifier.objects.get(kind="email").lead is None


def test_a_merge_keeps_the_work_that_is_further(source: Source, clock: SetClock) -> None:
    """The accepted hand-off lives on, the offered one ends as merged, and an unmerge opens nothing again."""
    signed(PLAYBOOK, now=clock())
    for email in ("ada@example.com", "bob@example.com"):
        happened(source, "ask", clock.move(60), email=email)
        all_rounds(clock)
    ada, bob = lead_of("ada@example.com"), lead_of("bob@example.com")
    said(bob, "verdict_given", clock.move(60), verdict="accepted")
    all_rounds(clock)
    clock.move(60)
    with transaction.atomic():
        done = merged(ada, bob, by=member("mara", Role.MARKETING), now=clock())
    all_rounds(clock)
    assert (done.kept, done.absorbed) == (bob, ada)
    assert {one.lead_id: one.status for one in Handoff.objects.all()} == {ada.pk: "merged", bob.pk: "accepted"}
    assert not ada.decisions.filter(at__gte=done.at).exists()
    assert replay().differences == []
    clock.move(60)
    unmerged(done, by=member("mads", Role.MARKETING), now=clock())
    all_rounds(clock)
    assert {one.lead_id: one.status for one in Handoff.objects.all()} == {ada.pk: "merged", bob.pk: "accepted"}
    assert lead_of("ada@example.com") == ada
    assert persons() == {frozenset({"ada@example.com"}), frozenset({"bob@example.com"})}
    assert replay().differences == []


def test_a_merge_takes_the_stricter_consent_and_the_newer_override(source: Source, clock: SetClock) -> None:
    """Whoever said no once has said no; a hold of the one holds the other."""
    signed(
        PLAYBOOK.replace("consent: assumed", "consent: {scoring: {purpose: profiling, basis: objection}}"), now=clock()
    )
    for email in ("ada@example.com", "bob@example.com"):
        happened(source, "ask", clock.move(60), email=email)
    all_rounds(clock)
    ada, bob = lead_of("ada@example.com"), lead_of("bob@example.com")
    said(ada, "consent_withdrawn", clock.move(60), purpose="profiling")
    said(bob, "consent_given", clock.move(60), purpose="profiling")
    said(bob, "override_set", clock.move(60), hold=True)
    all_rounds(clock)
    clock.move(60)
    with transaction.atomic():
        done = merged(ada, bob, by=member("mara", Role.MARKETING), now=clock())
    all_rounds(clock)
    done.kept.refresh_from_db()
    assert done.kept.not_evaluated == "no_consent"
    assert replay().differences == []


def test_what_joins_by_a_merge_is_news(source: Source, clock: SetClock) -> None:
    """A recycled lead waits for a new request: that of the person it turns out to be is one, though it is older."""
    gates = """\
  mql: {enter: {score: engagement, at_least: 30}}
  sales_ready: {enter: {all: [{score: engagement, at_least: 30}, {did: ask, within: 60 days}]}}
handoff: {cool_down: 1 day}
scenarios:
"""
    start, end = PLAYBOOK.index("  mql:"), PLAYBOOK.index("scenarios:\n") + len("scenarios:\n")
    signed(PLAYBOOK[:start] + gates + PLAYBOOK[end:], now=clock())
    for name in ("paper", "paper", "paper", "ask"):
        happened(source, name, clock.move(60), email="ada@example.com")
    happened(source, "ask", clock.move(60), email="bob@example.com")
    all_rounds(clock)
    ada, bob = lead_of("ada@example.com"), lead_of("bob@example.com")
    assert (ada.stage, bob.stage) == ("mql", "lead")
    said(ada, "verdict_given", clock.move(60), verdict="recycled")
    all_rounds(clock)
    clock.move(10 * 86_400)
    all_rounds(clock)
    assert Handoff.objects.get().status == "recycled"
    done = merged(ada, bob, by=member("mara", Role.MARKETING), now=clock())
    all_rounds(clock)
    assert done.kept == ada
    assert Handoff.objects.get(status="offered").offered_at == done.at
    assert replay().differences == []


ACCOUNTS = PLAYBOOK.replace("gates:\n", "accounts: {engagement: {roll_up: sum}}\ngates:\n").replace(
    "{score: engagement, at_least: 30}", "{account: engagement, at_least: 20}"
)


def test_leads_that_came_with_their_account_have_a_past_in_one_piece(source: Source, clock: SetClock) -> None:
    """Units in several chapters are evaluated one by one, a hundred times as slowly as all together."""
    signed(ACCOUNTS, now=clock())
    for name, account in (("ada", {"account": "acme"}), ("bob", {"account": "acme"}), ("cid", {})):
        happened(source, "paper", clock.move(60), email=f"{name}@example.com", **account)
        all_rounds(clock)
    happened(source, "attributes_changed", clock.move(60), email="cid@example.com", account="other")
    all_rounds(clock)
    versions = playbooks.core_versions(clock())
    pasts = histories.pasts([unit.pk for unit in Unit.objects.all()], clock(), versions)
    assert {int(lead.lead_id): bool(past.breaks) for past in pasts.values() for lead in past.leads} == {
        lead_of("ada@example.com").pk: False,
        lead_of("bob@example.com").pk: False,
        lead_of("cid@example.com").pk: True,
    }
    assert replay().differences == []


def test_leads_of_an_account_decide_together_from_when_they_belong_to_it(source: Source, clock: SetClock) -> None:
    """Twenty points of two colleagues open the gate of both, and not before the second one is one."""
    signed(ACCOUNTS, now=clock())
    happened(source, "paper", clock.move(60), email="ada@example.com", account="acme")
    happened(source, "paper", clock.move(60), email="bob@example.com")
    all_rounds(clock)
    assert {lead.stage for lead in Lead.objects.all()} == {"lead"}
    joined = clock.move(60)
    happened(source, "attributes_changed", joined, email="bob@example.com", account="acme")
    all_rounds(clock)
    assert {lead.stage for lead in Lead.objects.all()} == {"mql"}
    assert {lead.decisions.get().at for lead in Lead.objects.all()} == {joined}
    assert Unit.objects.filter(leads__isnull=False).distinct().count() == 1
    assert replay().differences == []


def test_a_merge_while_a_round_decides_loses_no_decision(source: Source, clock: SetClock) -> None:
    """Bob was still to be decided on when he joined Ada's unit, on which a round was working."""
    signed(PLAYBOOK, now=clock())
    happened(source, "ask", clock.move(60), email="ada@example.com")
    all_rounds(clock)
    happened(source, "ask", clock.move(60), email="bob@example.com")
    happened(source, "paper", clock(), email="ada@example.com")
    work = qualify._take(clock, 500)  # noqa: SLF001 - in the middle of a round
    assert work is not None
    ada, bob = lead_of("ada@example.com"), lead_of("bob@example.com")
    versions = playbooks.core_versions(work.round.at)
    pasts = histories.pasts([ada.unit_id], work.round.at, versions)
    found = [
        (one, list(lead_results(one))) for one in histories.evaluations(list(pasts.values()), work.round.at, versions)
    ]
    clock.move(60)
    merged(ada, bob, by=member("mara", Role.MARKETING), now=clock())
    deciding.write(work.round, [ada.unit_id], found, now=clock())
    all_rounds(clock)
    assert bob.decisions.filter(kind="move", new="mql").exists()
    assert replay().differences == []


def test_a_flood_of_browsers_joins_nobody_beyond_a_limit(source: Source, clock: SetClock) -> None:
    """Whoever knows an address could bind a lead to any number of browsers, each of which makes all reading slower."""
    for place in range(2 * MOST):
        happened(source, "paper", clock.move(1), anonymous=f"b{place}", email="ada@example.com")
        happened(source, "paper", clock.move(1), user_id="u1", anonymous=f"c{place}")
        happened(source, "aliased", clock.move(1), previous=f"d{place}", user_id="u1")
    all_rounds(clock)
    for lead in Lead.objects.all():
        assert lead.identifiers.exclude(kind="lead").count() == MOST_BY_ANYBODY
    told = happened(source, "paper", clock.move(1), external="crm-7", email="ada@example.com")
    all_rounds(clock)
    told.refresh_from_db()
    assert told.identifier is not None
    assert told.identifier.lead == lead_of("ada@example.com")
    assert Event.objects.filter(identifier__lead=lead_of("ada@example.com")).count() == 2 * MOST + 1


def test_what_a_round_asks_the_database_does_not_grow_with_its_rows(
    source: Source, clock: SetClock, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """Two people at one computer, however often they change."""
    happened(source, "paper", clock.move(1), anonymous="b", email="ada@example.com")
    happened(source, "paper", clock.move(1), email="bob@example.com")
    all_rounds(clock)
    for _ in range(100):
        happened(source, "paper", clock.move(1), anonymous="b", email="bob@example.com")
    with django_assert_max_num_queries(30):
        qualify.run(clock)


def test_a_round_that_was_overtaken_by_a_merge_decides_nothing_twice(source: Source, clock: SetClock) -> None:
    """Bob was decided on later than a slow round is of, and then joined the unit on which that round works."""
    signed(PLAYBOOK, now=clock())
    happened(source, "ask", clock.move(60), email="ada@example.com")
    happened(source, "paper", clock(), email="bob@example.com")
    all_rounds(clock)
    happened(source, "paper", clock.move(60), email="ada@example.com")
    slow = qualify._take(clock, 500)  # noqa: SLF001 - in the middle of a round
    assert slow is not None
    happened(source, "ask", clock.move(1), email="bob@example.com")
    all_rounds(clock)
    ada, bob = lead_of("ada@example.com"), lead_of("bob@example.com")
    decided = bob.decisions.count()
    assert decided
    merged(ada, bob, by=member("mara", Role.MARKETING), now=clock.move(1))
    qualify._decide(clock, slow.round, slow.units)  # noqa: SLF001 - the same
    all_rounds(clock)
    assert bob.decisions.filter(kind="move", new="mql").count() == 1
    assert replay().differences == []


def test_what_cannot_be_merged_or_undone_is_refused(source: Source, clock: SetClock) -> None:
    """One lead, a lead that is gone, a merge on which another one was built; and whoever may not act."""
    mara = member("mara", Role.MARKETING)
    for name in ("ada", "bob", "eve"):
        happened(source, "paper", clock.move(1), email=f"{name}@example.com")
    all_rounds(clock)
    ada, bob, eve = (lead_of(f"{name}@example.com") for name in ("ada", "bob", "eve"))
    assert merges.merge_by_hand(ada, ada, by=mara, now=clock()) == Refused(Refusal.SAME_LEAD)
    for role in (Role.ADMIN, Role.READ_ONLY):
        nobody = member(f"a {role}", role)
        assert merges.merge_by_hand(ada, bob, by=nobody, now=clock()) == Refused(Refusal.NOT_ALLOWED)
    first = merged(eve, bob, by=mara, now=clock.move(1))
    assert merges.merge_by_hand(first.absorbed, ada, by=mara, now=clock()) == Refused(Refusal.MERGED_ALREADY)
    rounds = Round.objects.count()
    assert merges.merge_by_hand(first.absorbed, ada, by=mara, now=clock()) == Refused(Refusal.MERGED_ALREADY)
    assert Round.objects.count() == rounds
    second = merged(ada, bob, by=mara, now=clock.move(1))
    assert merges.unmerge(first, by=mara, now=clock()) == Refused(Refusal.MERGED_SINCE)
    assert merges.unmerge(second, by=member("nobody", Role.READ_ONLY), now=clock()) == Refused(Refusal.NOT_ALLOWED)
    unmerged(second, by=mara, now=clock.move(1))
    unmerged(first, by=mara, now=clock.move(1))
    assert not Lead.objects.filter(merged_into__isnull=False).exists()
