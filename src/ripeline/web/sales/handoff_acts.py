"""What a rep can do with an offer: one table says what is open when; each act is a form, a verb, and what follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ripeline.core.instants import instant
from ripeline.core.phrases import gettext as mark
from ripeline.server import instants, playbooks
from ripeline.server.intake import activities
from ripeline.server.sales import acts, tasks, verdicts
from ripeline.server.sales.verdicts import Recycled, Rejected, Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from django.utils.functional import _StrPromise

    from ripeline.server.refusals import Refused
    from ripeline.server.sales.handoffs import Handoff
    from ripeline.server.staff.users import User

    Verb = Callable[[Handoff, Mapping[str, Any], User, int], str | Refused]

_MORNING = time(9)
_LONGEST_NOTE = 2000


def _reasons(texts: Mapping[str, str]) -> Callable[[], list[tuple[str, str]]]:
    return lambda: [(code, gettext(text)) for code, text in texts.items()]


class _Form(forms.Form):
    """A form whose labels have no colons."""

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:  # noqa: ANN401 - Django's
        more["label_suffix"] = ""
        super().__init__(data, **more)


class RejectForm(_Form):
    """Why it is turned down before contact."""

    reason = forms.ChoiceField(label=_("Why"), choices=_reasons(verdicts.REJECT), widget=forms.RadioSelect)


class TouchForm(_Form):
    """How we got in touch, and what came of it."""

    how = forms.ChoiceField(
        label=_("How"),
        choices=lambda: [
            ("call", gettext("A call")),
            ("mail", gettext("An e-mail")),
            ("meeting", gettext("A meeting")),
        ],
        initial="call",
        widget=forms.RadioSelect,
    )
    reached = forms.ChoiceField(
        label=_("Reached?"),
        choices=lambda: [("yes", gettext("Reached")), ("no", gettext("Not reached"))],
        initial="yes",
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("Note"), max_length=_LONGEST_NOTE, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    once = forms.RegexField(
        activities.TOKEN,
        required=False,
        initial=lambda: activities.token(instants.now()),
        widget=forms.HiddenInput,
    )


class CallForm(_Form):
    """When a call is agreed on."""

    at = forms.DateTimeField(label=_("When"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))

    def clean_at(self) -> int:
        """The instant that is meant, by the clocks where the playbook is at home."""
        told: datetime = self.cleaned_data["at"]
        return instant(told.replace(tzinfo=playbooks.timezone()))


class RecycleForm(_Form):
    """Why it is not ready, when to look again, and what marketing does until then."""

    reason = forms.ChoiceField(label=_("Why"), choices=_reasons(verdicts.RECYCLE), widget=forms.RadioSelect)
    revisit_on = forms.DateField(
        label=_("Look at it again on"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    steps = forms.CharField(
        label=_("What marketing does until then"),
        help_text=_("One step on each line"),
        max_length=5 * tasks.LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_revisit_on(self) -> int | None:
        """Nine o'clock of that day, where the playbook is at home; not today, and no day before."""
        told: date | None = self.cleaned_data["revisit_on"]
        if told is None:
            return None
        zone, now = playbooks.timezone(), instants.now()
        if told <= instants.moment(now).astimezone(zone).date():
            raise forms.ValidationError(gettext("Take a day after today."))
        return instant(datetime.combine(told, _MORNING, zone))

    def clean_steps(self) -> list[str]:
        """The lines that say something."""
        told: str = self.cleaned_data["steps"]
        return [line.strip() for line in told.splitlines() if line.strip()]


class DisqualifyForm(_Form):
    """Why it will never buy."""

    reason = forms.ChoiceField(label=_("Why"), choices=_reasons(verdicts.DISQUALIFY), widget=forms.RadioSelect)


@dataclass(frozen=True, slots=True)
class Act:
    """One thing a rep can do: what its button says, when it is open, its form, its verb, and what is said after it."""

    name: str
    label: _StrPromise
    open_at: frozenset[Standing]
    verb: Verb
    follows: Callable[[Mapping[str, Any]], str]
    form: type[_Form] | None = None
    needs_call: bool = False  # open only while a call is booked
    is_last: bool = False  # after it there is nothing more to do with the offer
    style: str = "second"


