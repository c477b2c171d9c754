"""What the command line asks for, by name: plain values in, plain values out, so that a running server can be asked.

Each command is told the instant, whether it needs it or not. Each answer is an object; one with `refused` says by its
reason why nothing was changed.
"""

from __future__ import annotations

from collections import Counter
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ripeline.integrations.own_files import Row
from ripeline.server import content, imports, playbooks, quarantine, sources, users
from ripeline.server.digests import digest_of
from ripeline.server.operation import backup as backups
from ripeline.server.playbooks import Mode, PlaybookVersion, Publication, Side
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sources import Source, SourceKind
from ripeline.server.users import ApiKey, Role, Scope, User

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ripeline.server.events import Rejected

Answer = dict[str, Any]
V = TypeVar("V")


COMMANDS: dict[str, Callable[..., Answer]] = {}
"""All that may be asked for: a name, and ``command(now=…, **arguments)`` behind it."""


class Declined(Exception):
    """Ends a command early; its answer is the refusal."""

    def __init__(self, reason: Refusal, **details: object) -> None:
        super().__init__(reason)
        self.answer = {"refused": reason.value} | details


def command(function: Callable[..., Answer]) -> Callable[..., Answer]:
    """May be asked for by its name, and answers with a refusal where something in it was refused."""

    @wraps(function)
    def asked(**arguments: Any) -> Answer:  # noqa: ANN401 - those of the function
        try:
            return function(**arguments)
        except Declined as declined:
            return declined.answer

    COMMANDS[function.__name__] = asked
    return asked


def done(value: V | Refused, which: str) -> V:
    """The value; a refusal ends the command and tells of which thing of that name it speaks."""
    if isinstance(value, Refused):
        raise Declined(value.reason, which=which)
    return value


# --- users ----------------------------------------------------------------------------------------


@command
def user_add(*, now: int, name: str, role: str, password: str | None = None, language: str = "en") -> Answer:
    """A new user, with the password if it was made up."""
    made = done(users.add(name, Role(role), password=password, language=language), name)
    return {"name": name, "password": None if password else made.secret}


@command
def user_list(*, now: int) -> Answer:
    """All users with their roles and keys, without any secret."""
    rows = User.objects.prefetch_related("api_keys").order_by("username")
    told = [
        {
            "name": user.username,
            "role": user.role,
            "language": user.language,
            "is_active": user.is_active,
            "keys": [key.name for key in user.api_keys.all() if key.revoked_at is None],
        }
        for user in rows
    ]
    return {"users": told}


@command
def user_password(*, now: int, name: str, password: str | None = None) -> Answer:
    """A new password for a user, told if it was made up."""
    made = done(users.set_password(_user(name), password), name)
    return {"name": name, "password": None if password else made.secret}


@command
def user_role(*, now: int, name: str, role: str) -> Answer:
    """Another role for a user."""
    return {"name": name, "role": done(users.set_role(_user(name), Role(role)), name).role}


@command
def user_disable(*, now: int, name: str) -> Answer:
    """The user is out, with all sessions and keys."""
    return {"name": name, "is_active": done(users.disable(_user(name), now=now), name).is_active}


@command
def user_enable(*, now: int, name: str) -> Answer:
    """The user may come in again."""
    return {"name": name, "is_active": users.enable(_user(name)).is_active}


@command
def user_key(*, now: int, name: str, key: str, scope: str = Scope.READ) -> Answer:
    """A new key for a program that acts for the user."""
    return {"name": name, "key": users.add_key(_user(name), key, scope=Scope(scope), now=now).secret}


@command
def user_revoke(*, now: int, name: str, key: str) -> Answer:
    """The user's keys of that name open nothing any more."""
    keys = ApiKey.objects.filter(user=_user(name), name=key, revoked_at=None)
    revoked = [users.revoke(each, now=now) for each in keys]
    if not revoked:
        raise Declined(Refusal.NO_SUCH_KEY, which=key)
    return {"name": name, "revoked": len(revoked)}


# --- sources --------------------------------------------------------------------------------------


@command
def source_add(*, now: int, name: str, kind: str, origins: Sequence[str] = (), events_per_second: int = 0) -> Answer:
    """A new source with its write key."""
    limit = events_per_second
    made = done(sources.add(name, SourceKind(kind), origins=origins, events_per_second=limit, now=now), name)
    return {"name": name, "write_key": made.key}


@command
def source_list(*, now: int) -> Answer:
    """All sources, without their keys."""
    names = ("name", "kind", "origins", "events_per_second", "is_history", "created_at", "closed_at")
    return {"sources": list(Source.objects.order_by("name").values(*names))}


@command
def source_close(*, now: int, name: str) -> Answer:
    """Nothing more is taken from the source."""
    return {"name": name, "closed_at": done(sources.close(_source(name), now=now), name).closed_at}


@command
def source_renew(*, now: int, name: str) -> Answer:
    """A new write key in place of the old one."""
    return {"name": name, "write_key": done(sources.renew_key(_source(name)), name).key}


# --- the catalogue of content ---------------------------------------------------------------------


@command
def content_put(*, now: int, rows: Sequence[Sequence[str]]) -> Answer:
    """Items and their classes from now on, all or none; a refusal names the row that it is about, from 0."""
    for place, (item, named) in enumerate(rows):
        refusal = content.unfit(item, named)
        if refusal:
            raise Declined(refusal, row=place)
    before = {row.item: row.content for row in content.catalogue(now)}
    content.put_all([(item, named) for item, named in rows], now=now)
    return {"items": len(rows), "changed": sum(before.get(item.strip()) != named for item, named in rows)}


