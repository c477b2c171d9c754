"""What a person has said yes and no to, as the person sees and changes it by the link of a mail."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from django.db import transaction

from ripeline.core import consent
from ripeline.core.playbook_consent import ContactRule
from ripeline.server import playbooks
from ripeline.server.consent import consents, proofs, suppressions
from ripeline.server.consent.consents import Yes
from ripeline.server.leadmail import mail_links, mails
from ripeline.server.leadmail.mail_links import Whose
from ripeline.server.leads import Identifier, IdentifierKind, Lead

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from ripeline.core.playbook import Playbook

Role = Literal["email", "phone", "scoring", "other"]
"""What a purpose is for: to write, to call, to score, or something else that the playbook names."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One purpose: what it is for, and whether it is on; unconfirmed is a yes that has no effect yet.

    `words` are those to which the lead once said yes, where the purpose is one that only they explain.
    """

    purpose: str
    role: Role
    is_on: bool
    is_unconfirmed: bool = False
    words: str = ""


def whose(token: str) -> Whose | None:
    """Whose preferences these are; None for what is no link of ours, or of somebody who is forgotten."""
    mail = mail_links.mail_of(mail_links.PREFERENCES, token)
    if mail is None:
        return None
    lead = mail_links.lead_of(mail)
    known = Identifier.objects.filter(kind=IdentifierKind.EMAIL, lead=lead)
    address = known.filter(pk=mails.address_of(mail) or 0).first() or known.order_by("pk").first()
    return None if address is None else Whose(lead, address.value, mail)


def of(lead: Lead, *, now: int) -> tuple[Choice, ...]:
    """Each purpose that the playbook asks for, or that the lead has ever said yes to, and whether it is on."""
    said = consents.said_of_all([lead.pk], now=now)[lead.pk]
    playbook = playbooks.active_playbook()
    rules: dict[str, tuple[Role, ContactRule]] = {rule.purpose: (role, rule) for role, rule in _rules(playbook)}
    for row in said:
        if row.given:
            rules.setdefault(row.purpose, ("other", ContactRule(purpose=row.purpose, basis="consent")))
    words = {one.purpose: one.words for one in reversed(proofs.of(lead)) if one.is_given and one.words}
    found = []
    for purpose, (role, rule) in rules.items():
        permission = consent.permission(rule, said, now)
        is_unconfirmed = permission.reason.code == "not_confirmed"
        told = words.get(purpose, "") if role == "other" else ""
        found.append(Choice(purpose, role, permission.granted, is_unconfirmed, told))
    return tuple(found)


def change(who: Whose, wanted: Collection[str], wordings: Mapping[str, str], *, sender: str, now: int) -> None:
    """Let these purposes be on and all others off; `wordings` are the words that stood beside each on the page.

    What is on already stays as it was said. Where nothing is wanted there is a no to all, also to what nobody has asked
    for yet, so that no yes of others turns it on. A yes that is given here is the person's own, and is confirmed but
    for calls: the link of a mail proves nothing for a telephone.
    """
    with transaction.atomic():
        proof = f"preferences, by the link of mail {who.mail.key}"
        choices = of(who.lead, now=now)
        consents.refuse(who.lead, _refused(who.lead, choices, wanted, now), proof=proof, now=now)
        for one in choices:
            if one.purpose in wanted and not one.is_on and one.purpose in wordings:
                yes = Yes(one.purpose, wordings[one.purpose], proof, one.role != "phone", {"confirmed_from": sender})
                consents.accept(who.lead, yes, address=who.address, once=secrets.token_hex(16), now=now)


def _refused(lead: Lead, choices: Iterable[Choice], wanted: Collection[str], now: int) -> list[str]:
    """To which of these the person says no by wanting only some: to what was on, and to all if it wants nothing."""
    if wanted:
        return [one.purpose for one in choices if one.purpose not in wanted and (one.is_on or one.is_unconfirmed)]
    standing = suppressions.of_all([lead.pk], now=now).get(lead.pk, {})
    return [one.purpose for one in choices if one.purpose not in standing]


def _rules(playbook: Playbook | None) -> Iterator[tuple[Role, ContactRule]]:
    """What each purpose is for, with the strictest rule that asks for it."""
    asked: list[tuple[Role, ContactRule]] = []
    asked += (("email", rule) for rule in consent.contact_rules(playbook, "email", None))
    asked += (("phone", rule) for rule in consent.contact_rules(playbook, "phone", None))
    if playbook is not None and not isinstance(playbook.consent, str):
        channels = dict.fromkeys(playbook.consent.channels.values())
        asked += (("other", ContactRule(purpose=purpose, basis="consent")) for purpose in channels)
    if playbook is not None:
        scoring = consent.scoring_of(playbook)
        asked.append(("scoring", ContactRule(purpose=scoring.purpose, basis=scoring.basis)))
    seen: set[str] = set()
    for role, rule in asked:
        if rule.purpose not in seen:
            seen.add(rule.purpose)
            yield role, rule
