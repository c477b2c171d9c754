"""Where it all happens: the company's playbook, its calendar, its campaigns and its content."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib.resources import files
from itertools import product
from typing import TYPE_CHECKING

from ripeline.core.playbook import Playbook
from ripeline.core.playbook_yaml import load
from ripeline.generated.chance import Chance
from ripeline.generated.habits import FUNNEL
from ripeline.generated.rhythm import DAY, Rhythm, rhythm_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ripeline.core.playbook_consent import ScoringConsent
    from ripeline.generated.habits import Campaign, Habits, Topic

END = datetime(2026, 1, 1, tzinfo=UTC)
"""The last instant of every history."""

LANGUAGES = {"DE": "de", "AT": "de", "CH": "de", "NL": "nl", "BE": "nl", "DK": "da"}
"""The language of each country; English everywhere else."""

_MARGIN_DAYS = 800  # decisions and open hours are told for some time beyond the end
_PER_YEAR = 0.25  # how far a campaign's effect differs from year to year, as a deviation


@dataclass(frozen=True, slots=True)
class Run:
    """A campaign in one year, and what it truly adds to the need of those it brings."""

    campaign: Campaign
    name: str | None
    start: int
    end: int
    need: float


@dataclass(frozen=True, slots=True)
class Item:
    """One item of content."""

    name: str
    kind: str
    topic: Topic
    language: str

    @property
    def title(self) -> str:
        """Its title in its language."""
        return self.topic.titles[self.language]


@dataclass(frozen=True)
class Setting:
    """All that does not depend on single leads; instants are seconds UTC."""

    habits: Habits
    playbook: Playbook
    seed: int
    years: int
    start: int
    end: int
    rhythm: Rhythm
    runs: tuple[Run, ...]

    def chance(self, *names: str) -> Chance:
        """The stream of draws with this name."""
        return Chance(self.seed, self.habits.template, *names)

    @cached_property
    def needs_consent(self) -> Mapping[str, str]:
        """The purpose that each event needs the consent to, for those that need one."""
        consent = self.playbook.consent
        channels = {} if isinstance(consent, str) else consent.channels
        activities = [each for each in self.playbook.activities.values() if each.channel in channels]
        return {name: channels[str(each.channel)] for each in activities for name in each.event}

    @cached_property
    def scoring(self) -> ScoringConsent | None:
        """The consent that scoring itself needs."""
        consent = self.playbook.consent
        return None if isinstance(consent, str) else consent.scoring

    @cached_property
    def answers(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """For each item of the qualifying call and each status, its answers."""
        return {
            item: {
                status: tuple(answer for answer, means in asked.answers.items() if str(means) == status)
                for status in ("not_met", "partly", "met")
            }
            for item, asked in self.playbook.bant.items()
        }

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """The catalogue of content: of each kind that some deed is about, every topic in every language."""
        kinds = {deed.content for deed in self.habits.deeds}
        return tuple(
            Item(f"{kind}-{topic.name}-{language}".replace(" ", "-"), kind, topic, language)
            for kind in (kind for kind in FUNNEL if kind in kinds)
            for topic in self.habits.topics
            for language in topic.titles
        )


def setting_of(habits: Habits, seed: int, years: int) -> Setting:
    """The setting of a company over so many years."""
    text = (files("ripeline") / "playbooks" / f"{habits.template}.yaml").read_bytes()
    playbook = load(text, file=habits.template)
    if not isinstance(playbook, Playbook):
        raise TypeError(f"the starter playbook {habits.template} has problems")
    begin = END.replace(year=END.year - years)
    start, end = int(begin.timestamp()), int(END.timestamp())
    margin = timedelta(days=30)
    rhythm = rhythm_of(habits, playbook.timezone, begin - margin, (end - start) // DAY + _MARGIN_DAYS)
    return Setting(habits, playbook, seed, years, start, end, rhythm, tuple(_runs(habits, seed, begin)))


def _runs(habits: Habits, seed: int, begin: datetime) -> list[Run]:
    years = range(begin.year, END.year)
    shifts = Chance(seed, habits.template, "campaigns").normal(len(years) * len(habits.campaigns)) * _PER_YEAR
    runs = []
    for shift, (year, campaign) in zip(shifts, product(years, habits.campaigns), strict=True):
        first = datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=campaign.day - 1)
        last = min(first + timedelta(days=campaign.days), datetime(year + 1, 1, 1, tzinfo=UTC))
        name = f"{campaign.name}-{year}" if campaign.name else None
        need = round(campaign.need + (float(shift) if name else 0.0), 4)
        runs.append(Run(campaign, name, int(first.timestamp()), int(last.timestamp()), need))
    return runs
