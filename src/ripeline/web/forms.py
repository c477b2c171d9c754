"""Forms of websites over HTTP: what people fill in comes from any page, so there is no cookie, no token, no login."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import Error
from django.http import HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt

from ripeline.core.phrases import gettext as _
from ripeline.integrations import form_inputs
from ripeline.integrations.arrivals import MARKS
from ripeline.integrations.form_posts import MAX_INPUTS
from ripeline.language import Language, readable
from ripeline.server import instants
from ripeline.server.answers import NotTaken
from ripeline.server.instruments import logs, metrics
from ripeline.server.intake import forms
from ripeline.server.intake.forms import Faulty
from ripeline.server.refusals import Refused
from ripeline.web import shell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest

    from ripeline.integrations.form_definition import FormDefinition
    from ripeline.server.intake.forms import FormVersion

_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
_AGAIN = 5  # seconds until a second try makes sense


class _Unreadable(Exception):
    """What came is no form that a person filled in; `text` says why."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@csrf_exempt
def form(request: HttpRequest, name: str) -> HttpResponse:
    """The form itself, or what becomes of one that was filled in."""
    say = shell.language()
    try:
        version = forms.version_of(name)
        if version is None:
            return _notice(say, 404, _("There is no such form"), _("Please check the address."))
        say = Language.of(forms.definition_of(version).language)
        return _answer(request, version, say)
    except _Unreadable as unreadable:
        return _notice(say, 400, _("The form could not be read"), unreadable.text)
    except NotTaken as refused:
        metrics.EVENTS.labels("refused", refused.code).inc()
        text = _("Too many people are sending this form just now. Please send it again in a minute.")
        return _later(_notice(say, 429, _("Please try again"), text), refused.retry_after)
    except Error:
        logs.logger().exception("form_not_stored")
        metrics.EVENTS.labels("refused", "database_away").inc()
        text = _("Your message could not be stored just now. Please go back and send it again in a moment.")
        return _later(_notice(say, 503, _("Please try again"), text), _AGAIN)


def thanks(request: HttpRequest, name: str) -> HttpResponse:
    """The page after a form that leads back to none."""
    del request
    try:
        version = forms.version_of(name)
    except Error:
        version = None
    definition = forms.definition_of(version) if version else None
    code = definition.language if definition else get_language() or "en"
    text = _("Your message has arrived. You can close this page.")
    if definition is not None and definition.consents:
        text = _(
            "Your message has arrived. If you agreed to get mails, look into your mailbox: there may be one in which "
            "you are asked to confirm that."
        )
    return _notice(Language.of(code), 200, _("Thank you"), text)


def _answer(request: HttpRequest, version: FormVersion, say: Language) -> HttpResponse:
    definition = forms.definition_of(version)
    if version.form.source.closed_at is not None:
        return _closed(say)
    if request.method in ("GET", "HEAD"):
        return _shown(request, definition, say)
    if request.method == "POST":
        return _submitted(request, version, definition, say)
    answer = _notice(say, 405, _("This does not work"), _("A form is read or sent, nothing else."))
    answer["Allow"] = "GET, HEAD, POST"
    return answer


def _submitted(request: HttpRequest, version: FormVersion, definition: FormDefinition, say: Language) -> HttpResponse:
    inputs = _inputs(request)
    sender, referrer = request.META.get("REMOTE_ADDR", ""), request.headers.get("Referer", "")
    done = forms.submit(version, inputs, sender=sender, referrer=referrer, now=instants.now())
    if isinstance(done, Refused):
        return _closed(say)
    if isinstance(done, Faulty):
        return _shown(request, definition, say, done=done, sent=inputs)
    # Not by Django's own redirect: the page is one of the definition's, whatever its scheme, or our own.
    return HttpResponse(
        status=HTTPStatus.SEE_OTHER, headers={"Location": done.return_to or f"/f/{definition.form}/thanks"}
    )


def _inputs(request: HttpRequest) -> list[tuple[str, str]]:
    """What was filled in, input by input; raises _Unreadable."""
    if request.content_type not in _TYPES:
        raise _Unreadable(_("It was not sent as forms are sent."))
    request.encoding = "utf-8"  # whatever it says: other encodings come from machines
    try:
        sent, files = request.POST, request.FILES
    except RequestDataTooBig:
        raise _Unreadable(_("It is too large.")) from None
    except (MultiPartParserError, BadRequest, SuspiciousOperation, UnreadablePostError):
        raise _Unreadable(_("It was not sent as forms are sent.")) from None
    if files:
        raise _Unreadable(_("This form takes no files. Please send it without."))
    inputs = [(key, value) for key, values in sent.lists() for value in values]
    if len(inputs) > MAX_INPUTS:
        raise _Unreadable(_("It is too large."))
    return inputs


def _shown(
    request: HttpRequest,
    definition: FormDefinition,
    say: Language,
    *,
    done: Faulty | None = None,
    sent: Sequence[tuple[str, str]] = (),
) -> HttpResponse:
    """The form as a page; after a submission that is to be mended, with what was typed and what is wrong."""
    typed = dict(reversed(sent))
    faults = {fault.field: say(fault.text, limit=say.number(fault.limit)) for fault in done.faults} if done else {}
    ticked = frozenset(done.submission.consents) if done else frozenset()
    address = request.build_absolute_uri(request.path)
    beside = typed if done else {key: request.GET[key] for key in MARKS if key in request.GET} | {"page": address}
    shown = {
        "language": say.code,
        "title": definition.title or readable(definition.form),
        "text": say(_("Please correct what is marked, then send it again.")) if done else "",
        "form": definition,
        "action": f"/f/{definition.form}",
        "inputs": form_inputs.inputs(definition, say, values=typed, faults=faults),
        "boxes": form_inputs.boxes(definition, ticked=ticked),
        "hidden": [(key, beside[key]) for key in (*MARKS, "page", "anonymous_id", "return_to") if key in beside],
        "privacy": say(_("How we treat your data")),
        **form_inputs.words(say),
    }
    answer = _page("form.html", shown, 422 if done else 200)
    # A browser asks the policy also about the page that the form leads back to.
    origins = sorted({"/".join(page.split("/")[:3]).split("?")[0].split("#")[0] for page in definition.return_to})
    answer._csp_update = {"form-action": origins}  # type: ignore[attr-defined]  # noqa: SLF001 - as django-csp has it
    return answer


def _closed(say: Language) -> HttpResponse:
    return _notice(say, 410, _("This form is closed"), _("It takes no more messages."))


def _notice(say: Language, status: int, title: str, text: str) -> HttpResponse:
    """A page with one thing to say."""
    shown = {"language": say.code, "title": say(title), "text": say(text), "is_done": status == HTTPStatus.OK}
    return _page("visitor.html", shown, status)


def _later(answer: HttpResponse, seconds: int | None) -> HttpResponse:
    answer["Retry-After"] = str(seconds or _AGAIN)
    return answer


def _page(template: str, shown: dict[str, Any], status: int) -> HttpResponse:
    # A browser that goes back to a page of which it may store nothing has forgotten what was typed there.
    cached = "no-cache" if status == HTTPStatus.OK else "no-store"
    return HttpResponse(render_to_string(template, shown), status=status, headers={"Cache-Control": cached})
