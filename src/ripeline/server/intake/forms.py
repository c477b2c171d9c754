"""Forms: what people fill in on a website becomes rows of the ledger, or is put aside as spam, and is never lost.

A form is known by its name; its text may change, and each submission keeps the version that was valid when it came.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec
from django.db import models, transaction

from ripeline.integrations import form_posts
from ripeline.integrations.form_definition import FormDefinition, load
from ripeline.integrations.form_posts import Submission  # noqa: TC001 - msgspec reads the annotations
from ripeline.integrations.segment import digest
from ripeline.integrations.strict_json import Unfit, canonical
from ripeline.server import json_text, ledger, sources
from ripeline.server.consent.consents import GIVEN, Wording
from ripeline.server.digests import digest_of
from ripeline.server.events import Event
from ripeline.server.instants import MINUTE, InstantField
from ripeline.server.intake.form_guard import Guard
from ripeline.server.kept import Kept
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sources import Source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ripeline.integrations.form_posts import Fault
    from ripeline.integrations.rejections import Reason
    from ripeline.server.events import Rejected
    from ripeline.server.ledger import NewEvent

KIND = "form"
"""The kind of call in which submissions stand in the quarantine."""
WINDOW = 10 * MINUTE
"""The same words of the same person within this time are one submission: a double click, a reload, a second try."""


class Form(models.Model):
    """A form by its name, which is its address; its source is closed with it."""

    name = models.CharField(max_length=63, unique=True)
    source = models.OneToOneField(Source, on_delete=models.PROTECT)
    created_at = InstantField()


class FormVersion(Kept):
    """One text of a form, for ever; the newest one is valid."""

    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="versions")
    text = models.TextField()
    created_at = InstantField()


@dataclass(frozen=True, slots=True)
class Taken:
    """The submission is stored, or put aside, which the sender is not told; `return_to` is the page to lead back to."""

    return_to: str


@dataclass(frozen=True, slots=True)
class Faulty:
    """The submission is not taken: what is to be mended, and what was filled in."""

    faults: tuple[Fault, ...]
    submission: Submission


class _Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A submission with the version by which it is read, as bodies hold it."""

    version: int
    submission: Submission


_NAME = re.compile(r"[a-z0-9_]{1,63}")
_decode = msgspec.json.Decoder(_Kept).decode
_guard = Guard()


# --- what forms there are -------------------------------------------------------------------------


def put(text: str, *, now: int) -> FormVersion | Refused:
    """Let a form be as its text says from now on; one that was closed is open again. Refused with all its problems."""
    definition = load(text, file="form.yaml")
    if not isinstance(definition, FormDefinition):
        return Refused(Refusal.NO_FORM, problems=definition)
    with transaction.atomic():
        source = sources.of_form(definition.form, now=now)
        if isinstance(source, Refused):
            return source
        form, _ = Form.objects.get_or_create(name=definition.form, defaults={"source": source, "created_at": now})
        for box in definition.consents.values():
            words = {"text": box.wording, "created_at": now}
            Wording.objects.get_or_create(digest=digest_of(box.wording), defaults=words)
        before = form.versions.order_by("pk").last()
        if before is not None and before.text == text:
            return before
        return FormVersion.objects.create(form=form, text=text, created_at=now)


def close(form: Form, *, now: int) -> Form | Refused:
    """Take nothing more from a form; what it brought stays."""
    closed = sources.close(form.source, now=now)
    return closed if isinstance(closed, Refused) else form


def version_of(name: str) -> FormVersion | None:
    """The text of a form that is valid now, with the form and its source; any text may be asked for."""
    if not _NAME.fullmatch(name):
        return None  # not every database can even be asked for it
    rows = FormVersion.objects.select_related("form__source").filter(form__name=name)
    return rows.order_by("pk").last()


def definition_of(version: FormVersion) -> FormDefinition:
    """What a version says."""
    return _definition(version.text)


