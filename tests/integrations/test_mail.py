"""Each mail is taken for what it is, says what its person wrote, and does so soon whatever it holds."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mails import Case, mail, multipart, recipient, report
from mails_of_machines import COMPLAINT, MACHINES
from mails_of_people import PEOPLE
from mails_of_strangers import STRANGERS
from ripeline.integrations.mail import automatic, bounces, meaning, reading
from ripeline.integrations.mail.meaning import House, Row
from ripeline.integrations.mail.own_words import own_words
from ripeline.integrations.segment import LONGEST_KEY, MAX_EVENT_BYTES
from ripeline.integrations.strict_json import Unfit, encode

HOUSE = House(frozenset({"max@gmail.example"}), frozenset({"ripe.example"}), "mx.ripe.example")
SECONDS = 5.0
"""No mail takes longer; on a quiet machine the worst takes one."""


def rows(raw: bytes) -> list[Row]:
    """The rows of a mail that has some."""
    found = meaning.rows(reading.read(raw), raw, HOUSE)
    assert isinstance(found, list), found
    return found


def verdict(raw: bytes) -> str:
    """What a mail is taken for, in one word."""
    try:
        found = meaning.rows(reading.read(raw), raw, HOUSE)
    except Unfit as unfit:
        return unfit.reason
    if isinstance(found, meaning.Complaint):
        return "complaint"
    return found if isinstance(found, str) else found[0].name


@pytest.mark.parametrize("case", [*PEOPLE, *MACHINES, *STRANGERS], ids=lambda case: case.name)
def test_a_mail_is_what_it_is(case: Case) -> None:
    """With the words of its person, and what is known of it, within bounds."""
    begun = time.process_time()
    assert verdict(case.raw) == case.verdict
    assert time.process_time() - begun < SECONDS
    if case.text is None and case.said is None:
        return
    first = rows(case.raw)[0]
    assert case.text is None or first.properties["text"] == case.text
    assert {name: first.properties.get(name) for name in case.said or ()} == (case.said or {})


@pytest.mark.parametrize("case", [*PEOPLE, *MACHINES, *STRANGERS], ids=lambda case: case.name)
def test_its_rows_can_be_stored(case: Case) -> None:
    """Their keys differ and fit, what they say is of bounded size, and the mail is kept without its attachments."""
    try:
        read = reading.read(case.raw)
        found = meaning.rows(read, case.raw, HOUSE)
    except Unfit:
        return
    assert len(read.kept()) <= reading.MAX_KEPT
    assert "\0" not in read.kept()
    if isinstance(found, list):
        assert len({row.key for row in found}) == len(found)
        assert all(0 < len(row.key) <= LONGEST_KEY and row.key.isprintable() for row in found)
        assert all(len(encode(row.properties)) <= MAX_EVENT_BYTES for row in found)


def test_the_corpus_is_large_enough() -> None:
    """People, machines and strangers."""
    assert min(len(PEOPLE), len(MACHINES), len(STRANGERS)) >= 20
    assert len(PEOPLE) + len(MACHINES) + len(STRANGERS) >= 60


def test_who_writes_has_an_address_that_works() -> None:
    """Whatever bounced before; the key of the mail is its id."""
    first, second = rows(mail("Hello", id_="m1"))
    assert (first.key, first.email, first.needs_lead) == ("m1@engine.example", "ada@engine.example", False)
    assert (second.name, second.key) == ("attributes_changed", "m1@engine.example status")
    assert second.properties == {"email": "ada@engine.example", "email_status": "deliverable"}


def test_only_a_dead_address_is_marked() -> None:
    """Each recipient by itself; of whom we do not know no lead comes."""
    raw = report(
        recipient("ada@engine.example", "5.1.1", "550 User unknown"),
        recipient("bob@engine.example", "5.2.2", "552 mailbox full"),
        id_="b1",
    )
    found = rows(raw)
    assert [(row.key, row.email, row.name) for row in found] == [
        ("b1@engine.example", "ada@engine.example", "email_bounced"),
        ("b1@engine.example status", "ada@engine.example", "attributes_changed"),
        ("b1@engine.example 1", "bob@engine.example", "email_bounced"),
    ]
    assert found[1].properties == {"email_status": "undeliverable"}
    assert all(row.needs_lead for row in found)


def test_a_mail_without_an_id_counts_once_too() -> None:
    """Its key depends on what it says."""
    first, second, other = (rows(mail(text, Message_ID=""))[0].key for text in ("Hi", "Hi", "Ho"))
    assert first == second != other


def test_what_is_kept_can_be_read_again() -> None:
    """And says the same: so a mail in quarantine can be released."""
    for case in PEOPLE:
        first = reading.read(case.raw)
        again = reading.read(first.kept().encode())
        assert (again.key, again.sender, again.subject, again.text.strip()) == (
            first.key,
            first.sender,
            first.subject,
            first.text.strip(),
        ), case.name


def test_a_person_releases_what_was_taken_for_forged_or_spam() -> None:
    """Then it is a mail like others."""
    for name in ("forged", "spam"):
        raw = next(case.raw for case in STRANGERS if case.name == name)
        found = meaning.rows(reading.read(raw), raw, HOUSE, is_released=True)
        assert isinstance(found, list)


def test_the_envelope_says_who_wants_no_answer() -> None:
    """Where it is known, it counts and not the header."""
    assert verdict(mail("Hi", Return_Path="<>")) == "automatic_reply_received"
    raw = mail("Hi", Return_Path="<>")
    found = meaning.rows(reading.read(raw, return_path="ada@engine.example"), raw, HOUSE)
    assert isinstance(found, list)
    assert found[0].name == "email_replied"


@given(st.binary(max_size=2_000))
def test_no_bytes_are_an_error(raw: bytes) -> None:
    """Whatever comes is read or put aside."""
    assert verdict(b"From: ada@engine.example\nContent-Type: multipart/report; boundary=a\n" + raw)


@given(st.text(max_size=2_000))
def test_no_words_are_invented(text: str) -> None:
    """Each line of a person's words stands in the mail."""
    given_lines = {line.strip() for line in text.translate(dict.fromkeys(map(ord, "\u200b\ufeff\u00ad"))).splitlines()}
    for line in own_words(text).splitlines():
        assert not line.strip() or line.strip() in given_lines or not line.isascii()


