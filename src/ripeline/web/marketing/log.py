"""The page on which staff log a conversation, a call, a fair visit, a question: who, what, when, in ten seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from ripeline.server import instants, json_text, people, playbooks, visibility
from ripeline.server.intake import activities
from ripeline.server.refusals import TEXTS, Refusal, Refused
from ripeline.server.staff.users import Action
from ripeline.web import shell
from ripeline.web.shell import StaffRequest, staff

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from django.http import HttpResponse

    from ripeline.server.events import Event
    from ripeline.server.intake.activities import Kind, Logged
    from ripeline.server.leads import Lead
    from ripeline.server.staff.users import User

_SHOWN = 10
_OF_A_FIELD = {
    Refusal.NOT_AN_ADDRESS: "who",
    Refusal.NO_SUCH_LEAD: "who",
    Refusal.NOT_OFFERED: "what",
    Refusal.IN_THE_FUTURE: "when",
}


class LogForm(forms.Form):
    """Who, what, when, and a note."""

    who = forms.CharField(
        label=_("Who"),
        max_length=254,
        help_text=_("An e-mail, or the number of a lead"),
        widget=forms.TextInput(
            attrs={"inputmode": "email", "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    what = forms.ChoiceField(label=_("What"), widget=forms.RadioSelect)
    when = forms.DateTimeField(label=_("When"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    note = forms.CharField(label=_("Note"), max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    once = forms.RegexField(activities.TOKEN, widget=forms.HiddenInput)

    def __init__(self, kinds: Sequence[Kind], zone: ZoneInfo, **more: Any) -> None:  # noqa: ANN401 - Django's
        now = instants.now()
        here = instants.moment(now).astimezone(zone)
        more.setdefault("initial", {"when": f"{here:%Y-%m-%dT%H:%M}", "once": activities.token(now)})
        super().__init__(**more, label_suffix="")
        self.zone = zone
        offered: Any = self.fields["what"]
        offered.choices = [(kind.event, gettext(kind.label)) for kind in kinds]
        self.fields["when"].widget.attrs["max"] = f"{here:%Y-%m-%dT%H:%M}"
        self.fields["when"].help_text = str(zone)

    def clean_when(self) -> int:
        """The instant that is meant, by the clocks where the playbook is at home."""
        told: datetime = self.cleaned_data["when"].replace(tzinfo=self.zone)
        # A minute that has only begun is not in the future.
        return int(told.timestamp()) * instants.SECOND


@staff(Action.ACT_ON_LEADS)
@require_http_methods(["GET", "POST"])
def log(request: StaffRequest) -> HttpResponse:
    """The form, what came of it, and what was logged last."""
    user = request.user
    kinds, zone = activities.kinds(), playbooks.timezone()
    form = LogForm(kinds, zone, data=request.POST) if request.method == "POST" else LogForm(kinds, zone)
    if form.is_bound and form.is_valid():
        done = _log(form.cleaned_data, user)
        if not isinstance(done, Refused):
            messages.success(request, gettext("Done: {who} is logged.").format(who=form.cleaned_data["who"]))
            return redirect("log")
        form.add_error(_OF_A_FIELD.get(done.reason), gettext(TEXTS[done.reason]))
    labels = {kind.event: gettext(kind.label) for kind in kinds}
    last = list(_told(activities.last_of(user, _SHOWN, now=instants.now()), user, labels, zone))
    status = 400 if form.is_bound else 200
    return render(request, "log.html", {"form": form, "kinds": kinds, "last": last, **_words()}, status=status)


def _words() -> dict[str, str]:
    return {
        "title": gettext("Log what happened"),
        "button": gettext("Log it"),
        "optional": gettext("optional"),
        "last_title": gettext("Logged last"),
        "nothing_yet": gettext("Nothing yet."),
        "nothing_to_log": gettext("The active playbook counts no conversation, call or question, so none is logged."),
    }


def _log(said: dict[str, Any], by: User) -> Logged | Refused:
    who = _who(said["who"], by)
    if isinstance(who, Refused):
        return who
    now = instants.now()
    return activities.log(who, said["what"], at=said["when"], text=said["note"], once=said["once"], by=by, now=now)


def _who(text: str, user: User) -> Lead | str | Refused:
    """The lead of a number, among those that the user sees; else the e-mail."""
    told = text.removeprefix("#")
    if not told.isdecimal():
        return text
    number = shell.number(told)
    lead = None if number is None else visibility.leads_of(user).filter(pk=number).first()
    return lead or Refused(Refusal.NO_SUCH_LEAD)


def _told(events: Iterator[Event], user: User, labels: dict[str, str], zone: ZoneInfo) -> Iterator[dict[str, str]]:
    rows = list(events)
    claimed = [json_text.read(event.claims) for event in rows]
    emails = _emails({int(claims["lead"]) for claims in claimed if "lead" in claims}, user)
    for event, claims in zip(rows, claimed, strict=True):
        at = instants.moment(event.at).astimezone(zone)
        number = claims.get("lead", "")
        yield {
            "who": claims.get("email") or emails.get(number, f"#{number}"),
            "what": labels.get(event.name) or gettext(activities.LABELS.get(event.name, event.name)),
            "when": f"{date_format(at, 'DATE_FORMAT')}, {at:%H:%M}",
            "at": at.isoformat(timespec="minutes"),
            "note": str(json_text.read(event.properties).get("text", "")),
        }


def _emails(leads: set[int], user: User) -> dict[str, str]:
    """By a lead's number, its first e-mail, of those that the user still sees."""
    seen = visibility.leads_of(user).filter(pk__in=leads).values_list("pk", flat=True)
    return {str(lead): email for lead, email in people.emails(seen).items()}
