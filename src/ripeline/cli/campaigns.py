"""``ripeline campaign``: what was done to bring people, what it cost, and what it brought."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ripeline.cli.installation import added, answered, ask, refusal, refuse, show, show_table
from ripeline.cli.shared import BadInput, Json, bytes_of
from ripeline.cli.usage import Command, Group
from ripeline.cli.words import gettext as _
from ripeline.cli.words import language
from ripeline.core.phrases import gettext

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ripeline.core.columns import DataProblem

app = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)
costs = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)
app.add_typer(costs, name="cost", help=gettext("Write down what campaigns cost."))

_SHOWN = 50

DryRun = Annotated[bool, typer.Option("--dry-run", help=gettext("Tell what would be added; add nothing."))]
File = Annotated[Path, typer.Argument(metavar="CSV", help=gettext("The file."))]


@app.command("put", cls=Command, help=gettext("Let campaigns be as the rows of a CSV say from now on."))
def put(path: File, *, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Let campaigns be as the rows of a CSV say from now on."""
    from ripeline.integrations.campaign_files import campaigns_in  # noqa: PLC0415

    found = campaigns_in(_text_of(path), path.name)
    _refuse(found.problems)
    answer = ask("campaign_put", rows=[row for _line, row in found.campaigns], dry_run=dry_run)
    show(answer, _added(answer, dry_run=dry_run), as_json=as_json)


@app.command("list", cls=Command, help=gettext("List all campaigns with their leads, their MQLs and what each cost."))
def list_(*, as_json: Json = False) -> None:
    """List all campaigns with their leads, their MQLs and what each cost."""
    answer = ask("campaign_list")
    heads = [_("Name"), _("Source"), _("Leads"), _("MQLs"), _("Cost"), _("A lead"), _("An MQL")]
    rows = [
        [
            *(row["name"], row["source"]),
            *(language().number(row["leads"]), language().number(row["mqls"])),
            *(_money(row["cents"]), _money(row["cents"], row["leads"]), _money(row["cents"], row["mqls"])),
        ]
        for row in answer["campaigns"]
    ]
    show_table(answer, heads, rows, as_json=as_json)


@costs.command("add", cls=Command, help=gettext("Write down what was paid for some days of a campaign."))
def add(
    campaign: Annotated[str, typer.Argument(metavar="CAMPAIGN", help=gettext("The campaign's name."))],
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help=gettext("Such as 1234.50."))],
    currency: Annotated[str, typer.Argument(metavar="CURRENCY", help=gettext("Such as EUR."))],
    *,
    start: Annotated[str, typer.Option("--from", metavar="DAY", help=gettext("The first day, such as 2026-03-01."))],
    end: Annotated[str, typer.Option("--to", metavar="DAY", help=gettext("The last day, included."))],
    note: Annotated[str, typer.Option(help=gettext("A note, such as the number of the bill."))] = "",
    as_json: Json = False,
) -> None:
    """Write down what was paid for some days of a campaign."""
    from ripeline.core.columns import DataProblem  # noqa: PLC0415
    from ripeline.integrations.campaign_files import cost  # noqa: PLC0415

    typed = {"campaign": campaign, "from": start, "to": end, "amount": amount, "currency": currency, "note": note}
    try:
        row = cost({name: text.strip() for name, text in typed.items()})
    except DataProblem as problem:
        raise BadInput(problem.told(language().tell)) from None
    answer = answered("cost_add", rows=[row])
    if "unknown" in answer:
        raise BadInput(refusal({"refused": "no_such_campaign", "which": campaign}))
    show(answer, _added(answer, dry_run=False), as_json=as_json)


@costs.command("import", cls=Command, help=gettext("Write down the costs of a CSV; what stands there already is left."))
def import_(path: File, *, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Write down the costs of a CSV; what stands there already is left."""
    from ripeline.integrations.campaign_files import costs_in, no_campaign  # noqa: PLC0415

    found = costs_in(_text_of(path), path.name)
    answer = ask("cost_add", rows=[row for _line, row in found.costs], dry_run=dry_run or bool(found.problems))
    strange = [
        no_campaign(found.costs[place][1].campaign, answer["campaigns"]).at(path.name, found.costs[place][0])
        for place in answer.get("unknown", ())
    ]
    _refuse(sorted([*found.problems, *strange], key=lambda problem: problem.row or 0))
    show(answer, _added(answer, dry_run=dry_run), as_json=as_json)


@costs.command("list", cls=Command, help=gettext("List all costs, and what was paid by month."))
def list_costs(*, as_json: Json = False) -> None:
    """List all costs, and what was paid by month."""
    answer = ask("cost_list")
    heads = [_("Number"), _("Campaign"), _("From"), _("To"), _("Amount"), _("Note")]
    rows = [
        [
            *(str(row["id"]), row["campaign"], row["from"], row["to"], _money({row["currency"]: row["cents"]})),
            _("against {number}", number=row["corrects"]) if row["corrects"] else row["note"],
        ]
        for row in answer["costs"]
    ]
    lines = [
        f"{row['month']}  {row['campaign']}  {_money({row['currency']: row['cents']})}" for row in answer["months"]
    ]
    show_table(answer, heads, rows, lines, as_json=as_json)


@costs.command("correct", cls=Command, help=gettext("Take a cost back by a row against it."))
def correct(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help=gettext("The cost's number, as it is listed."))],
    *,
    note: Annotated[str, typer.Option(help=gettext("Why."))] = "",
    as_json: Json = False,
) -> None:
    """Take a cost back by a row against it."""
    answer = ask("cost_correct", number=number, note=note)
    show(answer, [_("Cost {number} is taken back.", number=number)], as_json=as_json)


def _text_of(path: Path) -> str:
    try:
        return bytes_of(path).decode()
    except UnicodeDecodeError:
        raise BadInput(_("{path} is not UTF-8. Save it as CSV UTF-8.", path=path)) from None


def _refuse(problems: Sequence[DataProblem]) -> None:
    if problems:
        refuse(problems[:_SHOWN], len(problems))


def _added(answer: Mapping[str, Any], *, dry_run: bool) -> Iterator[str]:
    return added(answer["new"], answer["known"], dry_run=dry_run)


def _money(cents: Mapping[str, int], among: int | None = None) -> str:
    """Amounts for people, shared among so many; empty where there is nobody to share it."""
    if among == 0:
        return ""
    shares = {
        currency: language().number(part / 100 / (among or 1), decimals=2, padded=True)
        for currency, part in cents.items()
    }
    return ", ".join(f"{currency} {share}" for currency, share in shares.items() if cents[currency])
