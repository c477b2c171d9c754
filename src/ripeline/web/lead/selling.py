"""What can be done with a lead that is about to buy, or has bought: one small form for each act."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from ripeline.server.refusals import Refused
from ripeline.server.sales import outcomes, referrals
from ripeline.server.sales.outcomes import LostReason
from ripeline.web.amounts import AmountField, money
from ripeline.web.lead.asking import LONGEST, ActForm, lead_called, note_field


class Opportunity(ActForm):
    """Something to be sold."""

    title, button = _("Open an opportunity"), _("Open it")
    told = _("The opportunity is open.")
    amount = AmountField(label=_("Expected amount"), required=False)

    def done(self) -> object:
        """A row."""
        return outcomes.open_opportunity(self.asking.lead, cents=self.cleaned_data["amount"], **self.said)


class Expect(ActForm):
    """Another amount than the one that was expected."""

    title, button = _("Change the expected amount"), _("Change it")
    told = _("Expected now: {amount}.")
    amount = AmountField(label=_("Expected amount"))

    def done(self) -> object:
        """A row."""
        return outcomes.expect(self.asking.lead, cents=self.cleaned_data["amount"], **self.said)

    def names(self) -> dict[str, object]:
        """How much."""
        return {"amount": money(self.cleaned_data["amount"], "")}


class Won(ActForm):
    """Sold."""

    title, button = _("Won"), _("It is won")
    told = _("Won: {amount}.")
    amount = AmountField(label=_("Amount"))

    def done(self) -> object:
        """A row."""
        return outcomes.win(self.asking.lead, cents=self.cleaned_data["amount"], **self.said)

    def names(self) -> dict[str, object]:
        """For how much."""
        return {"amount": money(self.cleaned_data["amount"], "")}


class Lost(ActForm):
    """Not sold, and why."""

    title, button, is_grave = _("Lost"), _("It is lost"), True
    told = _("Lost: {reason}.")
    reason = forms.ChoiceField(label=_("Reason"), choices=LostReason.choices, widget=forms.RadioSelect)
    sentence = forms.CharField(label=_("In one sentence"), max_length=LONGEST)
    competitor = forms.CharField(
        label=_("Competitor"), max_length=100, required=False, widget=forms.TextInput(attrs={"list": "competitors"})
    )

    def done(self) -> object:
        """A row."""
        told = self.cleaned_data
        said = {name: told[name] for name in ("sentence", "competitor")}
        return outcomes.lose(self.asking.lead, reason=LostReason(told["reason"]), **said, **self.said)

    def names(self) -> dict[str, object]:
        """Why."""
        return {"reason": self.chosen("reason")}


class Advocate(ActForm):
    """A customer who speaks for us."""

    title, button = _("Mark as advocate"), _("Mark it")
    told = _("Marked as an advocate.")
    note = note_field()

    def done(self) -> object:
        """A row."""
        return referrals.mark(self.asking.lead, note=self.cleaned_data["note"], **self.said)


class NoAdvocate(ActForm):
    """A customer who speaks for us no more."""

    title, button = _("No advocate any more"), _("End it")
    told = _("No advocate any more.")

    def done(self) -> object:
        """A row."""
        return referrals.end(self.asking.lead, **self.said)


class Refer(ActForm):
    """A lead that an advocate brought."""

    title, button = _("Has brought somebody"), _("Tie them")
    told = _("Tied: {whom} was brought by this lead.")
    whom = forms.CharField(
        label=_("Whom"), max_length=254, help_text=_("An e-mail, or the number of a lead"), widget=forms.TextInput()
    )
    note = note_field()

    def done(self) -> object:
        """A row on each."""
        lead = lead_called(self.cleaned_data["whom"], self.asking.user)
        if isinstance(lead, Refused):
            return lead
        return referrals.refer(self.asking.lead, lead, note=self.cleaned_data["note"], **self.said)

    def names(self) -> dict[str, object]:
        """Whom."""
        return {"whom": self.cleaned_data["whom"]}
