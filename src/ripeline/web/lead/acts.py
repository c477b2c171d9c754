"""What can be done with a lead on its page: one small form for each act, and the verb it calls."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ripeline.core.lifecycle import Stage
from ripeline.server import instants
from ripeline.server.intake import activities
from ripeline.server.sales import acts, outcomes, overrides, tasks
from ripeline.server.sales.tasks import TaskKind
from ripeline.web.lead.asking import ActForm, Asking, note_field, reason_field
from ripeline.web.lead.selling import Advocate, Expect, Lost, NoAdvocate, Opportunity, Refer, Won
from ripeline.web.lead.speaking import WAYS, stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ripeline.server.leads import Lead

_CHIPS = forms.RadioSelect
_FLOORS = (Stage.LEAD, Stage.MQL, Stage.SQL)


class Touch(ActForm):
    """We reached out."""

    title, button = _("We reached out"), _("Write it down")
    told = _("Written down: we reached out ({how}).")
    how = forms.ChoiceField(label=_("How"), widget=_CHIPS)

    def prepare(self, asking: Asking) -> None:
        """All ways."""
        del asking
        self.choose("how", [(way, label()) for way, label in WAYS.items()])

    def done(self) -> object:
        """A touch."""
        return acts.say(self.asking.lead, "touch_logged", {"how": self.cleaned_data["how"]}, **self.said)

    def names(self) -> dict[str, object]:
        """How."""
        return {"how": self.chosen("how")}


class Saw(ActForm):
    """The lead did something that we saw."""

    title, button = _("The lead called, talked, asked"), _("Log it")
    told = _("Logged: {what}.")
    what = forms.ChoiceField(label=_("What"), widget=_CHIPS)
    note = note_field()

    def prepare(self, asking: Asking) -> None:
        """What the active definition counts."""
        self.choose("what", [(kind.event, gettext(kind.label)) for kind in asking.kinds])

    def done(self) -> object:
        """An activity of this moment."""
        told, asking = self.cleaned_data, self.asking
        return activities.log(asking.lead, told["what"], at=asking.now, text=told["note"], **self.said)

    def names(self) -> dict[str, object]:
        """What."""
        return {"what": self.chosen("what")}


class Note(ActForm):
    """A note."""

    title, button = _("Note"), _("Keep the note")
    told = _("The note is kept.")
    text = forms.CharField(
        label=_("What is worth knowing"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def done(self) -> object:
        """A row."""
        return acts.note(self.asking.lead, self.cleaned_data["text"], **self.said)


class NewTask(ActForm):
    """Something to be done."""

    title, button = _("New task"), _("Plan it")
    told = _("Planned for {day}: {text}")
    text = forms.CharField(label=_("What is to be done"), max_length=tasks.LONGEST)
    kind = forms.ChoiceField(label=_("Kind"), choices=TaskKind.choices)
    on = forms.DateField(label=_("When"), widget=forms.DateInput(attrs={"type": "date"}))
    whose = forms.ChoiceField(label=_("Whose task"), widget=_CHIPS)

    def prepare(self, asking: Asking) -> None:
        """My own or marketing's, tomorrow unless told otherwise."""
        self.choose("whose", [("own", gettext("Mine")), ("marketing", gettext("Marketing's"))])
        self.initial.update(on=_today(asking, asking.now) + timedelta(days=1), whose="own")

    def done(self) -> object:
        """A task."""
        told, asking = self.cleaned_data, self.asking
        kind, due_at = TaskKind(told["kind"]), _at(asking, told["on"], time(9))
        owner = asking.user if told["whose"] == "own" else None
        return tasks.add(asking.lead, told["text"], kind=kind, due_at=due_at, owner=owner, **self.said)

    def names(self) -> dict[str, object]:
        """What, and when."""
        told, asking = self.cleaned_data, self.asking
        return {"text": told["text"], "day": asking.day(_at(asking, told["on"], time(9)))}


