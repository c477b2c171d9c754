"""Sales' queue: what is offered to a rep and what the rep is at, the most urgent first; and the whole team's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_POST

from ripeline.server import instants, people, visibility
from ripeline.server.sales import handoffs, verdicts
from ripeline.server.sales.handoffs import OPEN, Handoff, HandoffStatus
from ripeline.server.sales.verdicts import Standing
from ripeline.server.staff.users import Action, Role, User, may
from ripeline.web import shell
from ripeline.web.sales import offers
from ripeline.web.shell import StaffRequest, staff

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet
    from django.http import HttpResponse

    from ripeline.web.sales.offers import Due

_SHOWN = 50
_WORDS = 240
_RELATED = ("lead", "offer__version", "rep")


@staff(Action.READ)
@require_GET
def queue(request: StaffRequest) -> HttpResponse:
    """The page of a rep's open hand-offs."""
    found = _Queue.of(request.user, instants.now())
    return render(request, "queue.html", found.told(request.user) | _words(request.user))


@staff(Action.READ)
@require_GET
def cards(request: StaffRequest) -> HttpResponse:
    """The cards alone, for a page that is open; "not modified" while they are what it shows."""
    found = _Queue.of(request.user, instants.now())
    return shell.unless_known(
        request,
        found.state,
        lambda: render(request, "queue_cards.html", found.told(request.user) | _words(request.user)),
    )


class _Queue(NamedTuple):
    """A rep's open hand-offs with where they stand, and what tells whether a page still shows them as they are."""

    handoffs: list[Handoff]
    standings: dict[int, Standing]
    now: int

    @classmethod
    def of(cls, user: User, now: int) -> _Queue:
        """Two queries."""
        rows = list(_mine(user)[:_SHOWN])
        standings = verdicts.standings(rows)
        waiting = [one for one in rows if standings[one.pk] != Standing.OVER]
        return cls(sorted(waiting, key=lambda one: offers.urgency(one, standings[one.pk])), standings, now)

    @property
    def state(self) -> str:
        """Changes with whatever the cards show, the time that is left included."""
        return "\n".join(
            f"{one.pk} {one.rep_id} {self.standings[one.pk]} {one.lead.decided_at} {self._due(one)}"
            for one in self.handoffs
        )

    def told(self, user: User) -> dict[str, Any]:
        """What the templates show."""
        shown = offers.of(self.handoffs, self.standings, user, self.now)
        late = sum(offer.due is not None and offer.due.how == "late" for offer in shown)
        return {"offers": shown, "count": _count(len(shown), late), "tag": shell.tag_of(self.state)}

    def _due(self, handoff: Handoff) -> Due | None:
        return offers.due_of(handoff, self.standings[handoff.pk], self.now)


def _mine(user: User) -> QuerySet[Handoff]:
    """Open hand-offs of a rep, and those that nobody has yet; whoever does not sell sees what is nobody's."""
    own = Q(rep=None, status=HandoffStatus.OFFERED) | Q(rep=user.pk)
    rows = visibility.handoffs_of(user).filter(own, status__in=OPEN)
    return rows.select_related(*_RELATED).order_by("due_at", "pk")


def _count(count: int, late: int) -> str:
    if not count:
        return ""
    told = ngettext("{count} open", "{count} open", count).format(count=count)
    return told if not late else gettext("{open}, {late} overdue").format(open=told, late=late)


# --- the team -------------------------------------------------------------------------------------


class Row(NamedTuple):
    """An open hand-off in the team's list."""

    handoff: Handoff
    name: str
    company: str
    state: str
    due: Due | None


class Desk(NamedTuple):
    """A rep, or nobody, with what is on the desk."""

    name: str
    told: str
    rows: list[Row]
    late: int


@staff(Action.LEAD_TEAM)
@require_GET
def team(request: StaffRequest) -> HttpResponse:
    """All open hand-offs by rep, for whoever leads the team."""
    user = request.user
    rows = list(visibility.handoffs_of(user).filter(status__in=OPEN).select_related(*_RELATED))
    reps = User.objects.filter(role=Role.SALES, is_active=True).order_by("username")
    told = {"desks": _desks(rows, instants.now()), "reps": list(reps), **_words(user), "title": gettext("Team")}
    return render(request, "queue_team.html", told)


@staff(Action.LEAD_TEAM)
@require_POST
def reassign(request: StaffRequest, number: int) -> HttpResponse:
    """Give a hand-off to another rep."""
    row = visibility.handoffs_of(request.user).filter(pk=number).first()
    name = request.POST.get("rep", "")
    rep = User.objects.filter(username=name, role=Role.SALES).first()
    if row is None or rep is None:
        raise Http404
    done = handoffs.reassign(row, rep, by=request.user, now=instants.now())
    shell.told(request, done, gettext("{rep} has it now.").format(rep=name))
    return redirect("queue_team")


def _desks(rows: Sequence[Handoff], now: int) -> list[Desk]:
    """By rep, whoever has most overdue first."""
    called, standings = people.called([one.lead_id for one in rows]), verdicts.standings(rows)
    by_rep: dict[str, list[Row]] = {}
    for one in sorted(rows, key=lambda one: (one.escalated_at is None, offers.urgency(one, standings[one.pk]))):
        who, standing = called[one.lead_id], standings[one.pk]
        due, state = offers.due_of(one, standing, now), offers.state_of(one, standing)
        name = one.rep.username if one.rep else gettext("Nobody yet")
        by_rep.setdefault(name, []).append(Row(one, who.name, who.company, state, due))
    return sorted((_desk(name, its) for name, its in by_rep.items()), key=lambda desk: (-desk.late, desk.name))


def _desk(name: str, rows: list[Row]) -> Desk:
    late = sum(row.due is not None and row.due.how == "late" for row in rows)
    return Desk(name, _count(len(rows), late), rows, late)


def _words(user: User) -> dict[str, Any]:
    return {
        "title": gettext("Queue"),
        "longest": _WORDS,
        "may_lead": may(user, Action.LEAD_TEAM),
        "word": {
            "team": gettext("The team's"),
            "own": gettext("My queue"),
            "give": gettext("Give it to"),
            "nothing_open": gettext("No hand-off is open."),
            "escalated": gettext("escalated"),
            "nothing": gettext("Nothing is waiting for you."),
            "nothing_more": gettext("New offers appear here by themselves."),
            "why": gettext("Why now"),
            "say": gettext("Say"),
            "ask": gettext("Ask next"),
            "accept": gettext("Accept"),
            "reject": gettext("Reject"),
            "open": gettext("All about it"),
            "noted": gettext("Noted"),
            "keys": gettext("Keys"),
            "key_move": gettext("next, previous"),
            "key_open": gettext("open"),
            "key_accept": gettext("accept"),
            "key_help": gettext("these keys"),
            "close": gettext("Close"),
            "rep": gettext("Rep"),
            "lead": gettext("Lead"),
            "state": gettext("State"),
            "due": gettext("First touch"),
        },
        "reasons": [(code, gettext(text)) for code, text in verdicts.REJECT.items()],
    }
