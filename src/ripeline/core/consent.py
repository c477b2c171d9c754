"""Whether a lead may be scored, and whether we may write to it or call: answers with their reasons.

What they mean is said in ``docs/meaning.md`` section 3, and in ``docs/reference/consent.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ripeline.core.playbook_consent import UNASKED, Contact
from ripeline.core.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ripeline.core.playbook import Playbook
    from ripeline.core.playbook_consent import Channel, ContactRule, ScoringConsent


_CODE = 2
_STRICTEST = ("confirmed", "consent", "objection")


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """What a lead said about one purpose, effective from an instant (microseconds UTC)."""

    purpose: str
    effective_at: int
    given: bool
    confirmed: bool = False
    """Whether a yes is proven to be the person's own."""
    stands: bool = False
    """Whether a no outlasts every yes: it ends only when whoever keeps it takes it away."""


@dataclass(frozen=True, slots=True)
class Permission:
    """Yes or no, and why."""

    granted: bool
    reason: Reason

    def __bool__(self) -> bool:
        return self.granted


def may_score(playbook: Playbook, rows: Iterable[ConsentRow], at: int) -> Permission:
    """Whether the lead of these rows may be scored at an instant (microseconds UTC)."""
    scoring = scoring_of(playbook)
    said = [row for row in rows if row.purpose == scoring.purpose and row.effective_at <= at]
    if not said:
        if not _asks(playbook):
            is_assumed = isinstance(playbook.consent, str)
            return Permission(granted=True, reason=Reason("may_score_assumed" if is_assumed else "may_score_not_asked"))
        if scoring.basis == "objection":
            return Permission(granted=True, reason=Reason("may_score_no_objection", purpose=scoring.purpose))
        return Permission(granted=False, reason=Reason("no_consent", purpose=scoring.purpose))
    last = max(row.effective_at for row in said)
    granted = all(row.given for row in said if row.effective_at == last)
    code = "may_score_given" if granted else "consent_withdrawn"
    return Permission(granted=granted, reason=Reason(code, purpose=scoring.purpose, at=last))


def may_contact(
    playbook: Playbook | None, rows: Iterable[ConsentRow], channel: Channel, country: str | None, at: int
) -> Permission:
    """Whether the lead of these rows may be written to or called at an instant (microseconds UTC), and why.

    Without a country of two letters every country's rule must allow it. That consents are assumed allows nobody to
    write: the rule that holds without any other is asked then.
    """
    said = list(rows)
    answers = [permission(rule, said, at) for rule in contact_rules(playbook, channel, country)]
    return min(answers, key=lambda answer: answer.granted)


def contact_rules(playbook: Playbook | None, channel: Channel, country: str | None) -> list[ContactRule]:
    """What a channel needs in a country, strictest first; in an unknown one what each of all countries needs."""
    contact = contact_of(playbook)
    general: ContactRule = getattr(contact, channel)
    special = {code: getattr(rules, channel) or general for code, rules in contact.countries.items()}
    code = country.strip().upper() if country else ""
    if len(code) == _CODE and code.isalpha():
        return [special.get(code, general)]
    return sorted({general, *special.values()}, key=lambda rule: (_STRICTEST.index(rule.basis), rule.purpose))


def contact_of(playbook: Playbook | None) -> Contact:
    """What a playbook says of getting in touch; what holds by itself without one, or where consents are assumed."""
    return Contact() if playbook is None or isinstance(playbook.consent, str) else playbook.consent.contact


def scoring_of(playbook: Playbook) -> ScoringConsent:
    """What a playbook says of scoring; what holds by itself where it asks nothing."""
    return (None if isinstance(playbook.consent, str) else playbook.consent.scoring) or UNASKED


def _asks(playbook: Playbook) -> bool:
    return not isinstance(playbook.consent, str) and playbook.consent.scoring is not None


def purposes_of(playbook: Playbook) -> tuple[str, ...]:
    """All purposes that a playbook asks for: first those of getting in touch, then those of what is counted."""
    contact = contact_of(playbook)
    rules = [contact.email, *(each.email for each in contact.countries.values())]
    rules += [contact.phone, *(each.phone for each in contact.countries.values())]
    asked = [rule.purpose for rule in rules if rule is not None]
    if not isinstance(playbook.consent, str):
        asked += playbook.consent.channels.values()
    return tuple(dict.fromkeys([*asked, scoring_of(playbook).purpose]))


def permission(rule: ContactRule, rows: Iterable[ConsentRow], at: int) -> Permission:
    """Whether what a lead said up to an instant (microseconds UTC) meets one rule, and why."""
    said = [row for row in rows if row.purpose == rule.purpose and row.effective_at <= at]
    refused = max((row.effective_at for row in said if not row.given), default=None)
    # Of one instant the no counts.
    given = [row for row in said if row.given and (refused is None or row.effective_at > refused)]
    confirmed = [row.effective_at for row in given if row.confirmed]
    standing = [row.effective_at for row in said if row.stands and not row.given]
    if standing:
        code, at, granted = "suppressed", max(standing), False
    elif confirmed:
        code, at, granted = "may_contact_confirmed", max(confirmed), True
    elif given:
        code, at, granted = "may_contact_given", max(row.effective_at for row in given), True
        if rule.basis == "confirmed":
            code, granted = "not_confirmed", False
    elif refused is not None:
        code, at, granted = "consent_withdrawn", refused, False
    elif rule.basis == "objection":
        return Permission(granted=True, reason=Reason("may_contact_no_objection", purpose=rule.purpose))
    else:
        return Permission(granted=False, reason=Reason("no_consent", purpose=rule.purpose))
    return Permission(granted=granted, reason=Reason(code, purpose=rule.purpose, at=at))
