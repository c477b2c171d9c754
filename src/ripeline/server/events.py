"""The ledger: everything that happened to a lead or that a person said of it; rows are added and never changed.

A row is written when it arrives and read by the first qualification round after that. Reading stamps it with the
round's instant and with the identifier it belongs to, once. A row that is not read yet is its own reminder: there is
no queue beside the ledger that could disagree with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models.functions import Least

from ripeline.server import json_text
from ripeline.server.instants import FOREVER, InstantField
from ripeline.server.leads import Identifier, Lead
from ripeline.server.sources import Source, SourceKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Event(models.Model):
    """One row of the ledger."""

    # The constraint has an index; no database checks each row's source, because sources are never deleted and the check
    # would take a third of the intake's time on PostgreSQL.
    source = models.ForeignKey(Source, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    key = models.CharField(max_length=100)  # the sender's messageId, or a hash that stands for it
    name = models.CharField(max_length=100)
    at = InstantField()
    received_at = InstantField()
    known_at = InstantField(null=True)  # the round that read it; none: not read yet
    identifier = models.ForeignKey(
        Identifier, on_delete=models.PROTECT, null=True, related_name="events", db_index=False
    )  # event_identifier begins with it
    item = models.ForeignKey(  # the item of content that it names, as the catalogue held it when the row was read
        "server.ContentItem", on_delete=models.PROTECT, null=True, related_name="events", db_index=False
    )
    claims = models.TextField(default="{}")  # whose row it says it is: JSON
    properties = models.TextField(default="{}")  # JSON
    body = models.TextField(default="")  # as it was sent; text, because no JSON column holds all that people send
    flag = models.CharField(max_length=16, default="", blank=True)  # what was wrong with its time, if anything
    content_digest = models.CharField(max_length=32, default="")  # tells a repeat from another event of the same key

    class Meta:
        """No row counts twice; rows are read in the order of arrival, evaluated by identifier, copied by round.

        The few that tell facts are found by themselves, because each page asks what people are called; and the
        consents that nobody has read, because whoever sends a mail asks for them.
        """

        constraints = (models.UniqueConstraint(fields=["source", "key"], name="event_once"),)
        indexes = (
            models.Index(fields=["id"], name="event_unread", condition=models.Q(known_at__isnull=True)),
            models.Index(
                fields=["name"],
                name="event_unread_consent",
                condition=models.Q(known_at__isnull=True, name__in=("consent_given", "consent_withdrawn")),
            ),
            models.Index(
                fields=["identifier", "at"], name="event_identifier", condition=models.Q(identifier__isnull=False)
            ),
            models.Index(fields=["identifier"], name="event_told", condition=models.Q(name="attributes_changed")),
            models.Index(fields=["known_at", "id"], name="event_known", condition=models.Q(known_at__isnull=False)),
            models.Index(fields=["item", "id"], name="event_item", condition=models.Q(item__isnull=False)),
        )


def consequence(source: Source, identifier: int | None, name: str, said: object, *, key: str, at: int) -> Event:
    """A row that a round adds by itself, known at that round's instant; not saved yet."""
    text = json_text.written(said)
    return Event(
        source=source,
        key=key,
        name=name,
        at=at,
        received_at=at,
        known_at=at,
        identifier_id=identifier,
        properties=text,
        body=text,
    )


IN_FORCE = Least("at", "known_at")
"""When a row came into force."""


def rows_of(lead: Lead, *names: str) -> models.QuerySet[Event]:
    """A lead's own rows of these names that have been read, in no order."""
    attached = lead.attachments.filter(until=FOREVER).values("identifier")
    return Event.objects.filter(identifier__in=attached, name__in=names, known_at__isnull=False)


OF_LEAD: str = "identifier__attachments__lead"
"""Where the rows of `rows_of_all` say whose they are."""


def rows_of_all(leads: Iterable[int], *names: str) -> models.QuerySet[Event]:
    """The same of many leads, by their numbers; of these names, or of any."""
    attached = {f"{OF_LEAD}__in": leads, "identifier__attachments__until": FOREVER}
    rows = Event.objects.filter(**attached, known_at__isnull=False)
    return rows.filter(name__in=names) if names else rows


def is_vouched_for(event: Event, said: Mapping[str, object]) -> bool:
    """Whether a row is the word of staff, of a server, or of the person by the link of a mail; no stranger's.

    What Ripeline concludes has no author, and is nobody's.
    """
    if event.source.kind == SourceKind.OWN:
        return "by" in said or said.get("own") is True
    return event.source.kind == SourceKind.SERVER


def said_of(lead: Lead, *names: str) -> list[Event]:
    """What our own people have said of a lead by rows of these names, and what it has become known of them elsewhere.

    In the order in which it came into force; what they said a moment ago and no round has read yet comes last.
    """
    # What nobody has read is asked for first: a round that reads it between the two makes it come twice, not never.
    fresh = list(fresh_of(lead).filter(name__in=names).select_related("source").order_by("pk"))
    read = list(rows_of(lead, *names).select_related("source").order_by(IN_FORCE, "at", "key", "source"))
    known = {row.pk for row in read}
    return [*read, *(row for row in fresh if row.pk not in known)]


def fresh_of(lead: Lead) -> models.QuerySet[Event]:
    """What our own people have said of a lead a moment ago, and no round has read yet."""
    claims = json_text.written({"lead": str(lead.pk)})
    return Event.objects.filter(known_at=None, claims=claims, source__kind=SourceKind.OWN)


def undecided_of(lead: Lead, *names: str) -> list[Event]:
    """What was said of a lead by rows of these names and no round has decided on yet, in the order of arrival."""
    # What nobody has read is asked for first, as in `said_of`. A round reads first, and decides a moment later.
    fresh = list(fresh_of(lead).filter(name__in=names))
    decided = Lead.objects.filter(pk=lead.pk).values("decided_at")
    rows = {row.pk: row for row in (*fresh, *rows_of(lead, *names).filter(known_at__gt=models.Subquery(decided)))}
    return sorted(rows.values(), key=lambda row: row.pk)


def event_id(source: int, key: str) -> str:
    """The id of a row to the evaluator, and to the rows that void it."""
    return f"{key}@{source}"


class Rejected(models.Model):
    """A message that could not be stored as an event: kept as it came, with the reason, to be tried again."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, db_index=False)  # the constraint has an index
    reason = models.CharField(max_length=32)
    detail = models.CharField(max_length=200, default="", blank=True)
    kind = models.CharField(max_length=16)  # the kind of call it came in
    received_at = InstantField()
    body = models.TextField()
    digest = models.CharField(max_length=32)  # of the body, so that a message sent again is kept once
    settled_at = InstantField(null=True)  # stored after all, or discarded

    class Meta:
        """The same message is kept once; people look at what is not settled, newest first."""

        constraints = (models.UniqueConstraint(fields=["source", "digest"], name="rejected_once"),)
        indexes = (models.Index(fields=["settled_at", "received_at"], name="rejected_open"),)


class Conflict(models.Model):
    """How often another message came under a key that was taken: the first one is kept."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, db_index=False)  # the constraint has an index
    key = models.CharField(max_length=100)
    count = models.PositiveIntegerField(default=1)
    last_at = InstantField()

    class Meta:
        """Counted once for each key."""

        constraints = (models.UniqueConstraint(fields=["source", "key"], name="conflict_once"),)
