"""Who sees which leads: marketing and whoever administers or reads see all, a rep sees what is the rep's.

Everything that shows leads to people or programs asks here; what somebody may not see does not exist to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.db.models import Model, Q

from ripeline.server.accounts import Account
from ripeline.server.handoffs import OPEN, Assignment, Handoff
from ripeline.server.instants import FOREVER
from ripeline.server.leads import Lead, Membership
from ripeline.server.users import Action, may

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from ripeline.server.users import User

M = TypeVar("M", bound=Model)


def leads_of(user: User) -> QuerySet[Lead]:
    """The leads that a user sees.

    A rep's are those that the rep owns, that were ever offered to the rep, that nobody has been offered yet, and those
    of accounts that the rep owns; whoever manages sales sees those of all reps.
    """
    if may(user, Action.READ_ALL):
        return Lead.objects.all()
    offered = handoffs_of(user).values("lead")
    if user.is_manager:
        return Lead.objects.filter(Q(owner__isnull=False) | Q(pk__in=offered))
    members = Membership.objects.filter(account__owner=user, until=FOREVER).values("lead")
    return Lead.objects.filter(Q(owner=user) | Q(pk__in=offered) | Q(pk__in=members))


def handoffs_of(user: User) -> QuerySet[Handoff]:
    """The hand-offs that a user sees: a rep's own, now or before, the open ones that are nobody's; others see all."""
    if may(user, Action.READ_ALL) or user.is_manager:
        return Handoff.objects.all()
    before = Assignment.objects.filter(rep=user).values("handoff")
    return Handoff.objects.filter(Q(rep=user) | Q(pk__in=before) | Q(rep=None, status__in=OPEN))


def seen_by(user: User, rows: QuerySet[M], lead: str = "lead") -> QuerySet[M]:
    """Of rows that speak of leads, in the column `lead`, those whose lead the user sees."""
    return rows if may(user, Action.READ_ALL) else rows.filter(**{f"{lead}__in": leads_of(user)})


def accounts_of(user: User) -> QuerySet[Account]:
    """The accounts that a user sees: the rep's own, and those of leads that the rep sees."""
    if may(user, Action.READ_ALL):
        return Account.objects.all()
    members = Membership.objects.filter(lead__in=leads_of(user), until=FOREVER).values("account")
    return Account.objects.filter(Q(owner=user) | Q(pk__in=members))