_REJECTED = {
    "misrouted": mark("Rejected: it goes to another rep, with the same due time."),
    "bad_data": mark("Rejected: marketing mends the data before anybody gets it again."),
    "below_bar": mark("Rejected: it is back with marketing."),
}


def _recycled(said: Mapping[str, Any]) -> str:
    if said["revisit_on"] or said["steps"]:
        return gettext("Back with marketing, which has what you prepared as tasks.")
    return gettext("Back with marketing. Nobody was given a date.")


def _touched(said: Mapping[str, Any]) -> str:
    if said["reached"] == "no":
        return gettext("Logged. The clock has stopped; try again soon.")
    return gettext("Logged. The clock has stopped: confirm it, give it back, or go on talking.")


ACTS = (
    Act(
        "accept",
        _("Accept"),
        frozenset({Standing.OFFERED}),
        lambda handoff, _said, by, now: acts.accept(handoff, by=by, now=now),
        lambda _said: gettext("It is yours. Now get in touch before the time is up."),
        style="",
    ),
    Act(
        "touch",
        _("Log a touch"),
        frozenset({Standing.ACCEPTED, Standing.TOUCHED}),
        lambda handoff, said, by, now: acts.touch(
            handoff.lead,
            how=said["how"],
            reached=said["reached"] == "yes",
            note=said["note"],
            by=by,
            now=now,
            once=said["once"] or None,
        ),
        _touched,
        TouchForm,
    ),
    Act(
        "call",
        _("Book a call"),
        frozenset({Standing.ACCEPTED, Standing.TOUCHED}),
        lambda handoff, said, by, now: acts.book_call(handoff, at=said["at"], by=by, now=now),
        lambda _said: gettext("The call is booked. Until then the clock stands still."),
        CallForm,
    ),
    Act(
        "uncall",
        _("The call is off"),
        frozenset({Standing.ACCEPTED, Standing.TOUCHED}),
        lambda handoff, _said, by, now: acts.cancel_call(handoff, by=by, now=now),
        lambda _said: gettext("The call is off. The clock runs on as if it had not been booked."),
        needs_call=True,
    ),
    Act(
        "confirm",
        _("Confirm as SQL"),
        frozenset({Standing.TOUCHED}),
        lambda handoff, _said, by, now: acts.confirm(handoff, by=by, now=now),
        lambda _said: gettext("Confirmed: it is an SQL, and stays yours."),
        is_last=True,
        style="",
    ),
    Act(
        "recycle",
        _("Not ready: back to marketing"),
        frozenset({Standing.ACCEPTED, Standing.TOUCHED}),
        lambda handoff, said, by, now: verdicts.recycle(
            handoff, reason=Recycled(said["reason"]), revisit_at=said["revisit_on"], steps=said["steps"], by=by, now=now
        ),
        _recycled,
        RecycleForm,
        is_last=True,
    ),
    Act(
        "reject",
        _("Reject"),
        frozenset({Standing.OFFERED}),
        lambda handoff, said, by, now: verdicts.reject(handoff, reason=Rejected(said["reason"]), by=by, now=now),
        lambda said: gettext(_REJECTED[said["reason"]]),
        RejectForm,
        is_last=True,
    ),
    Act(
        "disqualify",
        _("Disqualify"),
        frozenset({Standing.TOUCHED}),
        lambda handoff, said, by, now: acts.disqualify(handoff, reason=said["reason"], by=by, now=now),
        lambda _said: gettext("Disqualified: nothing more is done about it, unless a person takes it up again."),
        DisqualifyForm,
        is_last=True,
        style="bad",
    ),
)
"""Everything a rep can do, in the order of the buttons."""
BY_NAME = {act.name: act for act in ACTS}


def acts_at(standing: Standing, *, has_call: bool) -> tuple[Act, ...]:
    """What is open at a standing, with a call booked or without."""
    return tuple(act for act in ACTS if standing in act.open_at and (has_call or not act.needs_call))