@lru_cache(maxsize=256)
def _definition(text: str) -> FormDefinition:
    definition = load(text, file="form.yaml")
    if not isinstance(definition, FormDefinition):
        raise TypeError("; ".join(map(str, definition)))  # it was one when it was put
    return definition


# --- what people fill in --------------------------------------------------------------------------


def submit(
    version: FormVersion, inputs: Iterable[tuple[str, str]], *, sender: str = "", referrer: str = "", now: int
) -> Taken | Faulty | Refused:
    """Store what was filled in, durably, or put it aside; `sender` is the address on the internet that it came from.

    Raises NotTaken for far more than people fill in, and what the database raises.
    """
    form, source = definition_of(version), version.form.source
    if source.closed_at is not None:
        return Refused(Refusal.CLOSED_ALREADY)
    submission, beside, faults = form_posts.read(form, inputs, referrer=referrer)
    if faults:
        return Faulty(faults, submission)
    _guard.admit(form.form, now)
    body = json_text.written(_Kept(version.pk, submission))
    key = _key(version, submission, now)
    reason: Reason = "spam"
    detail = form_posts.sign_of_spam(form, submission, beside)
    if not detail and _guard.is_repeated(form_posts.free_text(form, submission), key, now):
        detail = "the same words came many times"
    if not detail:
        reason = "too_often"
        detail = _guard.is_too_often(form.form, sender, now)
    with transaction.atomic():
        if detail:
            put_aside = ledger.rejection(source.pk, reason, detail, KIND, now, body, key.encode())
            ledger.take([], [put_aside], now=now)
        else:
            first = _first_key(version, submission, key, now)
            _store(version, submission, key=first, body=body, at=now, now=now, sender=sender)
    return Taken(beside.return_to)


def run_again(rejected: Rejected, now: int) -> str:
    """Store what was put aside, as of when it came, in the caller's transaction; returns the event's key.

    Raises Unfit if the body holds no submission.
    """
    try:
        kept = _decode(rejected.body)
        version = FormVersion.objects.select_related("form__source").get(pk=kept.version)
    except (msgspec.DecodeError, FormVersion.DoesNotExist):
        raise Unfit("not_json") from None
    key = _key(version, kept.submission, rejected.received_at)
    return _store(version, kept.submission, key=key, body=rejected.body, at=rejected.received_at, now=now)


def _store(
    version: FormVersion, submission: Submission, *, key: str, body: str, at: int, now: int, sender: str = ""
) -> str:
    """Add the rows of a submission, each once for ever; returns the event's key.

    Where a box was ticked, the sender's address is kept with it, because whoever asks for a yes has to prove it.
    """
    form = definition_of(version)
    claims = json_text.written(form_posts.claims(form, submission))
    wordings = {name: digest_of(form.consents[name].wording) for name in submission.consents}
    rows: list[NewEvent] = []
    for said in form_posts.rows(form, submission, wordings):
        own = f"{key}:{said.suffix}"
        proof = {"from": sender} if sender and said.name == GIVEN else {}
        told = json_text.written({**said.properties, **proof})
        kept = body if said.suffix == "event" else ""
        rows.append(
            ledger.NewEvent(
                source=version.form.source_id,
                key=own,
                name=said.name,
                at=at,
                received_at=at,
                claims=claims,
                properties=told,
                body=kept,
                flag="",
                content_digest=digest(own.encode()),
            )
        )
    ledger.take(rows, [], now=now)
    return rows[-1].key


def _key(version: FormVersion, submission: Submission, now: int) -> str:
    """The same for the same words of the same person within one window."""
    said = (version.form_id, submission.values, submission.consents, submission.anonymous, now // WINDOW)
    return digest(canonical(said))


def _first_key(version: FormVersion, submission: Submission, key: str, now: int) -> str:
    """The key under which the same was stored shortly before, in the window before this one; else its own."""
    before = _key(version, submission, now - WINDOW)
    recent = Event.objects.filter(source=version.form.source, key=f"{before}:event", received_at__gt=now - WINDOW)
    return before if recent.exists() else key
