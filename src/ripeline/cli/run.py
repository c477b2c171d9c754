"""The verbs in one application, and how each way to fail is told: one line on standard error, and an exit code."""

from __future__ import annotations

import errno
import os
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated

import typer

from ripeline.cli import (
    INTERRUPTED,
    absences,
    campaigns,
    catalogue,
    endpoints,
    forms,
    mails,
    person,
    quarantine,
    routes,
    sources,
    users,
    words,
)
from ripeline.cli.backtest import backtest
from ripeline.cli.backup import backup, restore
from ripeline.cli.check import check
from ripeline.cli.demo import demo
from ripeline.cli.doctor import doctor
from ripeline.cli.explain import explain
from ripeline.cli.export import export
from ripeline.cli.generate import generate
from ripeline.cli.importing import import_
from ripeline.cli.init import init
from ripeline.cli.processing import processing
from ripeline.cli.replay import replay
from ripeline.cli.retention import retention
from ripeline.cli.score import score
from ripeline.cli.serve import serve, worker
from ripeline.cli.shared import BadInput, tell_line
from ripeline.cli.usage import Command, Group, command_of, complaint
from ripeline.cli.versions import publish, sign, versions
from ripeline.cli.words import gettext as _
from ripeline.core.phrases import gettext
from ripeline.language import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BAD_INPUT, UNEXPECTED = 2, 70
_NO_OUTPUT = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG, errno.EBADF}

app = typer.Typer(
    name="ripeline",
    cls=Group,
    help=gettext("Decide, explain and prove which leads are ripe."),
    epilog=gettext(
        "Exit codes: 0 fine; 1 a scenario fails, the doctor finds an error, or a replay differs; "
        "2 the input cannot be taken, or the output cannot be written; 70 something unexpected; 130 interrupted."
    ),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
_COMMANDS: Mapping[str, tuple[Callable[..., None], str]] = {
    "init": (init, gettext("Write a starter playbook.")),
    "check": (check, gettext("Tell all problems of a playbook, and run its scenarios.")),
    "score": (score, gettext("Score all leads of a history.")),
    "explain": (explain, gettext("Explain one lead: its score, its stage, what is missing, what would change it.")),
    "backtest": (backtest, gettext("Try a definition on the past, as of each instant, before it goes live.")),
    "generate": (generate, gettext("Make up a company: its leads, what happened, what became of them, and the truth.")),
    "demo": (demo, gettext("Show a made-up company in the browser, to which things go on to happen.")),
    "serve": (serve, gettext("Run the live server: take events in, decide, show pages, until asked to stop.")),
    "worker": (worker, gettext("Decide and deliver beside a server on PostgreSQL, until asked to stop.")),
    "doctor": (doctor, gettext("Examine the installation; exits with 1 if something is wrong, and names the cure.")),
    "replay": (replay, gettext("Evaluate the whole ledger anew, and tell where it differs from the record.")),
    "export": (
        export,
        gettext("Copy the ledger, what was decided and the scores as Parquet, what is new at each run."),
    ),
    "backup": (backup, gettext("Write a backup of everything in the database, also while it is served.")),
    "restore": (restore, gettext("Put a backup in place of the database; no server may be running.")),
    "processing": (processing, gettext("Print the record of processing (article 30 GDPR), from what is set up.")),
    "retention": (retention, gettext("Tell what is kept longer than it may be, and why; --apply lets it go.")),
    "sign": (sign, gettext("Sign a definition for one side; both sign before it is published.")),
    "publish": (publish, gettext("Let a definition that both sides have signed decide from now on.")),
    "versions": (versions, gettext("List all versions of the definition: who signed them, since when they decide.")),
    "import": (import_, gettext("Add leads and events of files to the server's ledger.")),
}
_GROUPS: Mapping[str, tuple[typer.Typer, str]] = {
    "user": (users.app, gettext("Say who may come in, and what each may do.")),
    "route": (routes.app, gettext("Say which leads go to which reps.")),
    "absence": (absences.app, gettext("Say who is away.")),
    "endpoint": (endpoints.app, gettext("Say who is told what is decided: programs, a chat, a mailbox.")),
    "form": (forms.app, gettext("Say what forms of websites ask, and what that becomes.")),
    "source": (sources.app, gettext("Say from where events come, and with which key.")),
    "campaign": (campaigns.app, gettext("Say which campaigns there are, and what they cost.")),
    "content": (catalogue.app, gettext("Say what content there is, and what comes next for a lead.")),
    "mail": (mails.app, gettext("Say what mails to leads say, and see what was held back.")),
    "person": (person.app, gettext("Do what a person may ask for: a copy, an objection, erasure.")),
    "quarantine": (quarantine.app, gettext("Look after messages that could not become events.")),
}
for _name, (_command, _help) in _COMMANDS.items():
    app.command(_name, cls=Command, help=_help)(_command)
for _name, (_group, _help) in _GROUPS.items():
    app.add_typer(_group, name=_name, help=_help)


def _version(value: bool) -> None:  # noqa: FBT001 - so Typer calls it
    if value:
        typer.echo(f"ripeline {version('ripeline')}")
        raise typer.Exit


@app.callback()
def options(
    *,
    lang: Annotated[
        str | None, typer.Option(metavar="|".join(LANGUAGES), help=gettext("Language, else that of LANG or LC_ALL."))
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(metavar="FOLDER", help=gettext("The server's data, else RIPELINE_DATA, else ripeline-data.")),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help=gettext("Show the trace of an unexpected error."))] = False,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help=gettext("Show the version."))
    ] = False,
) -> None:
    """Options of all commands; `run` has taken the first three already, wherever they stood."""
    del lang, data, debug, show_version


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    wanted, rest = words.asked_for("--lang", arguments)
    data, rest = words.asked_for("--data", rest)
    if data is not None:
        os.environ["RIPELINE_DATA"] = data
    debug = "--debug" in rest
    rest = [argument for argument in rest if argument != "--debug"]
    words.use(wanted)
    if wanted is not None and wanted.replace("-", "_").split("_")[0] not in LANGUAGES:
        return _told(
            _("There are no messages in {language}. Choose {known}.", language=wanted, known=", ".join(LANGUAGES))
        )
    if sys.stdout is None:
        return _told(_("The output cannot be written: {why}.", why=os.strerror(errno.EBADF)))
    try:
        result = command_of(app)(rest or ["--help"], standalone_mode=False, prog_name="ripeline")
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except (BrokenPipeError, SystemExit):  # Click leaves so when whoever reads has gone
        _drop_output()
        return 0
    except Exception as error:  # noqa: BLE001 - whatever it is, people get one line
        return _failed(error, debug=debug)
    return result if isinstance(result, int) else 0


def _failed(error: Exception, *, debug: bool) -> int:
    if isinstance(error, BadInput):
        return _told(str(error))
    if hasattr(error, "format_message"):  # Typer's own: an unknown option, a missing argument
        return _told(complaint(" ".join(error.format_message().split())))
    if isinstance(error, OSError) and error.errno in _NO_OUTPUT and error.filename is None:
        _drop_output()
        return _told(_("The output cannot be written: {why}.", why=error.strerror))
    return _unexpected(error, debug=debug)


def _drop_output() -> None:
    """Let what is still to be flushed go nowhere, so that the end of the process does not fail on it."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - open until the end


def _told(line: str) -> int:
    tell_line(line)
    return BAD_INPUT


def _unexpected(error: Exception, *, debug: bool) -> int:
    if debug:
        raise error
    what = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    tell_line(_("Something unexpected happened: {what}. Run it again with --debug to see where.", what=what))
    return UNEXPECTED
