"""Who sees which leads: marketing and whoever administers or reads see all, a rep sees what is the rep's.

Everything that shows leads to people or programs asks here; what somebody may not see does not exist to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Model

from ripeline.server.accounts import Account
from ripeline.server.instants import FOREVER
from ripeline.server.leads import Lead, Membership
from ripeline.server.sales.handoffs import OPEN, Assignment, Handoff
from ripeline.server.staff.users import Action, may

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from ripeline.server.staff.users import User

M = TypeVar("M", bound=Model)
_NOBODYS: dict[str, Any] = {"rep": None, "status__in": OPEN}


def leads_of(user: User) -> QuerySet[Lead]:
    """The leads that a user sees.

    A rep's are those that the rep owns, that were ever offered to the rep, that nobody has been offered yet, and those
    of accounts that the rep owns; whoever manages sales sees those of all reps.
    """
    if may(user, Action.READ_ALL):
        return Lead.objects.all()
    offered = handoffs_of(user).values("lead")
    if user.is_manager:
        return _any_of(Lead, Lead.objects.filter(owner__isnull=False).values("pk"), offered)
    members = Membership.objects.filter(account__owner=user, until=FOREVER).values("lead")
    return _any_of(Lead, Lead.objects.filter(owner=user).values("pk"), offered, members)


def handoffs_of(user: User) -> QuerySet[Handoff]:
    """The hand-offs that a user sees: a rep's own, now or before, the open ones that are nobody's; others see all."""
    if may(user, Action.READ_ALL) or user.is_manager:
        return Handoff.objects.all()
    before = Assignment.objects.filter(rep=user).values("handoff")
    own, nobodys = (Handoff.objects.filter(**said).values("pk") for said in ({"rep": user}, _NOBODYS))
    return _any_of(Handoff, own, before, nobodys)


def seen_by(user: User, rows: QuerySet[M], lead: str = "lead") -> QuerySet[M]:
    """Of rows that speak of leads, in the column `lead`, those whose lead the user sees."""
    return rows if may(user, Action.READ_ALL) else rows.filter(**{f"{lead}__in": leads_of(user)})


def accounts_of(user: User) -> QuerySet[Account]:
    """The accounts that a user sees: the rep's own, and those of leads that the rep sees."""
    if may(user, Action.READ_ALL):
        return Account.objects.all()
    members = Membership.objects.filter(lead__in=leads_of(user), until=FOREVER).values("account")
    return _any_of(Account, Account.objects.filter(owner=user).values("pk"), members)


def _any_of(model: type[M], *numbers: QuerySet[Any, Any]) -> QuerySet[M]:
    """The rows whose number is among any of these; each is looked up by its own index, where an OR would read all."""
    first, *others = numbers
    return model._default_manager.filter(pk__in=first.union(*others))  # noqa: SLF001 - Django's name for it
