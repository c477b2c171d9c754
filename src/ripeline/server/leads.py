"""Leads, the identifiers by which they are known, and merges that can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from ripeline.server.accounts import Account
from ripeline.server.chunks import chunks
from ripeline.server.instants import FOREVER, InstantField

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_JOIN = "UPDATE server_lead SET unit_id = %s WHERE unit_id = %s"


class IdentifierKind(models.TextChoices):
    """By what a person is known."""

    LEAD = "lead", _("Lead")  # the lead's own number, for what our people say of it
    EXTERNAL = "external", _("Identifier elsewhere")
    USER_ID = "user_id", _("User")
    EMAIL = "email", _("E-mail")
    ANONYMOUS = "anonymous", _("Visitor")


class Unit(models.Model):
    """What is evaluated together: leads that share, or ever shared, an account or a person.

    Units join and never part, so that each decision of the past is reproduced from the rows of one unit.
    """

    dirty_at = InstantField(null=True)  # the last round that brought rows nobody has decided on
    next_look_at = InstantField(null=True)  # when a gate could change without a new row
    claimed_by = models.BigIntegerField(default=0)  # the round that works on it
    claimed_until = InstantField(default=0)
    failures = models.PositiveIntegerField(default=0)  # how often it could not be evaluated
    parted_at = InstantField(null=True)  # when somebody was last erased from it, on whose rows decisions rest

    class Meta:
        """Units are looked for by what is to be done."""

        indexes = (
            models.Index(fields=["dirty_at"], name="unit_dirty", condition=models.Q(dirty_at__isnull=False)),
            models.Index(fields=["next_look_at"], name="unit_next", condition=models.Q(next_look_at__isnull=False)),
        )


_OWN = models.Q(merged_into__isnull=True)


class Lead(models.Model):
    """A person with at least one known identifier, and how that person stood when last decided on.

    Everything from `stage` on is a projection that a replay of the ledger rebuilds.
    """

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="leads")
    created_at = InstantField()
    # Its index holds the merged ones only: else SQLite takes it to find all who are not.
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="absorbed", db_index=False
    )
    decided_at = InstantField(default=0)  # up to where it is decided
    owner = models.ForeignKey("server.User", on_delete=models.PROTECT, null=True)  # none: marketing
    stage = models.CharField(max_length=16, default="lead")
    scores = models.TextField(default="{}")  # points by axis, in micro-points; empty while it has none
    cell = models.CharField(max_length=32, default="", blank=True)
    persona = models.CharField(max_length=64, default="", blank=True)
    language = models.CharField(max_length=3, default="", blank=True)  # as `languages` finds it in what is told
    phase = models.CharField(max_length=16, default="", blank=True)
    excluded = models.CharField(max_length=64, default="", blank=True)
    not_evaluated = models.CharField(max_length=16, default="", blank=True)
    progress = models.TextField(default="{}")  # to each gate, in millionths
    ahead = models.IntegerField(default=0)  # progress to the gate that comes next, in millionths; past both it is 0
    engagement = models.BigIntegerField(default=0)  # the axes that lists sort by, in micro-points; 0 while it has none
    fit = models.BigIntegerField(default=0)
    last_at = InstantField(default=0)  # its last activity; 0: none
    plain = models.BooleanField(default=False)
    silent = models.BooleanField(default=False)  # a test of silence in the active definition holds
    surging = models.BooleanField(default=False)
    waits_for = models.CharField(max_length=16, default="", blank=True)  # what a new offer waits for
    waits_since = InstantField(default=0)
    cool_until = InstantField(default=0)
    computed_at = InstantField(null=True)
    nurture_at = InstantField(null=True)  # when nurture looks at it next; none: when something about it changes

    class Meta:
        """Leads are listed by how they stand, newest first; each view of `lists` has its index."""

        indexes = (
            *(models.Index(fields=[name, "id"], name=f"lead_{name}") for name in ("stage", "cell", "persona")),
            models.Index(fields=["merged_into"], name="lead_merged", condition=~_OWN),
            models.Index(
                fields=["persona", "language", "phase", "stage", "excluded"], name="lead_reader", condition=_OWN
            ),
            models.Index(fields=["last_at", "id"], name="lead_last", condition=_OWN),
            models.Index(fields=["stage", "ahead", "id"], name="lead_ahead", condition=_OWN),
            models.Index(fields=["ahead", "id"], name="lead_near", condition=_OWN),
            *(
                models.Index(fields=["last_at", "id"], name=f"lead_{name}", condition=_OWN & models.Q(**{name: True}))
                for name in ("plain", "silent", "surging")
            ),
            models.Index(fields=["last_at", "id"], name="lead_excluded", condition=_OWN & models.Q(excluded__gt="")),
            models.Index(
                fields=["nurture_at", "id"], name="lead_nurture", condition=models.Q(nurture_at__isnull=False)
            ),
            models.Index(
                fields=["waits_for", "cool_until", "id"], name="lead_waits", condition=_OWN & models.Q(waits_for__gt="")
            ),
        )


class Identifier(models.Model):
    """One value by which a person is known; without a lead it is a visitor."""

    kind = models.CharField(max_length=16, choices=IdentifierKind.choices)
    value = models.CharField(max_length=254)
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, null=True, related_name="identifiers")
    created_at = InstantField()
    is_vouched_for = models.BooleanField(default=False)  # a server or one of our people has named it
    bounced_at = InstantField(null=True)  # since when no mail of ours arrives at this address

    class Meta:
        """A value of a kind stands for one person."""

        constraints = (models.UniqueConstraint(fields=["kind", "value"], name="identifier_once"),)


class Attachment(models.Model):
    """From when until when an identifier's rows were a lead's.

    To the lead a row was known from `known_from` on, or from its own round if that was later.
    """

    identifier = models.ForeignKey(Identifier, on_delete=models.PROTECT, related_name="attachments")
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="attachments")
    since = InstantField()
    until = InstantField(default=FOREVER)
    known_from = InstantField()


class Membership(models.Model):
    """From when until when a lead belonged to an account."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="memberships")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="memberships")
    since = InstantField()
    until = InstantField(default=FOREVER)
    by_rule = models.BooleanField(default=False)  # by the domain of its e-mail, because no source named an account


