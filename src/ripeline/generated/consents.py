"""Who lets us follow them, for which purpose, from when, until when; and who objects to being scored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ripeline.generated.fates import NEVER
from ripeline.generated.people import BOT
from ripeline.generated.rhythm import DAY
from ripeline.generated.rows import Rows, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ripeline.generated.chance import Ints
    from ripeline.generated.fates import Life

GRANTS = 0.65
"""The share that agrees to a purpose at the first visit."""
GRANTS_LATER = 0.4
"""The share of the others that agrees when it makes itself known."""
WITHDRAWS = 0.04
SCORED = 0.85
"""The share that agrees to be scored, where the playbook asks for a yes, when it makes itself known."""
OBJECTS = 0.006
"""The share that objects to being scored, about half a year later."""
STRAY = 0.02
"""The share of rows that are written without consent, because a tag is set wrong."""


@dataclass(frozen=True, slots=True)
class Granted:
    """From when until when each lead agrees to a purpose, in seconds UTC; NEVER if not."""

    begins: Ints
    ends: Ints


def granted_of(life: Life) -> Mapping[str, Granted]:
    """When each lead agrees to each purpose that channels need."""
    return {purpose: _granted(life, purpose) for purpose in sorted(set(life.setting.needs_consent.values()))}


def _granted(life: Life, purpose: str) -> Granted:
    people, leads = life.people, len(life.people)
    chance = life.setting.chance("consent", purpose)
    human = people.role != BOT
    at_once = human & chance.holds(leads, GRANTS)
    later = human & chance.holds(leads, GRANTS_LATER)
    begins = np.where(at_once, people.first_seen, np.where(later, people.identified, NEVER))
    withdraws = chance.holds(leads, WITHDRAWS)
    ends = people.identified + DAY + chance.waits(leads, 120)
    return Granted(begins, np.where(withdraws & (begins < NEVER), ends, NEVER))


def consents_of(life: Life, granted: Mapping[str, Granted]) -> Iterator[Rows]:
    """The rows of consents given and withdrawn."""
    for purpose, each in granted.items():
        for event, at in (("consent_given", each.begins), ("consent_withdrawn", each.ends)):
            who = np.flatnonzero(at < NEVER)
            yield rows(event, who, at[who], ({"purpose": purpose},))
    scoring = life.setting.scoring
    if scoring is None:
        return
    chance, people = life.setting.chance("scoring"), life.people
    human, said = people.role != BOT, ({"purpose": scoring.purpose},)
    if scoring.basis == "consent":
        who = np.flatnonzero(human & chance.holds(len(people), SCORED))
        yield rows("consent_given", who, people.identified[who], said)
    who = np.flatnonzero(human & chance.holds(len(people), OBJECTS))
    at = people.identified[who] + DAY + chance.waits(len(who), 180)
    yield rows("consent_withdrawn", who, at, said)
