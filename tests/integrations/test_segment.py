"""How calls become messages: no database, no network, no clock."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ripeline.core.needs import RESERVED
from ripeline.integrations import claims
from ripeline.integrations.clock_skew import TOLERANCE, happened_at, micros
from ripeline.integrations.segment import Kind, Message, Unreadable, as_text, open_call, read_message, user_agent
from ripeline.integrations.strict_json import MAX_DEPTH, Unfit, decode

RECEIVED = 1_767_603_600_000_000
MINUTE = 60_000_000

_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
_FIELDS = ("type", "event", "userId", "anonymousId", "previousId", "groupId", "properties", "traits", "context")
_MESSAGE = st.dictionaries(st.sampled_from((*_FIELDS, "timestamp", "sentAt", "messageId", "name")), _JSON) | _JSON


def _read(kind: Kind, body: object, *, is_trusted: bool = False) -> Message:
    call = open_call(kind, json.dumps(body).encode())
    return read_message(call, 0, source=1, is_trusted=is_trusted, received_at=RECEIVED)


# --- what is said ---------------------------------------------------------------------------------


def test_a_standard_name_becomes_the_playbooks_name() -> None:
    """Another one is written in small letters with underscores."""
    assert _read("track", {"userId": "ada", "event": "Application Opened"}).name == "app_opened"
    assert _read("track", {"userId": "ada", "event": "Angebot angefordert"}).name == "angebot_angefordert"


def test_identify_changes_attributes() -> None:
    """Its own traits come before the context's, where RudderStack's client puts them."""
    context = {"traits": {"email": "old@example.com", "role": "owner"}}
    said = _read("identify", {"userId": "ada", "traits": {"email": " Ada@Example.com "}, "context": context})
    assert said.name == "attributes_changed"
    assert json.loads(said.properties) == {"email": " Ada@Example.com ", "role": "owner"}
    assert json.loads(said.claims) == {"user_id": "ada", "email": "ada@example.com"}


def test_segments_traits_are_told_by_our_names_too() -> None:
    """A company that is described is its name, its size and its industry; what the sender says by our name stands."""
    company = {"name": "Mill", "employee_count": 40, "industry": "paper", "plan": "pro"}
    said = _read("identify", {"userId": "ada", "traits": {"title": "Buyer", "company": company, "industry": "steel"}})
    assert json.loads(said.properties) == {
        "title": "Buyer",
        "job_title": "Buyer",
        "company": "Mill",
        "company_size": 40,
        "industry": "steel",
    }
    said = _read("identify", {"userId": "ada", "traits": {"title": "Dr.", "job_title": "Buyer", "company": "Mill"}})
    assert json.loads(said.properties) == {"title": "Dr.", "job_title": "Buyer", "company": "Mill"}


def test_group_tells_of_the_company_and_not_of_the_person() -> None:
    """The claim names the account; its name and how to reach it are nobody's own."""
    traits = {"name": "Mill", "email": "info@mill.example", "phone": "1", "employees": 7, "plan": "pro"}
    said = _read("group", {"anonymousId": "a-1", "groupId": 4711, "traits": traits})
    assert said.name == "attributes_changed"
    assert json.loads(said.properties) == {"company": "Mill", "company_size": 7, "employees": 7, "plan": "pro"}
    assert json.loads(said.claims) == {"anonymous": "a-1", "account": "4711"}


def test_a_page_tells_where() -> None:
    """Its properties come before the context, and empty ones are filled from there."""
    context = {"page": {"path": "/prices", "url": "https://example.com/prices", "title": "Prices"}}
    said = _read(
        "page", {"userId": "ada", "name": "P", "properties": {"title": "Mine", "path": None}, "context": context}
    )
    assert json.loads(said.properties) == {
        "title": "Mine",
        "path": "/prices",
        "url": "https://example.com/prices",
        "name": "P",
    }


@pytest.mark.parametrize("kind", ["page", "screen", "track"])
def test_the_campaign_that_brought_a_visitor_is_told_by_the_row(kind: Kind) -> None:
    """As browsers' clients tell it in the context; what the properties say comes first, and only texts are taken."""
    campaign = {"name": "spring", "source": "newsletter", "medium": "email", "term": 7, "content": "", "id": "x"}
    said = {"anonymousId": "a-1", "event": "Price Asked", "context": {"campaign": campaign}}
    told = json.loads(_read(kind, said | {"properties": {"utm_source": "fair", "utm_medium": None}}).properties)
    assert told == {"utm_campaign": "spring", "utm_source": "fair", "utm_medium": "email"}
    assert json.loads(_read(kind, said | {"context": {"campaign": ["spring"]}}).properties) == {}


