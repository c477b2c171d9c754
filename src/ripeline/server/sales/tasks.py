"""Tasks: what is to be done about a lead, by whom, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ripeline.server import instants
from ripeline.server.chunks import chunks
from ripeline.server.decisions import Decision, DecisionKind
from ripeline.server.instants import DAY, InstantField
from ripeline.server.leads import Lead
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sales.handoffs import OPEN, Handoff, HandoffStatus
from ripeline.server.staff.users import Action, Role, User, may

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST = 500


class TaskKind(models.TextChoices):
    """What is to be done."""

    CALL = "call", _("Call")
    SEND = "send", _("Send something")
    REVISIT = "revisit", _("Look at it again")
    REPAIR_DATA = "repair_data", _("Mend the data")
    PREPARED_STEP = "prepared_step", _("Prepared step")
    OTHER = "other", _("Something else")


class Task(models.Model):
    """One thing to be done about a lead; open until somebody did it."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="tasks")
    kind = models.CharField(max_length=16, choices=TaskKind.choices)
    text = models.CharField(max_length=LONGEST)
    due_at = InstantField()
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="tasks")  # none: marketing
    created_at = InstantField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # none: a track
    done_at = InstantField(null=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # none: it became idle
    once = models.CharField(max_length=64, null=True, unique=True)  # of the form by which it was added

    class Meta:
        """Open tasks are looked for by owner and by lead, the most urgent first."""

        indexes = (
            models.Index(fields=["owner", "due_at"], name="task_open", condition=Q(done_at__isnull=True)),
            models.Index(fields=["lead"], name="task_of_lead", condition=Q(done_at__isnull=True)),
        )


OF_VERDICTS = (TaskKind.REVISIT, TaskKind.PREPARED_STEP, TaskKind.REPAIR_DATA)
"""What a rep leaves to marketing with a lead that is given back."""
_IDLE = {
    (DecisionKind.MOVE, "customer"): OF_VERDICTS,
    (DecisionKind.MOVE, "disqualified"): OF_VERDICTS,
    (DecisionKind.HANDOFF, HandoffStatus.OFFERED): (TaskKind.REPAIR_DATA,),
}
"""By what is decided on a lead which of its tasks nobody needs to do any more."""


def words_of(task: Task) -> str:
    """What is to be done; in the reader's language, unless a person has written it."""
    is_ours = task.created_by_id is None or task.kind in (TaskKind.REVISIT, TaskKind.REPAIR_DATA)
    return gettext(task.text) if is_ours else task.text


def add(
    lead: Lead,
    text: str,
    *,
    kind: TaskKind,
    due_at: int,
    owner: User | None = None,
    by: User,
    now: int,
    once: str | None = None,
) -> Task | Refused:
    """A new task of a user, or of marketing; refused without a word on what is to be done.

    A token of `activities.token` as `once` lets it be added once, however often it is sent.
    """
    words = " ".join(text.split())[:LONGEST]
    if not may(by, Action.ACT_ON_LEADS):
        return Refused(Refusal.NOT_ALLOWED)
    if not words:
        return Refused(Refusal.NO_TEXT)
    if not instants.is_plan(due_at):
        return Refused(Refusal.NO_TIME)
    said = {"lead": lead, "text": words, "kind": kind, "due_at": due_at, "owner": owner}
    made = {"created_at": now, "created_by": by}
    with transaction.atomic():
        if once is None:
            return Task.objects.create(**said, **made)
        task, is_new = Task.objects.get_or_create(once=f"{by.pk}-{once}", defaults=said | made)
        is_same = (task.lead, task.kind, task.text, task.owner) == (lead, kind, words, owner)
        return task if is_new or is_same else Refused(Refusal.LOGGED_ALREADY)


def plan(lead: Lead, text: str, *, owner: User | None, once: str, now: int) -> Task:
    """What a track lets a user or marketing do, due a day later, in the caller's transaction; once for its key."""
    said = {"lead": lead, "text": text[:LONGEST], "kind": TaskKind.OTHER, "due_at": now + DAY, "owner": owner}
    return Task.objects.get_or_create(once=once, defaults=said | {"created_at": now})[0]


def follow(decisions: Sequence[Decision]) -> None:
    """Close, in the caller's transaction, what was left to marketing and became idle by these decisions."""
    for (kind, new), kinds in _IDLE.items():
        became = {one.lead_id: one.at for one in decisions if (one.kind, one.new) == (kind, new)}
        for chunk in chunks(sorted(became)):
            waiting = Task.objects.filter(lead__in=chunk, kind__in=kinds, done_at=None)
            waiting.update(done_at=max(became.values()))


def done(task: Task, *, by: User, now: int) -> Task | Refused:
    """Say that it was done; nurture goes on where it waited for that."""
    with transaction.atomic():
        told = _change(task, by, done_at=now, done_by=by)
        if task.kind == TaskKind.PREPARED_STEP and not isinstance(told, Refused):
            Lead.objects.filter(pk=task.lead_id, merged_into=None).update(nurture_at=now)
        return told


def postpone(task: Task, *, due_at: int, by: User, now: int) -> Task | Refused:
    """Let it be due at another instant, in the future."""
    if not instants.is_plan(due_at):
        return Refused(Refusal.NO_TIME)
    return Refused(Refusal.IN_THE_PAST) if due_at <= now else _change(task, by, due_at=due_at)


def hand_over(owner: User, to: User | None) -> int:
    """Let all open tasks of a user be another's, or marketing's, in the caller's transaction; how many they were."""
    return Task.objects.filter(owner=owner, done_at=None).update(owner=to)


def may_settle(user: User, task: Task) -> bool:
    """Whether a user may say that it is done: its owner; of marketing's whoever is of marketing.

    Of a rep's, whoever leads the team may, too.
    """
    if not may(user, Action.ACT_ON_LEADS):
        return False
    if task.owner is None:
        return user.role == Role.MARKETING
    return task.owner == user or (task.owner.role == Role.SALES and may(user, Action.LEAD_TEAM))


def of(user: User) -> models.QuerySet[Task]:
    """A user's own open tasks, overdue ones first."""
    return _open().filter(owner=user)


def of_marketing() -> models.QuerySet[Task]:
    """Marketing's open tasks, overdue ones first."""
    return _open().filter(owner=None)


def of_reps(*, besides: User) -> models.QuerySet[Task]:
    """The open tasks of all reps but one, overdue ones first."""
    return _open().filter(owner__role=Role.SALES).exclude(owner=besides)


def no_next_step() -> Q:
    """Of leads: that people are at work on them, and nothing is planned: no hand-off is open, and no task.

    Whoever gives a lead back with a date leaves a task, so a recycled lead without one is among them.
    """
    planned = Exists(Task.objects.filter(lead=OuterRef("pk"), done_at=None))
    return Q(~is_offered(), ~planned, stage__in=("mql", "sql", "opportunity"))


def is_offered() -> Exists:
    """Of leads: that a hand-off is open."""
    return Exists(Handoff.objects.filter(lead=OuterRef("pk"), status__in=OPEN))


def _open() -> models.QuerySet[Task]:
    return Task.objects.filter(done_at=None).select_related("lead", "owner", "created_by").order_by("due_at", "pk")


def _change(task: Task, by: User, **changes: object) -> Task | Refused:
    if not may_settle(by, task):
        return Refused(Refusal.NOT_ALLOWED)
    with transaction.atomic():
        won = Task.objects.filter(pk=task.pk, done_at=None).update(**changes)
    if not won:
        return Refused(Refusal.CLOSED_ALREADY)
    task.refresh_from_db()
    return task
