"""What a person can do with its own data: ask for the way by its address, then have a copy, object, or erase all.

The page where one asks gives one answer to everybody. What stands behind the link of the mail changes only by a POST.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect

from ripeline.core.phrases import gettext as _
from ripeline.server import instants, playbooks
from ripeline.server.consent import objections
from ripeline.server.leadmail import mail_links
from ripeline.server.leadmail.service_mails import sender
from ripeline.server.refusals import TEXTS, Refused
from ripeline.server.rights import erasures, person_requests
from ripeline.server.rights.copies import files
from ripeline.server.rights.person_requests import Wish
from ripeline.web import shell
from ripeline.web.public.pages import page, public, sender_of, speaking, unknown, veiled

if TYPE_CHECKING:
    from django.http import HttpRequest

    from ripeline.server.leadmail.mail_links import Whose

_LONGEST = 254


@public
def ask(request: HttpRequest) -> HttpResponse:
    """Where one types one's address; whatever it is, the answer is the same."""
    say = shell.language()
    if request.method == "POST":
        typed, now = request.POST.get("address", "")[:_LONGEST], instants.now()
        person_requests.ask(typed, language=say.code, now=now, sender=sender_of(request))
        return HttpResponseRedirect(f"{request.path}?asked", status=303)
    if "asked" in request.GET:
        return page(
            "visitor.html",
            say,
            title=say(_("Look into your mailbox")),
            text=say(
                _(
                    "If we know the address, a mail with the way to your data is on its way to it. At most one is sent "
                    "a day. If none comes, we know nothing of this address, or cannot tell by it that it is you: then "
                    "write to us."
                )
            ),
            imprint=", ".join(settings.IMPRINT),
            is_done=True,
        )
    return page(
        "public/ask_data.html",
        say,
        title=say(_("Your data")),
        text=say(
            _("See what {company} knows of you, take it along, object to its use, or have it erased."), company=sender()
        ),
        label=say(_("Your e-mail")),
        button=say(_("Send me the way")),
        told=say(_("We send a mail with a link to this address, so that nobody but you sees your data.")),
    )


@public
def data(request: HttpRequest, token: str) -> HttpResponse:
    """What can be done, each with its button."""
    found = person_requests.whose(token, now=instants.now())
    if found is None or request.method == "POST":
        return unknown()
    return _offered(found, token, done=request.GET.get("done", ""))


@public
def act(request: HttpRequest, token: str, act: str) -> HttpResponse:
    """Do one of these; erasing asks once whether one means it."""
    found = person_requests.whose(token, now=instants.now())
    if found is None or request.method != "POST" or act not in _ACTS:
        return unknown()
    return _ACTS[act](request, found, token)


def _copy(request: HttpRequest, found: Whose, token: str) -> HttpResponse:
    """The file with the page and the data."""
    del request, token
    now = instants.now()
    with playbooks.asked_once():
        held = files.zipped(found.lead, now=now, language=speaking(found.lead, found.mail).code)
    with transaction.atomic():
        person_requests.served(found.lead, Wish.COPY, now=now)
    return download(held)


def download(held: bytes) -> HttpResponse:
    """A copy to be kept where whoever asked keeps files."""
    answer = HttpResponse(held, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{files.NAME}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _object(request: HttpRequest, found: Whose, token: str) -> HttpResponse:
    """No more scores, no more advertising."""
    del request
    now = instants.now()
    with transaction.atomic():
        objections.take(found.lead, way=f"by the link of mail {found.mail.key}", now=now)
        person_requests.served(found.lead, Wish.OBJECT, now=now)
    return HttpResponseRedirect(f"/p/data/{token}/?done=object", status=303)


def _erase(request: HttpRequest, found: Whose, token: str) -> HttpResponse:
    """First what it means, then it."""
    say = speaking(found.lead, found.mail)
    if request.POST.get("sure") != "yes":
        return page(
            "public/erase_data.html",
            say,
            title=say(_("Erase everything?")),
            text=say(
                _("All that {company} knows of you goes for ever: what you told us, what you did, what was decided."),
                company=sender(),
            ),
            stays=say(
                _("What stays is a mark that nobody can read back, so that nobody writes to you or takes you in again.")
            ),
            first=say(_("You cannot take it back. If you want a copy, download it first.")),
            action=f"/p/data/{token}/erase/",
            button=say(_("Yes, erase everything")),
            back=f"/p/data/{token}/",
            back_text=say(_("No, back")),
        )
    now = instants.now()
    erased = erasures.erase(found.lead, None, now=now)
    if isinstance(erased, Refused):
        return page("visitor.html", say, 503, title=say(_("It could not be done")), text=say(TEXTS[erased.reason]))
    text = say(_("We know nothing of you any more. Whoever was told of you is told so as well."))
    return page("visitor.html", say, title=say(_("Everything is erased")), text=text, is_done=True)


_ACTS = {"copy": _copy, "object": _object, "erase": _erase}


def _offered(found: Whose, token: str, *, done: str) -> HttpResponse:
    say, now = speaking(found.lead, found.mail), instants.now()
    objected = objections.since(found.lead, now=now)
    zone = str(playbooks.timezone())
    since = (
        say(_("You have objected on {day}. It stands until you change it below."), day=say.day(objected, zone))
        if objected
        else ""
    )
    return page(
        "public/data.html",
        say,
        title=say(_("Your data")),
        whose=f"{sender()} · {veiled(found.address)}",
        text=say(_("What we know of you is yours to see, to take along and to end.")),
        saved=say(_("Saved. It holds from now on.")) if done == "object" and objected else "",
        copy={
            "title": say(_("See it and take it along")),
            "text": say(
                _("Everything as a page to read, with each score and its reasons, and as a file for programs.")
            ),
            "button": say(_("Download")),
        },
        object={
            "title": say(_("Object")),
            "text": since or say(_("No more scores, no more advertising. You need not say why, and it stands.")),
            "button": "" if objected else say(_("I object")),
        },
        choose={
            "title": say(_("What you have agreed to")),
            "text": say(_("Each purpose by itself, on or off.")),
            "button": say(_("See and change")),
            "link": mail_links.path(mail_links.PREFERENCES, found.mail.pk),
        },
        erase={
            "title": say(_("Erase")),
            "text": say(_("Everything of you goes, for ever. You are asked once more first.")),
            "button": say(_("Erase everything")),
        },
        wrong=say(_("Is something wrong? Tell us, and we correct it:")),
        contact=", ".join(settings.IMPRINT),
        base=f"/p/data/{token}/",
    )
