"""The definition as the company holds it: versions by the hash of their text, signatures, publications."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from ripeline.core import playbook_yaml
from ripeline.core.needs import needs_of
from ripeline.core.scenario_run import run_scenarios
from ripeline.core.scoring import Version
from ripeline.server.digests import digest_of
from ripeline.server.instants import InstantField
from ripeline.server.kept import Kept
from ripeline.server.leads import Unit, join_accounts
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.rounds import open_round
from ripeline.server.staff.users import Action, User, may

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ripeline.core.playbook import Playbook

_NOTHING = """
playbook: None
timezone: UTC
consent: assumed
activities: {any: {event: any}}
rules: {any: {on: any, points: 0}}
gates: {mql: {enter: {did: any}}, sales_ready: {enter: {did: any}}}
"""
_VERSIONS_AT_HAND = 64
_AT_HAND: ContextVar[list[PlaybookVersion | None] | None] = ContextVar("at_hand", default=None)


class Side(models.TextChoices):
    """Whose signature it is."""

    MARKETING = "marketing", _("Marketing")
    SALES = "sales", _("Sales")


class Mode(models.TextChoices):
    """Whom a publication judges."""

    FROM_NOW_ON = "from_now_on", _("From now on: each lead at its next own row")
    RETROACTIVE = "retroactive", _("All leads at once")


class PlaybookVersion(Kept):
    """One text, for ever: its key is the SHA-256 of it."""

    digest = models.CharField(max_length=64, primary_key=True)
    text = models.TextField()
    title = models.CharField(max_length=200)
    created_at = InstantField()


class Signature(Kept):
    """A person's yes to one version, for marketing or for sales."""

    version = models.ForeignKey(PlaybookVersion, on_delete=models.PROTECT, related_name="signatures")
    side = models.CharField(max_length=16, choices=Side.choices)
    user = models.ForeignKey(User, on_delete=models.PROTECT)
    at = InstantField()

    class Meta:
        """A side signs a version once."""

        constraints = (models.UniqueConstraint(fields=["version", "side"], name="signed_once"),)


class Publication(Kept):
    """From this instant on the version decides."""

    version = models.ForeignKey(PlaybookVersion, on_delete=models.PROTECT, related_name="publications")
    at = InstantField(unique=True)
    mode = models.CharField(max_length=16, choices=Mode.choices)
    by = models.ForeignKey(User, on_delete=models.PROTECT)


class NoLongerAPlaybook(Exception):
    """A text that was a playbook when it was proposed is none to this release."""


_SIGNS = {Side.MARKETING: Action.SIGN_MARKETING, Side.SALES: Action.SIGN_SALES}


def propose(text: str, *, now: int) -> PlaybookVersion | Refused:
    """The version of a text, kept from now on; refused, with all that is wrong, unless its scenarios hold."""
    playbook = playbook_yaml.load(text, file="playbook.yaml")
    if isinstance(playbook, tuple):
        return Refused(Refusal.NO_PLAYBOOK, problems=playbook)
    failing = tuple(played for played in run_scenarios(playbook) if played.differences)
    if failing:
        return Refused(Refusal.SCENARIO_FAILS, scenarios=failing)
    said = {"text": text, "title": playbook.playbook, "created_at": now}
    with transaction.atomic():
        return PlaybookVersion.objects.get_or_create(digest=digest_of(text), defaults=said)[0]


def sign(version: PlaybookVersion, side: Side, *, user: User, now: int) -> Signature | Refused:
    """One side's yes; refused to other roles, a second time, and to whoever signed for the other side."""
    if not may(user, _SIGNS[side]):
        return Refused(Refusal.NOT_ALLOWED)
    with transaction.atomic():
        # Whoever signs at the same time waits here, so that both look at the same signatures.
        PlaybookVersion.objects.select_for_update().get(pk=version.pk)
        signed = dict(Signature.objects.filter(version=version).values_list("side", "user"))
        if side in signed:
            return Refused(Refusal.SIGNED_ALREADY)
        if user.pk in signed.values():
            return Refused(Refusal.SAME_PERSON)
        return Signature.objects.create(version=version, side=side, user=user, at=now)


