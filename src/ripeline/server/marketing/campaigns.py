"""Campaigns and what they cost.

To which campaign a lead's arrival belongs is asked when a report is made and stands nowhere: the marks that came with
it are in the ledger, so a campaign may be described after it has begun, or better than before. What was paid is
written down once; a cost that was wrong is taken back by a row against it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from django.db import models, transaction

from ripeline.integrations.arrivals import CHANNELS
from ripeline.integrations.campaign_files import NewCost
from ripeline.server import playbooks
from ripeline.server.chunks import chunks
from ripeline.server.decisions import Decision, DecisionKind
from ripeline.server.instants import InstantField, moment
from ripeline.server.marketing import arrivals
from ripeline.server.refusals import Refusal, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from ripeline.integrations.campaign_files import NewCampaign
    from ripeline.server.marketing.arrivals import Arrival

MARKS = ("utm_campaign", "utm_source", "utm_medium")
QUALIFIED = ("mql", "sql", "opportunity", "customer")
"""Whoever reached one of these was found to be an MQL at least."""


class Campaign(models.Model):
    """What was done to bring people, and by which marks they are known.

    Each of the marks is empty, or holds codes parted by |, in which * stands for anything; all that are not must fit.
    """

    name = models.CharField(max_length=100, unique=True)
    source = models.CharField(max_length=16, choices=[(channel, channel) for channel in CHANNELS])
    utm_campaign = models.CharField(max_length=100, default="", blank=True)
    utm_source = models.CharField(max_length=100, default="", blank=True)
    utm_medium = models.CharField(max_length=100, default="", blank=True)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)  # the last day
    created_at = InstantField()

    @property
    def marks(self) -> dict[str, str]:
        """The marks that must fit."""
        return {mark: text for mark in MARKS if (text := getattr(self, mark))}


class Cost(models.Model):
    """What was paid for some days of a campaign, the first and the last included; a row against another is below 0."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="costs")
    starts_on = models.DateField()
    ends_on = models.DateField()
    cents = models.BigIntegerField()  # hundredths of the currency
    currency = models.CharField(max_length=3)
    note = models.CharField(max_length=500, default="", blank=True)
    created_at = InstantField()
    corrects = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="corrected_by")


@dataclass(frozen=True, slots=True)
class Added:
    """How many rows are new, and how many were there before."""

    new: int
    known: int


@dataclass(frozen=True, slots=True)
class Result:
    """What a campaign brought by first arrivals, and what was paid for it, by currency in cents."""

    campaign: Campaign
    leads: int
    mqls: int
    cents: Mapping[str, int]


def put_all(rows: Sequence[NewCampaign], *, dry_run: bool = False, now: int) -> Added:
    """Let campaigns be as these rows say; one of the same name is changed, and then reports tell of it anew."""
    new = 0
    with transaction.atomic():
        for row in rows:
            said = row._asdict() | {"starts_on": _day(row.starts_on), "ends_on": _day(row.ends_on)}
            name = said.pop("name")
            made = {**said, "created_at": now}
            new += Campaign.objects.update_or_create(name=name, defaults=said, create_defaults=made)[1]
        transaction.set_rollback(dry_run)
    return Added(new, len(rows) - new)


def unknown(rows: Sequence[NewCost]) -> list[int]:
    """The places of those costs whose campaign is not there."""
    names = set(Campaign.objects.values_list("name", flat=True))
    return [place for place, row in enumerate(rows) if row.campaign not in names]


def add_costs(rows: Sequence[NewCost], *, dry_run: bool = False, now: int) -> Added | Refused:
    """Write down what was paid, all or none; of rows that are all alike as many are added as are missing.

    So the same file may be brought again, and a longer one after it.
    """
    with transaction.atomic():
        if unknown(rows):
            return Refused(Refusal.NO_SUCH_CAMPAIGN)
        known = _standing()
        campaigns = {one.name: one for one in Campaign.objects.select_for_update().order_by("pk")}
        new = []
        for row in rows:
            if known[row]:
                known[row] -= 1
                continue
            new.append(
                Cost(
                    campaign=campaigns[row.campaign],
                    starts_on=date.fromisoformat(row.starts_on),
                    ends_on=date.fromisoformat(row.ends_on),
                    cents=row.cents,
                    currency=row.currency,
                    note=row.note,
                    created_at=now,
                )
            )
        if not dry_run:
            Cost.objects.bulk_create(new, batch_size=500)
    return Added(len(new), len(rows) - len(new))


