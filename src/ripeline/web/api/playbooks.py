"""Versions of the playbook: who signed them, since when they decide, and their text."""

from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Path, Router
from pydantic import BaseModel

from ripeline.server import playbooks
from ripeline.server.playbooks import PlaybookVersion, Publication, Signature
from ripeline.web.api.routes import found, reading
from ripeline.web.api.values import Instant, iso

router = Router(tags=["playbooks"])

Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{8,64}$")]


class SignatureShown(BaseModel):
    """One side's yes."""

    side: str
    user: str
    at: Instant


class PublicationShown(BaseModel):
    """From this instant on the version decided."""

    at: Instant
    mode: str
    by: str


class VersionShown(BaseModel):
    """One version; its digest is the SHA-256 of its text."""

    digest: str
    title: str
    created_at: Instant
    signatures: list[SignatureShown]
    publications: list[PublicationShown]
    is_active: bool


class VersionInFull(VersionShown):
    """One version with its text."""

    text: str


class Versions(BaseModel):
    """All versions."""

    items: list[VersionShown]


@reading(router, "", Versions)
def list_versions(request: HttpRequest) -> Versions:
    """All versions of the playbook, newest last; there are never many."""
    del request
    rows = _with_yeses(PlaybookVersion.objects.order_by("created_at", "digest").defer("text"))
    active = playbooks.active()
    return Versions(items=[VersionShown(**_told(row, active)) for row in rows])


@reading(router, "/{version}", VersionInFull)
def show_version(request: HttpRequest, version: Digest) -> VersionInFull:
    """One version with its text; the beginning of its digest will do, from eight signs on."""
    del request
    rows = list(_with_yeses(PlaybookVersion.objects.filter(digest__startswith=version))[:2])
    row = found(rows[0] if len(rows) == 1 else None)
    return VersionInFull(**_told(row, playbooks.active()), text=row.text)


def _with_yeses(rows: QuerySet[PlaybookVersion]) -> QuerySet[PlaybookVersion]:
    return rows.prefetch_related("signatures__user", "publications__by")


def _told(version: PlaybookVersion, active: PlaybookVersion | None) -> dict[str, Any]:
    signed: list[Signature] = sorted(version.signatures.all(), key=lambda one: one.at)
    published: list[Publication] = sorted(version.publications.all(), key=lambda one: one.at)
    return {
        "digest": version.digest,
        "title": version.title,
        "created_at": iso(version.created_at),
        "signatures": [SignatureShown(side=one.side, user=one.user.username, at=iso(one.at)) for one in signed],
        "publications": [PublicationShown(mode=one.mode, by=one.by.username, at=iso(one.at)) for one in published],
        "is_active": active is not None and active.digest == version.digest,
    }
