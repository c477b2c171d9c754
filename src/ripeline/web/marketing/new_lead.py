"""A new lead by hand: who, what is known, what happened, and to what they said yes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from ripeline.core.consent import purposes_of
from ripeline.integrations.arrivals import CHANNELS
from ripeline.integrations.enrichment import CONCLUDED
from ripeline.server import instants, playbooks
from ripeline.server.intake import activities, new_leads
from ripeline.server.intake.new_leads import Told
from ripeline.server.refusals import TEXTS, Refusal, Refused
from ripeline.server.staff.users import Action
from ripeline.web import shell
from ripeline.web.shell import StaffRequest, staff

if TYPE_CHECKING:
    from django.http import HttpResponse

    from ripeline.core.playbook import Attribute, Playbook

_OWN = ("first_name", "last_name", "company", "job_title", "source")
_ELSEWHERE = {"email", "phone", "campaign", *_OWN, *CONCLUDED}
_OF_A_FIELD = {Refusal.NOT_AN_ADDRESS: "email", Refusal.NOT_OFFERED: "event"}
_BEFORE = "a_"
_SHORT = forms.TextInput(attrs={"autocomplete": "off"})


class NewLead(forms.Form):
    """What everybody is asked for; the playbook's own attributes are added."""

    email = forms.CharField(
        label=_("E-mail"), max_length=254, required=False, widget=forms.TextInput(attrs={"inputmode": "email"})
    )
    phone = forms.CharField(
        label=_("Telephone"), max_length=60, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    first_name = forms.CharField(label=_("First name"), max_length=100, required=False, widget=_SHORT)
    last_name = forms.CharField(label=_("Last name"), max_length=100, required=False, widget=_SHORT)
    company = forms.CharField(label=_("Company"), max_length=200, required=False, widget=_SHORT)
    job_title = forms.CharField(label=_("Job title"), max_length=200, required=False, widget=_SHORT)
    source = forms.ChoiceField(label=_("Came by"), required=False)
    event = forms.ChoiceField(label=_("What happened"), required=False)
    text = forms.CharField(label=_("Note"), max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    purpose = forms.ChoiceField(label=_("Said yes to"), required=False)
    wording = forms.CharField(
        label=_("To which words"), max_length=2_000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    proof = forms.CharField(label=_("How, and where it is written down"), max_length=200, required=False, widget=_SHORT)
    once = forms.RegexField(activities.TOKEN, widget=forms.HiddenInput)

    def __init__(self, playbook: Playbook | None, **more: Any) -> None:  # noqa: ANN401 - Django's
        more.setdefault("initial", {"once": activities.token(instants.now())})
        super().__init__(**more, label_suffix="")
        nothing = ("", "—")
        own = shell.language().own_value
        self._choose("source", [nothing, *((name, own("source", name)) for name in CHANNELS)])
        self.events = [(kind.event, gettext(kind.label)) for kind in activities.kinds()]
        self.purposes = [(name, shell.language().heading(name)) for name in (purposes_of(playbook) if playbook else ())]
        self._choose("event", [nothing, *self.events])
        self._choose("purpose", [nothing, *self.purposes])
        self.attributes = {
            name: attribute
            for name, attribute in (playbook.attributes if playbook else {}).items()
            if name not in _ELSEWHERE
        }
        for name, attribute in self.attributes.items():
            self.fields[_BEFORE + name] = _field(name, attribute)

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Whoever said yes said it to some words."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("purpose") and not said.get("wording"):
            self.add_error("wording", gettext("Write down the words."))
        return said

    def parts(self) -> list[list[Any]]:
        """The fields in their groups."""
        own = [self[name] for name in ("email", "phone", *_OWN)]
        known = [self[_BEFORE + name] for name in self.attributes]
        happened = [self["event"], self["text"]] if self.events else []
        consent = [self["purpose"], self["wording"], self["proof"]] if self.purposes else []
        return [own, known, happened, consent]

    def told(self) -> Told:
        """What was filled in."""
        said = self.cleaned_data
        attributes = {name: said[name] for name in _OWN if said[name]}
        for name, attribute in self.attributes.items():
            value = _value(said[_BEFORE + name])
            if value is not None:
                attributes[name] = _several(value) if attribute.type == "set" else value
        own = {name: said[name] for name in ("email", "phone", "event", "text", "purpose", "wording", "proof")}
        return Told(**own, attributes=attributes)


def _field(name: str, attribute: Attribute) -> forms.Field:
    """The field of an attribute, by its type."""
    said: dict[str, Any] = {"label": shell.language().part(name, attribute.label), "required": False}
    match attribute.type:
        case "number":
            return forms.FloatField(**said, widget=forms.NumberInput(attrs={"step": "any"}))
        case "date":
            return forms.DateField(**said, widget=forms.DateInput(attrs={"type": "date"}))
        case "yes_no":
            choices = [("", "—"), ("true", gettext("yes")), ("false", gettext("no"))]
            return forms.TypedChoiceField(**said, choices=choices, coerce=lambda text: text == "true", empty_value=None)
        case "set":
            several = gettext("several with commas")
            return forms.CharField(**said, max_length=1_000, help_text=several, widget=_SHORT)
    return forms.CharField(**said, max_length=1_000, widget=_SHORT)


def _several(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _value(given: Any) -> Any:  # noqa: ANN401 - as the field gives it
    """A value as rows of the ledger tell it; None for nothing."""
    if given in ("", None):
        return None
    if isinstance(given, float) and given.is_integer():
        return int(given)
    return given.isoformat() if hasattr(given, "isoformat") else given


@staff(Action.ACT_ON_LEADS)
@require_http_methods(["GET", "POST"])
def new_lead(request: StaffRequest) -> HttpResponse:
    """The form, and what came of it."""
    playbook = playbooks.active_playbook()
    form = NewLead(playbook, data=request.POST) if request.method == "POST" else NewLead(playbook)
    known = None
    if form.is_bound and form.is_valid():
        told = form.told()
        done = new_leads.add(told, once=form.cleaned_data["once"], by=request.user, now=instants.now())
        if not isinstance(done, Refused):
            messages.success(request, gettext("{who} is written down, and is a lead in a moment.").format(who=done))
            return redirect(f"/leads/?{urlencode({'view': 'all', 'text': done})}")
        form.add_error(_OF_A_FIELD.get(done.reason), gettext(TEXTS[done.reason]))
        known = new_leads.known(told, by=request.user) if done.reason == Refusal.KNOWN_ALREADY else None
    labels = (gettext("Who"), gettext("What is known"), gettext("What happened"), gettext("Consent"))
    groups = [(label, fields) for label, fields in zip(labels, form.parts(), strict=True) if fields]
    shown = {"form": form, "groups": groups, "known": known.lead if known else None, **_words()}
    return render(request, "new_lead.html", shown, status=400 if form.is_bound else 200)


def _words() -> dict[str, str]:
    return {
        "title": gettext("New lead"),
        "button": gettext("Write it down"),
        "meaning": gettext("Nothing is obligatory, but an e-mail, a telephone number or a name must be there."),
        "to_it": gettext("To the lead that is there"),
    }