def test_the_campaign_is_no_attribute() -> None:
    """It is said of a visit, and not of a person."""
    said = _read("identify", {"userId": "ada", "context": {"campaign": {"name": "spring"}}})
    assert json.loads(said.properties) == {}


def test_a_user_called_by_an_address_is_known_by_it() -> None:
    """Many programs take the e-mail address for the user's name."""
    assert json.loads(_read("track", {"userId": "Ada@example.com", "event": "x"}).claims) == {
        "user_id": "Ada@example.com",
        "email": "ada@example.com",
    }


def test_an_address_among_properties_is_nobody() -> None:
    """A friend invited by Ada is not Ada."""
    said = _read("track", {"userId": "ada", "event": "Friend Invited", "properties": {"email": "eve@example.com"}})
    assert json.loads(said.claims) == {"user_id": "ada"}


@pytest.mark.parametrize("name", RESERVED)
def test_names_with_a_meaning_of_their_own(name: str) -> None:
    """No website may use them, and a server only to tell consents and answers."""
    body = {"userId": "ada", "event": name, "properties": {"purpose": "p", "item": "i", "answer": "a"}}
    with pytest.raises(Unfit, match="reserved_event"):
        _read("track", body)
    if name in {"consent_given", "consent_withdrawn", "bant_answered"}:
        assert _read("track", body, is_trusted=True).name == name
    else:
        with pytest.raises(Unfit, match="reserved_event"):
            _read("track", body, is_trusted=True)


def test_the_digest_tells_what_was_meant() -> None:
    """When it was sent and the order of its keys mean nothing; anything else does."""
    one = {"userId": "ada", "event": "x", "properties": {"a": 1, "b": 2}, "timestamp": "2026-01-05T08:00:00Z"}
    same = {
        "sentAt": "2026-01-05T09:00:00Z",
        "context": {"library": {"version": "2"}},
        **one,
        "properties": {"b": 2, "a": 1},
    }
    assert _read("track", one).content_digest == _read("track", same).content_digest
    others: list[dict[str, Any]] = [{"event": "y"}, {"properties": {}}, {"userId": "eve"}, {"timestamp": "2026-01-05"}]
    for other in others:
        assert _read("track", one).content_digest != _read("track", one | other).content_digest


def test_what_a_message_says_itself_goes_before_what_its_list_says() -> None:
    """Of the campaign that brought a visitor, for one; whose list says nothing else lends it."""
    own = {"type": "track", "event": "x", "userId": "ada", "context": {"campaign": {"name": "own"}}}
    said = {"batch": [own, own | {"context": {}}], "context": {"campaign": {"name": "lent"}}}
    call = open_call("batch", json.dumps(said).encode())
    read = [read_message(call, place, source=1, is_trusted=False, received_at=RECEIVED) for place in range(2)]
    assert [json.loads(one.properties) for one in read] == [{"utm_campaign": "own"}, {"utm_campaign": "lent"}]


def test_without_an_id_what_is_sent_at_another_time_is_another_message() -> None:
    """The same one sent again is the same."""
    one = {"type": "track", "event": "x", "userId": "ada"}
    keys = [_read("batch", {"batch": [one], "sentAt": f"2026-01-05T08:00:0{second}Z"}).key for second in (0, 0, 1)]
    assert keys[0] == keys[1] != keys[2]


def test_the_program_that_sent_a_body() -> None:
    """As far as it says."""
    assert user_agent('{"context":{"userAgent":"Mozilla"}}') == "Mozilla"
    for body in ("", "[", "[]", "{}", '{"context":3}', '{"context":{"userAgent":3}}', "[" * 100_000):
        assert user_agent(body) == ""


# --- when -----------------------------------------------------------------------------------------


def test_a_wrong_clock_is_set_by_the_moment_of_sending() -> None:
    """Whatever it showed, it happened a minute before it was sent."""
    for wrong in (-3600, 0, 3600, 10 * 86_400, -10 * 365 * 86_400):
        sent = RECEIVED + wrong * 1_000_000
        at, flag = happened_at(_iso(sent - MINUTE), sent, RECEIVED)
        assert at == RECEIVED - MINUTE
        assert flag == ("skewed" if abs(wrong) > 86_400 else "")


