"""The pages of templates: what mails to leads say, as each lead would get it."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ripeline.integrations.mail import personal
from ripeline.language import LANGUAGES, Language
from ripeline.server import instants
from ripeline.server.leadmail import lead_letters, mail_templates, mails, to_leads
from ripeline.server.leadmail.lead_letters import Draft
from ripeline.server.leadmail.mail_templates import EXAMPLE, NAMES, MailTemplate
from ripeline.server.refusals import TEXTS, Refusal, Refused
from ripeline.server.staff import letters
from ripeline.server.staff.users import Action, may
from ripeline.web import shell
from ripeline.web.lead.asking import lead_called
from ripeline.web.leadmail.words import words
from ripeline.web.shell import StaffRequest, staff

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ripeline.server.leadmail.mail_templates import Fault
    from ripeline.server.leads import Lead

_BAD = 400
_EMPTY = f"<mj-section><mj-column>\n  <mj-text>{EXAMPLE}</mj-text>\n</mj-column></mj-section>"
_ALONE = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["https:", "data:"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'self'"],
    "sandbox": True,
}
"""What a mail that is looked at may do: nothing but be seen."""
_BODY = re.compile(r"<body[^>]*>")


@staff(Action.READ_ALL)
@require_safe
def templates(request: StaffRequest) -> HttpResponse:
    """All templates, and what was held back of late."""
    language, now = shell.language(), instants.now()
    found: dict[str, list[MailTemplate]] = {}
    for one in mail_templates.all_newest():
        found.setdefault(one.name, []).append(one)
    unready = mails.unready()
    known = {(one.name, one.language) for own in found.values() for one in own}
    shown = {
        "title": gettext("Mails"),
        "rows": [_row(name, own, language, now) for name, own in found.items()],
        "held": language.number(mails.held_back().count()),
        "waiting": language.number(mails.waiting().count()),
        "unready": shell.why(unready) if unready else "",
        "may_edit": may(request.user, Action.EDIT_CONTENT),
        "are_more": any((one.name, one.language) not in known for one in mail_templates.starters()),
        "languages": [(code, language.called(code)) for code in LANGUAGES],
        "say": words(),
    }
    return render(request, "mail_templates.html", shown)


@staff(Action.EDIT_CONTENT)
@require_POST
def starters(request: StaffRequest) -> HttpResponse:
    """Take over the templates that Ripeline brings."""
    mail_templates.take_starters(by=request.user, now=instants.now())
    messages.success(request, gettext("The templates are there."))
    return redirect("mail_templates")


@staff(Action.EDIT_CONTENT)
@require_safe
def new(request: StaffRequest) -> HttpResponse:
    """To the page of a template that nobody has written yet."""
    name, language = slugify(request.GET.get("name", "")).replace("-", "_"), request.GET.get("language", "")
    if not mail_templates.is_name(name) or language not in LANGUAGES:
        messages.error(request, gettext("This is no name of a template. It begins with a letter, such as spring_fair."))
        return redirect("mail_templates")
    return redirect("mail_template", name=name, language=language)


@staff(Action.READ_ALL)
@require_http_methods(["GET", "HEAD", "POST"])
def template(request: StaffRequest, name: str, language: str) -> HttpResponse:
    """What a template says in one language: read, changed, looked at."""
    _check(name, language)
    if request.method != "POST":
        return _page(request, name, language)
    if not may(request.user, Action.EDIT_CONTENT):
        return HttpResponse(status=403)
    subject, sections = _typed(request)
    done = mail_templates.put(name, language, subject, sections, by=request.user, now=instants.now())
    if not isinstance(done, MailTemplate):
        return _page(request, name, language, faults=done, typed=(subject, sections))
    messages.success(request, gettext("Saved."))
    return redirect("mail_template", name=name, language=language)


@staff(Action.READ_ALL)
@xframe_options_sameorigin
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: StaffRequest, name: str, language: str) -> HttpResponse:
    """A mail as a lead that the user sees would get it, by what was typed or what is saved; in a frame of its own."""
    _check(name, language)
    subject, sections = _asked(request, name, language)
    faults = list(mail_templates.unfit(name, language, subject, sections))
    if faults:
        say = shell.language()
        lines = "".join(f"<p><b>{escape(one.place)}</b> {escape(say.tell(one.what))}</p>" for one in faults)
        return _alone(f"<!doctype html><body>{lines}</body>")
    lead = _lead(request)
    if isinstance(lead, Refused):
        return _alone(f"<!doctype html><body><p>{escape(gettext(TEXTS[lead.reason]))}</p></body>")
    made = MailTemplate(name=name, language=language, subject=subject, sections=sections)
    said = lead_letters.page(_draft(made, lead))
    head = f'<p style="font:600 16px system-ui;margin:0;padding:12px 16px;background:#fff">{escape(said.subject)}</p>'
    return _alone(_BODY.sub(lambda body: body[0] + head, said.html, count=1))


@staff(Action.EDIT_CONTENT)
@require_POST
def test(request: StaffRequest, name: str, language: str) -> HttpResponse:
    """Send what was typed, or what is saved, to whoever asks for it; what was typed stays in the form."""
    _check(name, language)
    typed = _asked(request, name, language)
    faults = list(mail_templates.unfit(name, language, *typed))
    if faults:
        return _page(request, name, language, faults=faults, typed=typed)
    done = _sent_to(request, MailTemplate(name=name, language=language, subject=typed[0], sections=typed[1]))
    shell.told(request, done, gettext("It is on its way to {address}.").format(address=request.user.email))
    return _page(request, name, language, typed=typed)


def _row(name: str, own: list[MailTemplate], language: Language, now: int) -> dict[str, Any]:
    """A template with its subject, in the reader's language if it says anything in it, and the languages it is in."""
    said = {one.language: one for one in own}
    one, last = said.get(language.code, own[0]), max(own, key=lambda each: each.created_at)
    return {
        "name": name,
        "label": shell.language().part(name),
        "language": one.language,
        "subject": personal.filled(one.subject, {}),
        "languages": [(code, language.called(code)) for code in said],
        "since": shell.here(last.created_at, now),
        "by": last.by,
    }