@pytest.mark.parametrize(
    "unit", ["On a wrote ", "From: x\n", "\n", "> ", "Sent: ", "-----", "Mit freundlichen ", "_" * 20]
)
def test_cutting_takes_time_as_the_text_is_long(unit: str) -> None:
    """No text of 64 KB takes a second."""
    begun = time.process_time()
    own_words(unit * (reading.MAX_TEXT // len(unit)))
    assert time.process_time() - begun < 1.0


# --- what machines say, word by word --------------------------------------------------------------


def bounced(raw: bytes) -> list[tuple[str, str]]:
    """Whom a mail did not reach, and whether the address is dead."""
    return [(one.recipient, one.kind) for one in bounces.failures(reading.read(raw), raw)]


def test_the_address_that_was_written_to_bounced_and_not_the_one_it_was_forwarded_to() -> None:
    """We know the lead by the first (RFC 3464, 2.3.1)."""
    forwarded = "Original-Recipient: rfc822; ada@engine.example\n" + recipient("al@other.example", "5.1.1")
    assert bounced(report(forwarded)) == [("ada@engine.example", "hard")]


@pytest.mark.parametrize(("status", "action"), [("5.1.1", "delayed"), ("4.1.1", "failed")])
def test_what_may_still_arrive_kills_no_address(status: str, action: str) -> None:
    """Whatever the words beside it say."""
    raw = report(recipient("ada@engine.example", status, "451 User unknown", action))
    assert bounced(raw) == [("ada@engine.example", "soft")]


def test_fifty_recipients_of_one_report_are_read() -> None:
    """More is no report of a mail that we sent."""
    blocks = [recipient(f"lead{number}@engine.example", "5.1.1") for number in range(60)]
    assert [who for who, _kind in bounced(report(*blocks))] == [f"lead{number}@engine.example" for number in range(50)]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I am away until 2026-02-10, and back on 2026-02-12.", "2026-02-12"),
        ("Back on 2026-02-12; until 2026-02-10 nobody reads this.", "2026-02-12"),
        ("I am away until 2026-02-10. Our office is in its building until 2027-06-01.", "2026-02-10"),
        ("I am away until 2027-06-01.", None),
    ],
)
def test_an_absence_ends_on_the_last_day_that_it_names_within_400_days(text: str, day: str | None) -> None:
    """What lies beyond is about something else."""
    assert automatic.away_until(reading.read(mail(text, Auto_Submitted="auto-replied"))) == day


@pytest.mark.parametrize("said", ["no", "No"])
def test_who_says_that_no_machine_wrote_is_a_person(said: str) -> None:
    """RFC 3834, 5."""
    assert verdict(mail("Hello", Auto_Submitted=said)) == "email_replied"


def test_the_verdict_of_our_server_is_its_first_word_on_the_matter() -> None:
    """What it quotes behind it is somebody else's."""
    said = "mx.ripe.example; dmarc=pass (at the list: dmarc=fail) header.from=engine.example"
    assert verdict(mail("Hello", Authentication_Results=said)) == "email_replied"


@pytest.mark.parametrize(("kind", "is_one"), [("abuse", True), ("not-spam", False)])
def test_who_takes_a_complaint_back_does_not_complain(kind: str, is_one: bool) -> None:  # noqa: FBT001
    """RFC 5965, and the type that some providers add to it."""
    parts = [
        ("message/feedback-report", f"Feedback-Type: {kind}"),
        ("text/rfc822-headers", "Message-ID: <m1@ripe.example>"),
    ]
    raw = multipart(*parts, kind="report", Content_Type=COMPLAINT)
    found = meaning.rows(reading.read(raw), raw, HOUSE)
    assert isinstance(found, meaning.Complaint) == is_one
