"""``ripeline endpoint``: to whom decisions are told, by signed webhook, in a chat or by e-mail."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from ripeline.cli.installation import ask, show, show_table, when
from ripeline.cli.shared import BadInput, Json, LanguageName
from ripeline.cli.usage import Command, Group
from ripeline.cli.words import gettext as _
from ripeline.cli.words import ngettext
from ripeline.core.phrases import gettext

app = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)


class KindName(StrEnum):
    """How an endpoint is told."""

    WEBHOOK = "webhook"
    CHAT = "chat"
    EMAIL = "email"


_IN_LANGUAGE = gettext("In which language people are told.")
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help=gettext("The receiver's address."))]
Topics = Annotated[
    list[str] | None,
    typer.Option("--topic", metavar="TOPIC", help=gettext("A topic, or the beginning of some; repeatable.")),
]
Secret = Annotated[
    str, typer.Option(metavar="SECRET", help=gettext("An own secret: whsec_ and 24 to 64 bytes in base64."))
]
Messages = Annotated[
    list[int] | None, typer.Option("--message", metavar="NUMBER", help=gettext("This message only; repeatable."))
]


@app.command("add", cls=Command, help=gettext("Tell a receiver what is decided; a secret is shown this once."))
def add(
    address: Address,
    *,
    kind: Annotated[KindName, typer.Option(help=gettext("How it is told."))] = KindName.WEBHOOK,
    topic: Topics = None,
    language: Annotated[LanguageName, typer.Option(help=_IN_LANGUAGE)] = LanguageName.EN,
    secret: Secret = "",
    as_json: Json = False,
) -> None:
    """Tell a receiver what is decided; a secret is shown this once."""
    asked = {"kind": kind.value, "topics": topic or [], "language": language.value, "secret": secret}
    answer = ask("endpoint_add", address=address, **asked)
    told = _secret(answer) if answer["secret"] else _("{name} is told from now on.", name=address)
    show(answer, [told], as_json=as_json)


@app.command("list", cls=Command, help=gettext("List all receivers, and what waits, arrived and was given up."))
def list_(*, as_json: Json = False) -> None:
    """List all receivers, and what waits, arrived and was given up."""
    answer = ask("endpoint_list")
    counts = ("waiting", "delivered", "given_up")
    rows = [
        [row["address"], " ".join([row["kind"], *row["topics"]]), *(str(row[name]) for name in counts), _state(row)]
        for row in answer["endpoints"]
    ]
    heads = [_("Address"), _("Kind"), _("Waiting"), _("Delivered"), _("Given up"), _("State")]
    show_table(answer, heads, rows, as_json=as_json)


@app.command("topics", cls=Command, help=gettext("List what can be told, and what people are told unless they choose."))
def topics(*, as_json: Json = False) -> None:
    """List what can be told, and what people are told unless they choose."""
    answer = ask("endpoint_topics")
    told = [(row["topic"], row["when"], "✓" * row["for_people"]) for row in answer["topics"]]
    rows = [[topic, _(moment), to_people] for topic, moment, to_people in told]
    show_table(answer, [_("Topic"), _("Told when"), _("To people")], rows, as_json=as_json)


@app.command("change", cls=Command, help=gettext("Give a receiver another address, other topics or another language."))
def change(
    address: Address,
    *,
    to: Annotated[str | None, typer.Option(metavar="ADDRESS", help=gettext("The new address."))] = None,
    topic: Topics = None,
    all_topics: Annotated[bool, typer.Option("--all-topics", help=gettext("Filter nothing any more."))] = False,
    language: Annotated[LanguageName | None, typer.Option(help=_IN_LANGUAGE)] = None,
    as_json: Json = False,
) -> None:
    """Give a receiver another address, other topics or another language."""
    if topic and all_topics:
        raise BadInput(_("Say either --topic or --all-topics."))
    if not (to or topic or all_topics or language):
        raise BadInput(_("Say what to change: --to, --topic, --all-topics or --language."))
    topics = [] if all_topics else topic
    answer = ask("endpoint_change", address=address, to=to, topics=topics, language=language and language.value)
    show(answer, [_("{name} is changed.", name=answer["address"])], as_json=as_json)


@app.command("test", cls=Command, help=gettext("Send a receiver a test message now, and say what came back."))
def send_test(address: Address, *, as_json: Json = False) -> None:
    """Send a receiver a test message now, and say what came back."""
    answer = ask("endpoint_test", address=address)
    told = _("The test arrived: {answer}.") if answer["arrived"] else _("The test did not arrive: {answer}.")
    show(answer, [told.format(answer=answer["answer"])], as_json=as_json)
    if not answer["arrived"]:
        raise typer.Exit(1)


@app.command("rotate", cls=Command, help=gettext("Give a webhook a new secret; the old one signs beside it for a day."))
def rotate(address: Address, *, secret: Secret = "", as_json: Json = False) -> None:
    """Give a webhook a new secret; the old one signs beside it for a day."""
    answer = ask("endpoint_rotate", address=address, secret=secret)
    until = _("The old secret ends on {until}.", until=when(answer["old_until"]))
    show(answer, [_secret(answer), until], as_json=as_json)


@app.command("close", cls=Command, help=gettext("Tell a receiver nothing more; what was on its way is given up."))
def close(address: Address, *, as_json: Json = False) -> None:
    """Tell a receiver nothing more; what was on its way is given up."""
    show(ask("endpoint_close", address=address), [_("{name} is closed.", name=address)], as_json=as_json)


@app.command("reopen", cls=Command, help=gettext("Tell a closed receiver again what is decided from now on."))
def reopen(address: Address, *, as_json: Json = False) -> None:
    """Tell a closed receiver again what is decided from now on."""
    show(ask("endpoint_reopen", address=address), [_("{name} is told from now on.", name=address)], as_json=as_json)


@app.command("dead", cls=Command, help=gettext("List the messages that were given up for a receiver, oldest first."))
def dead(
    address: Address,
    *,
    limit: Annotated[int, typer.Option(min=1, help=gettext("So many at most."))] = 50,
    as_json: Json = False,
) -> None:
    """List the messages that were given up for a receiver, oldest first."""
    answer = ask("endpoint_dead", address=address, limit=limit)
    rows = [
        [
            *(str(row["message"]), row["topic"], row["key"], when(row["created_at"]), when(row["dead_at"])),
            *(str(row["attempts"]), row["last_answer"]),
        ]
        for row in answer["messages"]
    ]
    heads = [_("Number"), _("Topic"), _("Key"), _("Added"), _("Given up"), _("Attempts"), _("Last answer")]
    count = answer["count"]
    line = ngettext("{count} message was given up.", "{count} messages were given up.", count)
    show_table(answer, heads, rows, [line], as_json=as_json)


@app.command("retry", cls=Command, help=gettext("Send again what was given up for a receiver."))
def retry(address: Address, *, message: Messages = None, as_json: Json = False) -> None:
    """Send again what was given up for a receiver."""
    answer = ask("endpoint_retry", address=address, messages=message or [])
    count = answer["messages"]
    line = ngettext("{count} message is sent again.", "{count} messages are sent again.", count)
    show(answer, [line], as_json=as_json)


@app.command("purge", cls=Command, help=gettext("Forget messages that were given up for a receiver."))
def purge(
    address: Address,
    *,
    message: Messages = None,
    everything: Annotated[bool, typer.Option("--all", help=gettext("All that were given up."))] = False,
    as_json: Json = False,
) -> None:
    """Forget messages that were given up for a receiver."""
    if bool(message) == everything:
        raise BadInput(_("Say which: --message NUMBER, or --all."))
    answer = ask("endpoint_purge", address=address, messages=message or [])
    count = answer["messages"]
    show(answer, [ngettext("{count} message is forgotten.", "{count} messages are forgotten.", count)], as_json=as_json)


def _state(row: dict[str, Any]) -> str:
    if row["closed_at"] is not None:
        return _("closed {at}", at=when(row["closed_at"]))
    return "" if row["failing_since"] is None else _("failing since {at}", at=when(row["failing_since"]))


def _secret(answer: dict[str, Any]) -> str:
    return _("Secret of {url}: {secret}", url=answer["address"], secret=answer["secret"])