def correct(cost: Cost, *, note: str = "", now: int) -> Cost | Refused:
    """A row against a cost, so that the two add up to nothing; the cost itself stays as it was written."""
    with transaction.atomic():
        cost = Cost.objects.select_for_update().get(pk=cost.pk)
        if cost.corrects_id is not None or Cost.objects.filter(corrects=cost).exists():
            return Refused(Refusal.CORRECTED_ALREADY)
        return Cost.objects.create(
            campaign=cost.campaign,
            starts_on=cost.starts_on,
            ends_on=cost.ends_on,
            cents=-cost.cents,
            currency=cost.currency,
            note=note,
            created_at=now,
            corrects=cost,
        )


def by_month() -> dict[tuple[str, str, str], int]:
    """What was paid, in cents, by campaign, month (2026-03) and currency.

    A cost of several months falls on each by its days; the months add up to the cost, to the cent.
    """
    found: dict[tuple[str, str, str], int] = defaultdict(int)
    for cost in Cost.objects.select_related("campaign").order_by("pk"):
        for month, cents in _spread(cost):
            found[cost.campaign.name, month, cost.currency] += cents
    return {key: cents for key, cents in sorted(found.items()) if cents}


def results() -> list[Result]:
    """Each campaign with the leads whose first arrival it was, those of them that became MQLs, and its cost."""
    campaigns = list(Campaign.objects.order_by("name"))
    leads: dict[int, list[int]] = defaultdict(list)
    zone = playbooks.timezone()
    for arrival in arrivals.first():
        campaign = campaign_of(arrival, campaigns, zone=zone)
        if campaign is not None:
            leads[campaign.pk].append(arrival.lead)
    paid: dict[int, dict[str, int]] = defaultdict(dict)
    costs = Cost.objects.values("campaign", "currency").annotate(sum=models.Sum("cents")).order_by("currency")
    for row in costs:
        paid[row["campaign"]][row["currency"]] = row["sum"]
    return [Result(each, len(leads[each.pk]), _mqls(leads[each.pk]), paid[each.pk]) for each in campaigns]


def campaign_of(arrival: Arrival, campaigns: Iterable[Campaign], *, zone: tzinfo = UTC) -> Campaign | None:
    """The campaign by which somebody came: of several that fit the one with the most marks, then the first by name.

    A campaign without marks is known by its source alone, such as a fair in its days.
    """
    on = moment(arrival.at).astimezone(zone).date()
    fitting = [one for one in campaigns if _fits(one, arrival, on)]
    return min(fitting, key=lambda one: (-len(one.marks), one.name), default=None)


def _fits(campaign: Campaign, arrival: Arrival, on: date) -> bool:
    if (campaign.starts_on and on < campaign.starts_on) or (campaign.ends_on and on > campaign.ends_on):
        return False
    if not campaign.marks:
        return campaign.source == arrival.source
    return all(_matches(arrival.marks.get(mark, ""), codes) for mark, codes in campaign.marks.items())


def _matches(mark: str, codes: str) -> bool:
    said = mark.casefold()
    return bool(said) and any(fnmatchcase(said, code.strip()) for code in codes.casefold().split("|"))


def _mqls(leads: Sequence[int]) -> int:
    moved = Decision.objects.filter(kind=DecisionKind.MOVE, new__in=QUALIFIED)
    return sum(moved.filter(lead__in=chunk).values("lead").distinct().count() for chunk in chunks(leads))


def _standing() -> Counter[NewCost]:
    """How often each cost stands that nobody has taken back."""
    rows = Cost.objects.filter(corrects=None, corrected_by=None).select_related("campaign")
    return Counter(
        NewCost(
            row.campaign.name, row.starts_on.isoformat(), row.ends_on.isoformat(), row.cents, row.currency, row.note
        )
        for row in rows
    )


def _spread(cost: Cost) -> Iterator[tuple[str, int]]:
    """A cost by month; what is left of a cent goes to the later months."""
    days = (cost.ends_on - cost.starts_on).days + 1
    done, start = 0, cost.starts_on
    while start <= cost.ends_on:
        after = (start.replace(day=1) + timedelta(days=31)).replace(day=1)
        start = min(after, cost.ends_on + timedelta(days=1))
        passed = (start - cost.starts_on).days
        # Toward zero on both sides, so that a row against a cost takes back each month's share to the cent.
        share = abs(cost.cents) * passed // days * (1 if cost.cents > 0 else -1)
        yield f"{start - timedelta(days=1):%Y-%m}", share - done
        done = share


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
