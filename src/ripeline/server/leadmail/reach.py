"""Whether a mail that we send by ourselves may reach a lead at an instant, to which address, or why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ripeline.server import people, profiles
from ripeline.server.consent import consents
from ripeline.server.leadmail.mails import Held
from ripeline.server.leads import Lead

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ripeline.core.consent import Permission
    from ripeline.server.profiles import Fact

_WHY = {"suppressed": Held.SUPPRESSED, "consent_withdrawn": Held.WITHDRAWN, "not_confirmed": Held.NOT_CONFIRMED}


class Reach(NamedTuple):
    """How a lead is reached; `held` is why it is not written to, of several reasons the one that weighs most."""

    address: str
    facts: Mapping[str, Fact]
    held: Held | None


def of_all(leads: Iterable[int], *, now: int) -> dict[int, Reach]:
    """By the number of each of these leads, in few queries however many they are; nobody is merged into another."""
    numbers = sorted(set(leads))
    addresses, facts = people.emails(numbers), profiles.of_all(numbers)
    permissions = consents.may_contact_all(numbers, "email", now=now)
    excluded = set(Lead.objects.filter(pk__in=numbers).exclude(excluded="").values_list("pk", flat=True))
    found = {}
    for lead in numbers:
        address, known = addresses.get(lead, ""), facts.get(lead, {})
        held = _held(address, permissions[lead], known, is_excluded=lead in excluded)
        found[lead] = Reach(address, known, held)
    return found


def is_sendable(address: str) -> bool:
    """Whether a mail can be sent there: few servers take other letters before the @, and one in code is another's."""
    return address.partition("@")[0].isascii()


def _held(address: str, permission: Permission, facts: Mapping[str, Fact], *, is_excluded: bool) -> Held | None:
    if not address:
        return Held.NO_ADDRESS
    if not permission:
        return _WHY.get(permission.reason.code, Held.NO_CONSENT)
    if people.text_of(facts, "email_status") == "undeliverable" or not is_sendable(address):
        return Held.NOT_DELIVERABLE
    return Held.EXCLUDED if is_excluded else None
