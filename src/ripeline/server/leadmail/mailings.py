"""Mailings: one template to all who are in a segment, once; started, watched and stopped by marketing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.db.models import Count, F, Q
from django.utils.translation import gettext_lazy as _

from ripeline.core.nurture import quiet_until
from ripeline.server import playbooks
from ripeline.server.chunks import CHUNK, chunks
from ripeline.server.instants import InstantField
from ripeline.server.leadmail import mail_templates, mails, reach
from ripeline.server.leadmail.clicks import Click
from ripeline.server.leadmail.mails import Held, Mail, MailKind
from ripeline.server.leads import with_absorbed
from ripeline.server.marketing import segments
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sales import handoffs
from ripeline.server.staff.users import Action, User, may

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ripeline.server.marketing.segments import Segment

LONGEST = 100
MOST_SHOWN = 20_000
"""So many leads are asked about before a start; of more the first ones stand for all."""


class MailingStatus(models.TextChoices):
    """How far a mailing is."""

    DRAFT = "draft", _("Draft")
    RUNNING = "running", _("Running")
    DONE = "done", _("All mails are on their way")
    STOPPED = "stopped", _("Stopped")


class Mailing(models.Model):
    """One template for the leads of a segment, as it was when the mailing was written down."""

    name = models.CharField(max_length=LONGEST)
    template = models.CharField(max_length=64)  # its name; each lead gets it in its language
    segment = models.CharField(max_length=segments.LONGEST)  # what it is called
    view = models.CharField(max_length=16)
    filters = models.TextField(default="{}")
    status = models.CharField(max_length=8, choices=MailingStatus.choices, default=MailingStatus.DRAFT)
    created_at = InstantField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="mailings")
    started_at = InstantField(null=True)
    stopped_at = InstantField(null=True)
    upto = models.BigIntegerField(default=0)  # leads up to this number have been looked at

    class Meta:
        """Those that run are found at once."""

        indexes = (
            models.Index(fields=["status"], name="mailing_running", condition=models.Q(status=MailingStatus.RUNNING)),
        )


@dataclass(frozen=True, slots=True)
class Forecast:
    """How many leads a mailing would reach now, and how many not, by why; `is_whole` unless there are too many.

    `again` of those reached have had a mailing of its template, or are about to.
    """

    reached: int
    again: int
    held: Mapping[Held, int]
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Numbers:
    """What became of a mailing's mails; `clicked` counts those that a person clicked in."""

    posted: int
    sent: int
    waiting: int
    bounced: int
    clicked: int
    held: Mapping[Held, int]


def add(name: str, template: str, segment: Segment, *, by: User, now: int) -> Mailing | Refused:
    """Write a mailing down; nothing leaves before it is started."""
    called = " ".join(name.split())
    if not may(by, Action.WRITE_TO_LEADS):
        return Refused(Refusal.NOT_ALLOWED)
    if not 0 < len(called) <= LONGEST:
        return Refused(Refusal.NO_MAILING)
    if not mail_templates.of_all([template]):
        return Refused(Refusal.NO_TEMPLATE)
    asked = {"segment": segment.name, "view": segment.view, "filters": segment.filters}
    with transaction.atomic():
        return Mailing.objects.create(name=called, template=template, by=by, created_at=now, **asked)


def start(mailing: Mailing, *, by: User, now: int) -> Mailing | Refused:
    """Let it run, once; refused while mails cannot leave at all, or do not say who sends them."""
    if not may(by, Action.WRITE_TO_LEADS):
        return Refused(Refusal.NOT_ALLOWED)
    refusal = mails.unready()
    if refusal is not None:
        return Refused(refusal)
    return _move(mailing, MailingStatus.DRAFT, MailingStatus.RUNNING, started_at=now)


def stop(mailing: Mailing, *, by: User, now: int) -> Mailing | Refused:
    """Let nothing more of it leave, from this instant on; what the mail server has is gone."""
    if not may(by, Action.WRITE_TO_LEADS):
        return Refused(Refusal.NOT_ALLOWED)
    with transaction.atomic():
        running = (MailingStatus.RUNNING, MailingStatus.DONE)
        won = Mailing.objects.filter(pk=mailing.pk, status__in=running)
        if not won.update(status=MailingStatus.STOPPED, stopped_at=now):
            return Refused(Refusal.CLOSED_ALREADY)
        mails.call_off(mailing.mails.all(), now=now)
    mailing.refresh_from_db()
    return mailing