def test_the_time_that_is_told_goes_before_the_one_that_was_noted_first() -> None:
    """Which counts where it stands alone, as some clients send it."""
    told, noted = "2026-01-05T08:00:00+00:00", "2026-01-05T07:00:00+00:00"
    one = {"event": "x", "userId": "ada", "originalTimestamp": noted}
    assert [_read("track", said).at for said in (one | {"timestamp": told}, one)] == [micros(told), micros(noted)]


def _iso(instant: int) -> str:
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415 - only here

    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)).isoformat()


@given(st.text() | _JSON, st.none() | st.integers(0, 2**52), st.integers(0, 2**51))
def test_nothing_happened_after_it_arrived(given_time: object, sent: int | None, received: int) -> None:
    """Nor before 1970, whatever anybody says."""
    at, flag = happened_at(given_time, sent, received)
    assert 0 <= at <= received
    if flag == "no_time":
        assert at == received


@given(st.integers(0, 2**52), st.integers(0, 2**52))
def test_a_time_that_can_be_true_is_believed(when: int, received: int) -> None:
    """An old one is kept as old; one ahead counts as of its arrival, and is flagged if it is far ahead."""
    at, flag = happened_at(_iso(when), None, received)
    assert at == min(when, received)
    assert flag == ("future" if when > received + TOLERANCE else "")


@given(st.integers(0, 2**52))
def test_instants_are_read_to_the_microsecond(when: int) -> None:
    """Through text and back."""
    assert micros(_iso(when)) == when


# --- whatever is sent -----------------------------------------------------------------------------


@given(st.sampled_from(("track", "identify", "page", "screen", "group", "alias", "batch")), st.binary())
def test_any_bytes_are_a_call_or_unreadable(kind: Kind, body: bytes) -> None:
    """There is no third."""
    try:
        open_call(kind, body)
    except Unreadable:
        return


@given(st.lists(_MESSAGE, max_size=5), st.booleans())
def test_any_message_is_a_row_or_unfit(messages: list[Any], is_trusted: bool) -> None:  # noqa: FBT001 - drawn
    """And a row is one that every database takes."""
    text = json.dumps({"batch": messages}, allow_nan=False)
    call = open_call("batch", text.encode())
    assert len(call.messages) == len(messages)
    for place in range(len(messages)):
        try:
            said = read_message(call, place, source=1, is_trusted=is_trusted, received_at=RECEIVED)
        except Unfit:
            continue
        assert 1 <= len(said.key) <= 100
        assert 1 <= len(said.name) <= 100
        assert 0 <= said.at <= RECEIVED
        assert isinstance(json.loads(said.properties), dict)
        assert json.loads(said.claims)
        assert "\0" not in said.key + said.name + said.claims + said.properties + said.body
        (said.key + said.name + said.claims + said.properties + said.body).encode()


@given(st.lists(st.text(st.characters(exclude_categories=[])), min_size=1, max_size=4))
def test_bodies_are_kept_letter_by_letter(titles: list[str]) -> None:
    """Half letters in one message shift nothing in the others."""
    batch = [{"type": "page", "userId": "ada", "properties": {"title": title}} for title in titles]
    call = open_call("batch", json.dumps({"context": {"x": titles}, "batch": batch}).encode())
    assert [json.loads(as_text(body, None)) for body in call.bodies] == batch


@given(_JSON)
def test_what_is_decoded_is_what_was_said(value: object) -> None:
    """But for NUL, which no database keeps; or it is unfit, and then only for its depth or its numbers."""
    text = json.dumps(value, sort_keys=True)
    try:
        read = decode(text.encode())
    except Unfit as unfit:
        assume(unfit.reason in {"number_out_of_range", "too_deep"})
    else:
        assert read == json.loads(text.replace(r"\u0000", r"\ufffd"))


@given(st.integers(1, 60), st.booleans())
def test_depth_is_counted_exactly(depth: int, is_list: bool) -> None:  # noqa: FBT001 - drawn
    """Up to the limit, and not one more."""
    text = b"[" * depth + b"]" * depth if is_list else b'{"a":' * depth + b"1" + b"}" * depth
    if depth <= MAX_DEPTH:
        decode(text)
    else:
        with pytest.raises(Unfit, match="too_deep"):
            decode(text)


def test_an_address_that_grows_in_small_letters_stays_within_its_column() -> None:
    """Some letters become two; a database that holds 254 could not take the row."""
    assert claims.email("\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}" * 200 + "@example.com") is None
    assert claims.email("\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}@example.com") is not None
