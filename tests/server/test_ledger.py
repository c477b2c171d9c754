"""What the hand-written statements store is what the tables, as Django knows them, would hold."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ripeline.server import ledger
from ripeline.server.events import Conflict, Event, Rejected
from ripeline.server.instants import TOLD
from ripeline.server.intake.stores import Store, connect
from ripeline.server.ledger import Added, NewEvent, NewRejected
from ripeline.server.sources import Source, SourceKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoDbBlocker

    from ripeline.server.leads import Lead

_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
_INSTANT = st.integers(0, 2**62)
_KEY = st.sampled_from(["a", "b", "c", "ä", "m" * 100])
_EVENT = st.builds(
    NewEvent,
    source=st.just(0),
    key=_KEY,
    name=_TEXT,
    at=st.integers(TOLD, 2**62),
    received_at=_INSTANT,
    claims=_TEXT,
    properties=_TEXT,
    body=_TEXT,
    flag=st.sampled_from(["", "future", "skewed", "no_time"]),
    content_digest=st.sampled_from(["one", "two"]),
)
_REJECTED = st.builds(
    NewRejected,
    source=st.just(0),
    reason=st.sampled_from(["no_identity", "too_large"]),
    detail=_TEXT,
    kind=st.just("batch"),
    received_at=_INSTANT,
    body=_TEXT,
    digest=st.sampled_from(["x", "y", "z"]),
)
_GROUP = st.tuples(st.lists(st.tuples(st.booleans(), _EVENT), max_size=130), st.lists(_REJECTED, max_size=12))


class Model:
    """The ledger in plain dictionaries: the first row of a key stays, another one is a conflict."""

    def __init__(self) -> None:
        self.events: dict[tuple[int, str], NewEvent] = {}
        self.rejected: dict[tuple[int, str], NewRejected] = {}
        self.conflicts: dict[tuple[int, str], int] = {}

    def add(self, events: list[NewEvent], rejected: list[NewRejected]) -> Added:
        """As the ledger does it."""
        stored = repeated = conflicts = 0
        for event in events:
            which = (event.source, event.key)
            first = self.events.setdefault(which, event)
            stored += first is event
            repeated += first is not event
            if first.content_digest != event.content_digest:
                conflicts += 1
                self.conflicts[which] = self.conflicts.get(which, 0) + 1
        for row in rejected:
            self.rejected.setdefault((row.source, row.digest), row)
        return Added(stored, repeated, conflicts)


@pytest.fixture(scope="module")
def sources(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[int]]:
    """Two sources, for all examples."""
    del django_db_setup
    with django_db_blocker.unblock():
        made = [Source.objects.create(name=name, kind=SourceKind.SERVER, created_at=0).pk for name in ("one", "two")]
        yield made
        for table in (Event, Rejected, Conflict):
            table.objects.all().delete()
        Source.objects.all().delete()
        connection.close()


@pytest.fixture
def store(sources: list[int], django_db_blocker: DjangoDbBlocker) -> Iterator[Store]:
    """The intake's own connection."""
    del sources
    with django_db_blocker.unblock():
        own = connect()
        yield own
        own.close()


