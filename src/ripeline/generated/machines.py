"""What machines do in the name of leads: bots that fill in forms, scanners that click every link of a mail."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ripeline.generated.people import BOT
from ripeline.generated.rhythm import DAY, HOUR
from ripeline.generated.rows import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ripeline.generated.chance import Ints
    from ripeline.generated.fates import Life
    from ripeline.generated.rows import Rows

SCANNED = 0.03
"""The share of accounts (of leads, if they have none) whose mail a scanner opens."""
FOUND_WITHIN_DAYS = 3
"""A machine's rows are taken back at the latest so many days after."""

_MAILS = 4


def machines_of(life: Life) -> Iterator[Rows]:
    """The rows of machines, each with the instant at which it is taken back."""
    yield from _bots(life)
    yield _scanners(life)


def scanned(life: Life) -> Ints:
    """The leads whose mail a scanner opens."""
    people, chance = life.people, life.setting.chance("scanned")
    accounts = chance.uniform(people.accounts)
    alone = chance.uniform(len(people))
    drawn = alone if not len(accounts) else np.where(people.account < 0, alone, accounts[people.account])
    return np.flatnonzero((drawn < SCANNED) & (people.role != BOT))


def _bots(life: Life) -> Iterator[Rows]:
    """Many pages within two minutes, then a form."""
    people, chance = life.people, life.setting.chance("bots")
    who = np.flatnonzero(people.role == BOT)
    found = people.identified[who] + 300 + (chance.uniform(len(who)) * (FOUND_WITHIN_DAYS * DAY - 600)).astype(np.int64)
    pages = 3 + np.minimum(chance.counts(len(who), 12.0), 90)
    lead = np.repeat(who, pages)
    at = people.identified[lead] - chance.whole(len(lead), 110)
    paths = tuple({"path": path} for path in ("/", "/wp-login.php", "/contact", "/about"))
    many = rows("page_viewed", lead, at, paths, chance.whole(len(lead), len(paths)))
    yield replace(many, void_at=np.repeat(found, pages))
    yield replace(rows(life.setting.habits.form, who, people.identified[who]), void_at=found)


def _scanners(life: Life) -> Rows:
    """All links of a mail within seconds of its delivery, found within two hours or in the next days."""
    chance, people = life.setting.chance("scanners"), life.people
    who = np.repeat(scanned(life), _MAILS)
    sent = people.identified[who] + (chance.uniform(len(who)) * (people.fades - people.identified)[who]).astype(
        np.int64
    )
    links = 3 + chance.whole(len(who), 8)
    quick = chance.holds(len(who), 0.8)
    wait = np.where(
        quick, 600 + chance.whole(len(who), 6000), 2 * HOUR + chance.whole(len(who), FOUND_WITHIN_DAYS * DAY - 3 * HOUR)
    )
    lead, at = np.repeat(who, links), np.repeat(sent, links)
    at = at + chance.whole(len(lead), 12)
    return replace(rows(life.setting.habits.mail_click, lead, at), void_at=np.repeat(sent + wait, links))
