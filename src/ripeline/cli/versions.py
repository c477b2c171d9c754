"""``ripeline sign``, ``publish`` and ``versions``: how a definition comes to decide."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ripeline.cli.installation import ask, show, show_table, when
from ripeline.cli.shared import BadInput, Json, playbook_of
from ripeline.cli.words import gettext as _
from ripeline.core.phrases import gettext

_DIGEST = re.compile(r"[0-9a-fA-F]{8,64}")
_SHOWN = 12


class SideName(StrEnum):
    """Whose signature it is."""

    MARKETING = "marketing"
    SALES = "sales"


Definition = Annotated[
    str,
    typer.Argument(metavar="PLAYBOOK|DIGEST", help=gettext("The playbook, or the beginning of a version's digest.")),
]
User = Annotated[str, typer.Option(metavar="NAME", help=gettext("In whose name."))]


def sign(
    definition: Definition,
    *,
    side: Annotated[SideName, typer.Option("--as", help=gettext("For which side."))],
    user: User,
    as_json: Json = False,
) -> None:
    """Sign a definition for one side; both sign before it is published."""
    answer = ask("sign", side=side.value, user=user, **_named(definition, is_new=True))
    line = _("{digest} is signed by {signers}.", digest=answer["digest"][:_SHOWN], signers=_signers(answer["signed"]))
    missing = [_("Still to sign: {sides}.", sides=", ".join(answer["missing"]))] if answer["missing"] else []
    show(answer, [line, *missing], as_json=as_json)


def publish(
    definition: Definition,
    *,
    user: User,
    retroactive: Annotated[
        bool, typer.Option("--retroactive", help=gettext("Judge all leads at once, not each at its next own row."))
    ] = False,
    as_json: Json = False,
) -> None:
    """Let a definition that both sides have signed decide from now on."""
    mode = "retroactive" if retroactive else "from_now_on"
    answer = ask("publish", user=user, mode=mode, **_named(definition, is_new=False))
    since = when(answer["published_at"])
    line = _("{digest} decides from {instant} on.", digest=answer["digest"][:_SHOWN], instant=since)
    show(answer, [line], as_json=as_json)


def versions(*, as_json: Json = False) -> None:
    """List all versions of the definition, with who signed them and since when they decide."""
    answer = ask("versions")
    rows = [
        [
            row["digest"][:_SHOWN],
            row["title"],
            _signers(row["signed"]),
            ", ".join(when(each["at"]) for each in row["published"]),
            _("active") if row["is_active"] else "",
        ]
        for row in answer["versions"]
    ]
    show_table(answer, [_("Digest"), _("Playbook"), _("Signed by"), _("Published"), _("State")], rows, as_json=as_json)


def _signers(signed: dict[str, str]) -> str:
    return ", ".join(f"{name} ({side})" for side, name in sorted(signed.items()))


def _named(definition: str, *, is_new: bool) -> dict[str, str]:
    """How the verb is told which version is meant; tells all problems of a playbook and leaves if it has any."""
    path = Path(definition)
    if not path.exists() and _DIGEST.fullmatch(definition):
        return {"digest": definition}
    playbook = playbook_of(path)
    if is_new:
        from ripeline.core.scenario_run import run_scenarios  # noqa: PLC0415

        failing = [played.name for played in run_scenarios(playbook) if played.differences]
        if failing:
            text = _('The scenario "{name}" fails. Run ripeline check to see how.', name=failing[0])
            raise BadInput(text)
    return {"text": path.read_bytes().decode("utf-8")}
