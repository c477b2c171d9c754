"""What a lead has agreed to, on its page: whether we may write and call, what proves it, and what our people tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ripeline.server.consent import consents, objections, proofs
from ripeline.server.leadmail import confirmations, lead_languages
from ripeline.server.leadmail.confirmations import Confirmation
from ripeline.server.leads import Identifier, IdentifierKind
from ripeline.server.refusals import Refusal, Refused
from ripeline.web import shell
from ripeline.web.lead.asking import ActForm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ripeline.language import Speaker
    from ripeline.server.consent.proofs import Proof
    from ripeline.web.lead.asking import Asking
    from ripeline.web.shell import StaffRequest

_LONGEST = 2_000


def section(request: StaffRequest, asking: Asking, voice: Speaker) -> dict[str, Any]:
    """May we, and why; then every yes and no with all that proves it."""
    del request
    lead, now = asking.lead, asking.now
    permissions = consents.permissions_of_all([lead.pk], now=now)[lead.pk]
    asked = [
        (gettext("Write an e-mail"), permissions["email"]),
        (gettext("Call"), permissions["phone"]),
        (gettext("Score"), consents.may_score(lead, now=now)),
    ]
    waiting = Confirmation.objects.filter(identifier__lead=lead, answered_at=None, ends_at__gt=now).order_by("-pk")
    until = gettext("Asked on {day}, open until {until}.")
    return {
        "permissions": [
            (what, bool(answer), gettext("yes") if answer else gettext("no"), voice.say(answer.reason))
            for what, answer in asked
            if answer is not None
        ],
        "waiting": [until.format(day=asking.here(one.asked_at), until=asking.day(one.ends_at)) for one in waiting],
        "proofs": [
            {"title": _title(one), "is_given": one.is_given, "facts": list(_facts(one, asking)), "words": one.words}
            for one in proofs.of(lead)
        ],
        "say": {
            "may_we": gettext("May we?"),
            "waiting": gettext("Waits for the answer to a mail"),
            "said": gettext("Every yes and no"),
            "words": gettext("In these words"),
        },
    }


def _title(one: Proof) -> str:
    purpose = shell.language().heading(one.purpose)
    if one.is_given:
        told = gettext("{purpose}: yes, confirmed") if one.is_confirmed else gettext("{purpose}: yes")
    else:
        told = gettext("{purpose}: no")
    return told.format(purpose=purpose)


def _facts(one: Proof, asking: Asking) -> Iterator[tuple[str, object]]:
    yield gettext("When"), asking.here(one.at).html
    if one.where:
        yield gettext("Where"), one.where
    yield gettext("Told by"), one.by or one.source
    if one.requested_at is not None:
        yield gettext("Asked for"), asking.here(one.requested_at).html
    if one.requested_from:
        yield gettext("Asked from"), one.requested_from
    if one.mail:
        yield gettext("Mail"), one.mail
    if one.confirmed_at is not None:
        yield gettext("Confirmed"), asking.here(one.confirmed_at).html
    if one.confirmed_from:
        yield gettext("Confirmed from"), one.confirmed_from
    if one.reason:
        yield gettext("Why"), _REASONS.get(one.reason, one.reason)


_REASONS = {
    consents.UNCONFIRMED: _("Anybody may have said the yes, and there was a no before."),
    consents.SUPPRESSED: _("The person said it before the lead came anew."),
}


class Agreed(ActForm):
    """The lead said yes."""

    title, button = _("Said yes"), _("Write it down")
    told = _("Written down: a yes to {purpose}.")
    purpose = forms.ChoiceField(label=_("To what"))
    wording = forms.CharField(label=_("In which words"), max_length=_LONGEST, widget=forms.Textarea(attrs={"rows": 2}))
    proof = forms.CharField(
        label=_("Where the proof is"),
        max_length=500,
        required=False,
        help_text=_("A signed paper and its folder, a mail, a fair"),
    )
    how = forms.ChoiceField(label=_("How sure"), widget=forms.RadioSelect)

    def prepare(self, asking: Asking) -> None:
        """What the active definition asks for."""
        del asking
        self.choose("purpose", _purposes())
        self.choose(
            "how",
            [
                ("told", gettext("We were told")),
                ("proven", gettext("The proof shows it was the person")),
                ("ask", gettext("Ask the person by mail")),
            ],
        )
        self.initial["how"] = "told"

    def done(self) -> object:
        """A row, and a mail if the person is to be asked."""
        told, asking = self.cleaned_data, self.asking
        with transaction.atomic():
            row = consents.grant(
                asking.lead,
                told["purpose"],
                wording=told["wording"],
                proof=told["proof"] or None,
                is_confirmed=told["how"] == "proven",
                by=asking.user,
                now=asking.now,
            )
            refused = row if isinstance(row, Refused) else self._ask() if told["how"] == "ask" else None
            if refused is not None:
                transaction.set_rollback(True)
                return refused
        return row

    def _ask(self) -> Refused | None:
        lead, now = self.asking.lead, self.asking.now
        address = Identifier.objects.filter(kind=IdentifierKind.EMAIL, lead=lead).order_by("pk").first()
        if address is None:
            return Refused(Refusal.NO_WAY_TO_REACH)
        language = lead_languages.languages_of([lead.pk])[lead.pk]
        asked = confirmations.ask(address, lead, language=language, now=now)
        return Refused(Refusal.ASKED_ALREADY) if asked is None else None

    def names(self) -> dict[str, object]:
        """To what."""
        return {"purpose": self.chosen("purpose")}


class Declined(ActForm):
    """The lead said no."""

    title, button = _("Said no"), _("Write it down")
    told = _("Written down: a no to {purpose}. It stands until the person takes it back.")
    purpose = forms.ChoiceField(label=_("To what"))
    proof = forms.CharField(label=_("How we know"), max_length=500, required=False)

    def prepare(self, asking: Asking) -> None:
        """What the active definition asks for."""
        del asking
        self.choose("purpose", _purposes())

    def done(self) -> object:
        """A row, and it stands."""
        told, asking = self.cleaned_data, self.asking
        return consents.withdraw(
            asking.lead, told["purpose"], by=asking.user, now=asking.now, proof=told["proof"] or None
        )

    def names(self) -> dict[str, object]:
        """To what."""
        return {"purpose": self.chosen("purpose")}


FORMS: dict[str, type[ActForm]] = {"agreed": Agreed, "declined": Declined}


def _purposes() -> list[tuple[str, str]]:
    return [(name, shell.language().heading(name)) for name in objections.purposes()]