@pytest.mark.parametrize("through", ["the intake", "Django"])
@settings(max_examples=25, suppress_health_check=list(HealthCheck))  # each example begins with an empty ledger
@given(groups=st.lists(_GROUP, max_size=4))
def test_the_ledger_is_the_model(
    through: str,
    sources: list[int],
    store: Store,
    groups: list[tuple[list[tuple[bool, NewEvent]], list[NewRejected]]],
) -> None:
    """Whatever comes, also twice in one group, over the intake's connection or over Django's."""
    for table in (Event, Rejected, Conflict):
        table.objects.all().delete()
    model = Model()
    for drawn, drawn_rejected in groups:
        events = [event._replace(source=sources[is_second]) for is_second, event in drawn]
        rejected = [row._replace(source=sources[0]) for row in drawn_rejected]
        if through == "Django":
            with transaction.atomic():
                added = ledger.add(connection, events, rejected, 7)
        else:
            added = store.write(events, rejected, 7)
        assert added == model.add(events, rejected)
    for row in Event.objects.all():
        kept = model.events.pop((row.source_id, row.key))
        assert kept == tuple(getattr(row, "source_id" if name == "source" else name) for name in NewEvent._fields)
        assert (row.known_at, row.identifier_id) == (None, None)
    for put_aside in Rejected.objects.all():
        kept_aside = model.rejected.pop((put_aside.source_id, put_aside.digest))
        names = ("source_id" if name == "source" else name for name in NewRejected._fields)
        assert kept_aside == tuple(getattr(put_aside, name) for name in names)
        assert put_aside.settled_at is None
    found = {(row.source_id, row.key): row.count for row in Conflict.objects.all()}
    assert (model.events, model.rejected, model.conflicts) == ({}, {}, found)


@pytest.mark.django_db(transaction=True)
def test_a_group_is_stored_whole_or_not_at_all() -> None:
    """A row that the database refuses takes the others of its transaction with it."""
    source = Source.objects.create(name="shop", kind=SourceKind.SERVER, created_at=0).pk
    good = NewEvent(source, "a", "page_viewed", 1, 1, "{}", "{}", "", "", "")
    own = connect()
    with pytest.raises(Exception, match=r".+"):
        own.write([good, good._replace(key="b", at=2**70)], [], 1)
    assert not Event.objects.exists()
    assert own.write([good], [], 1) == Added(1, 0, 0)
    own.close()


@pytest.mark.django_db(transaction=True)
def test_what_our_people_say_is_a_row_of_the_ledger(lead: Lead) -> None:
    """With the lead's own number and the name of who said it, from the one source that is our own."""
    with transaction.atomic():
        keys = [
            ledger.say(lead.pk, "verdict_given", {"verdict": "confirmed"}, by="rosa", now=TOLD),
            ledger.say(lead.pk, "touch_logged", {}, by="rosa", now=TOLD + 1),
        ]
    first, second = Event.objects.order_by("id")
    assert [first.key, second.key] == keys
    assert (first.name, first.at, first.received_at, first.source.kind) == ("verdict_given", TOLD, TOLD, SourceKind.OWN)
    assert json.loads(first.claims) == {"lead": str(lead.pk)}
    assert json.loads(first.properties) == {"verdict": "confirmed", "by": "rosa"}
    assert first.source == second.source


@pytest.mark.django_db(transaction=True)
def test_the_time_before_is_for_what_is_derived(lead: Lead) -> None:
    """What anybody dates to the first two years of the calendar counts from their end."""
    with transaction.atomic():
        ledger.say(lead.pk, "touch_logged", {}, by="rosa", now=0)
    assert Event.objects.get().at == TOLD


@pytest.mark.django_db(transaction=True)
def test_an_event_is_kept_once_for_ever() -> None:
    """The same key counts once sixty days later too; another source has keys of its own."""
    one, two = (Source.objects.create(name=secrets.token_hex(4), kind=SourceKind.WEB, created_at=0).pk for _ in "ab")
    event = NewEvent(one, "m1", "page_viewed", 1, 1, "{}", "{}", "", "", "first")
    own = connect()
    assert own.write([event], [], 1) == Added(1, 0, 0)
    later = 60 * 86_400_000_000
    assert own.write([event._replace(at=later, received_at=later)], [], later) == Added(0, 1, 0)
    assert own.write([event._replace(content_digest="other")], [], later) == Added(0, 1, 1)
    assert own.write([event._replace(source=two, content_digest="other")], [], later) == Added(1, 0, 0)
    assert Event.objects.get(source=one).content_digest == "first"
    assert Conflict.objects.get().count == 1
    own.close()