def _sent_to(request: StaffRequest, made: MailTemplate) -> MailTemplate | Refused:
    if not letters.can_send():
        return Refused(Refusal.NO_MAIL_SERVER)
    if not request.user.email:
        return Refused(Refusal.NO_OWN_ADDRESS)
    lead = _lead(request)
    if isinstance(lead, Refused):
        return lead
    draft = _draft(made, lead)
    letters.send(lead_letters.message(draft._replace(to=request.user.email, id=lead_letters.any_id())))
    return made


def _page(
    request: StaffRequest,
    name: str,
    language: str,
    *,
    faults: Iterable[Fault] = (),
    typed: tuple[str, str] | None = None,
) -> HttpResponse:
    before, say, now = mail_templates.newest(name, language), shell.language(), instants.now()
    subject, sections = typed or _said(before)
    wrong = [(one.place, say.tell(one.what), say.tell(one.cure)) for one in faults]
    versions = MailTemplate.objects.filter(name=name, language=language).select_related("by").order_by("-number")
    shown: dict[str, Any] = {
        "title": f"{say.part(name)} · {say.called(language)}",
        "name": name,
        "language": language,
        "subject": subject,
        "sections": sections,
        "before": before,
        "wrong": wrong,
        "tabs": [(code, say.called(code), code == language) for code in LANGUAGES],
        "versions": [(one, shell.here(one.created_at, now)) for one in versions[:20]],
        "names": NAMES,
        "example": EXAMPLE,
        "lead": (request.POST if request.method == "POST" else request.GET).get("lead", ""),
        "may_edit": may(request.user, Action.EDIT_CONTENT),
        "say": words(),
    }
    return render(request, "mail_template.html", shown, status=_BAD if wrong else 200)


def _typed(request: StaffRequest) -> tuple[str, str]:
    subject = " ".join(request.POST.get("subject", "").split())
    return subject, request.POST.get("sections", "").replace("\r\n", "\n").strip()


def _said(before: MailTemplate | None) -> tuple[str, str]:
    return (before.subject, before.sections) if before else ("", _EMPTY)


def _check(name: str, language: str) -> None:
    if not mail_templates.is_name(name) or language not in LANGUAGES:
        raise Http404


def _asked(request: StaffRequest, name: str, language: str) -> tuple[str, str]:
    """What is to be seen: what was typed, else what is saved."""
    return _typed(request) if "subject" in request.POST else _said(mail_templates.newest(name, language))


def _lead(request: StaffRequest) -> Lead | Refused | None:
    asked = (request.POST if request.method == "POST" else request.GET).get("lead", "").strip()
    return lead_called(asked, request.user) if asked else None


def _draft(made: MailTemplate, lead: Lead | None) -> Draft:
    if lead is not None:
        return to_leads.example(made, lead, now=instants.now())
    return Draft("", made.language, made.subject, made.sections, {}, {}, "example", made.name)


def _alone(page: str) -> HttpResponse:
    answer = HttpResponse(page)
    answer._csp_replace = _ALONE  # type: ignore[attr-defined]  # noqa: SLF001 - as django-csp has it
    return answer
