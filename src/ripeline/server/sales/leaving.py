"""Leaving: who is let in no more, or changes sides, hands everything over in the same step: nothing is left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from ripeline.server.accounts import Account
from ripeline.server.delivery import outbox
from ripeline.server.delivery.topics import NOBODY
from ripeline.server.leads import Lead
from ripeline.server.playbooks import active, playbook_of
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sales import clocks, routing, tasks
from ripeline.server.sales.handoffs import WITH_SALES, Handoff, HandoffStatus, Why, give, locked, message, open_of
from ripeline.server.sales.routes import Route
from ripeline.server.sales.routing import Ask, Router
from ripeline.server.staff import sessions, users
from ripeline.server.staff.users import Action, Role, User, may

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ripeline.core.playbook import Playbook

_OF_SALES = tuple(stage.name.lower() for stage in WITH_SALES)


def deactivate(user: User, *, successor: User | None = None, by: User | None = None, now: int) -> User | Refused:
    """Let a user in no more; what was the user's is the successor's, or goes by routing, or to marketing.

    Refused to all but admins (None: the shell), to the last admin, and while accepted hand-offs have nobody to go to.
    """

    def disabled() -> User | Refused:
        sessions.end(user)
        return users.disable(user, now=now)

    return _after(disabled, user, successor, by=by, now=now)


def change_role(
    user: User, role: Role, *, successor: User | None = None, by: User | None = None, now: int
) -> User | Refused:
    """Give a user another role; what the user had in the one before goes the way of `deactivate`, and is refused so."""
    return user if role == user.role else _after(lambda: users.set_role(user, role), user, successor, by=by, now=now)


def _after(
    step: Callable[[], User | Refused], user: User, successor: User | None, *, by: User | None, now: int
) -> User | Refused:
    """Take a step by which a user works on no more, and hand over what is the user's: both or neither."""
    if by is not None and not may(by, Action.MANAGE_USERS):
        return Refused(Refusal.NOT_ALLOWED)
    if successor is not None and not _is_fit(successor, user):
        return Refused(Refusal.NOT_A_SUCCESSOR)
    with transaction.atomic():
        routing.lock_reps()
        done = step()
        if not isinstance(done, Refused) and not _hand_over(user, successor, by=by, now=now):
            done = Refused(Refusal.NO_SUCCESSOR)
        if isinstance(done, Refused):
            transaction.set_rollback(True)
    if isinstance(done, Refused):
        user.refresh_from_db()
    return done


def _is_fit(successor: User, user: User) -> bool:
    is_rep = successor.role == Role.SALES or user.role != Role.SALES
    return is_rep and successor.pk != user.pk and may(successor, Action.ACT_ON_LEADS)


def _hand_over(user: User, successor: User | None, *, by: User | None, now: int) -> bool:
    """Whether everything found somebody."""
    leads = list(Lead.objects.filter(owner=user, merged_into=None).order_by("pk"))
    of_handoffs = list(open_of(user).values_list("lead", flat=True))
    router = Router({*of_handoffs, *(lead.pk for lead in leads)})
    found = list(locked(open_of(user)))
    if not all(_give(one, router, user, successor, by=by, now=now) for one in found):
        return False
    rest = [lead for lead in leads if lead.pk not in {one.lead_id for one in found}]
    rep = successor if successor is not None and successor.role == Role.SALES else None
    _give_leads(rest, router, user, rep, now=now)
    Account.objects.filter(owner=user).update(owner=rep)
    tasks.hand_over(user, successor)
    for route in Route.objects.filter(reps=user):
        route.reps.remove(user)
        if rep is not None:
            route.reps.add(rep)
    return True


def _give(handoff: Handoff, router: Router, user: User, successor: User | None, *, by: User | None, now: int) -> bool:
    """Whether a hand-off has somebody who sees to it; an offer may wait for whoever is free."""
    if successor is not None:
        give(handoff, successor, Why.HANDED_OVER, by=by, at=now)
        return True
    if clocks.reassigned(router, handoff, Why.HANDED_OVER, besides=[user.pk], now=now):
        return True
    if handoff.status == HandoffStatus.ACCEPTED:
        return False
    Handoff.objects.filter(pk=handoff.pk).update(rep=None)
    handoff.rep = None
    outbox.tell_once([message(handoff, NOBODY, at=now, once="nobody")], now=now)
    return True


def _give_leads(leads: Sequence[Lead], router: Router, user: User, rep: User | None, *, now: int) -> None:
    """To the successor; without one what is in sales' hands to a rep, the rest to marketing."""
    version = active()
    for lead in leads:
        owner = rep
        if owner is None and lead.stage in _OF_SALES and version is not None:
            owner = _rep_for(lead, router, playbook_of(version), user, now)
        Lead.objects.filter(pk=lead.pk, owner=user).update(owner=owner)


def _rep_for(lead: Lead, router: Router, playbook: Playbook, user: User, now: int) -> User | None:
    choice = router.choose(Ask(lead.pk, now, lead.persona or None, ()), playbook, besides=[user.pk])
    return choice.rep if choice else None
