"""The interview on a phone while talking: two or three questions, each saved by itself."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from django import forms
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from ripeline.server import instants, people
from ripeline.server.intake import activities
from ripeline.server.profiles import members
from ripeline.server.qualification import explaining
from ripeline.server.refusals import TEXTS, Refused
from ripeline.server.sales import acts, interviews
from ripeline.server.sales.handoffs import OPEN
from ripeline.server.sales.interviews import MARKS, OBJECTIONS, Certainty, Given, Origin
from ripeline.server.staff.users import Action
from ripeline.web import shell
from ripeline.web.amounts import field_of, value_of
from ripeline.web.lead.asking import Asking
from ripeline.web.lead.page import seen
from ripeline.web.lead.sections import item_told, ratings_told
from ripeline.web.lead.speaking import speaker
from ripeline.web.lead.standing import gate_told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.forms import BoundField
    from django.http import HttpResponse

    from ripeline.language import Speaker
    from ripeline.server.leads import Lead
    from ripeline.server.sales.interviews import Interview, Question
    from ripeline.web.shell import StaffRequest

_GATE = "sales_ready"
_ALSO = "also_"


class Asked(forms.Form):
    """What every form of the page has: a token by which it counts once, and what stands first."""

    once = forms.RegexField(activities.TOKEN, widget=forms.HiddenInput)
    button: Any = _("Save")
    rest_title: Any = _("How sure, from whom, note")
    of_rest: tuple[str, ...] = ()

    def __init__(self, name: str, title: str, asking: Asking, data: Any = None) -> None:  # noqa: ANN401 - Django's
        given = {"once": activities.token(asking.now)}
        super().__init__(data, auto_id=f"{name}_%s", label_suffix="", initial=given)
        self.name, self.title, self.asking = name, title, asking

    @property
    def first(self) -> Sequence[BoundField]:
        """The fields that stand open."""
        return [field for field in self.visible_fields() if field.name not in self.of_rest]

    @property
    def rest(self) -> Sequence[BoundField]:
        """The fields that one opens."""
        return [field for field in self.visible_fields() if field.name in self.of_rest]

    @property
    def said(self) -> dict[str, Any]:
        """Who says it, when, and that it counts once."""
        return {"by": self.asking.user, "now": self.asking.now, "once": self.cleaned_data["once"]}

    @abstractmethod
    def done(self) -> object:
        """Save it; what the verb gives."""


class AnswerForm(Asked):
    """One item: the answer as chips, what is asked beside it, and how one knows."""

    answer = forms.ChoiceField(label=_("Answer"), widget=forms.RadioSelect)
    certainty = forms.ChoiceField(label=_("How sure"), choices=Certainty.choices, widget=forms.RadioSelect)
    source = forms.ChoiceField(label=_("From whom"), choices=Origin.choices, widget=forms.RadioSelect)
    note = forms.CharField(label=_("Note"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    of_rest = ("certainty", "source", "note")

    def __init__(self, question: Question, asking: Asking, voice: Speaker, data: Any = None) -> None:  # noqa: ANN401
        super().__init__(question.name, shell.language().word(question.label), asking, data)
        self.question = shell.language().word(question.text)
        self.initial.update(certainty=Certainty.SURE, source=Origin.LEAD)
        offered: Any = self.fields["answer"]
        offered.choices = [(name, shell.language().part(name)) for name in question.options]
        self.kinds = {name: voice.playbook.attributes[name].type for name in question.also}
        for name, kind in self.kinds.items():
            self.fields[_ALSO + name] = field_of(kind, voice.name("attribute", name))
        self.order_fields(["answer", *(_ALSO + name for name in self.kinds), *self.of_rest])

    def done(self) -> object:
        """An answer, and what was learnt beside it."""
        told = self.cleaned_data
        also = {name: value_of(kind, told[_ALSO + name]) for name, kind in self.kinds.items()}
        given = Given(
            told["answer"],
            Certainty(told["certainty"]),
            Origin(told["source"]),
            told["note"],
            {name: value for name, value in also.items() if value is not None},
        )
        return interviews.answer(self.asking.lead, self.name, given, **self.said)


def _marks() -> forms.ChoiceField:
    return forms.ChoiceField(
        choices=[(str(mark), str(mark)) for mark in MARKS], widget=forms.RadioSelect, required=False
    )


class RatingForm(Asked):
    """How serious and how motivated, from 1 to 5."""

    seriousness, motivation = _marks(), _marks()
    seriousness_note = forms.CharField(label=_("Why"), max_length=500, required=False, widget=forms.TextInput())
    motivation_note = forms.CharField(label=_("Why"), max_length=500, required=False, widget=forms.TextInput())
    field_order = ("seriousness", "seriousness_note", "motivation", "motivation_note")

    def __init__(self, asking: Asking, data: Any = None) -> None:  # noqa: ANN401 - Django's
        super().__init__("rating", gettext("Seriousness and motivation"), asking, data)
        self.fields["seriousness"].label = gettext("Seriousness, 1 hardly to 5 fully")
        self.fields["motivation"].label = gettext("Motivation, 1 hardly to 5 fully")

    def done(self) -> object:
        """A rating."""
        told = self.cleaned_data
        said: dict[str, Any] = {name: told[name] for name in ("seriousness_note", "motivation_note")}
        said |= {name: int(told[name]) for name in ("seriousness", "motivation") if told[name]}
        return interviews.rate(self.asking.lead, **said, **self.said)


class ObjectionForm(Asked):
    """What the lead says against buying."""

    text = forms.CharField(label=_("Objection"), max_length=500)

    def __init__(self, asking: Asking, data: Any = None) -> None:  # noqa: ANN401 - Django's
        super().__init__("objection", gettext("Objection"), asking, data)

    def done(self) -> object:
        """One more."""
        told = members(self.cleaned_data["text"])
        return interviews.learn(self.asking.lead, {OBJECTIONS: told}, **self.said)


class NoteForm(Asked):
    """A free note."""

    text = forms.CharField(
        label=_("What is worth knowing"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, asking: Asking, data: Any = None) -> None:  # noqa: ANN401 - Django's
        super().__init__("note", gettext("Note"), asking, data)

    def done(self) -> object:
        """A row."""
        return acts.note(self.asking.lead, self.cleaned_data["text"], **self.said)


_MORE: Mapping[str, type[NoteForm | ObjectionForm | RatingForm]] = {
    "note": NoteForm,
    "objection": ObjectionForm,
    "rating": RatingForm,
}


@shell.staff(Action.ACT_ON_LEADS)
@require_http_methods(["GET", "POST"])
def interview(request: StaffRequest, lead: int) -> HttpResponse:
    """The questions to ask now, what is known, and what the gate says; a saved answer brings the next ones."""
    row = seen(request.user, lead)
    asking, voice, told = Asking(row, request.user, instants.now()), speaker(), interviews.of(row)
    bound = None
    if request.method == "POST":
        bound = _bound(request, asking, voice, told)
        if bound is not None and bound.is_valid():
            done = bound.done()
            if not isinstance(done, Refused):
                shell.told(request, done, gettext("Saved: {what}.").format(what=bound.title))
                return redirect("interview", row.pk)
            bound.add_error(None, gettext(TEXTS[done.reason]))
    shown = _shown(request.GET.get("item", ""), asking, voice, told, bound)
    return render(request, "lead/interview.html", shown, status=400 if bound else 200)


def _bound(request: StaffRequest, asking: Asking, voice: Speaker, told: Interview) -> Asked | None:
    name = request.POST.get("form", "")
    if name in _MORE and (name != "objection" or _has_objections(voice)):
        return _MORE[name](asking, request.POST)
    question = next((one for one in told.questions if one.name == name.removeprefix("item-")), None)
    return AnswerForm(question, asking, voice, request.POST) if question else None


def _shown(item: str, asking: Asking, voice: Speaker, told: Interview, bound: Asked | None) -> dict[str, Any]:
    lead = asking.lead
    wanted = bound.name if isinstance(bound, AnswerForm) else item
    chosen = [one for one in told.questions if one.name == wanted]
    asked = [*chosen, *(one for one in told.next if one not in chosen)][: max(2, len(told.next))]
    names = {one.name for one in asked}
    return {
        "lead": lead,
        "title": gettext("Interview"),
        "called": people.called([lead])[lead.pk],
        "asked": [
            bound if bound is not None and one.name == bound.name else AnswerForm(one, asking, voice) for one in asked
        ],
        "more": [
            bound if bound is not None and bound.name == name else form(asking)
            for name, form in _MORE.items()
            if name != "objection" or _has_objections(voice)
        ],
        "others": [(one.name, shell.language().word(one.label)) for one in told.questions if one.name not in names],
        "items": [item_told(one, asking) for one in told.questions if one.answers],
        "ratings": ratings_told(told, asking),
        "objections": told.objections,
        "met_told": gettext("{met} of {count} met").format(met=told.met, count=len(told.questions)),
        "handoff": _handoff(lead),
        **_gate(lead, asking.now),
        "say": _words(),
    }


def _gate(lead: Lead, now: int) -> dict[str, Any]:
    """What the gate to sales says, as of what rounds have read."""
    told = explaining.see(lead, now)
    if isinstance(told, Refused) or _GATE not in told.gates:
        return {"gate": None, "is_open": False}
    gate = gate_told(_GATE, told.gates[_GATE], told, speaker(told.playbook))
    return {"gate": gate, "is_open": gate["is_open"]}


def _handoff(lead: Lead) -> str:
    """The page of the lead's open hand-off, where the verdict is given."""
    handoff = lead.handoffs.filter(status__in=OPEN).first()
    try:
        return reverse("handoff", args=[handoff.pk]) if handoff else ""
    except NoReverseMatch:
        return ""


def _has_objections(voice: Speaker) -> bool:
    declared = voice.playbook.attributes.get(OBJECTIONS)
    return declared is not None and declared.type == "set"


def _words() -> dict[str, str]:
    return {
        "optional": gettext("optional"),
        "all_asked": gettext("Everything is answered."),
        "gate": gettext("What the gate says"),
        "verdict": gettext("To the verdict"),
        "sofar": gettext("What is known"),
        "others": gettext("Other items"),
        "objections": gettext("Objections"),
        "earlier": gettext("Earlier"),
    }
