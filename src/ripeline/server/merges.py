"""Two leads that turn out to be one person, and how that is undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ripeline.core.acts import OVERRIDE_LASTS
from ripeline.integrations.segment import digest
from ripeline.server import instants, json_text, languages, sources
from ripeline.server.consent import consents
from ripeline.server.events import IN_FORCE, consequence, rows_of
from ripeline.server.instants import FOREVER, InstantField
from ripeline.server.leads import Attachment, Identifier, IdentifierKind, Lead, Membership, Unit, join_all
from ripeline.server.nurture import enrollments
from ripeline.server.nurture.enrollments import Enrollment
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.rounds import open_round
from ripeline.server.sales.handoffs import OPEN, HandoffStatus
from ripeline.server.staff.users import Action, may

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ripeline.server.staff.users import User

_FURTHER = ("lead", "mql", "lost", "disqualified", "sql", "opportunity", "customer")
MOST_DOUBTS = 20
"""So many other leads a lead is kept in doubt with; whoever sends more of them fills no table and hides no page."""
_WORKED = {HandoffStatus.OFFERED: 1, HandoffStatus.ACCEPTED: 2}


class Merge(models.Model):
    """Two leads turned out to be one person; undone when they turned out not to be."""

    kept = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="merges_kept")
    absorbed = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="merges_absorbed")
    at = InstantField()
    by = models.ForeignKey("server.User", on_delete=models.PROTECT, null=True)
    undone_at = InstantField(null=True)
    undone_by = models.ForeignKey("server.User", on_delete=models.PROTECT, null=True, related_name="+")


class DoubtReason(models.TextChoices):
    """Why only a person may say whether two leads are one."""

    TWO_EXTERNALS = "two_externals", _("They have different ids elsewhere")
    TWO_USER_IDS = "two_user_ids", _("They have different ids of a user")
    TWO_EMAILS = "two_emails", _("They have different e-mails")
    TOO_MANY = "too_many", _("They would be known by too many ids")
    TOLD_BY_ANYBODY = "told_by_anybody", _("Only a website or a form says so")


class Doubt(models.Model):
    """Two leads that may be one person, where only a person may say so."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="doubts")
    other = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=32, choices=DoubtReason.choices)
    at = InstantField()
    settled_at = InstantField(null=True)  # the two became one after all

    class Meta:
        """The same doubt is kept once."""

        constraints = (models.UniqueConstraint(fields=["lead", "other", "reason"], name="doubt_once"),)


def merge(first: Lead, second: Lead, *, at: int, by: User | None = None) -> Merge:
    """One lead from now on: the one whose work is further, else the older one, keeps its number and its work.

    `at` is the instant of the caller's round. What the other one did is known of the kept one from then on; what people
    did with the other one stays with it, but for its newest override and whatever consent was withdrawn.
    """
    kept, absorbed = sorted((first, second), key=_precedence)
    _let_go(absorbed, at)
    _carry_over(kept, absorbed, at)
    for old in Attachment.objects.filter(lead=absorbed, until=FOREVER):
        _re_point(old, kept, at, known_from=at)
    consents.keep_refusals([kept], at)
    languages.keep([kept])
    joined = Membership.objects.filter(lead=absorbed, until=FOREVER).first()
    Membership.objects.filter(lead=absorbed, until=FOREVER).update(until=at)
    if joined is not None and not Membership.objects.filter(lead=kept, until=FOREVER).exists():
        Membership.objects.create(lead=kept, account=joined.account, since=at, by_rule=joined.by_rule)
    Doubt.objects.filter(lead__in=(kept, absorbed), other__in=(kept, absorbed), settled_at=None).update(settled_at=at)
    enrollments.end(Enrollment.objects.filter(lead=absorbed), "track_merged", now=at)
    absorbed.merged_into, absorbed.nurture_at = kept, None
    absorbed.save(update_fields=["merged_into", "nurture_at"])
    enrollments.awaken([kept.pk], at)
    join_units(kept, absorbed, at)
    return Merge.objects.create(kept=kept, absorbed=absorbed, at=at, by=by)


def merge_by_hand(first: Lead, second: Lead, *, by: User, now: int) -> Merge | Refused:
    """What a person says of two leads, in a round of its own."""
    if not may(by, Action.ACT_ON_LEADS):
        return Refused(Refusal.NOT_ALLOWED)
    if first.pk == second.pk:
        return Refused(Refusal.SAME_LEAD)
    with transaction.atomic():
        at = open_round(now).at  # others who merge wait here
        units = Unit.objects.select_for_update().filter(leads__in=[first, second]).order_by("pk")
        list(units)  # whoever decides on them at this moment is waited for
        one, other = Lead.objects.filter(pk__in=[first.pk, second.pk]).order_by("pk")
        if one.merged_into_id or other.merged_into_id:
            transaction.set_rollback(True)
            return Refused(Refusal.MERGED_ALREADY)
        return merge(one, other, at=at, by=by)


