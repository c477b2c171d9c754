"""What a lead may ask for as a person, on its page: what can be done, and what it has asked for already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext

from ripeline.server import instants
from ripeline.server.consent import objections
from ripeline.server.rights import person_requests
from ripeline.server.rights.person_requests import PersonRequest, Wish
from ripeline.web import shell

if TYPE_CHECKING:
    from ripeline.server.leads import Lead

_SOON = 7 * instants.DAY
NOTED = (Wish.COPY, Wish.OBJECT, Wish.ERASE, Wish.CORRECT)
"""What people ask for by other ways than the link of a mail."""


def section(lead: Lead, now: int) -> dict[str, Any]:
    """What can be done, and what was asked for."""
    objected = objections.since(lead, now=now)
    asked = PersonRequest.objects.filter(lead=lead).select_related("mail", "address").order_by("-asked_at", "-pk")
    state = gettext("The person has objected: since {at} there are no scores and no advertising.")
    return {
        "objected": state.format(at=shell.here(objected, now)) if objected else "",
        "wishes": [(wish.value, wish.label) for wish in NOTED],
        "asked": [request_told(one, now) for one in asked[:20]],
        "say": {
            "copy": gettext("A copy of all data"),
            "copy_told": gettext(
                "As a page in the person's language and as a file for programs, to be handed to nobody else."
            ),
            "download": gettext("Download"),
            "object": gettext("Objection to profiling"),
            "object_told": gettext(
                "Ends scoring and advertising at once. Only the person can lift it, by the link of a mail."
            ),
            "how": gettext("How it came: a letter, a call"),
            "object_do": gettext("Write the objection down"),
            "erase": gettext("Erasure"),
            "erase_told": gettext(
                "Everything of the person goes for ever, here and wherever we told of it. You see first what goes."
            ),
            "erase_do": gettext("Erase …"),
            "asked": gettext("What the person asked for"),
            "all": gettext("All requests"),
            "note_do": gettext("Write it down"),
            "wish": gettext("Write down what it asks for"),
            "on": gettext("Asked on"),
            "on_help": gettext("The day on which the letter or the call came; empty: today"),
        },
    }


def request_told(one: PersonRequest, now: int) -> dict[str, Any]:
    """A request as pages show it: what, when, and until when it is to be answered."""
    is_late = one.done_at is None and one.due_at < now
    waits = one.done_at is None and person_requests.waits_for_person(one)
    if one.done_at is not None:
        state = gettext("done {at}").format(at=shell.here(one.done_at, now))
    elif waits:
        state = gettext("The person has the link")
    else:
        state = shell.left(one.due_at, now)
    return {
        "pk": one.pk,
        "lead": one.lead_id,
        "wish": Wish(one.wish).label,
        "when": shell.here(one.asked_at, now),
        "due": gettext("To be answered by {day}").format(day=shell.day(one.due_at)),
        "address": one.address.value if one.address else "",
        "no_link": person_requests.no_link(one),
        "state": state,
        "how": ""
        if one.done_at is not None or waits
        else "late"
        if is_late
        else "soon"
        if one.due_at - now < _SOON
        else "",
        "is_open": one.done_at is None,
    }