def publish(version: PlaybookVersion, *, mode: Mode, by: User, now: int) -> Publication | Refused:
    """Let a version decide from now on, as of a round of its own; refused without both signatures, or if it does."""
    if not may(by, Action.PUBLISH):
        return Refused(Refusal.NOT_ALLOWED)
    with transaction.atomic():
        round_ = open_round(now)  # others who publish wait here
        refusal = _unpublishable(version)
        if refusal:
            transaction.set_rollback(True)
            return Refused(refusal)
        published = Publication.objects.create(version=version, at=round_.at, mode=mode, by=by)
        _AT_HAND.set(None)
        deque(Unit.objects.select_for_update().order_by("pk").values_list("pk").iterator(), maxlen=0)  # as rounds lock
        Unit.objects.update(dirty_at=round_.at)
        if playbook_of(version).accounts:
            join_accounts(round_.at)
        round_.finished_at = round_.at
        round_.save(update_fields=["finished_at"])
        return published


def _unpublishable(version: PlaybookVersion) -> Refusal | None:
    if set(version.signatures.values_list("side", flat=True)) != set(Side):
        return Refusal.NOT_SIGNED
    if active() == version:
        return Refusal.ACTIVE_ALREADY
    try:
        # The past is evaluated by the versions of the past, so all of them read the same columns.
        needs_of(
            [playbook_of(one) for one in PlaybookVersion.objects.filter(publications__isnull=False)]
            + [playbook_of(version)]
        )
    except ValueError:
        return Refusal.OTHER_TYPE
    return None


def active() -> PlaybookVersion | None:
    """The version that decides now; None before the first publication."""
    at_hand = _AT_HAND.get()
    if at_hand:
        return at_hand[0]
    last = Publication.objects.select_related("version").order_by("at").last()
    version = last.version if last else None
    if at_hand is not None:
        at_hand.append(version)
    return version


def active_playbook() -> Playbook | None:
    """What the version says that decides now; None before the first publication."""
    version = active()
    return None if version is None else playbook_of(version)


def current() -> Playbook:
    """The same; before the first publication one that knows nothing."""
    playbook = active_playbook()
    if playbook is not None:
        return playbook
    nothing = playbook_yaml.load(_NOTHING, file="none")
    if isinstance(nothing, tuple):
        raise TypeError(nothing)
    return nothing


def published_at() -> int:
    """Since when the version decides that decides now; 0 before the first publication."""
    return Publication.objects.aggregate(last=models.Max("at"))["last"] or 0


@contextmanager
def asked_once() -> Iterator[None]:
    """Let `active` ask the database once within: a page is of one moment. Whoever publishes asks anew."""
    before = _AT_HAND.set([])
    try:
        yield
    finally:
        _AT_HAND.reset(before)


def timezone() -> ZoneInfo:
    """The zone in which the definition that decides now counts days; UTC before the first publication."""
    playbook = active_playbook()
    return ZoneInfo(playbook.timezone if playbook else "UTC")


def in_force(at: int) -> tuple[Publication, ...]:
    """All publications up to an instant, in their order."""
    return tuple(Publication.objects.filter(at__lte=at).order_by("at"))


def core_versions(at: int) -> tuple[Version, ...]:
    """The same as the evaluator takes them; what it has compiled of a publication is kept."""
    return tuple(_core_version(one.version_id, one.at, one.mode) for one in in_force(at))


def deciding(publications: Sequence[Publication], at: int) -> Publication:
    """Which of some publications, in their order, decides at an instant; raises IndexError before the first one."""
    return [one for one in publications if one.at <= at][-1]


def playbook_of(version: PlaybookVersion) -> Playbook:
    """The definition of a version."""
    return _playbook(version.pk)


@lru_cache(_VERSIONS_AT_HAND)
def _core_version(digest: str, at: int, mode: str) -> Version:
    return Version(_playbook(digest), published_at=at, retroactive=mode == Mode.RETROACTIVE)


@lru_cache(_VERSIONS_AT_HAND)
def _playbook(digest: str) -> Playbook:
    """The playbook of a version; it was read without a problem when it was proposed."""
    text = PlaybookVersion.objects.values_list("text", flat=True).get(digest=digest)
    playbook = playbook_yaml.load(text, file=digest)
    if isinstance(playbook, tuple):
        raise NoLongerAPlaybook(str(playbook[0]))
    return playbook
