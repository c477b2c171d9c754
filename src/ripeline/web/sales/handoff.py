"""The page of one hand-off: the dossier, and what its rep can do with it now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from ripeline.server import instants, visibility
from ripeline.server.instants import TOLD
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sales import dossiers, handoffs, verdicts
from ripeline.server.sales.handoffs import Handoff
from ripeline.server.staff.users import Action
from ripeline.web import shell
from ripeline.web.sales import offers
from ripeline.web.sales.handoff_acts import BY_NAME, acts_at
from ripeline.web.shell import StaffRequest, staff

if TYPE_CHECKING:
    from django.forms import Form
    from django.http import HttpResponse

    from ripeline.server.staff.users import User
    from ripeline.web.sales.handoff_acts import Act

_RELATED = ("lead", "offer__version", "rep")
_BAD = 400
_WORDS = 2000


class Door(NamedTuple):
    """An act with its form, as the page shows it."""

    act: Act
    form: Form | None
    is_open: bool


@staff(Action.READ)
@require_GET
def handoff(request: StaffRequest, number: int) -> HttpResponse:
    """Everything that is known of the lead, and the acts that are open."""
    return _page(request, _seen(request.user, number))


@staff(Action.ACT_ON_LEADS)
@require_POST
def act(request: StaffRequest, number: int, name: str) -> HttpResponse:
    """Do one thing with it, and say what follows."""
    user, doing, now = request.user, BY_NAME.get(name), instants.now()
    row = _shown(request, number)
    if doing is None:
        raise Http404
    form = doing.form(request.POST) if doing.form else None
    if form is not None and not form.is_valid():
        return _page(request, row, wrong=(doing, form))
    said = {} if form is None else form.cleaned_data
    done = _done(doing, row, said, user, now)
    if isinstance(done, Refused) and (other := _other(row, user)):
        messages.error(request, gettext("{rep} was faster, and has it now.").format(rep=other))
        return redirect("queue")
    is_done = shell.told(request, done, doing.follows(said)) is not None
    return redirect("queue") if doing.is_last and is_done else redirect("handoff", row.pk)


def _done(doing: Act, row: Handoff, said: dict[str, Any], user: User, now: int) -> str | Refused:
    """Do it, if it is this rep's to do and open now."""
    if not verdicts.may_answer(user, row):
        return Refused(Refusal.NOT_ALLOWED)
    if doing not in acts_at(verdicts.standings([row])[row.pk], has_call=row.call_at is not None):
        return Refused(Refusal.NOT_NOW)
    return doing.verb(row, said, user, now)


def _other(row: Handoff, user: User) -> str:
    """Who has it, if that is somebody else."""
    rep = Handoff.objects.select_related("rep").get(pk=row.pk).rep
    return rep.username if rep is not None and rep != user else ""


def _seen(user: User, number: int) -> Handoff:
    row = visibility.handoffs_of(user).select_related(*_RELATED).filter(pk=number).first()
    if row is None:
        raise Http404
    return row


def _shown(request: StaffRequest, number: int) -> Handoff:
    """One that the user sees, or saw when the form was shown: whoever was faster has it now."""
    row = Handoff.objects.select_related(*_RELATED).filter(pk=number).first()
    if row is not None and offers.was_shown(request.POST.get("seen", ""), row, request.user):
        return row
    return _seen(request.user, number)


# --- the page -------------------------------------------------------------------------------------


def _page(request: StaffRequest, row: Handoff, wrong: tuple[Act, Form] | None = None) -> HttpResponse:
    user, now = request.user, instants.now()
    dossier = dossiers.of(row, shell.language(), now=now)
    offer = offers.offer_of(dossier.card, verdicts.standings([row])[row.pk], user, now)
    told = {
        "title": dossier.card.called.name,
        "longest": _WORDS,
        "why_me": _why_me(row),
        "offer": offer,
        "dossier": dossier,
        "doors": [_door(one, offer, dossier, wrong) for one in offer.acts],
        "accept_by": _accept_by(row, offer, now),
        "before": None if (last := dossier.before) is None else (shell.here(last.at, now), last.text),
        "news": [(shell.here(step.at, now), step.text) for step in dossier.before.news] if dossier.before else [],
        "journey": [(shell.here(step.at, now), step.text) for step in dossier.journey],
        "read": [(one, shell.here(one.at, now)) for one in dossier.read],
        "known": [(one, shell.day(one.at) if one.at > TOLD else None) for one in dossier.known],
        "consents": [(one, shell.day(one.at)) for one in dossier.consents],
        "word": _words(),
    }
    return render(request, "handoff.html", told, status=200 if wrong is None else _BAD)


def _door(one: Act, offer: offers.Offer, dossier: dossiers.Dossier, wrong: tuple[Act, Form] | None) -> Door:
    if wrong is not None and wrong[0] is one:
        return Door(one, wrong[1], is_open=True)
    initial = {"steps": _prepared(dossier)} if one.name == "recycle" else {}
    form = one.form(initial=initial, auto_id=f"id_{one.name}_%s") if one.form else None
    return Door(one, form, is_open=one.name == "touch" and offer.standing == verdicts.Standing.ACCEPTED)


def _prepared(dossier: dossiers.Dossier) -> str:
    """What a rep would leave to marketing most likely, to be struck out or added to."""
    found = dossier.next_content
    return gettext("Send: {item}").format(item=found.item) if found and found.item else ""


def _why_me(row: Handoff) -> str:
    """How its rep came to have it."""
    given = handoffs.why(row)
    return "" if given is None else gettext(handoffs.WHY[handoffs.Why(given.reason)])


def _accept_by(row: Handoff, offer: offers.Offer, now: int) -> shell.When | None:
    is_waiting = offer.standing == verdicts.Standing.OFFERED and row.accept_by is not None
    return shell.here(row.accept_by, now) if is_waiting and row.accept_by is not None else None


def _words() -> dict[str, str]:
    return {
        "back": gettext("Queue"),
        "why": gettext("Why now"),
        "say": gettext("Say"),
        "ask": gettext("Ask next"),
        "noted": gettext("Noted"),
        "accept_by": gettext("Accept by"),
        "rep": gettext("Rep"),
        "interview": gettext("Interview"),
        "lead": gettext("All about the lead"),
        "acts": gettext("What now"),
        "scores": gettext("Why it is ready"),
        "cell": gettext("Cell"),
        "read": gettext("What it read"),
        "next": gettext("To send next"),
        "before": gettext("New since the last offer"),
        "journey": gettext("How it came here"),
        "answers": gettext("Answers so far"),
        "pains": gettext("Pain points"),
        "objections": gettext("Objections"),
        "known": gettext("Profile"),
        "consents": gettext("Consent"),
        "given": gettext("given"),
        "withdrawn": gettext("withdrawn"),
        "nothing": gettext("Nothing yet."),
        "optional": gettext("optional"),
        "from": gettext("from"),
    }
