"""What a person has agreed to, to be changed with a click: a no as easily as a yes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.http import HttpResponseRedirect

from ripeline.core.phrases import gettext as _
from ripeline.language import readable
from ripeline.server import instants
from ripeline.server.leadmail import preferences as chosen
from ripeline.server.leadmail.service_mails import sender
from ripeline.server.rights import person_requests
from ripeline.web.public.pages import page, public, sender_of, speaking, unknown, veiled

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from ripeline.language import Language
    from ripeline.server.leadmail.preferences import Choice

_TITLES = {
    "email": _("E-mails"),
    "phone": _("Calls"),
    "tracking": _("What you look at"),
    "profiling": _("Your interest"),
}
_BY_ROLE = {
    "email": _("Yes, {company} may write to me by e-mail with news and offers."),
    "phone": _("Yes, {company} may call me about its offers."),
    "scoring": _("Yes, {company} may work out from what it knows of me how interested I am."),
    "other": _("Yes, {company} may use this: {purpose}."),
}
_TRACKING = _(
    "Yes, {company} may see what I look at on its website and in its mails, so that it writes of what fits me."
)


_ENDS = _("You can end each of these at any time.")


class _Line(NamedTuple):
    """One purpose as the page shows it."""

    purpose: str
    title: str
    words: str
    is_on: bool
    note: str


@public
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """Each purpose with its words and a box; what is saved holds at once."""
    who, now = chosen.whose(token), instants.now()
    if who is None:
        return unknown()
    say = speaking(who.lead, who.mail)
    lines = [_line(one, say) for one in chosen.of(who.lead, now=now)]
    if request.method == "POST" and "data" in request.POST:
        person_requests.ask(who.address, language=say.code, now=now)
        return HttpResponseRedirect(f"{request.path}?asked", status=303)
    if request.method == "POST":
        wanted = () if "nothing" in request.POST else request.POST.getlist("purpose")
        # What stands above all of them was read with each.
        wordings = {line.purpose: f"{line.words} {say(_ENDS)}" for line in lines}
        chosen.change(who, wanted, wordings, sender=sender_of(request), now=now)
        return HttpResponseRedirect(f"{request.path}?saved", status=303)
    return page(
        "public/preferences.html",
        say,
        title=say(_("What you have agreed to")),
        whose=f"{sender()} · {veiled(who.address)}",
        text=say(_ENDS),
        saved=_done(request, who.address, say),
        lines=lines,
        action=f"/p/preferences/{token}/",
        button=say(_("Save")),
        nothing=say(_("End everything")),
        nothing_told=say(_("We will neither write to you nor call you any more, and we remember your no.")),
        data=say(_("My data")),
        data_told=say(_("See it, take it along, object, or have it erased: we send the way to your address.")),
    )


def _done(request: HttpRequest, address: str, say: Language) -> str:
    if "asked" in request.GET:
        return say(_("A mail with the way to your data goes to {address}, at most one a day."), address=veiled(address))
    return say(_("Saved. It holds from now on.")) if "saved" in request.GET else ""


def _line(one: Choice, say: Language) -> _Line:
    title = say(_TITLES[one.purpose]) if one.purpose in _TITLES else readable(one.purpose)
    is_tracking = one.purpose == "tracking" and one.role == "other"
    words = say(_TRACKING if is_tracking else _BY_ROLE[one.role], company=sender(), purpose=title)
    words = one.words if one.words and not is_tracking else words
    note = say(_("You have not confirmed this yet. Tick it and save to do so.")) if one.is_unconfirmed else ""
    return _Line(one.purpose, title, words, one.is_on, note)
