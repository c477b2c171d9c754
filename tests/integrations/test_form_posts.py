"""Laws of what is filled in: nothing is written that no field declares, and what is kept can be read again."""

from __future__ import annotations

import msgspec
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ripeline.integrations import form_posts
from ripeline.integrations.arrivals import MARKS
from ripeline.integrations.form_definition import FormDefinition
from ripeline.integrations.form_inputs import boxes, inputs
from ripeline.integrations.form_posts import Submission
from website_forms import CONTACT

FORM = FormDefinition.model_validate(yaml.safe_load(CONTACT))
WORDINGS = {"newsletter": "digest of one", "profiling": "digest of the other"}
NAMES = st.sampled_from(
    [
        *("email", "company", "employees", "need", "start", "newsletter", "profiling", "website"),
        *("anonymous_id", "page", "return_to", "seconds_open", *MARKS),
        *("company_size", "lead_id", "stage", "purpose", "wording", "by", "at", "fields_filled", "user_id", "source"),
    ]
)
VALUES = st.sampled_from(
    ["ada@example.com", "eve@example.com", "now", "10", "yes", "no", "https://www.example.com/", "a-visitor-1"]
)
LIKELY = st.lists(st.tuples(NAMES, VALUES), min_size=8, max_size=30, unique_by=lambda pair: pair[0])
SENT = LIKELY | st.lists(st.tuples(NAMES | st.text(), VALUES | st.text()), max_size=30)


@given(SENT)
def test_nothing_is_written_that_no_field_declares(sent: list[tuple[str, str]]) -> None:
    """Names of rows, of attributes and of properties are the definition's or ours, whatever was sent."""
    submission, beside, faults = form_posts.read(FORM, sent)
    said = list(form_posts.rows(FORM, submission, WORDINGS))
    assert {row.name for row in said} <= {"consent_given", "attributes_changed", "contact_requested"}
    for row in said:
        if row.name == "attributes_changed":
            assert row.properties.keys() <= {"email", "company", "company_size"}
        elif row.name == "consent_given":
            assert row.properties.keys() == {"purpose", "wording", "proof"}
            assert row.properties["purpose"] in ("newsletter", "profiling")
            assert row.properties["wording"] in WORDINGS.values()
        else:
            ours = {"form", "fields_filled", "text_length", "page", *MARKS}
            assert row.properties.keys() <= {"need", "start"} | ours
            assert row.properties.get("start", "now") in ("now", "this month", "this quarter", "later")
    assert form_posts.claims(FORM, submission).keys() <= {"email", "anonymous"}
    assert beside.return_to in (*FORM.return_to, "")
    assert {fault.field for fault in faults} <= FORM.fields.keys()


@given(SENT)
def test_what_is_kept_is_read_again(sent: list[tuple[str, str]]) -> None:
    """As JSON, and as the same form filled in once more."""
    submission, beside, faults = form_posts.read(FORM, sent)
    assert msgspec.json.decode(msgspec.json.encode(submission), type=Submission) == submission
    again = [*submission.values.items(), *((name, "yes") for name in submission.consents)]
    again += [("anonymous_id", submission.anonymous), ("page", submission.page), *submission.campaign.items()]
    assert form_posts.read(FORM, again)[0] == submission
    assert not any(character in repr(submission.values) for character in "\0\ud800")
    assert beside.seconds_open is None or beside.seconds_open >= 0
    assert faults or submission.values.get("email") or submission.anonymous


@given(SENT)
def test_a_box_is_ticked_by_a_yes_and_nothing_else(sent: list[tuple[str, str]]) -> None:
    """Consent is never guessed."""
    submission, _, _ = form_posts.read(FORM, sent)
    for name in FORM.consents:
        values = {value.strip().lower() for own, value in sent if own == name}
        assert (name in submission.consents) == bool(values and values <= {"yes", "on", "true", "1"})


def test_labels_kinds_and_what_browsers_fill_in() -> None:
    """An address looks like one, choices are a list, own words have lines; no box is ticked beforehand."""
    shown = {each.name: each for each in inputs(FORM, str)}
    assert (shown["email"].label, shown["email"].kind, shown["email"].autocomplete) == ("E-mail", "email", "email")
    assert (shown["company"].autocomplete, shown["employees"].label) == ("organization", "Employees")
    assert (shown["need"].lines, shown["company"].lines) == (5, 1)
    assert [choice.value for choice in shown["start"].choices] == ["now", "this month", "this quarter", "later"]
    assert [box.is_ticked for box in boxes(FORM)] == [False, False]
