"""The commands about campaigns: what they are, what they cost, and what they brought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ripeline.integrations.campaign_files import NewCampaign, NewCost
from ripeline.server.marketing import campaigns
from ripeline.server.marketing.campaigns import Campaign, Cost
from ripeline.server.operation.commands.answers import Answer, command, done
from ripeline.server.refusals import Refusal, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


@command
def campaign_put(*, now: int, rows: Sequence[Sequence[Any]], dry_run: bool = False) -> Answer:
    """Campaigns as these rows say, all or none; how many of them are new."""
    added = campaigns.put_all([NewCampaign(*row) for row in rows], dry_run=dry_run, now=now)
    return {"new": added.new, "known": added.known}


@command
def campaign_list(*, now: int) -> Answer:
    """All campaigns with what they brought by first arrivals and what was paid, by currency in cents."""
    names = ("name", "source", "utm_campaign", "utm_source", "utm_medium")
    told = [
        {name: getattr(each.campaign, name) for name in names}
        | {"starts_on": _text(each.campaign.starts_on), "ends_on": _text(each.campaign.ends_on)}
        | {"leads": each.leads, "mqls": each.mqls, "cents": dict(each.cents)}
        for each in campaigns.results()
    ]
    return {"campaigns": told}


@command
def cost_add(*, now: int, rows: Sequence[Sequence[Any]], dry_run: bool = False) -> Answer:
    """Costs, all or none; a campaign that is not there is told by the places of its rows, from 0."""
    costs = [NewCost(*row) for row in rows]
    unknown = campaigns.unknown(costs)
    if unknown:
        return {"unknown": unknown, "campaigns": list(Campaign.objects.order_by("name").values_list("name", flat=True))}
    added = done(campaigns.add_costs(costs, dry_run=dry_run, now=now), "")
    return {"new": added.new, "known": added.known, "dry_run": dry_run}


@command
def cost_list(*, now: int) -> Answer:
    """All costs as they were written, and what was paid by campaign, month and currency."""
    rows = Cost.objects.select_related("campaign").order_by("pk")
    told = [
        {
            "id": row.pk,
            "campaign": row.campaign.name,
            "from": _text(row.starts_on),
            "to": _text(row.ends_on),
            "cents": row.cents,
            "currency": row.currency,
            "note": row.note,
            "corrects": row.corrects_id,
        }
        for row in rows
    ]
    months = [
        {"campaign": name, "month": month, "currency": currency, "cents": cents}
        for (name, month, currency), cents in campaigns.by_month().items()
    ]
    return {"costs": told, "months": months}


@command
def cost_correct(*, now: int, number: int, note: str = "") -> Answer:
    """A row against a cost, by its number."""
    cost = done(Cost.objects.filter(pk=number).first() or Refused(Refusal.NO_SUCH_COST), str(number))
    return {"id": done(campaigns.correct(cost, note=note, now=now), str(number)).pk, "corrects": number}


def _text(day: date | None) -> str:
    return day.isoformat() if day else ""
