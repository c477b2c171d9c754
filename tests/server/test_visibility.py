"""Who sees which leads: each role, and each way in which a lead can be a rep's."""

from __future__ import annotations

import pytest

from ripeline.server.accounts import Account
from ripeline.server.decisions import Decision
from ripeline.server.instants import FOREVER
from ripeline.server.leads import Lead, Membership, Unit
from ripeline.server.playbooks import PlaybookVersion
from ripeline.server.rounds import Round
from ripeline.server.sales.handoffs import Handoff, HandoffStatus
from ripeline.server.staff.users import Role, User
from ripeline.server.visibility import accounts_of, handoffs_of, leads_of, seen_by
from staff import key_of, member

pytestmark = pytest.mark.django_db

NOW = 1_767_603_600_000_000


class House:
    """A lead for each way in which it can be somebody's."""

    def __init__(self) -> None:
        self.rosa, self.simon = member("rosa", Role.SALES), member("simon", Role.SALES)
        self.account = Account.objects.create(key="acme", created_at=NOW, owner=self.rosa)
        self.round = Round.objects.create(at=NOW)
        self.version = PlaybookVersion.objects.create(digest="d" * 64, text="", title="", created_at=NOW)
        self.leads = {
            "marketing's": self._lead(),
            "owned by Rosa": self._lead(owner=self.rosa),
            "owned by Simon": self._lead(owner=self.simon),
            "offered to Rosa": self._offered(self.rosa, HandoffStatus.OFFERED),
            "recycled by Rosa": self._offered(self.rosa, HandoffStatus.RECYCLED),
            "offered to Simon": self._offered(self.simon, HandoffStatus.OFFERED),
            "offered to nobody yet": self._offered(None, HandoffStatus.OFFERED),
            "expired, never anybody's": self._offered(None, HandoffStatus.EXPIRED),
            "of Rosa's account": self._member(),
            "Simon's, once of Rosa's account": self._member(until=NOW + 1, owner=self.simon),
        }

    def seen(self, user: User) -> set[str]:
        """What a user sees, in words."""
        named = {lead.pk: name for name, lead in self.leads.items()}
        return {named[lead.pk] for lead in leads_of(user)}

    def _lead(self, **more: object) -> Lead:
        return Lead.objects.create(unit=Unit.objects.create(), created_at=NOW, **more)

    def _offered(self, rep: User | None, status: HandoffStatus) -> Lead:
        lead = self._lead()
        said = {"lead": lead, "round": self.round, "version": self.version, "at": NOW, "evidence": "{}"}
        offer = Decision.objects.create(place=0, kind="handoff", new="offered", **said)
        Handoff.objects.create(lead=lead, offer=offer, rep=rep, status=status, offered_at=NOW, calendar="")
        return lead

    def _member(self, until: int = FOREVER, **more: object) -> Lead:
        lead = self._lead(**more)
        Membership.objects.create(lead=lead, account=self.account, since=NOW, until=until)
        return lead


ROSAS = {"owned by Rosa", "offered to Rosa", "recycled by Rosa", "offered to nobody yet", "of Rosa's account"}
SIMONS = {"owned by Simon", "offered to Simon", "offered to nobody yet", "Simon's, once of Rosa's account"}


def test_marketing_and_those_who_read_or_administer_see_all_leads() -> None:
    """They nurture, report and mend."""
    house = House()
    for role in (Role.MARKETING, Role.ADMIN, Role.READ_ONLY):
        assert house.seen(member(f"a {role}", role)) == set(house.leads)


def test_whose_something_is_is_never_asked_with_an_or() -> None:
    """Databases answer that by reading all leads; each way of being somebody's has an index."""
    rosa, boss = member("rosa", Role.SALES), member("boss", Role.SALES)
    boss.is_manager = True
    for user in (rosa, boss):
        for rows in (leads_of(user), handoffs_of(user), accounts_of(user)):
            assert " OR " not in str(rows.query)


def test_a_rep_sees_what_is_the_reps() -> None:
    """Owned, offered now or before, offered to nobody yet, of the rep's account; nothing of a colleague's."""
    house = House()
    assert house.seen(house.rosa) == ROSAS
    assert house.seen(house.simon) == SIMONS


def test_whoever_manages_sales_sees_what_all_reps_see() -> None:
    """And nothing that was never with sales."""
    house = House()
    house.simon.is_manager = True
    assert house.seen(house.simon) >= (ROSAS | SIMONS) - {"of Rosa's account"}
    assert "marketing's" not in house.seen(house.simon)


def test_handoffs_accounts_and_rows_follow_the_leads() -> None:
    """What is told of a lead is seen by those who see the lead."""
    house = House()
    assert {one.lead for one in handoffs_of(house.simon)} == {
        house.leads["offered to Simon"],
        house.leads["offered to nobody yet"],
    }
    assert list(accounts_of(house.rosa)) == [house.account]
    assert list(accounts_of(house.simon)) == []
    told = seen_by(house.rosa, Decision.objects.all())
    assert {one.lead for one in told} == {house.leads[name] for name in ROSAS if "ffered" in name or "recycled" in name}
    assert seen_by(member("mara", Role.MARKETING), Decision.objects.all()).count() == Decision.objects.count()


def test_a_colleagues_lead_is_to_a_rep_as_if_it_did_not_exist(client: object) -> None:
    """The API answers not found for the lead, its events, its score, its hand-off and its decisions."""
    from ripeline.server.staff import users  # noqa: PLC0415 - only this test needs keys

    house = House()
    _, secret = key_of(house.simon, now=NOW, scope=users.Scope.ACT)
    headers = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    theirs = house.leads["offered to Rosa"]
    handoff, decision = Handoff.objects.get(lead=theirs), Decision.objects.get(lead=theirs)
    get, post = client.get, client.post  # type: ignore[attr-defined]
    for path in ("", "/events", "/score", "/missing"):
        assert get(f"/api/v1/leads/{theirs.pk}{path}", **headers).status_code == 404, path
    for path in (f"handoffs/{handoff.pk}", f"decisions/{decision.pk}", f"accounts/{house.account.pk}"):
        assert get(f"/api/v1/{path}", **headers).status_code == 404, path
    sent = {"data": "{}", "content_type": "application/json", **headers}
    assert post(f"/api/v1/handoffs/{handoff.pk}/accept", **sent).status_code == 404
    assert post(f"/api/v1/leads/{theirs.pk}/release", **sent).status_code == 404
    listed = [one["id"] for one in get("/api/v1/leads", **headers).json()["items"]]
    assert sorted(listed) == sorted(house.leads[name].pk for name in SIMONS)
