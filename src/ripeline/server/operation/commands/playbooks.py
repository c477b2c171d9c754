"""The commands about the definition: who signs it, since when it decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripeline.server import playbooks
from ripeline.server.digests import digest_of
from ripeline.server.operation.commands.answers import command, done
from ripeline.server.operation.commands.users import user_of
from ripeline.server.playbooks import Mode, PlaybookVersion, Publication, Side
from ripeline.server.refusals import Refusal, Refused

if TYPE_CHECKING:
    from ripeline.server.operation.commands.answers import Answer


@command
def sign(*, now: int, side: str, user: str, text: str | None = None, digest: str | None = None) -> Answer:
    """One side's yes to a text, or to a version by the beginning of its digest; says who is still to sign."""
    signer = user_of(user)
    version = _proposed(text, now) if text is not None else _version(digest)
    done(playbooks.sign(version, Side(side), user=signer, now=now), user)
    return _told(version)


@command
def publish(*, now: int, user: str, mode: str, text: str | None = None, digest: str | None = None) -> Answer:
    """The version decides from now on."""
    version = _version(digest if text is None else digest_of(text))
    published = done(playbooks.publish(version, mode=Mode(mode), by=user_of(user), now=now), version.digest[:12])
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


def _proposed(text: str, now: int) -> PlaybookVersion:
    """The version of a text; the command line has told its problems before it asked."""
    return done(playbooks.propose(text, now=now), "")


def _version(digest: str | None) -> PlaybookVersion:
    """The one version whose digest begins so."""
    found = list(PlaybookVersion.objects.filter(digest__startswith=digest.lower())[:2]) if digest else []
    return done(found[0] if len(found) == 1 else Refused(Refusal.NO_SUCH_VERSION), digest or "")
