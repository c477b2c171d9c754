"""Segments: what is asked of leads, under a name."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from ripeline.server.leads import Lead, Unit
from ripeline.server.marketing import segments
from ripeline.server.marketing.lists import Filters
from ripeline.server.marketing.segments import Segment
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.staff.users import Role
from staff import mara, member

pytestmark = pytest.mark.django_db(transaction=True)

MQLS = Filters(stage="mql")


def kept(name: str = "Ripe") -> Segment:
    """A segment of Mara's."""
    segment = segments.add(name, "all", MQLS, by=mara(), now=1)
    assert isinstance(segment, Segment)
    return segment


def test_whoever_comes_to_answer_it_is_in_a_segment() -> None:
    """And whoever does so no more is not."""
    segment = kept()
    lead = Lead.objects.create(unit=Unit.objects.create(), created_at=1)
    assert list(segments.leads_in(segment)) == []
    Lead.objects.update(stage="mql")
    assert list(segments.leads_in(segment)) == [lead]


def test_others_see_what_is_shared_and_change_nothing() -> None:
    """Only its owner renames, shares and removes it."""
    segment, rosa = kept(), member("rosa", Role.SALES)
    assert list(segments.of(rosa)) == []
    assert segments.share(segment, is_shared=True, by=segment.owner) == segment
    assert list(segments.of(rosa)) == [segment]
    for answer in (
        segments.rename(segment, "Mine", by=rosa),
        segments.share(segment, is_shared=False, by=rosa),
        segments.remove(segment, by=rosa),
    ):
        assert answer == Refused(Refusal.NOT_ALLOWED)
    segments.share(segment, is_shared=False, by=segment.owner)
    assert list(segments.of(rosa)) == []


def test_a_user_has_one_of_a_name() -> None:
    """A name that is taken is refused when it is added and when it is given."""
    segment = kept()
    owner = segment.owner
    assert segments.add("Ripe ", "mqls", MQLS, by=owner, now=1) == Refused(Refusal.NAME_TAKEN)
    other = segments.add("Other", "mqls", MQLS, by=owner, now=1)
    assert isinstance(other, Segment)
    assert segments.rename(other, "Ripe", by=owner) == Refused(Refusal.NAME_TAKEN)
    renamed = segments.rename(other, " Very  ripe ", by=owner)
    assert isinstance(renamed, Segment)
    assert renamed.name == "Very ripe"
    segments.remove(segment, by=owner)
    assert list(segments.of(owner)) == [renamed]


def test_what_is_no_segment_is_refused() -> None:
    """Without a name, with too long a one, of a view that does not exist, by those who only read, or do so by now."""
    owner, reader = mara(), member("reader", Role.READ_ONLY)
    for name, view in (("", "all"), ("x" * 101, "all"), ("x", "hot")):
        assert segments.add(name, view, MQLS, by=owner, now=1) == Refused(Refusal.NO_SEGMENT)
    assert segments.add("x", "all", MQLS, by=reader, now=1) == Refused(Refusal.NOT_ALLOWED)
    own = segments.add("x", "all", MQLS, by=owner, now=1)
    assert isinstance(own, Segment)
    owner.role = Role.READ_ONLY
    assert segments.share(own, is_shared=True, by=owner) == Refused(Refusal.NOT_ALLOWED)


def test_filters_are_kept_as_they_are_and_read_strictly() -> None:
    """Dates too; what somebody wrote into the table by hand is not guessed at."""
    segment = segments.add("Since", "all", Filters(since="2026-01-05", text="ada"), by=mara(), now=1)
    assert isinstance(segment, Segment)
    assert segments.filters_of(segment) == Filters(since="2026-01-05", text="ada")
    segment.filters = '{"everything": true}'
    with pytest.raises(ValidationError):
        segments.filters_of(segment)
