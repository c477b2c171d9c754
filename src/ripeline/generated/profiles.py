"""What is known of each lead from the beginning: names, addresses, and the facts it told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ripeline.generated.chance import exp
from ripeline.generated.habits import MAIL
from ripeline.generated.people import BOT, PROSPECT
from ripeline.generated.rhythm import DAY
from ripeline.generated.rows import Rows, rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ripeline.generated.chance import Bools, Ints
    from ripeline.generated.fates import Life
    from ripeline.generated.habits import Value
    from ripeline.generated.people import Values

_FIRST = ("Anna", "Bram", "Clara", "David", "Emma", "Finn", "Greta", "Hugo", "Ida", "Jonas", "Karla", "Lars")
_LAST = (
    "Jansen",
    "Nielsen",
    "Schmidt",
    "Visser",
    "Wagner",
    "Hansen",
    "Bakker",
    "Vogel",
    "Lund",
    "Peters",
    "Meyer",
    "Smit",
)
_STEMS = ("Nord", "West", "Havn", "Berg", "Linden", "Stern", "Brück", "Delta", "Anker", "Falk", "Mühl", "Polder")
_ENDS = ("wind", "werk", "tech", "bau", "haus", "log", "med", "stal", "print", "foods", "energie", "service")
_ASCII = str.maketrans({"ü": "ue"})
BOUNCED = 0.02
"""The share of leads whose mail comes back one day."""

_COARSE = 200
_TOLD_BUDGET = 0.15
_TOLD_RELATIONSHIP = 0.3
_TELLING = 0.6  # strangers whose address gives them away


def lead_ids(leads: int) -> list[str]:
    """The ids, which say that all is made up."""
    width = max(len(str(leads)), 3)
    return [f"generated-{number:0{width}}" for number in range(1, leads + 1)]


def told_budget(life: Life) -> list[int]:
    """What each lead says it can spend: its true means, rounded."""
    habits, people = life.setting.habits, life.people
    step = 10 if habits.means >= _COARSE else 1
    steps = np.floor(habits.means * life.spends * exp(0.7 * people.budget) / step).astype(np.int64)
    return [step * max(int(each), 1) for each in steps]


def leads_of(life: Life) -> pl.DataFrame:
    """The table of leads, as the open data format has it; all of it is known from `created_at` on."""
    people, setting = life.people, life.setting
    declared = setting.playbook.attributes
    told = {name: values for name, values in _told(life).items() if name in declared}
    accounts = [f"account-{each + 1}" if each >= 0 else None for each in people.account]
    return pl.DataFrame(
        {
            "lead_id": lead_ids(len(people)),
            "account_id": pl.Series(accounts, dtype=pl.String),
            "created_at": people.identified,
            **{
                name: pl.Series(values, dtype=_type(declared[name].type), strict=False) for name, values in told.items()
            },
            "campaign": pl.Series([setting.runs[run].name for run in people.run], dtype=pl.String),
            "language": pl.Series(people.language.tolist(), dtype=pl.String),
        }
    )


def _told(life: Life) -> dict[str, list[Value | None]]:
    """What each lead told of itself, whether the playbook asks for it or not; machines told next to nothing."""
    people, setting = life.people, life.setting
    chance, leads, human = setting.chance("profiles"), len(people), people.role != BOT
    first, last = chance.whole(leads, len(_FIRST)), chance.whole(leads, len(_LAST))
    names = _companies(life)
    of_all = [each.facts for each in setting.habits.tiers] + [each.facts for each in setting.habits.personas]
    shares = {fact.name: fact.told for facts in of_all for fact in facts}
    return {
        "email": _addresses(life, first, last, names),
        "company": [name or None for name in names],
        **{
            name: _where(human & setting.chance("told", name).holds(leads, shares[name]), people.facts[name])
            for name in sorted(people.facts)
        },
        "budget": _where(human & chance.holds(leads, _TOLD_BUDGET), told_budget(life)),
        "source": [setting.runs[run].campaign.source for run in people.run],
        "relationship": _where(
            human & chance.holds(leads, _TOLD_RELATIONSHIP) & (people.role != PROSPECT), people.role
        ),
    }


def _where(told: Bools, values: Iterable[Value]) -> list[Value | None]:
    return [value if is_told else None for value, is_told in zip(values, told, strict=True)]


def bounces_of(life: Life) -> Iterator[Rows]:
    """The addresses that turn out to be undeliverable."""
    if "email_status" in life.setting.playbook.attributes:
        chance, people = life.setting.chance("bounces"), life.people
        who = np.flatnonzero(chance.holds(len(people), BOUNCED) & (people.role != BOT))
        at = people.identified[who] + DAY + chance.waits(len(who), 90)
        yield rows("attributes_changed", who, at, ({"email_status": "undeliverable"},))


def _type(kind: str) -> type[pl.DataType]:
    return {"number": pl.Int64, "yes_no": pl.Boolean}.get(kind, pl.String)


def _companies(life: Life) -> list[str]:
    """The name of each lead's company; an empty text for none."""
    account = life.people.account
    chance = life.setting.chance("companies")
    accounts = life.people.accounts
    stems, ends = chance.whole(accounts, len(_STEMS)), chance.whole(accounts, len(_ENDS))
    names = [_STEMS[stem] + _ENDS[end] for stem, end in zip(stems, ends, strict=True)]
    return [names[each] if each >= 0 else "" for each in account]


def _addresses(life: Life, first: Ints, last: Ints, names: list[str]) -> list[Value | None]:
    """One address each, all under .example: nobody's."""
    people = life.people
    domains: Values = np.full(len(people), MAIL, np.object_)
    for place, (account, name) in enumerate(zip(people.account, names, strict=True)):
        if name:
            domains[place] = f"{name.lower().translate(_ASCII)}-{account + 1}.example"
    telling = life.setting.chance("domains").holds(len(people), _TELLING)
    for stranger in life.setting.habits.strangers:
        domains[telling & (people.role == stranger.name)] = stranger.domain
    domains[people.role == BOT] = "quick-mail.example"
    return [
        f"{_FIRST[one].lower()}.{_LAST[two].lower()}.{number}@{domain}"
        for number, (one, two, domain) in enumerate(zip(first, last, domains, strict=True), start=1)
    ]
