"""A form's text becomes a form, or all its problems with line, path, code and cure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ripeline.core.problem_texts import MESSAGES
from ripeline.integrations.form_definition import FormDefinition, load
from website_forms import CONTACT

BROKEN = [
    ("", "1:  PB006"),
    ("form", "1:  PB020"),
    ("form: [", "2:  PB001"),
    (CONTACT.replace("form: contact", "form: Contact us"), "1: form PB022"),
    (CONTACT.replace("event: contact_requested", "event: consent_given"), "2: event PB117"),
    (CONTACT.replace("title: Talk to us", "titel: Talk to us"), "3: titel PB003"),
    (CONTACT + "language: fr\n", "15: language PB021"),
    (CONTACT + "trap: other\n", "15: trap PB009"),
    (CONTACT.replace("need: {property: need}", "need: {}"), "8: fields.need PB036"),
    (CONTACT.replace("need: {property: need}", "need: {property: need, attribute: x}"), "8: fields.need PB036"),
    (CONTACT.replace("need: {property: need}", "need: {property: need, lines: 31}"), "8: fields.need.lines PB024"),
    (CONTACT.replace("[now, this month, this quarter, later]", "[]"), "9: fields.start.one_of PB032"),
    (CONTACT.replace("[now, this month, this quarter, later]", "{}"), "9: fields.start.one_of PB032"),
    (CONTACT.replace("[now, this month, this quarter, later]", "[now, [x]]"), "9: fields.start.one_of PB020"),
    (CONTACT.replace("required: true", "required: yes"), "5: fields.email.required PB020"),
    (CONTACT.replace("required: true", "one_of: [a]"), "5: fields.email FD005"),
    (CONTACT.replace("attribute: email", "attribute: mail"), "4: fields FD003"),
    (CONTACT.replace("attribute: company}", "attribute: email}"), "6: fields.company.attribute FD002"),
    (CONTACT.replace("attribute: company}", "attribute: lead_id}"), "6: fields.company.attribute FD001"),
    (CONTACT.replace("attribute: company}", "attribute: by}"), "6: fields.company.attribute FD001"),
    (CONTACT.replace("property: need", "property: text_length"), "8: fields.need.property FD001"),
    (CONTACT.replace("company: {", "return_to: {"), "6: fields.return_to FD001"),
    (CONTACT.replace("newsletter: {", "company: {"), "11: consents.company FD002"),
    (CONTACT.replace("purpose: profiling", "purpose: newsletter"), "12: consents.profiling.purpose FD002"),
    (CONTACT.replace("trap: website", "trap: email"), "13: trap FD002"),
    (CONTACT.replace("trap: website", "trap: page"), "13: trap FD001"),
    *(
        (CONTACT.replace('"https://www.example.com/merci?from=form"', f'"{address}"'), "14: return_to.2 FD004")
        for address in (
            *(
                "//evil.example",
                "/danke",
                "javascript:alert(1)",
                "https://",
                "https://a b.example/",
                "ftp://example.com",
            ),
            *("https://example.com/\\\\evil", "https://www.example.com@evil.example/", "https://x:y/", "https://x:0/"),
        )
    ),
]


def told(text: str) -> list[str]:
    """The problems of a text, without their words."""
    found = load(text, file="form.yaml")
    return [] if isinstance(found, FormDefinition) else [f"{each.line}: {each.path} {each.code}" for each in found]


def test_the_form_of_the_tests_is_one() -> None:
    """And says what it says."""
    form = load(CONTACT, file="form.yaml")
    assert isinstance(form, FormDefinition)
    assert (form.email_field, form.language, len(form.return_to)) == ("email", "en", 2)
    assert form.fields["start"].one_of == {name: name for name in ("now", "this month", "this quarter", "later")}


@pytest.mark.parametrize(("text", "problem"), BROKEN, ids=[f"{number} {why}" for number, (_, why) in enumerate(BROKEN)])
def test_a_broken_form_tells_exactly_its_problem(text: str, problem: str) -> None:
    """Each with its line, its path and its code."""
    assert told(text) == [problem]


def test_all_problems_are_told_at_once() -> None:
    """In the order of their lines."""
    text = CONTACT.replace("contact_requested", "stage_set").replace("trap", "trop").replace("need}", "Need}")
    assert told(text) == ["2: event PB117", "8: fields.need.property PB022", "13: trop PB003"]


def test_every_code_of_forms_is_shown() -> None:
    """No problem is told that no example shows."""
    shown = {problem.rpartition(" ")[2] for _, problem in BROKEN}
    assert {code for code in MESSAGES if code.startswith("FD")} <= shown


def test_values_may_be_shown_otherwise() -> None:
    """What the playbook speaks of is English; what people read is not."""
    form = load(CONTACT.replace("[now, this month, this quarter, later]", "{now: sofort, later: 2027}"), file="f")
    assert isinstance(form, FormDefinition)
    assert form.fields["start"].one_of == {"now": "sofort", "later": "2027"}


@given(st.text() | st.binary())
def test_no_text_breaks_the_reader(text: str | bytes) -> None:
    """Whatever it is, there is an answer."""
    assert load(text, file="form.yaml") is not None
