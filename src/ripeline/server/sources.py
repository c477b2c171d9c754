"""Where events come from: each source has a write key, by which it may append events and nothing else."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from ripeline.server.digests import digest_of
from ripeline.server.instants import InstantField
from ripeline.server.refusals import Refusal, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEY_BYTES = 24
_ORIGIN = re.compile(r"https?://[a-z0-9.\-\[\]:]{1,255}")
OWN = "ripeline"
"""The name of the source of what our own people say."""
OF_FORMS = "form/"
"""What the names of the forms' sources begin with."""
MAIL = "mail"
"""The name of the source of e-mails, whatever mailbox they come to: one mail may come to several."""


class SourceKind(models.TextChoices):
    """Whose word a source is."""

    WEB = "web", _("Website: its key is public")
    SERVER = "server", _("Server: its key is secret")
    FORM = "form", _("Form: anybody may fill it in")
    OWN = "own", _("Ripeline itself")


KEYLESS = (SourceKind.OWN, SourceKind.FORM)
"""What has no key and never gets one: nobody but Ripeline itself writes in its name."""
PUBLIC = (SourceKind.WEB, SourceKind.FORM)
"""Whose word is anybody's: it may say who its visitor is, and little of whom others know."""


class Source(models.Model):
    """A website, a program or an import whose events come with one write key.

    The key of a website is public: it may only append events of leads. A server may also tell consents and answers.
    """

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=8, choices=SourceKind.choices)
    write_key_digest = models.CharField(max_length=64, unique=True, null=True)
    origins = models.TextField(default="", blank=True)  # the websites that may send, one a line; none: any
    events_per_second = models.PositiveIntegerField(default=0)  # 0: without limit
    is_history = models.BooleanField(default=False)  # an import of the past
    created_at = InstantField()
    closed_at = InstantField(null=True)


@dataclass(frozen=True, slots=True)
class WithKey:
    """A source and its write key, which is shown this once and stored as a hash only."""

    source: Source
    key: str


def add(
    name: str, kind: SourceKind, *, origins: Sequence[str] = (), events_per_second: int = 0, now: int
) -> WithKey | Refused:
    """A new source with a key of its own; refused if the name is taken, or for what is no origin of a website."""
    refusal = _unfit(kind, origins)
    if refusal:
        return Refused(refusal)
    with transaction.atomic():
        if name in (OWN, MAIL) or Source.objects.filter(name=name).exists():
            return Refused(Refusal.NAME_TAKEN)
        key = secrets.token_urlsafe(_KEY_BYTES)
        source = Source.objects.create(
            name=name,
            kind=kind,
            write_key_digest=digest_of(key),
            origins="\n".join(origins),
            events_per_second=events_per_second,
            created_at=now,
        )
        return WithKey(source, key)


def renew_key(source: Source) -> WithKey | Refused:
    """A new write key in place of the old one, which opens nothing any more."""
    if source.kind in KEYLESS:
        return Refused(Refusal.OWN_SOURCE)
    if source.closed_at is not None:
        return Refused(Refusal.CLOSED_ALREADY)
    key = secrets.token_urlsafe(_KEY_BYTES)
    source.write_key_digest = digest_of(key)
    with transaction.atomic():
        source.save(update_fields=["write_key_digest"])
    return WithKey(source, key)


def close(source: Source, *, now: int) -> Source | Refused:
    """Take nothing more from a source; what it sent stays."""
    if source.kind == SourceKind.OWN:
        return Refused(Refusal.OWN_SOURCE)
    with transaction.atomic():
        won = Source.objects.filter(pk=source.pk, closed_at=None).update(closed_at=now)
    if not won:
        return Refused(Refusal.CLOSED_ALREADY)
    source.closed_at = now
    return source


def of_import(name: str, *, is_history: bool, now: int) -> Source | Refused:
    """The source of an import, made at the first one; it has no key, so that nothing else can send in its name."""
    with transaction.atomic():
        made = {"kind": SourceKind.SERVER, "is_history": is_history, "created_at": now}
        source, is_new = Source.objects.get_or_create(name=name, defaults=made)
    if not is_new and (source.write_key_digest is not None or source.is_history != is_history):
        return Refused(Refusal.NAME_TAKEN)
    if source.kind in KEYLESS:
        return Refused(Refusal.OWN_SOURCE)
    return source if source.closed_at is None else Refused(Refusal.CLOSED_ALREADY)


def of_form(form: str, *, now: int) -> Source | Refused:
    """The source of a form, made with it and opened again with it; it has no key, and its word is anybody's."""
    made = {"kind": SourceKind.FORM, "created_at": now}
    source, _ = Source.objects.get_or_create(name=f"{OF_FORMS}{form}", defaults=made)
    if source.kind != SourceKind.FORM:
        return Refused(Refusal.NAME_TAKEN)
    if source.closed_at is not None:
        source.closed_at = None
        source.save(update_fields=["closed_at"])
    return source


def own(now: int) -> Source:
    """Ripeline's own source, for what people and Ripeline itself say."""
    made = {"kind": SourceKind.OWN, "created_at": now}
    return Source.objects.get_or_create(name=OWN, defaults=made)[0]


def of_mail(now: int) -> Source | Refused:
    """The source of e-mails, made at the first one; refused if it is closed."""
    made = {"kind": SourceKind.SERVER, "created_at": now}
    source = Source.objects.get_or_create(name=MAIL, defaults=made)[0]
    return source if source.closed_at is None else Refused(Refusal.CLOSED_ALREADY)


def _unfit(kind: SourceKind, origins: Sequence[str]) -> Refusal | None:
    if kind in KEYLESS:
        return Refusal.OWN_SOURCE
    return None if all(map(_ORIGIN.fullmatch, origins)) else Refusal.NOT_AN_ORIGIN