def run(now: int) -> int:
    """Put the next mails of mailings that run on their way, some of each; how many leads were looked at."""
    return sum(_further(mailing, now) for mailing in Mailing.objects.filter(status=MailingStatus.RUNNING))


def forecast(mailing: Mailing, *, now: int) -> Forecast:
    """How many it would reach if it were started now, and how many would be held back, and why."""
    numbers = list(segments.leads_in(mailing).order_by("pk").values_list("pk", flat=True)[: MOST_SHOWN + 1])
    held: Counter[Held] = Counter()
    again = 0
    earlier = Mail.objects.filter(kind=MailKind.MAILING, about=mailing.template, held_at=None)
    for chunk in chunks(numbers[:MOST_SHOWN]):
        found, in_talks = reach.of_all(chunk, now=now), handoffs.with_sales(chunk)
        why = {lead: one.held or (Held.WITH_SALES if lead in in_talks else None) for lead, one in found.items()}
        held.update(one for one in why.values() if one is not None)
        free = [lead for lead, one in why.items() if one is None]
        again += earlier.filter(lead__in=free).values("lead").distinct().count()
    reached = len(numbers[:MOST_SHOWN]) - held.total()
    return Forecast(reached, again, dict(held.most_common()), len(numbers) <= MOST_SHOWN)


def quiet(now: int) -> int | None:
    """Until when the mails of mailings and tracks rest in the quiet hours; None while they may leave."""
    playbook = playbooks.active_playbook()
    return quiet_until(playbook.nurture, playbook.timezone, now) if playbook and playbook.nurture else None


def numbers(mailing: Mailing) -> Numbers:
    """What became of its mails."""
    own = mailing.mails.all()
    held = own.filter(held_at__isnull=False).values_list("held").annotate(count=Count("pk")).order_by("-count")
    people_only = Click.objects.filter(mail__mailing=mailing, is_machine=False)
    return Numbers(
        posted=own.count(),
        sent=own.filter(sent_at__isnull=False).count(),
        waiting=own.filter(sent_at=None, held_at=None, bounced_at=None).count(),
        bounced=own.filter(bounced_at__isnull=False).count(),
        clicked=people_only.values("mail").distinct().count(),
        held={Held(why): count for why, count in held},
    )


def doubled(found: Iterable[Mail], whose: Mapping[int, int]) -> set[int]:
    """Those of these mails whose reader has the same mailing by another one: two leads became one since it was posted.

    `whose` tells by the lead that a mail was meant for the lead that it is now.
    """
    ours = {mail.pk: (mail.mailing_id, whose[mail.lead_id]) for mail in found if mail.mailing_id}
    kept = with_absorbed({lead for _mailing, lead in ours.values()}) if ours else {}
    if not any(lead != now_it for lead, now_it in kept.items()):
        return set()
    rows = Mail.objects.filter(mailing__in={mailing for mailing, _lead in ours.values()}, lead__in=kept)
    first: dict[tuple[int | None, int], int] = {}
    # What was sent counts most, then what was posted first.
    for one in rows.filter(Q(sent_at__isnull=False) | Q(held_at=None)).order_by(
        F("sent_at").asc(nulls_last=True), "pk"
    ):
        first.setdefault((one.mailing_id, kept[one.lead_id]), one.pk)
    return {mail for mail, reader in ours.items() if first.get(reader, mail) != mail}


def _further(mailing: Mailing, now: int) -> int:
    """The next leads of one, in a transaction of their own; whoever else works on it has to wait, or takes the next."""
    with transaction.atomic():
        held = Mailing.objects.select_for_update().filter(pk=mailing.pk, status=MailingStatus.RUNNING).first()
        if held is None:
            return 0
        further = segments.leads_in(held).filter(pk__gt=held.upto).order_by("pk")
        found = list(further.values_list("pk", flat=True)[:CHUNK])
        mails.post_all(found, held.template, held, now=now)
        held.upto = found[-1] if found else held.upto
        held.status = MailingStatus.RUNNING if len(found) == CHUNK else MailingStatus.DONE
        held.save(update_fields=["upto", "status"])
    return len(found)


def _move(mailing: Mailing, old: MailingStatus, new: MailingStatus, **said: int) -> Mailing | Refused:
    with transaction.atomic():
        won = Mailing.objects.filter(pk=mailing.pk, status=old).update(status=new, **said)
    if not won:
        return Refused(Refusal.CLOSED_ALREADY)
    mailing.refresh_from_db()
    return mailing