def unmerge(merge: Merge, *, by: User, now: int) -> Merge | Refused:
    """Two leads again, each with its own rows; no work is opened again."""
    if not may(by, Action.ACT_ON_LEADS):
        return Refused(Refusal.NOT_ALLOWED)
    with transaction.atomic():
        merge = Merge.objects.select_for_update().select_related("kept", "absorbed").get(pk=merge.pk)
        if merge.undone_at is not None:
            return merge
        if merge.kept.merged_into_id is not None:
            return Refused(Refusal.MERGED_SINCE)
        at = open_round(now).at
        for new in Attachment.objects.filter(lead=merge.kept, since=merge.at, until=FOREVER):
            old = Attachment.objects.filter(identifier=new.identifier, lead=merge.absorbed, until=merge.at).first()
            if old is not None:
                _re_point(new, merge.absorbed, at, known_from=old.known_from)
        _part_memberships(merge, at)
        languages.keep([merge.kept, merge.absorbed])
        enrollments.awaken([merge.kept_id, merge.absorbed_id], at)
        merge.absorbed.merged_into = None
        merge.absorbed.save(update_fields=["merged_into"])
        join_units(merge.kept, merge.absorbed, at)
        merge.undone_at, merge.undone_by = at, by
        merge.save(update_fields=["undone_at", "undone_by"])
        return merge


def part(identifier: Identifier, former: Lead, lead: Lead, *, at: int) -> None:
    """Let an identifier be another lead's from now on, with all its rows, and a person look at the two."""
    _re_point(Attachment.objects.get(identifier=identifier, until=FOREVER), lead, at, known_from=at)
    languages.keep([former, lead])
    enrollments.awaken([former.pk, lead.pk], at)
    join_units(former, lead, at)
    doubt(former, lead, DoubtReason.TOLD_BY_ANYBODY, at=at)


def doubt(lead: Lead, other: Lead, reason: DoubtReason, *, at: int) -> None:
    """Remember that a person should look at these two; of a lead that is taken for very many it is known by now."""
    first, second = sorted((lead, other), key=lambda one: one.pk)
    open_ones = Doubt.objects.filter(settled_at=None)
    if all(open_ones.filter(Q(lead=one) | Q(other=one)).count() < MOST_DOUBTS for one in (first, second)):
        Doubt.objects.get_or_create(lead=first, other=second, reason=reason, defaults={"at": at})


def join_units(first: Lead, second: Lead, at: int) -> None:
    """Let two leads be evaluated together from now on, and have it done."""
    if first.unit_id != second.unit_id:
        join_all([(first.unit_id, second.unit_id)], at)
        second.unit_id = first.unit_id
    Unit.objects.filter(pk=first.unit_id).update(dirty_at=at)


def _precedence(lead: Lead) -> tuple[int, int, int, int]:
    status = lead.handoffs.filter(status__in=OPEN).values_list("status", flat=True).first()
    worked = _WORKED.get(HandoffStatus(status), 0) if status else 0
    return -_FURTHER.index(lead.stage), -worked, lead.created_at, lead.pk


def _let_go(absorbed: Lead, at: int) -> None:
    """Its open hand-off ends before its rows leave it: an instant earlier, which the round has left for that."""
    if absorbed.handoffs.filter(status__in=OPEN).exists():
        _say(absorbed, "verdict_given", {"verdict": "merged"}, at=at - 1, of=absorbed)


def _carry_over(kept: Lead, absorbed: Lead, at: int) -> None:
    theirs, ours = _last_override(absorbed, at), _last_override(kept, at)
    if theirs is not None and (ours is None or theirs[0] > ours[0]):
        _say(kept, "override_set", theirs[1], at=at, of=absorbed)
    one, other = consents.of(kept), consents.of(absorbed)
    for purpose in sorted(one.keys() & other.keys()):
        if one[purpose].is_given != other[purpose].is_given:
            _say(kept, consents.WITHDRAWN, {"purpose": purpose}, at=at, of=absorbed)


def _say(lead: Lead, name: str, said: Mapping[str, object], *, at: int, of: Lead) -> None:
    """A row of what follows for a lead from the absorption of another one at this instant."""
    identifier = Identifier.objects.get(kind=IdentifierKind.LEAD, value=str(lead.pk))
    text = json_text.written(said)
    key = f"merge {of.pk} {at} {digest(f'{lead.pk} {name} {text}'.encode())}"
    row = consequence(sources.own(at), identifier.pk, name, said, key=key, at=at)
    row.claims = json_text.written({"lead": str(lead.pk)})
    row.save()


def _last_override(lead: Lead, at: int) -> tuple[int, dict[str, object]] | None:
    """When the override in force came into force, and what it says; None if none is."""
    last = rows_of(lead, "override_set", "override_ended").order_by(IN_FORCE, "at", "pk").last()
    if last is None or last.name == "override_ended" or last.known_at is None:
        return None
    since, said = min(last.at, last.known_at), json_text.read(last.properties)
    said.setdefault("until", instants.text(since + OVERRIDE_LASTS))
    return (since, said) if str(said["until"]) > instants.text(at) else None


def _re_point(old: Attachment, lead: Lead, at: int, *, known_from: int) -> None:
    old.until = at
    old.save(update_fields=["until"])
    Attachment.objects.create(identifier=old.identifier, lead=lead, since=at, known_from=known_from)
    Identifier.objects.filter(pk=old.identifier_id).update(lead=lead)


def _part_memberships(merge: Merge, at: int) -> None:
    """The restored lead is of its account again; the kept one stays in it only if it was there by itself."""
    restored = Membership.objects.filter(lead=merge.absorbed, until=merge.at).first()
    if restored is None:
        return
    Membership.objects.create(lead=merge.absorbed, account=restored.account, since=at, by_rule=restored.by_rule)
    Membership.objects.filter(lead=merge.kept, since=merge.at, account=restored.account, until=FOREVER).update(until=at)
