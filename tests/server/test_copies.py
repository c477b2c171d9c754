"""The copy of all that is known of a person: complete by the tables themselves, without secrets and without others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from command_line import PLAYBOOK
from ledger_rows import all_rounds, happened, lead_of, said, signed
from ripeline.core.instants import moment
from ripeline.server import models, sources
from ripeline.server.delivery import outbox
from ripeline.server.instants import FOREVER
from ripeline.server.leadmail.clicks import Click, MailLink
from ripeline.server.leads import Identifier, Lead
from ripeline.server.qualification import qualify
from ripeline.server.rights.copies import files
from ripeline.server.rights.copies.everything import everything
from ripeline.server.rights.erasing import rows
from staff import mara, simon

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)

ADA, BEA = "ada@example.com", "bea@example.org"
HELD = {
    "key": "names a row for programs; of a mail it is told",
    "place": "the order among others, which the list has",
    "known_from": "when a row was read, which follows from the others",
    "known_at": "when a row was read, which follows from the others",
    "claims": "by which identifier a row is the person's, which is told",
    "content_digest": "a hash by which a repeat is known",
    "once": "of the form by which it was added",
    "cents": "told as the amount",
    "first_accept_by": "until when our own people were to answer",
    "accept_by": "until when our own people were to answer",
    "remind_at": "when our own people are reminded",
    "escalated_at": "when whoever leads our people was told",
    "calendar": "the hours of our people",
    "clock": "the hours of our people",
    "decided_at": "up to where all is decided",
    "computed_at": "when what lists show was computed",
    "nurture_at": "when the next step is looked for",
    "waits_since": "told by the notes of the standing",
    "cool_until": "told by the notes of the standing",
    "last_at": "the last row, which is told",
    "progress": "told by what is missing",
    "scores": "told in points, axis by axis",
    "evidence": "told in words, decision by decision",
    "not_evaluated": "told by the notes of the standing",
}
"""Columns that are not told as they stand, and why."""


@pytest.fixture
def ada(source: Source, clock: SetClock) -> Lead:
    """Ada with a row in every table that points to a person, and Bea beside her in the same company."""
    signed(PLAYBOOK, now=clock())
    for email, name in ((ADA, "Ada Lovelace"), (BEA, "Bea Other")):
        happened(source, "paper", clock.move(60), email=email, said={"page": f"/papers/{name}"})
        happened(source, "attributes_changed", clock(), email=email, said={"name": name, "employees": 47})
    all_rounds(clock)
    happened(source, "ask", clock.move(60), email=ADA, said={"text": "What does it cost?"})
    all_rounds(clock)
    lead = lead_of(ADA)
    _fill(lead, lead_of(BEA), clock)
    for row in _said(lead, clock):
        assert row
    happened(source, "paper", clock.move(1), email=ADA, said={"page": "not read yet"})
    return lead


def _said(lead: Lead, clock: SetClock) -> Iterator[object]:
    """What people say of her."""
    by = {"by": "mara"}
    yield said(lead, "note_added", clock.move(1), text="She likes engines", **by)
    yield said(lead, "consent_given", clock.move(1), purpose="email", wording="Write to me", proof="card 7", **by)
    yield said(lead, "rated", clock.move(1), seriousness=4, seriousness_note="Asked twice", **by)
    brought = {"lead": lead_of(BEA).pk, "note": "A neighbour"} | by
    yield happened(sources.own(clock()), "referral_made", clock.move(1), said=brought, lead=str(lead.pk))
    yield qualify.run(clock)


def _fill(lead: Lead, other: Lead, clock: SetClock) -> None:
    """A row in each of the tables that the story so far left empty."""
    marketing, sales, now = mara(), simon(), clock.move(60)
    identifier = Identifier.objects.get(kind="email", value=ADA)
    active = models.PlaybookVersion.objects.get()
    account = models.Account.objects.create(key="engine-works.example", created_at=now)
    mail = models.Mail.objects.create(
        key="mail-77",
        lead=lead,
        kind="track",
        about="first_steps",
        said='{"item":"guide-9"}',
        created_at=now,
        sent_at=now + 1,
    )
    address = MailLink.objects.create(digest="d", address="https://www.example.com/fees-page")
    Click.objects.create(mail=mail, link=address, at=now + 2_000_000, key="click-1")
    entered = models.Enrollment.objects.create(
        lead=lead, track="warm_up", version=active, entered_at=now, ended_at=now + 9_000_000, end_reason="track_done"
    )
    models.StepDone.objects.create(enrollment=entered, place="1", at=now + 5_000_000, what="mailed", mail=mail)
    models.NurturePause.objects.create(track="pause_me", lead=lead, since=now + 7_000_000, by=marketing)
    models.Confirmation.objects.create(
        identifier=identifier, mail=mail, asked_at=now, ends_at=now + 11_000_000, answered_at=now + 10_000_000
    )
    models.Membership.objects.create(lead=lead, account=account, since=now)
    models.Membership.objects.create(lead=other, account=account, since=now)
    models.Doubt.objects.create(lead=lead, other=other, reason="same_phone", at=now + 12_000_000)
    models.Task.objects.create(
        lead=lead, kind="call", text="Call her about fees", due_at=now + 13_000_000, created_at=now, created_by=sales
    )
    decision = models.Decision.objects.filter(lead=lead).last()
    assert decision is not None
    models.Outcome.objects.create(
        lead=lead, decision=decision, stage="lost", at=now, cents=123_400, currency="EUR", reason="price",
        sentence="Too dear this year", by="simon",
    )  # fmt: skip
    models.Referral.objects.create(advocate=other, lead=lead, note="Met at the fair", at=now + 14_000_000, by=sales)
    models.PersonRequest.objects.create(lead=lead, wish="copy", asked_at=now, due_at=now + 15_000_000, mail=mail)
    handoff = models.Handoff.objects.filter(lead=lead).first()
    assert handoff is not None
    models.Assignment.objects.create(handoff=handoff, rep=sales, at=now, reason="turn")
    past = Lead.objects.create(unit=lead.unit, created_at=now, merged_into=lead)
    models.Merge.objects.create(kept=lead, absorbed=past, at=now + 16_000_000)
    elsewhere = Identifier.objects.create(kind="external", value="crm-4711", lead=lead, created_at=now)
    models.Attachment.objects.create(identifier=elsewhere, lead=lead, since=now + 17_000_000, known_from=now)
    hook = models.Endpoint.objects.create(
        address="https://hooks.example.net/T00/secret-path",
        kind="chat",
        created_at=now,
        secret="whsec_never",  # noqa: S106
    )
    body = outbox.body("lead.move.mql", now, {"lead": str(lead.pk), "reason": "gate", "rep": "simon"})
    told = models.Outgoing.objects.create(topic="lead.move.mql", key="t-1", body=body, created_at=now)
    models.Delivery.objects.create(outgoing=told, endpoint=hook, delivered_at=now + 18_000_000)
    models.Rejected.objects.create(
        source=models.Source.objects.filter(kind="web").get(), reason="bad_time", detail="No time at all",
        kind="track", received_at=now, body=json.dumps({"email": ADA, "other": BEA}), digest="r",
    )  # fmt: skip


def leaves(value: object) -> Iterator[str]:
    """All texts in a value; of names there are none."""
    if isinstance(value, dict):
        for one in value.values():
            yield from leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one)
    elif isinstance(value, str) and value:
        yield value


def facts_of(row: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - a row of any table
    """By column, each text and each instant that a row holds."""
    for field in row._meta.concrete_fields:  # noqa: SLF001 - Django's way to ask
        value = getattr(row, field.attname)
        if field.is_relation or field.primary_key or field.name in HELD or value in (None, "", FOREVER):
            continue
        if field.name.endswith(("at", "since", "until", "_by")) and isinstance(value, int):
            if value:
                yield field.name, moment(value).isoformat(timespec="seconds").replace("+00:00", "Z")
        elif isinstance(value, bytes | memoryview):
            yield field.name, bytes(value).decode()
        elif isinstance(value, str):
            told = json.loads(value) if value.startswith("{") else value
            yield from ((field.name, text) for text in leaves(told))


def test_every_table_that_points_to_a_person_is_in_the_copy(ada: Lead, clock: SetClock) -> None:
    """Each text and each instant of each of her rows stands in it; a new table or column is told, or named above."""
    found = rows.of([ada.pk], ada.identifiers.values_list("pk", flat=True))
    assert {model.__name__ for model in found} == {model.__name__ for model in _pointing()}
    text = files.text(everything(ada, now=clock.move(60), language="en"))
    missing = [
        (model.__name__, name, told)
        for model, numbers in found.items()
        for row in rows.manager(model).filter(pk__in=numbers)
        for name, told in facts_of(row)
        if json.dumps(told, ensure_ascii=False)[1:-1] not in text and told not in OUR_PEOPLE
    ]
    assert missing == []


def _pointing() -> set[type[Any]]:
    """The tables of which rows point to a lead or an identifier, however far."""
    found: set[type[Any]] = {Lead, Identifier}
    while more := {model for model, to, _name in rows.pointers() if to in found} - found:
        found |= more
    return found


OUR_PEOPLE = {"mara", "simon"}


def test_what_stands_beside_the_tables_is_in_it_too(ada: Lead, clock: SetClock) -> None:
    """To whom what was told, messages that were not understood, what is not read yet, and words of the same."""
    told = everything(ada, now=clock.move(60), language="en")
    assert told["recipients"] == [
        {
            "to": "hooks.example.net",
            "kind": "chat",
            "text": "Chat",
            "topic": "lead.move.mql",
            "what": {"lead": str(ada.pk), "reason": "gate"},
            "delivered_at": told["recipients"][0]["delivered_at"],
            "given_up_at": None,
        }
    ]
    assert [one["detail"] for one in told["not_understood"]] == ["No time at all"]
    assert {"not read yet", "/papers/Ada Lovelace"} <= set(leaves(told["events"]))
    assert [one["text"] for one in told["handoffs"][0]["given_to_sales"]]
    assert told["outcomes"][0]["amount"] == 1234.0
    assert told["interview"]["ratings"][0]["seriousness"] == 4


def test_nobody_else_and_no_secret_is_in_it(ada: Lead, clock: SetClock) -> None:
    """Our people by their part; no other lead, though of one company; nothing that opens a door."""
    held = files.files(ada, now=clock.move(60), language="en")
    for text in held.values():
        for never in ("bea", "mara", "simon", "whsec", "secret-path", "Bea Other"):
            assert never not in text.replace("beaches", ""), never
        assert f'"lead": "{lead_of(BEA).pk}"' not in text


def test_each_decision_says_why_and_what_would_have_changed_it(ada: Lead, clock: SetClock) -> None:
    """Evaluated as of its instant, with the conditions that held; and the rules, with who signed them."""
    told = everything(ada, now=clock.move(60), language="en")
    moved = next(one for one in told["decisions"] if one["kind"] == "move")
    assert "MQL" in moved["text"]
    assert any(
        one["because_of"] or one["would_have_changed_it"] or one["missing"]
        for one in told["decisions"]
        if "because_of" in one
    )
    assert [one["for"] for one in told["procedure"]["versions"][0]["signed"]] == ["Marketing", "Sales"]
    assert told["standing"]["scores"][0]["because"]
    assert told["standing"]["would_change_it"] or told["standing"]["without_news"] or told["standing"]["steps"]


@pytest.mark.parametrize("language", ["en", "de", "nl", "da"])
def test_the_page_stands_alone(ada: Lead, clock: SetClock, language: str) -> None:
    """No script, nothing from elsewhere, in the person's language; the same facts as the file."""
    held = files.files(ada, now=clock.move(60), language=language)
    page = held[files.PAGE]
    assert f'<html lang="{language}">' in page
    for never in ("<script", "src=", "@import", "url(", "<link"):
        assert never not in page
    for fact in (ADA, "crm-4711", "She likes engines", "Write to me", "Call her about fees", "Too dear this year",
                 "hooks.example.net", "No time at all", "fees-page", "engine-works.example"):  # fmt: skip
        assert fact in page
    assert json.loads(held[files.DATA])["format"] == "ripeline-person/1"


def test_what_others_wrote_is_text_on_the_page(source: Source, clock: SetClock) -> None:
    """However it looks."""
    evil = "</td><img src=x onerror=alert(1)><script>alert(1)</script>"
    happened(source, "paper", clock.move(60), email=ADA, said={"page": evil})
    happened(source, "attributes_changed", clock(), email=ADA, said={"name": evil})
    all_rounds(clock)
    page = files.files(lead_of(ADA), now=clock.move(60))[files.PAGE]
    assert "<script" not in page
    assert "<img" not in page
    assert "alert(1)" in page
