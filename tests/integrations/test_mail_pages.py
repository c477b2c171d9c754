"""Mails as they are written: alternatives in place of logic, a closed list of what may stand in them."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ripeline.integrations.mail import pages, personal
from ripeline.integrations.mail.pages import Foot

NAMES = {"first_name", "company", "content_address"}
GREETING = "{{Hello {first_name} of {company},|Hello {first_name},|Hello,}}"


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"first_name": "Ada", "company": "Engines"}, "Hello Ada of Engines,"),
        ({"first_name": "Ada", "company": ""}, "Hello Ada,"),
        ({"company": "Engines"}, "Hello,"),
        ({}, "Hello,"),
    ],
)
def test_the_first_alternative_is_taken_of_which_everything_is_known(known: dict[str, str], said: str) -> None:
    """A missing name never prints a gap."""
    assert personal.filled(GREETING, known) == said


@given(value=st.text(), other=st.text())
def test_what_a_value_says_is_never_read(value: str, other: str) -> None:
    """Braces, bars and signs of HTML in a name are text."""
    told = personal.filled("{{<{first_name}>|-}}{{{company}|-}}", {"first_name": value, "company": other}, escape)
    assert told == (f"<{escape(value)}>" if value else "-") + (escape(other) if other else "-")


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (GREETING, []),
        ("No braces, no names.", []),
        ("{{Hello {first_name}}}", [("needs_a_name", "Hello {first_name}")]),
        ("{{Hello {frist_name}|Hello}}", [("unknown_name", "frist_name")]),
        ("Hello {first_name}", [("loose", "{first_name}")]),
        ("{{Hello {first_name}|Hello}", [("loose", "{{Hello {first_name}|Hello}")]),
        ("{{ {{x}} | y }}", [("loose", "{{  | y }}")]),
        ("{{Hello {first_name.__class__}|x}}", [("loose", "{{Hello {first_name.__class__}|x}}")]),
        ("{% if first_name %}", [("loose", "{% if first_name %}")]),
    ],
)
def test_what_is_wrong_with_a_text_is_named(text: str, problems: list[tuple[str, str]]) -> None:
    """Every gap, every unknown name and everything that is no alternative."""
    assert list(personal.unfit(text, NAMES)) == problems


@given(st.text(alphabet="{}|ab _", max_size=60), st.dictionaries(st.sampled_from(["a", "b"]), st.text(max_size=3)))
def test_a_text_without_problems_leaves_no_brace_of_its_own(text: str, values: dict[str, str]) -> None:
    """Whatever is known of the reader."""
    if not list(personal.unfit(text, {"a", "b"})):
        assert not set(personal.filled(text, dict.fromkeys(values, ""))) & {"{", "}"}


def test_a_page_stands_in_our_frame_and_fetches_nothing_from_elsewhere() -> None:
    """The sender above, where to say no below, and no font of somebody else's server."""
    page = pages.html(
        pages.paragraphs([GREETING, "<b>"], button="Read", address="https://example.com/a?b=1&c=2"),
        title="Grid fees & more",
        language="de",
        sender="Nordwind <GmbH>",
        foot=[Foot("Abmelden", "https://example.com/p/1"), Foot("Nordwind GmbH, Hafen 1")],
    )
    told = personal.filled(page, {"first_name": "<i>Ada"}, escape)
    assert pages.text(told) == (
        "Nordwind <GmbH>\n\nHello <i>Ada,\n<b>\nRead https://example.com/a?b=1&c=2\n\n"
        "Abmelden https://example.com/p/1\nNordwind GmbH, Hafen 1\n"
    )
    assert 'lang="de"' in told
    assert "<i>" not in told
    assert "fonts.googleapis" not in told
    assert "<link" not in told


@pytest.mark.parametrize(
    ("sections", "problem"),
    [
        ("<mj-section><mj-column><mj-text>Yes, <b>so</b>.</mj-text></mj-column></mj-section>", None),
        ('<mj-section><p><a href="{{{content_address}|https://a.example}}">x</a></p></mj-section>', None),
        ("", "no_section"),
        ("Only words", "no_section"),
        ("<mj-section>", "unreadable"),
        ("<mj-section>&nbsp;</mj-section>", "unreadable"),
        ('<!DOCTYPE x [<!ENTITY a "aaaa">]><mj-section>&a;</mj-section>', "unreadable"),
        ("<mj-section><script>1</script></mj-section>", "forbidden_tag"),
        ("<mj-section><mj-raw>x</mj-raw></mj-section>", "forbidden_tag"),
        ('<mj-section><mj-include path="/etc/passwd"/></mj-section>', "forbidden_tag"),
        ("<mj-section>" + "<p>" * 3_000 + "</p>" * 3_000 + "</mj-section>", "forbidden_tag"),
        ('<mj-section><p onclick="x()">y</p></mj-section>', "forbidden_attribute"),
        ('<mj-section><p style="position:fixed">y</p></mj-section>', "forbidden_attribute"),
        ('<mj-section><a href="javascript:alert(1)">y</a></mj-section>', "forbidden_address"),
        ('<mj-section><a href="{{{company}|https://a.example}}">y</a></mj-section>', "forbidden_address"),
        ('<mj-section><a href="//a.example">y</a></mj-section>', "forbidden_address"),
        ("<mj-section>" + "x" * pages.MOST + "</mj-section>", "too_long"),
    ],
)  # fmt: skip
def test_what_may_stand_in_a_mail_is_a_closed_list(sections: str, problem: str | None) -> None:
    """Nothing is executed, included or expanded."""
    assert [code for code, _ in pages.unfit(sections)][:1] == ([] if problem is None else [problem])
