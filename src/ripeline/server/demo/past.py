"""The past of the made-up company, lived through round by round, each at its own instant."""

from __future__ import annotations

import json
import secrets
from bisect import bisect_right
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import ripeline
from ripeline.server import instants, playbooks, sources
from ripeline.server.content import catalogue
from ripeline.server.demo.keeping_warm import keep_warm, write_templates, write_to_all
from ripeline.server.demo.staff import Reps
from ripeline.server.events import Event
from ripeline.server.instants import DAY, HOUR
from ripeline.server.intake import imports
from ripeline.server.operation import data_folder
from ripeline.server.playbooks import Mode, Side
from ripeline.server.qualification import qualify
from ripeline.server.refusals import Refused
from ripeline.server.sales import clocks, routes
from ripeline.server.sales.routes import By
from ripeline.server.sources import Source, SourceKind
from ripeline.server.staff import users
from ripeline.server.staff.users import Role, User

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ripeline.core.playbook import Playbook
    from ripeline.integrations.own_files import Row
    from ripeline.server.demo.story import Story

T = TypeVar("T")

LIVED = 35 * DAY
"""So much of the past is lived through; what was before is known at its beginning."""
STEP = 4 * HOUR
SOURCE = "generated"
"""The name of the source of everything that is made up."""
LIVE = "generated, live"
MARK = "generated"
"""A file in the data folder that tells how the company was founded; every page then tells that it is made up."""


class Login(NamedTuple):
    """Somebody of the made-up company."""

    name: str
    role: Role


class Founding(NamedTuple):
    """How a company was made up, so that its story goes on when it is looked at again."""

    template: str
    leads: int
    at: int


class NotAsShipped(Exception):
    """What this release ships is refused: it is not as it was shipped."""


def logins(story: Story) -> tuple[Login, ...]:
    """Who works there: one for marketing, one who administers, and the reps."""
    return (Login("mara", Role.MARKETING), *(Login(rep, Role.SALES) for rep in story.reps), Login("anna", Role.ADMIN))


def granted(made: T | Refused) -> T:
    """What was done; in a company of our own making nothing is refused. Raises NotAsShipped if it was."""
    if isinstance(made, Refused):
        raise NotAsShipped(made.reason)
    return made


def founding() -> Founding | None:
    """How the company of this installation was made up; None for any other installation."""
    mark = data_folder.folder() / MARK
    return Founding(*json.loads(mark.read_text())) if mark.exists() else None


def is_somebodys() -> bool:
    """Whether the installation holds anything, which then must not be touched."""
    return User.objects.exists() or Event.objects.exists()


def new_password(story: Story) -> str:
    """A new password for everybody of the company; the one of before opens nothing any more."""
    secret = secrets.token_urlsafe(9)
    for login in logins(story):
        users.set_password(User.objects.get(username=login.name), secret)
    return secret


def new_key() -> str:
    """A new write key for what happens from now on."""
    known = Source.objects.filter(name=LIVE).first()
    made = sources.renew_key(known) if known else sources.add(LIVE, SourceKind.SERVER, now=instants.now())
    return granted(made).key


def rest(story: Story) -> Sequence[Row]:
    """What has not happened yet. Corrections are left out: they name rows of the past by its source."""
    happened = set(Event.objects.filter(source__name__in=(SOURCE, LIVE)).values_list("key", flat=True))
    return [row for row in story.rows if row.key not in happened and not row.voids]


def live(story: Story, found: Founding, tell: Callable[[int, int], None]) -> None:
    """Found the company, and let it live up to then; `tell` hears how many of how many steps are done."""
    now, begins = found.at, found.at - LIVED
    reps = Reps(_found(story, found.template, begins), story.fates, now)
    told, ends = 0, [row.at or 0 for row in story.rows]
    steps = [*range(begins, now, STEP), now]
    for done, at in enumerate(steps):
        upto = bisect_right(ends, at)
        if upto > told:
            granted(imports.add(story.rows[told:upto], source=SOURCE, is_history=False, dry_run=False, now=at))
            told = upto
        reps.work(at)
        write_to_all(at, now)
        while any(qualify.run(partial(int, at))) or clocks.run(at) or keep_warm(at):
            pass
        tell(done + 1, len(steps))
    (data_folder.folder() / MARK).write_text(json.dumps(found))


def _found(story: Story, template: str, at: int) -> Playbook:
    """Users with their countries, the definition with both signatures, the catalogue and templates of mails."""
    for login in logins(story):
        granted(users.add(login.name, login.role))
    User.objects.filter(username=next(iter(story.reps))).update(is_manager=True)
    for country in sorted({country for countries in story.reps.values() for country in countries}):
        reps = list(User.objects.filter(username__in=[rep for rep, own in story.reps.items() if country in own]))
        granted(routes.add(country, By.ATTRIBUTE, attribute="country", values=[country], reps=reps, now=at))
    text = (Path(ripeline.__file__).parent / "playbooks" / f"{template}.yaml").read_text("utf-8")
    version = granted(playbooks.propose(text, now=at))
    marketing, sales = (User.objects.filter(role=role).order_by("pk")[0] for role in (Role.MARKETING, Role.SALES))
    granted(playbooks.sign(version, Side.MARKETING, user=marketing, now=at))
    granted(playbooks.sign(version, Side.SALES, user=sales, now=at))
    granted(playbooks.publish(version, mode=Mode.FROM_NOW_ON, by=sales, now=at))
    write_templates(marketing, at)
    playbook = playbooks.playbook_of(version)
    classes = {spec.kind: name for name, spec in playbook.content.items()}
    kept = [said for said in story.content if said["content"] in classes]
    catalogue.put_all([{**said, "content": classes[said["content"]]} for said in kept], now=at)
    return playbook