@command
def content_end(*, now: int, item: str) -> Answer:
    """The item is of no class any more."""
    return {"item": done(content.end(item, now=now), item).item}


@command
def content_list(*, now: int) -> Answer:
    """The catalogue as it is now, and its classes that the active playbook does not know."""
    rows = content.catalogue(now)
    versions = playbooks.core_versions(now)
    strange = {row.content for row in rows} - set(versions[-1].playbook.content) if versions else set()
    items = [{"item": row.item, "content": row.content, "since": row.since} for row in rows]
    return {"items": items, "unknown": sorted(strange)}


# --- the definition -------------------------------------------------------------------------------


@command
def sign(*, now: int, side: str, user: str, text: str | None = None, digest: str | None = None) -> Answer:
    """One side's yes to a text, or to a version by the beginning of its digest; says who is still to sign."""
    signer = _user(user)
    version = _proposed(text, now) if text is not None else _version(digest)
    done(playbooks.sign(version, Side(side), user=signer, now=now), user)
    return _told(version)


@command
def publish(*, now: int, user: str, mode: str, text: str | None = None, digest: str | None = None) -> Answer:
    """The version decides from now on."""
    version = _version(digest if text is None else digest_of(text))
    published = done(playbooks.publish(version, mode=Mode(mode), by=_user(user), now=now), version.digest[:12])
    return _told(version) | {"published_at": published.at, "mode": published.mode}


@command
def versions(*, now: int) -> Answer:
    """All versions with their signatures and publications, newest last."""
    return {"versions": [_told(row) for row in PlaybookVersion.objects.order_by("created_at", "digest")]}


def _told(version: PlaybookVersion) -> Answer:
    signed = {each.side: each.user.username for each in version.signatures.select_related("user")}
    return {
        "digest": version.digest,
        "title": version.title,
        "created_at": version.created_at,
        "signed": signed,
        "missing": [side for side in Side.values if side not in signed],
        "published": list(Publication.objects.filter(version=version).order_by("at").values("at", "mode")),
        "is_active": playbooks.active() == version,
    }


# --- imports and the quarantine -------------------------------------------------------------------


@command
def import_rows(*, now: int, source: str, is_history: bool, dry_run: bool, rows: Sequence[Sequence[Any]]) -> Answer:
    """A portion of an import, whole or not at all: how many rows were new, known, or another under a known key."""
    portion = [Row(*row) for row in rows]
    added = done(imports.add(portion, source=source, is_history=is_history, dry_run=dry_run, now=now), source)
    return {"stored": added.stored, "repeated": added.repeated, "conflicts": added.conflicts}


@command
def quarantine_list(*, now: int, limit: int) -> Answer:
    """The newest messages that nobody has settled, with why they are here; how many there are of each reason."""
    rows = quarantine.waiting()
    counts = Counter(rows.order_by().values_list("reason", flat=True))
    told = [
        {
            "id": row.pk,
            "source": row.source.name,
            "reason": row.reason,
            "detail": row.detail,
            "kind": row.kind,
            "received_at": row.received_at,
        }
        for row in rows[:limit]
    ]
    return {"counts": dict(counts), "messages": told}


@command
def quarantine_run_again(*, now: int, ids: Sequence[int], reason: str = "") -> Answer:
    """Messages read anew: those of the ids, or all of a reason; how many are events now, and why the others are not."""
    stored, still = 0, Counter[str]()
    for row in _rejected(ids, reason):
        found = quarantine.run_again(row, now=now)
        if isinstance(found, quarantine.Stored):
            stored += 1
        else:
            still[found.reason] += 1
    return {"stored": stored, "still": dict(still)}


@command
def quarantine_discard(*, now: int, ids: Sequence[int], reason: str = "") -> Answer:
    """Messages given up: those of the ids, or all of a reason."""
    rows = _rejected(ids, reason)
    return {"discarded": sum(not isinstance(quarantine.discard(row, now=now), Refused) for row in rows)}


def _rejected(ids: Sequence[int], reason: str) -> list[Rejected]:
    """The messages meant that are not settled; refused if there are none."""
    rows = quarantine.waiting()
    rows = rows.filter(pk__in=ids) if ids else rows.filter(reason=reason)
    return done(list(rows) or Refused(Refusal.NO_SUCH_MESSAGE), ", ".join(map(str, ids)) or reason)


# --- the installation -----------------------------------------------------------------------------


@command
def backup(*, now: int, path: str) -> Answer:
    """A backup as a file that is not there yet, and its size in bytes."""
    return {"path": path, "size": backups.write(Path(path))}


# --- what several need ----------------------------------------------------------------------------


def _user(name: str) -> User:
    return done(User.objects.filter(username=name).first() or Refused(Refusal.NO_SUCH_USER), name)


def _source(name: str) -> Source:
    return done(Source.objects.filter(name=name).first() or Refused(Refusal.NO_SUCH_SOURCE), name)


def _proposed(text: str, now: int) -> PlaybookVersion:
    """The version of a text; the command line has told its problems before it asked."""
    return done(playbooks.propose(text, now=now), "")


def _version(digest: str | None) -> PlaybookVersion:
    """The one version whose digest begins so."""
    found = list(PlaybookVersion.objects.filter(digest__startswith=digest.lower())[:2]) if digest else []
    return done(found[0] if len(found) == 1 else Refused(Refusal.NO_SUCH_VERSION), digest or "")
