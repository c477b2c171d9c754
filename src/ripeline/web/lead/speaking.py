"""How the pages of a lead speak: in the user's language, with the names that the active definition gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext

from ripeline.language import Speaker
from ripeline.server import playbooks
from ripeline.web import shell
from ripeline.web.amounts import money

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ripeline.core.playbook import Playbook


def speaker(playbook: Playbook | None = None) -> Speaker:
    """Who speaks of a playbook, or else of the active one, in the user's language."""
    return Speaker(shell.language(), playbook or playbooks.current())


def fact_called(speaker: Speaker, attribute: str) -> str:
    """How people call an attribute; one that follows by rule has a name of ours, unless the definition names it."""
    own = _FOLLOWING.get(attribute) if attribute not in speaker.playbook.attributes else None
    return own() if own else speaker.name("attribute", attribute)


_FOLLOWING: Mapping[str, Callable[[], str]] = {
    "company_domain": lambda: gettext("Domain of the company"),
    "country_code": lambda: gettext("Country, as a code"),
    "email_domain": lambda: gettext("Domain of the e-mail address"),
    "email_kind": lambda: gettext("Kind of e-mail"),
    "email_status": lambda: gettext("E-mail status"),
    "phone_e164": lambda: gettext("Telephone, with country"),
}


def value(speaker: Speaker, attribute: str, told: object) -> str:
    """What is known of an attribute, on one line and not without end."""
    if isinstance(told, bool):
        told = "true" if told else "false"
    text = "|".join(str(one) for one in told) if isinstance(told, list) else str(told)
    kind = speaker.playbook.attributes.get(attribute)
    shown = speaker.language.own_value(attribute, speaker.value(attribute, text))
    return (shown.replace("|", ", ") if kind is None else shown)[:500]


def amount(said: Mapping[str, object]) -> str:
    """The amount that a row tells; empty if it tells none."""
    told, currency = said.get("amount"), said.get("currency")
    if not isinstance(told, int | float) or isinstance(told, bool) or abs(told) > 10**13:
        return ""
    return money(round(told * 100), currency if isinstance(currency, str) else "")


def stage(name: str) -> str:
    """What a stage is called; of no stage nothing."""
    return shell.language().own_name(name) or name


WAYS: Mapping[str, Callable[[], str]] = {
    "call": lambda: gettext("Call"),
    "mail": lambda: gettext("E-mail"),
    "meeting": lambda: gettext("Meeting"),
    "message": lambda: gettext("Message"),
}
"""How we reach out."""
