"""``ripeline user``: who may come in, and what each may do."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import Annotated

import typer

from ripeline.cli.installation import ask, show, show_table
from ripeline.cli.shared import Json, LanguageName, bytes_of, tell
from ripeline.cli.usage import Command, Group
from ripeline.cli.words import gettext as _
from ripeline.core.phrases import gettext

app = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)


class RoleName(StrEnum):
    """The roles, as the command line writes them."""

    MARKETING = "marketing"
    SALES = "sales"
    ADMIN = "admin"
    READ_ONLY = "read_only"


class ScopeName(StrEnum):
    """What a key opens, as the command line writes it."""

    READ = "read"
    ACT = "act"


Name = Annotated[str, typer.Argument(metavar="NAME", help=gettext("The user's name."))]
Role = Annotated[RoleName, typer.Option("--role", help=gettext("What the user may do."))]
Own = Annotated[
    bool, typer.Option("--ask-password", help=gettext("Ask for the password; without it one is made up and shown."))
]
Scope = Annotated[
    ScopeName, typer.Option(help=gettext("What the key opens: reading only, or acting too, as far as the role may."))
]
Language = Annotated[
    LanguageName | None, typer.Option(help=gettext("The language of the pages, else that of the browser."))
]
Successor = Annotated[
    str | None, typer.Option(metavar="NAME", help=gettext("Who takes over; else hand-offs go by routing."))
]
KeyName = Annotated[str, typer.Option("--name", metavar="KEY", help=gettext("What the key is for."))]


@app.command("add", cls=Command, help=gettext("Add a user; the password is shown this once."))
def add(
    name: Name,
    *,
    role: Role,
    language: Language = None,
    ask_password: Own = False,
    as_json: Json = False,
) -> None:
    """Add a user; the password is shown this once."""
    password = _password() if ask_password else None
    answer = ask("user_add", name=name, role=role.value, password=password, language=language.value if language else "")
    show(answer, [_("User {name} is added.", name=name), *_shown(answer["password"])], as_json=as_json)


@app.command("invite", cls=Command, help=gettext("Invite somebody by e-mail; the link is shown this once."))
def invite(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help=gettext("The address; it is the user's name, too."))],
    *,
    role: Role,
    language: Language = None,
    manager: Annotated[bool, typer.Option("--manager", help=gettext("This rep leads the sales team."))] = False,
    again: Annotated[
        bool, typer.Option("--again", help=gettext("Another link for somebody who has not come in yet."))
    ] = False,
    as_json: Json = False,
) -> None:
    """Invite somebody by e-mail; the link is shown this once."""
    asked = {"role": role.value, "language": language.value if language else "", "manager": manager}
    answer = ask("user_invite_again", name=email) if again else ask("user_invite", email=email, **asked)
    lines = [_("Good for seven days, once: {link}", link=answer["link"])]
    if answer["is_mailed"]:
        lines.append(_("It is on its way to {email}, too.", email=email))
    show(answer, lines, as_json=as_json)


@app.command("change", cls=Command, help=gettext("Say how a user is reached, and how much and when a rep works."))
def change(
    name: Name,
    *,
    email: Annotated[str | None, typer.Option(metavar="EMAIL", help=gettext("Where mails go."))] = None,
    manager: Annotated[
        bool | None, typer.Option("--manager/--no-manager", help=gettext("Whether this rep leads the sales team."))
    ] = None,
    capacity: Annotated[
        int | None,
        typer.Option(min=-1, help=gettext("So many hand-offs may be open at once; -1 for any number, 0 for none.")),
    ] = None,
    calendar: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=gettext("The rep's own hours in YAML; an empty file for the playbook's.")),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say how a user is reached, and how much and when a rep works."""
    hours = None if calendar is None else _hours(calendar)
    answer = ask("user_change", name=name, email=email, manager=manager, capacity=capacity, calendar=hours)
    show(answer, [_("{name} is changed.", name=name)], as_json=as_json)


@app.command("list", cls=Command, help=gettext("List all users."))
def list_(*, as_json: Json = False) -> None:
    """List all users."""
    answer = ask("user_list")
    rows = [
        [user["name"], user["role"], "" if user["is_active"] else _("disabled"), ", ".join(user["keys"])]
        for user in answer["users"]
    ]
    show_table(answer, [_("Name"), _("Role"), _("State"), _("Keys")], rows, as_json=as_json)


@app.command("password", cls=Command, help=gettext("Give a user a new password; all open sessions end."))
def password(name: Name, *, ask_password: Own = False, as_json: Json = False) -> None:
    """Give a user a new password; all open sessions end."""
    answer = ask("user_password", name=name, password=_password() if ask_password else None)
    show(answer, [_("{name} has a new password.", name=name), *_shown(answer["password"])], as_json=as_json)


@app.command("role", cls=Command, help=gettext("Give a user another role, and hand over what was the user's."))
def role(name: Name, *, role: Role, successor: Successor = None, as_json: Json = False) -> None:
    """Give a user another role, and hand over what was the user's."""
    answer = ask("user_role", name=name, role=role.value, successor=successor)
    show(answer, [_("{name} has the role {role} now.", name=name, role=role.value)], as_json=as_json)


@app.command("disable", cls=Command, help=gettext("Let a user in no more, and hand over what was the user's."))
def disable(name: Name, *, successor: Successor = None, as_json: Json = False) -> None:
    """Let a user in no more, and hand over what was the user's."""
    answer = ask("user_disable", name=name, successor=successor)
    show(answer, [_("{name} is disabled.", name=name)], as_json=as_json)


@app.command("enable", cls=Command, help=gettext("Let a disabled user in again."))
def enable(name: Name, *, as_json: Json = False) -> None:
    """Let a disabled user in again."""
    answer = ask("user_enable", name=name)
    show(answer, [_("{name} may come in again.", name=name)], as_json=as_json)


@app.command("key", cls=Command, help=gettext("Make a key for a program that acts for a user; it is shown this once."))
def key(name: Name, *, key: KeyName, scope: Scope = ScopeName.READ, as_json: Json = False) -> None:
    """Make a key for a program that acts for a user; it is shown this once."""
    answer = ask("user_key", name=name, key=key, scope=scope.value)
    show(answer, [_("Key: {secret}", secret=answer["key"])], as_json=as_json)


@app.command("revoke", cls=Command, help=gettext("Let the keys of a name open nothing any more."))
def revoke(name: Name, *, key: KeyName, as_json: Json = False) -> None:
    """Let the keys of a name open nothing any more."""
    answer = ask("user_revoke", name=name, key=key)
    show(answer, [_("The key opens nothing any more.")], as_json=as_json)


def _hours(path: Path) -> str:
    """The text of a calendar; tells all its problems as the playbook's are told."""
    from ripeline.server.staff import calendars  # noqa: PLC0415

    text = bytes_of(path).decode(errors="replace").removeprefix("\ufeff")
    found = calendars.read(text, file=str(path)) if text.strip() else None
    if isinstance(found, tuple):
        tell(found)
        raise typer.Exit(2)
    return text


def _password() -> str:
    given: str = typer.prompt(_("Password"), hide_input=True, confirmation_prompt=_("Once more"), err=True)
    return given


def _shown(secret: str | None) -> list[str]:
    return [] if secret is None else [_("Password: {secret}", secret=secret)]