class Override(ActForm):
    """A stage set by hand, or a hold."""

    title, button = _("Set by hand"), _("Set it")
    told = _("Set by hand until {day}. {what}.")
    to = forms.ChoiceField(label=_("What"), widget=_CHIPS)
    reason = reason_field()
    until = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}))

    def prepare(self, asking: Asking) -> None:
        """Up, down or hold; for 90 days unless told otherwise."""
        now = Stage[asking.lead.stage.upper()]
        up, down = gettext("Up to {stage}"), gettext("Down to {stage}")
        floors = [one for one in _FLOORS if one != now] if now in _FLOORS else []
        told = [(one.name.lower(), (up if one > now else down).format(stage=stage(one.name.lower()))) for one in floors]
        self.choose("to", [*told, ("hold", gettext("Hold: automation does nothing"))])
        self.initial["until"] = _today(asking, asking.now + overrides.LASTS)
        self.fields["until"].widget.attrs["min"] = _today(asking, asking.now).isoformat()

    def clean_until(self) -> int:
        """The end of that day, which lies ahead."""
        until = _at(self.asking, self.cleaned_data["until"], time(23, 59))
        if until <= self.asking.now:
            raise forms.ValidationError(gettext("That is in the past."), code="past")
        return until

    def done(self) -> object:
        """An override, or a hold."""
        told, asking = self.cleaned_data, self.asking
        more = {"reason": told["reason"], "until": told["until"], **self.said}
        if told["to"] == "hold":
            return acts.hold(asking.lead, **more)
        return acts.override(asking.lead, told["to"], **more)

    def names(self) -> dict[str, object]:
        """What, and until when."""
        return {"what": self.chosen("to"), "day": self.asking.day(self.cleaned_data["until"])}


class Release(ActForm):
    """The end of what is in force."""

    title, button = _("Release"), _("Let automation decide again")
    told = _("Released: automation decides again.")

    def done(self) -> object:
        """A row."""
        return acts.release(self.asking.lead, **self.said)


class Move(ActForm):
    """A step taken back, or what was ended opened again."""

    title, button = _("Change the stage"), _("Move it")
    told = _("Moved to {stage}.")
    to = forms.ChoiceField(label=_("Where"), widget=_CHIPS)
    reason = reason_field()

    def prepare(self, asking: Asking) -> None:
        """Where people may move it, but for what has a form of its own."""
        self.choose("to", [(one.name.lower(), stage(one.name.lower())) for one in _steps(asking)])

    def done(self) -> object:
        """A row."""
        to = Stage[self.cleaned_data["to"].upper()]
        return outcomes.move(self.asking.lead, to, reason=self.cleaned_data["reason"], **self.said)

    def names(self) -> dict[str, object]:
        """Where."""
        return {"stage": self.chosen("to")}


FORMS: dict[str, type[ActForm]] = {
    "touch": Touch,
    "saw": Saw,
    "note": Note,
    "task": NewTask,
    "opportunity": Opportunity,
    "expect": Expect,
    "won": Won,
    "lost": Lost,
    "override": Override,
    "release": Release,
    "move": Move,
    "advocate": Advocate,
    "no-advocate": NoAdvocate,
    "refer": Refer,
}
"""Every act of the page, by the last part of its address."""

_OWN_FORMS = {Stage.OPPORTUNITY: "opportunity", Stage.CUSTOMER: "won", Stage.LOST: "lost"}


def open_now(asking: Asking, *, is_overridden: bool, is_advocate: bool) -> Iterator[str]:
    """The acts that are in place for a lead as it stands."""
    open_ones = {_OWN_FORMS[one] for one in asking.nexts if one in _OWN_FORMS} - _taken_back(asking.lead)
    is_customer = asking.lead.stage == "customer"
    shut = {
        "expect": asking.lead.stage != "opportunity",
        "release": not is_overridden,
        "move": not _steps(asking),
        "advocate": not is_customer or is_advocate,
        "no-advocate": not is_advocate,
        "refer": not is_advocate,
        "saw": not asking.kinds,
        **{name: name not in open_ones for name in _OWN_FORMS.values()},
    }
    return (name for name in FORMS if not shut.get(name, False))


def _taken_back(lead: Lead) -> set[str]:
    """A customer who is an opportunity again was moved back, and not opened."""
    return {"opportunity"} if lead.stage == "customer" else set()


def _steps(asking: Asking) -> list[Stage]:
    is_customer = asking.lead.stage == "customer"
    return [one for one in asking.nexts if one not in _OWN_FORMS or (one == Stage.OPPORTUNITY and is_customer)]


def _today(asking: Asking, at: int) -> date:
    return instants.moment(at).astimezone(asking.zone).date()


def _at(asking: Asking, day: date, clock: time) -> int:
    return int(datetime.combine(day, clock, asking.zone).timestamp()) * instants.SECOND
