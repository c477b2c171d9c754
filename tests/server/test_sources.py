"""A source has one key, which is told once and opens nothing but its own door."""

from __future__ import annotations

import pytest

from ripeline.server import sources
from ripeline.server.digests import digest_of
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.sources import Source, SourceKind, WithKey

pytestmark = pytest.mark.django_db

NOW = 1_767_603_600_000_000


def added(name: str = "website") -> WithKey:
    """A website with its key."""
    made = sources.add(name, SourceKind.WEB, origins=["https://www.example.com"], now=NOW)
    assert isinstance(made, WithKey)
    return made


def test_a_key_is_told_once_and_stored_as_its_hash() -> None:
    """Whoever reads the database cannot send."""
    made = added()
    stored = Source.objects.get()
    assert stored.write_key_digest == digest_of(made.key)
    assert made.key not in {str(value) for value in Source.objects.values_list().get()}
    assert stored.origins == "https://www.example.com"


def test_a_name_is_taken_once() -> None:
    """And Ripeline's own name is taken always."""
    added()
    for name in ("website", sources.OWN):
        assert sources.add(name, SourceKind.SERVER, now=NOW) == Refused(Refusal.NAME_TAKEN)


def test_nobody_adds_a_source_of_our_own_words() -> None:
    """What our people say comes from Ripeline itself."""
    assert sources.add("us", SourceKind.OWN, now=NOW) == Refused(Refusal.OWN_SOURCE)


@pytest.mark.parametrize("origin", ["example.com", "https://example.com/", "*", "https://a b", "javascript:x", "null"])
def test_what_is_no_origin_is_refused(origin: str) -> None:
    """A browser sends scheme and host, and nothing else would ever match."""
    assert sources.add("shop", SourceKind.WEB, origins=[origin], now=NOW) == Refused(Refusal.NOT_AN_ORIGIN)


def test_a_renewed_key_replaces_the_old_one() -> None:
    """A key that leaked opens nothing any more."""
    made = added()
    renewed = sources.renew_key(made.source)
    assert isinstance(renewed, WithKey)
    assert renewed.key != made.key
    assert Source.objects.get().write_key_digest == digest_of(renewed.key)


def test_a_source_is_closed_once() -> None:
    """Ripeline's own never is."""
    made = added()
    closed = sources.close(made.source, now=NOW + 1)
    assert isinstance(closed, Source)
    assert Source.objects.get().closed_at == NOW + 1
    assert sources.close(made.source, now=NOW + 2) == Refused(Refusal.CLOSED_ALREADY)
    assert sources.renew_key(closed) == Refused(Refusal.CLOSED_ALREADY)
    own = Source.objects.create(name=sources.OWN, kind=SourceKind.OWN, created_at=NOW)
    assert sources.close(own, now=NOW) == Refused(Refusal.OWN_SOURCE)
    assert sources.renew_key(own) == Refused(Refusal.OWN_SOURCE)


def test_an_import_is_a_source_without_a_key() -> None:
    """It is made at the first import and found at the next; one of the past is not one of the present."""
    source = sources.of_import("crm", is_history=True, now=NOW)
    assert isinstance(source, Source)
    assert (source.write_key_digest, source.is_history) == (None, True)
    assert sources.of_import("crm", is_history=True, now=NOW + 1) == source
    assert sources.of_import("crm", is_history=False, now=NOW) == Refused(Refusal.NAME_TAKEN)
    added()
    assert sources.of_import("website", is_history=False, now=NOW) == Refused(Refusal.NAME_TAKEN)
