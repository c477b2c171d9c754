"""The names of the specs, in the words of the starter playbooks and of the reference."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ripeline.core.needs import RESERVED
from ripeline.integrations.rejections import TEXTS
from ripeline.integrations.standard_events import SPECS, event_name, snake_case, table

HOUSE = Path(__file__).parents[2]


def test_the_reference_holds_the_table() -> None:
    """Word by word."""
    assert table() in (HOUSE / "docs" / "reference" / "intake.md").read_text("utf-8")


def test_the_reference_names_every_reason() -> None:
    """With the text that people read."""
    reference = (HOUSE / "docs" / "reference" / "intake.md").read_text("utf-8")
    for reason, text in TEXTS.items():
        assert f"| `{reason}` | {text} |" in reference


def test_a_name_that_a_playbook_uses_is_what_arrives() -> None:
    """Names in the starter playbooks arrive as they are, unless a spec has another word for them."""
    text = "".join(path.read_text("utf-8") for path in (HOUSE / "src" / "ripeline" / "playbooks").glob("*.yaml"))
    for ours in {ours for spec in SPECS.values() for ours in spec.values()}:
        assert event_name(ours) == ours
    for used in ("app_opened", "wish_list_added", "email_clicked", "newsletter_unsubscribed", "chat_question_asked"):
        assert used in text
        assert used in {ours for spec in SPECS.values() for ours in spec.values()}


def test_no_standard_name_is_reserved() -> None:
    """Else a spec's event could never be stored."""
    assert not {ours for spec in SPECS.values() for ours in spec.values()} & set(RESERVED)


def test_words_are_found_in_all_spellings() -> None:
    """Spaces, dots, dashes and capitals part words."""
    for spelling in ("Order Completed", "order.completed", "orderCompleted", "ORDER_COMPLETED", " Order--Completed! "):
        assert event_name(spelling) == "order_completed"
    assert snake_case("HTTPServerStarted2") == "http_server_started2"


@given(st.text())
def test_a_name_stays_what_it_is(name: str) -> None:
    """Told once more it is the same; so names of files and of the intake agree."""
    once = snake_case(name)
    assert snake_case(once) == once
    assert "__" not in once
