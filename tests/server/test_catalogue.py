"""The catalogue tells to which class an item belonged at any instant."""

from __future__ import annotations

from typing import Any

import pytest

from ripeline.server.content import catalogue
from ripeline.server.content.catalogue import ContentItem
from ripeline.server.refusals import Refusal, Refused

pytestmark = pytest.mark.django_db

NOW = 1_767_603_600_000_000


def classes(events: list[dict[str, Any]], at: int) -> list[str | None]:
    """By event, the class of its item."""
    return [None if item is None else item.content for item in catalogue.items_of(events, at)]


def test_an_item_changes_its_class_from_an_instant_on() -> None:
    """What was is not rewritten."""
    catalogue.put("/guide", "guide", now=NOW)
    catalogue.put("/guide", "whitepaper", now=NOW + 10)
    said = {"path": "/guide"}
    found = [classes([said], at)[0] for at in (NOW - 1, NOW, NOW + 9, NOW + 10)]
    assert found == [None, "guide", "guide", "whitepaper"]


def test_the_same_class_again_changes_nothing() -> None:
    """One row stands for it."""
    assert catalogue.put("/guide", "guide", now=NOW) == catalogue.put(" /guide ", "guide", now=NOW + 5)
    assert ContentItem.objects.count() == 1


def test_an_id_goes_before_a_path_and_what_is_neither_has_no_class() -> None:
    """Events name their item by `content_id` or by `path`; anything else in there is nobody's item."""
    catalogue.put("/a", "article", now=NOW)
    catalogue.put("wp-7", "whitepaper", now=NOW)
    events: list[dict[str, Any]] = [
        {"content_id": "wp-7", "path": "/a"},
        {"content_id": "unknown", "path": "/a"},
        {"path": 7, "content_id": ["wp-7"]},
        {},
    ]
    assert classes(events, NOW) == ["whitepaper", "article", None, None]


def test_the_class_of_a_thousand_items_is_found_at_once(django_assert_num_queries: object) -> None:
    """A few looks into the catalogue serve all."""
    catalogue.put("/7", "article", now=NOW)
    with django_assert_num_queries(2):  # type: ignore[operator]
        found = classes([{"path": f"/{number}"} for number in range(1000)], NOW)
    assert found[7] == "article"
    assert found.count(None) == 999


def test_an_item_can_leave_the_catalogue() -> None:
    """And come back."""
    catalogue.put("/guide", "guide", now=NOW)
    catalogue.end("/guide", now=NOW + 1)
    assert catalogue.catalogue(NOW + 1) == []
    assert catalogue.end("/guide", now=NOW + 2) == Refused(Refusal.CLOSED_ALREADY)
    catalogue.put("/guide", "guide", now=NOW + 3)
    assert [row.item for row in catalogue.catalogue(NOW + 3)] == ["/guide"]


@pytest.mark.parametrize(
    ("item", "named", "why"),
    [
        ("/a", "White Paper", Refusal.BAD_CLASS),
        ("/a", "", Refusal.BAD_CLASS),
        (" ", "guide", Refusal.BAD_ITEM),
        ("/" * 501, "guide", Refusal.BAD_ITEM),
        ("a\x00", "guide", Refusal.BAD_ITEM),
    ],
)
def test_what_the_catalogue_cannot_hold_is_refused(item: str, named: str, why: Refusal) -> None:
    """Nothing was changed."""
    assert catalogue.put(item, named, now=NOW) == Refused(why)
    assert not ContentItem.objects.exists()
