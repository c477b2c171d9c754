"""Tasks: what is to be done about a lead, by whom, and when."""

from __future__ import annotations

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ripeline.server.handoffs import OPEN, Handoff
from ripeline.server.instants import InstantField
from ripeline.server.leads import Lead
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.users import Action, Role, User, may

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
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    done_at = InstantField(null=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        """Open tasks are looked for by owner and by lead, the most urgent first."""

        indexes = (
            models.Index(fields=["owner", "due_at"], name="task_open", condition=Q(done_at__isnull=True)),
            models.Index(fields=["lead"], name="task_of_lead", condition=Q(done_at__isnull=True)),
        )


def words_of(task: Task) -> str:
    """What is to be done; why to look again is told in the reader's language."""
    return gettext(task.text) if task.kind == TaskKind.REVISIT else task.text


def add(
    lead: Lead, text: str, *, kind: TaskKind, due_at: int, owner: User | None = None, by: User, now: int
) -> Task | Refused:
    """A new task of a user, or of marketing; refused without a word on what is to be done."""
    words = " ".join(text.split())[:LONGEST]
    if not may(by, Action.ACT_ON_LEADS):
        return Refused(Refusal.NOT_ALLOWED)
    if not words:
        return Refused(Refusal.NO_TEXT)
    said = {"lead": lead, "text": words, "kind": kind, "due_at": due_at, "owner": owner}
    with transaction.atomic():
        return Task.objects.create(**said, created_at=now, created_by=by)


def done(task: Task, *, by: User, now: int) -> Task | Refused:
    """Say that it was done."""
    return _change(task, by, done_at=now, done_by=by)


def postpone(task: Task, *, due_at: int, by: User, now: int) -> Task | Refused:
    """Let it be due at another instant, in the future."""
    return Refused(Refusal.IN_THE_PAST) if due_at <= now else _change(task, by, due_at=due_at)


def hand_over(owner: User, to: User | None) -> int:
    """Let all open tasks of a user be another's, or marketing's, in the caller's transaction; how many they were."""
    return Task.objects.filter(owner=owner, done_at=None).update(owner=to)


def may_settle(user: User, task: Task) -> bool:
    """Whether a user may say that it is done: its owner; of marketing's whoever is of marketing."""
    if not may(user, Action.ACT_ON_LEADS):
        return False
    if task.owner is None:
        return user.role == Role.MARKETING
    return task.owner == user


def of(user: User) -> models.QuerySet[Task]:
    """A user's own open tasks, overdue ones first."""
    return _open().filter(owner=user)


def of_marketing() -> models.QuerySet[Task]:
    """Marketing's open tasks, overdue ones first."""
    return _open().filter(owner=None)


def without_next_step() -> models.QuerySet[Lead]:
    """Leads on which people are at work and for which nothing is planned: no hand-off is open, and no task.

    Whoever gives a lead back with a date leaves a task, so a recycled lead without one is among them.
    """
    return Lead.objects.filter(no_next_step(), merged_into=None).order_by("pk")


def no_next_step() -> Q:
    """Of leads: that people are at work on them, and nothing is planned."""
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