def kept_of(leads: Iterable[int]) -> dict[int, int]:
    """By lead, the lead that it is now: it may have been merged into another one, and that one into a third."""
    whose = {lead: lead for lead in leads}
    wanted = set(whose)
    while wanted:
        moved: dict[int, int] = {}
        for chunk in chunks(sorted(wanted)):
            rows = Lead.objects.filter(pk__in=chunk, merged_into__isnull=False)
            moved |= {lead: kept for lead, kept in rows.values_list("pk", "merged_into") if kept is not None}
        whose = {lead: moved.get(kept, kept) for lead, kept in whose.items()}
        wanted = set(moved.values())
    return whose


def with_absorbed(leads: Iterable[int]) -> dict[int, int]:
    """By the number of each of these leads, and of those that were merged into them, which of them it is now."""
    whose = {lead: lead for lead in leads}
    last = set(whose)
    while last:
        rows = Lead.objects.filter(merged_into__in=last).values_list("pk", "merged_into")
        found = {lead: whose[into] for lead, into in rows if into is not None and lead not in whose}
        whose |= found
        last = set(found)
    return whose


def join_all(joins: Sequence[tuple[int, int]], at: int) -> None:
    """Let the leads of each second unit be of the first from now on, one after the other, and have them evaluated."""
    with connection.cursor() as cursor:
        cursor.executemany(_JOIN, joins)
    ended = {former for _, former in joins}
    for chunk in chunks(sorted(ended)):
        Unit.objects.filter(pk__in=chunk).update(dirty_at=None, next_look_at=None)
    for chunk in chunks(sorted({unit for unit, _former in joins} - ended)):
        Unit.objects.filter(pk__in=chunk).update(dirty_at=at)


def join_accounts(at: int) -> None:
    """Let all leads that share, or ever shared, an account be evaluated together from now on."""
    whose = dict(Lead.objects.values_list("pk", "unit"))
    became: dict[int, int] = {}  # by unit the one that it became part of
    first: dict[int, int] = {}  # by account the unit of one of its leads
    joins: list[tuple[int, int]] = []
    for account, lead in Membership.objects.order_by("account", "lead").values_list("account", "lead").iterator():
        unit = _last(became, whose[lead])
        kept = _last(became, first.setdefault(account, unit))
        if kept != unit:
            became[unit] = kept
            joins.append((kept, unit))
    join_all(joins, at)


def _last(became: dict[int, int], unit: int) -> int:
    while unit in became:
        unit = became[unit]
    return unit
