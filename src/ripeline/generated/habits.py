"""The habits of a company and of its people, as data: who comes, what they do, who sells, and what causes what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from itertools import product
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

Value = str | int | bool
Said = Mapping[str, object]
"""The properties of an event."""

Span = Literal["visit", "known", "habit", "deciding"]
"""When a deed is done: from the first visit to the decision; from identification to it; from identification until
interest fades, which may be long after the decision; in the second half of the time from identification to decision."""

FUNNEL: Mapping[str, Literal["top", "middle", "bottom"]] = {
    "checklist": "top",
    "e-book": "top",
    "whitepaper": "top",
    "webinar": "middle",
    "questionnaire": "middle",
    "case study": "bottom",
}
"""Every kind of content, and how far down the funnel it stands."""

MAIL = "mail.example"
"""The domain of everybody whose address says nothing."""


def each_of(**values: Sequence[object]) -> tuple[Said, ...]:
    """All combinations of these values; that of the last name changes first."""
    return tuple(dict(zip(values, some, strict=True)) for some in product(*values.values()))


@dataclass(frozen=True, slots=True)
class Fact:
    """An attribute of leads: for each value how common it is, and what it adds to the true fit.

    `told` is the share of leads of whom it is known from the beginning.
    """

    name: str
    values: Mapping[Value, tuple[float, float]]
    told: float = 0.7


def one_of(name: str, *values: Value, fit: float = 0, told: float = 0.7) -> Fact:
    """A fact whose values are equally common and fit equally well."""
    return Fact(name, dict.fromkeys(values, (1, fit)), told)


@dataclass(frozen=True, slots=True)
class Tier:
    """A kind of account. `people` is the mean number of leads of one; 0 stands for leads without account."""

    name: str
    share: float
    people: float
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Persona:
    """A kind of people within a tier: how curious, how ready to ask (log odds), how slow, how much they spend."""

    name: str
    tier: str
    facts: tuple[Fact, ...] = ()
    _: KW_ONLY
    share: float = 1
    curiosity: float = 0
    asks: float = 0
    length: float = 1
    spends: float = 1


@dataclass(frozen=True, slots=True)
class Stranger:
    """People who never buy: students, competitors, applicants."""

    name: str
    share: float
    curiosity: float = 0
    domain: str = MAIL
    _: KW_ONLY
    asks: float = 0.03
    own_deeds: tuple[Deed, ...] = ()


@dataclass(frozen=True, slots=True)
class Then:
    """What may follow a deed, after so many days (whole ones, if one at least), with the same properties."""

    event: str
    share: float
    days: tuple[float, float]
    then: tuple[Then, ...] = ()


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that leads do: `mean` times for the average lead, and e to the power of need and curiosity more often.

    `burst` more rows follow each within minutes. `late` is the share that becomes known days later. `content` names the
    kind whose items are the properties.
    """

    event: str
    mean: float
    span: Span = "known"
    _: KW_ONLY
    need: float = 0
    curiosity: float = 0
    said: tuple[Said, ...] = ({},)
    most: int = 60
    burst: float = 0
    late: float = 0
    content: str = ""
    then: tuple[Then, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """A way to ask for sales, in so many of all requests."""

    event: str
    weight: float
    said: tuple[Said, ...] = ({},)


@dataclass(frozen=True, slots=True)
class Campaign:
    """What brings leads every year, and what it adds to their need; without a name it is no more than a source."""

    source: str
    share: float
    need: float
    _: KW_ONLY
    name: str | None = None
    day: int = 1
    """The day of the year on which it begins."""
    days: int = 365
    cost: int = 0


@dataclass(frozen=True, slots=True)
class Rep:
    """A salesperson: whose countries, how often in time, how strict, and how diligent in writing things down."""

    name: str
    countries: tuple[str, ...]
    _: KW_ONLY
    in_time: float
    strictness: float
    diligence: float


@dataclass(frozen=True, slots=True)
class Topic:
    """What content is about, which persona likes it most, and its title in each language."""

    name: str
    persona: str
    _: KW_ONLY
    en: str
    de: str
    nl: str
    da: str

    @property
    def titles(self) -> Mapping[str, str]:
        """The title by language."""
        return {"en": self.en, "de": self.de, "nl": self.nl, "da": self.da}


@dataclass(frozen=True, slots=True)
class Effects:
    """What moves the log odds of buying, each by itself; traits have mean 0 and deviation 1, the others are 0 or 1."""

    need: float
    fit: float
    budget: float
    request: float
    answered_in_time: float
    silence: float


@dataclass(frozen=True, slots=True)
class Habits:
    """A company for one starter playbook; what most companies share has a default."""

    template: str
    holidays: str
    tiers: tuple[Tier, ...]
    personas: tuple[Persona, ...]
    strangers: tuple[Stranger, ...]
    campaigns: tuple[Campaign, ...]
    entries: Mapping[str, Mapping[str, float]]
    """By which deed people of a source make themselves known, with weights."""
    deeds: tuple[Deed, ...]
    requests: tuple[Request, ...]
    reps: tuple[Rep, ...]
    topics: tuple[Topic, ...]
    effects: Effects
    journey_days: float
    """The mean time from identification to decision of a persona of length 1."""
    price: float
    """What the average customer pays."""
    means: float
    """The budget that the average lead names."""
    months: tuple[int, ...]
    """How busy each month is, in percent."""
    evenings: bool = False
    """Whether people come in the evening and at weekends, and not in office hours."""
    buyers: float = 0.055
    """The share of prospects who decide to buy."""
    asking: float = 0.14
    silent: float = 0.35
    form: str = "contact_requested"
    """What bots fill in."""
    mail_click: str = "email_clicked"
    """What mail scanners do."""
    sale: str | None = None
    """What is written when somebody buys, besides the outcome; most such companies sell without sales."""
    sales_so_far: str | None = None
    """The attribute that a sale raises by one."""
    loss: str | None = None
    """What is written of some who buy elsewhere."""
    pains: tuple[str, ...] = ()
    objections: tuple[str, ...] = ()
