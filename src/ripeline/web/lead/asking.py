"""Who asks what of a lead on its page, and the form that every act on it is."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from ripeline.integrations import claims
from ripeline.server import playbooks, visibility
from ripeline.server.intake import activities
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sales import outcomes
from ripeline.web import shell

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from django.utils.functional import _StrPromise

    from ripeline.core.lifecycle import Stage
    from ripeline.server.intake.activities import Kind
    from ripeline.server.leads import Lead
    from ripeline.server.staff.users import User
    from ripeline.web.shell import When

LONGEST = 500
"""So many signs a reason or a note may have."""


@dataclass(frozen=True)
class Asking:
    """Who asks about which lead, or does something with it, and when; what many ask for is looked up once."""

    lead: Lead
    user: User
    now: int

    @cached_property
    def zone(self) -> ZoneInfo:
        """Where the playbook is at home."""
        return playbooks.timezone()

    @cached_property
    def nexts(self) -> tuple[Stage, ...]:
        """Where people may move the lead."""
        return outcomes.next_of(self.lead)

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """What may be logged."""
        return activities.kinds()

    def here(self, at: int) -> When:
        """An instant as this page tells it."""
        return shell.here(at, self.now, self.zone)

    def day(self, at: int) -> When:
        """The day of an instant as this page tells it."""
        return shell.day(at, self.zone)


class ActForm(forms.Form):
    """An act on a lead; `once` lets a form that comes twice count once."""

    once = forms.RegexField(activities.TOKEN, widget=forms.HiddenInput)
    title: ClassVar[_StrPromise]
    button: ClassVar[_StrPromise]
    told: ClassVar[_StrPromise]
    is_grave: ClassVar[bool] = False

    def __init__(self, name: str, asking: Asking, data: Any = None) -> None:  # noqa: ANN401 - Django's
        super().__init__(data, auto_id=f"{name}_%s", label_suffix="", initial={"once": activities.token(asking.now)})
        self.name, self.asking = name, asking
        self.prepare(asking)

    def prepare(self, asking: Asking) -> None:
        """Fill in what the lead decides."""
        del asking

    @abstractmethod
    def done(self) -> object:
        """Do it; what the verb gives."""

    @property
    def follows(self) -> str:
        """What is said once it is done, from what was filled in."""
        return self.told.format(**self.names())

    def names(self) -> dict[str, object]:
        """What `told` speaks of, as people read it."""
        return {}

    def chosen(self, field: str) -> str:
        """How the choice that was made in a field is called."""
        fields: Any = self.fields
        return str(dict(fields[field].choices)[self.cleaned_data[field]])

    def choose(self, field: str, choices: list[tuple[str, str]]) -> None:
        """Let a field offer these."""
        chosen: Any = self.fields[field]
        chosen.choices = choices

    @property
    def said(self) -> dict[str, Any]:
        """Who says it, when, and that it counts once."""
        return {"by": self.asking.user, "now": self.asking.now, "once": self.cleaned_data["once"]}


def reason_field() -> forms.CharField:
    """Why somebody does it, in a few words."""
    return forms.CharField(label=_("Reason"), max_length=LONGEST, widget=forms.TextInput())


def note_field() -> forms.CharField:
    """What is worth knowing of it, if anything is."""
    return forms.CharField(
        label=_("Note"), max_length=LONGEST, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


def lead_called(text: str, user: User) -> Lead | Refused:
    """The lead of a number or an e-mail, among those that the user sees."""
    number, seen = shell.number(text.strip().removeprefix("#")), visibility.leads_of(user).filter(merged_into=None)
    if number is not None:
        found = seen.filter(pk=number).first()
    else:
        found = seen.filter(identifiers__kind="email", identifiers__value=claims.email(text) or text).first()
    return found or Refused(Refusal.NO_SUCH_LEAD)
