"""The verbs in one application, and how each way to fail is told: one line on standard error, and an exit code."""

from __future__ import annotations

import errno
import os
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from ripeline.cli import INTERRUPTED, campaigns, catalogue, endpoints, forms, quarantine, sources, users, words
from ripeline.cli.backtest import backtest
from ripeline.cli.backup import backup, restore
from ripeline.cli.check import check
from ripeline.cli.doctor import doctor
from ripeline.cli.explain import explain
from ripeline.cli.export import export
from ripeline.cli.generate import generate
from ripeline.cli.importing import import_
from ripeline.cli.init import init
from ripeline.cli.replay import replay
from ripeline.cli.score import score
from ripeline.cli.serve import serve, worker
from ripeline.cli.shared import BadInput, tell_line
from ripeline.cli.usage import Command, Group, command_of, complaint
from ripeline.cli.versions import publish, sign, versions
from ripeline.cli.words import gettext as _
from ripeline.core.phrases import gettext
from ripeline.language import LANGUAGES

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
app.command(cls=Command, help=gettext("Write a starter playbook."))(init)
app.command(cls=Command, help=gettext("Tell all problems of a playbook, and run its scenarios."))(check)
app.command(cls=Command, help=gettext("Score all leads of a history."))(score)
app.command(
    cls=Command, help=gettext("Explain one lead: its score, its stage, what is missing, what would change it.")
)(explain)
app.command(cls=Command, help=gettext("Try a definition on the past, as of each instant, before it goes live."))(
    backtest
)
app.command(
    cls=Command, help=gettext("Make up a company: its leads, what happened, what became of them, and the truth.")
)(generate)
app.command(cls=Command, help=gettext("Run the live server: take events in, decide, show pages, until asked to stop."))(
    serve
)
app.command(cls=Command, help=gettext("Decide and deliver beside a server on PostgreSQL, until asked to stop."))(worker)
app.command(
    cls=Command, help=gettext("Examine the installation; exits with 1 if something is wrong, and names the cure.")
)(doctor)
app.command(cls=Command, help=gettext("Evaluate the whole ledger anew, and tell where it differs from the record."))(
    replay
)
app.command(
    cls=Command, help=gettext("Copy the ledger, what was decided and the scores as Parquet, what is new at each run.")
)(export)
app.command(cls=Command, help=gettext("Write a backup of everything in the database, also while it is served."))(backup)
app.command(cls=Command, help=gettext("Put a backup in place of the database; no server may be running."))(restore)
app.add_typer(users.app, name="user", help=gettext("Say who may come in, and what each may do."))
app.add_typer(
    endpoints.app, name="endpoint", help=gettext("Say who is told what is decided: programs, a chat, a mailbox.")
)
app.add_typer(forms.app, name="form", help=gettext("Say what forms of websites ask, and what that becomes."))
app.add_typer(sources.app, name="source", help=gettext("Say from where events come, and with which key."))
app.command(cls=Command, help=gettext("Sign a definition for one side; both sign before it is published."))(sign)
app.command(cls=Command, help=gettext("Let a definition that both sides have signed decide from now on."))(publish)
app.command(cls=Command, help=gettext("List all versions of the definition: who signed them, since when they decide."))(
    versions
)
app.command("import", cls=Command, help=gettext("Add leads and events of files to the server's ledger."))(import_)
app.add_typer(campaigns.app, name="campaign", help=gettext("Say which campaigns there are, and what they cost."))
app.add_typer(catalogue.app, name="content", help=gettext("Say which item belongs to which class of content."))
app.add_typer(quarantine.app, name="quarantine", help=gettext("Look after messages that could not become events."))


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
