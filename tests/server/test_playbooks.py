"""A definition is one text for ever; two people of two sides sign it, and only then it decides."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING

import pytest

from command_line import PLAYBOOK
from ledger_rows import all_rounds, happened, lead_of, signed
from living_company import PUPILS
from ripeline.core.units import MICRO
from ripeline.server import playbooks, rounds
from ripeline.server.kept import IsKept
from ripeline.server.leads import Unit
from ripeline.server.playbooks import Mode, PlaybookVersion, Publication, Side, Signature
from ripeline.server.qualification.replay import replay
from ripeline.server.refusals import TEXTS, Refusal, Refused
from ripeline.server.rounds import Round
from ripeline.server.sources import Source, SourceKind
from ripeline.server.staff.users import MAY, Action, Role
from staff import anna, mara, member, simon

if TYPE_CHECKING:
    from set_clock import SetClock

pytestmark = pytest.mark.django_db

NOW = 1_767_603_600_000_000
OTHER = PLAYBOOK.replace("points: 10", "points: 11").replace("engagement: 10", "engagement: 11")


def proposed(text: str = PLAYBOOK) -> PlaybookVersion:
    """The version of a text that is a playbook."""
    version = playbooks.propose(text, now=NOW)
    assert isinstance(version, PlaybookVersion)
    return version


def published(text: str = PLAYBOOK, *, now: int = NOW, mode: Mode = Mode.FROM_NOW_ON) -> Publication:
    """The publication of a text that both sides have signed."""
    version = proposed(text)
    signers = [(Side.MARKETING, Role.MARKETING), (Side.SALES, Role.SALES)]
    for side, role in signers:
        playbooks.sign(version, side, user=member(f"{side} {version.digest[:8]}", role), now=now)
    publication = playbooks.publish(version, mode=mode, by=version.signatures.earliest("pk").user, now=now)
    assert isinstance(publication, Publication)
    return publication


def test_a_text_is_known_by_its_hash() -> None:
    """The same text is one version, however often it is proposed; any other text is another."""
    version = proposed()
    assert version.digest == hashlib.sha256(PLAYBOOK.encode()).hexdigest()
    assert (version.title, version.created_at) == ("Small", NOW)
    assert playbooks.propose(PLAYBOOK, now=NOW + 1) == version
    assert proposed(PLAYBOOK + "\n") != version
    assert PlaybookVersion.objects.get(pk=version.pk).text == PLAYBOOK


def test_a_text_with_problems_is_refused_with_all_of_them() -> None:
    """Two mistakes are told as two problems, and nothing is kept."""
    wrong = PLAYBOOK.replace("points: 10", "ponts: 10").replace("timezone: Europe/Berlin", "timezone: Europe/Bonn")
    refused = playbooks.propose(wrong, now=NOW)
    assert isinstance(refused, Refused)
    assert refused.reason == Refusal.NO_PLAYBOOK
    assert {problem.path for problem in refused.problems} >= {"timezone", "rules.papers.ponts"}
    assert not PlaybookVersion.objects.exists()


@pytest.mark.parametrize("text", ["", "\x00", "- 1", "playbook: \ud800"])
def test_what_is_no_text_of_a_playbook_is_refused(text: str) -> None:
    """Nothing that people can send breaks it."""
    refused = playbooks.propose(text, now=NOW)
    assert isinstance(refused, Refused)
    assert refused.problems


def test_a_text_whose_scenario_fails_is_refused_with_it() -> None:
    """A definition that does not do what it says is nothing to sign."""
    refused = playbooks.propose(PLAYBOOK.replace("engagement: 10", "engagement: 12"), now=NOW)
    assert isinstance(refused, Refused)
    assert refused.reason == Refusal.SCENARIO_FAILS
    assert [played.name for played in refused.scenarios] == ["A paper is ten points."]


def test_a_version_a_signature_and_a_publication_stand_for_ever() -> None:
    """No way of the models changes or deletes one."""
    publication = published()
    rows = (publication, publication.version, publication.version.signatures.earliest("pk"))
    for row in rows:
        rows_of = type(row).objects
        for change in (row.save, row.delete, rows_of.all().delete, partial(rows_of.update, pk=0)):
            with pytest.raises(IsKept):
                change()
    assert PlaybookVersion.objects.get().text == PLAYBOOK


def test_a_version_with_a_taken_hash_does_not_replace_the_text() -> None:
    """A row is only ever added."""
    version = proposed()
    with pytest.raises(Exception, match=r"UNIQUE|unique"):
        PlaybookVersion(digest=version.digest, text="other", title="", created_at=NOW).save()


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("side", Side)
def test_only_a_sides_own_people_sign_for_it(role: Role, side: Side) -> None:
    """Marketing for marketing, sales for sales; whoever administers signs for neither."""
    signed = playbooks.sign(proposed(), side, user=member("vera", role), now=NOW)
    expected = Signature if role.value == side.value else Refused
    assert isinstance(signed, expected)


def test_whoever_is_disabled_signs_nothing() -> None:
    """A user who has left has no role any more."""
    gone = member("gone", Role.SALES, is_active=False)
    assert playbooks.sign(proposed(), Side.SALES, user=gone, now=NOW) == Refused(Refusal.NOT_ALLOWED)


def test_a_side_signs_a_version_once() -> None:
    """A second yes says nothing new, and is refused."""
    version = proposed()
    playbooks.sign(version, Side.SALES, user=simon(), now=NOW)
    second = playbooks.sign(version, Side.SALES, user=member("sven", Role.SALES), now=NOW)
    assert second == Refused(Refusal.SIGNED_ALREADY)


def test_one_person_does_not_sign_for_both_sides() -> None:
    """Whoever changes from marketing to sales cannot say yes to his own text."""
    version, user = proposed(), mara()
    playbooks.sign(version, Side.MARKETING, user=user, now=NOW)
    user.role = Role.SALES
    user.save()
    assert playbooks.sign(version, Side.SALES, user=user, now=NOW) == Refused(Refusal.SAME_PERSON)


def test_nothing_is_published_without_both_signatures() -> None:
    """With none and with one it is refused, and no round is spent on it."""
    version, user = proposed(), mara()
    for _ in range(2):
        answer = playbooks.publish(version, mode=Mode.FROM_NOW_ON, by=user, now=NOW)
        assert answer == Refused(Refusal.NOT_SIGNED)
        playbooks.sign(version, Side.MARKETING, user=user, now=NOW)
    assert not Round.objects.exists()
    assert playbooks.active() is None


def test_a_published_version_decides_from_a_round_of_its_own() -> None:
    """It lies after all rounds before it, and every unit is looked at again."""
    unit = Unit.objects.create()
    earlier = rounds.open_round(NOW + 5)
    publication = published(now=NOW)
    assert publication.at > earlier.at
    assert Round.objects.latest("at").at == publication.at
    unit.refresh_from_db()
    assert unit.dirty_at == publication.at
    assert playbooks.active() == publication.version


def test_the_active_version_is_not_published_again() -> None:
    """An earlier one may come back."""
    first = published()
    again = playbooks.publish(first.version, mode=Mode.RETROACTIVE, by=first.by, now=NOW)
    assert again == Refused(Refusal.ACTIVE_ALREADY)
    published(OTHER)
    back = playbooks.publish(first.version, mode=Mode.RETROACTIVE, by=first.by, now=NOW)
    assert isinstance(back, Publication)
    assert playbooks.active() == first.version
    assert len(playbooks.in_force(back.at)) == 3


def test_read_only_users_publish_nothing() -> None:
    """Whoever only reads changes nothing."""
    version = published().version
    assert playbooks.publish(version, mode=Mode.RETROACTIVE, by=member("rita", Role.READ_ONLY), now=NOW) == Refused(
        Refusal.NOT_ALLOWED
    )


def test_the_evaluator_is_given_all_versions_up_to_an_instant_in_order() -> None:
    """Each with its instant and whom it judges; what was compiled is there the next time."""
    first, second = published(), published(OTHER, mode=Mode.RETROACTIVE)
    versions = playbooks.core_versions(second.at)
    assert [(each.published_at, each.retroactive) for each in versions] == [(first.at, False), (second.at, True)]
    assert [each.playbook.rules["papers"].points for each in versions] == [10 * MICRO, 11 * MICRO]
    assert playbooks.core_versions(second.at - 1) == versions[:1]
    assert playbooks.core_versions(first.at - 1) == ()
    assert all(a is b for a, b in zip(versions, playbooks.core_versions(second.at), strict=True))


def test_every_refusal_has_its_words_and_every_action_its_roles() -> None:
    """The lists are closed."""
    assert set(TEXTS) == set(Refusal)
    assert set(MAY) == set(Action)
    assert anna().role == Role.ADMIN


def test_an_attribute_keeps_its_type(db: None) -> None:
    """The past is evaluated by its own versions, so that all of them must read the same."""
    del db
    published()
    other = PLAYBOOK.replace("relation: {type: text}", "relation: {type: text}\n  size: {type: number}")
    published(other, now=NOW + 10)
    version = proposed(PLAYBOOK.replace("relation: {type: text}", "relation: {type: text}\n  size: {type: text}"))
    for side, role in ((Side.MARKETING, Role.MARKETING), (Side.SALES, Role.SALES)):
        playbooks.sign(version, side, user=member(f"another {side}", role), now=NOW)
    refused = playbooks.publish(version, mode=Mode.RETROACTIVE, by=version.signatures.earliest("pk").user, now=NOW + 20)
    assert refused == Refused(Refusal.OTHER_TYPE)


@pytest.mark.django_db(transaction=True)
def test_the_first_definition_that_lets_accounts_decide_brings_colleagues_together(clock: SetClock) -> None:
    """Those who came before it too, however their accounts chain; leads of other companies stay apart."""
    source = Source.objects.create(name="crm", kind=SourceKind.SERVER, created_at=clock())
    signed(PLAYBOOK, now=clock())
    for name, account in (("ada", "acme"), ("bob", "acme"), ("eve", "umbrella"), ("kim", "none of these")):
        happened(source, "paper", clock.move(60), email=f"{name}@example.com", account=account)
    all_rounds(clock)
    happened(source, "paper", clock.move(60), email="bob@example.com", account="umbrella")
    all_rounds(clock)
    assert len({lead_of(f"{name}@example.com").unit_id for name in ("ada", "bob", "eve", "kim")}) == 4
    signed(PUPILS, now=clock.move(60))
    units = [lead_of(f"{name}@example.com").unit_id for name in ("ada", "bob", "eve", "kim")]
    assert len(set(units[:3])) == 1
    assert units[3] not in units[:3]
    all_rounds(clock)
    assert replay().differences == []
