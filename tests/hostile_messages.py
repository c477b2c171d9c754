"""Messages as they should not be, each with its verdict beside it; every one is sent alone and among good ones.

A verdict is `stored`, `stored FLAG` where its time was wrong, or `quarantined REASON`.
"""

# ruff: noqa: E501 - a case is a line

from __future__ import annotations

import json
from typing import NamedTuple

RECEIVED = "2026-01-05T09:00:00Z"
"""When all of them arrive."""


class Hostile(NamedTuple):
    """A message, whether its source's key is secret, and what must become of it."""

    name: str
    message: bytes
    verdict: str
    is_trusted: bool = False


def _track(name: str, verdict: str, /, **fields: object) -> Hostile:
    message = {"type": "track", "event": "Demo Booked", "userId": "ada"} | fields
    return Hostile(
        name, json.dumps({key: value for key, value in message.items() if value != "ABSENT"}).encode(), verdict
    )


def _raw(name: str, inside: str | bytes, verdict: str) -> Hostile:
    text = inside.encode() if isinstance(inside, str) else inside
    return Hostile(name, b'{"type":"track","event":"Demo Booked","userId":"ada","properties":' + text + b"}", verdict)


_NO_ID = "quarantined no_identity"
_NO_NAME = "quarantined no_event_name"
_BAD_NAME = "quarantined bad_event_name"
_BAD_PROPERTIES = "quarantined bad_properties"
_NUMBER = "quarantined number_out_of_range"
_DEEP = "quarantined too_deep"
_TWICE = "quarantined duplicate_key"

TIMES = [
    _track(f"time {text!r}", verdict, timestamp=text)
    for text, verdict in (
        ("2026-01-05T09:00:00Z", "stored"),
        ("2026-01-05T08:00:00.123Z", "stored"),
        ("2026-01-05T08:00:00.123456789Z", "stored"),
        ("2026-01-05T08:00:00", "stored"),
        ("2026-01-05T10:00:00+01:00", "stored"),
        ("2026-01-05", "stored"),
        ("20260105T080000Z", "stored"),
        ("2026-01-05 08:00:00", "stored"),
        ("2016-01-05T08:00:00Z", "stored"),
        ("1970-01-01T00:00:00Z", "stored"),
        ("2026-01-05T09:04:59Z", "stored"),
        ("2026-01-05T09:05:01Z", "stored future"),
        ("2026-01-06T10:00:00Z", "stored future"),
        ("2199-12-31T23:59:59Z", "stored future"),
        ("2200-01-01T00:00:00Z", "stored no_time"),
        ("9999-12-31T23:59:59-14:00", "stored no_time"),
        ("0001-01-01T00:00:00+14:00", "stored no_time"),
        ("1969-12-31T23:59:59Z", "stored no_time"),
        ("2026-01-05T08:00:60Z", "stored no_time"),
        ("2026-02-30T08:00:00Z", "stored no_time"),
        ("2026-13-01T08:00:00Z", "stored no_time"),
        ("2026-01-05T25:00:00Z", "stored no_time"),
        ("2026-01-05T08:00:00+25:00", "stored no_time"),
        ("yesterday", "stored no_time"),
        ("Mon, 05 Jan 2026 08:00:00 GMT", "stored no_time"),
        ("2026-01-05T08:00:00Z" + " " * 100, "stored no_time"),
        ("\x00", "stored no_time"),
        ("", "stored"),
        (None, "stored"),
        (1_767_603_600_000, "stored no_time"),
        (-1, "stored no_time"),
        (1.5, "stored no_time"),
        (True, "stored no_time"),
        (["2026-01-05"], "stored no_time"),
        ({"$date": 1}, "stored no_time"),
    )
]

SENT = [
    _track(f"sent {sent!r}, at {at!r}", verdict, timestamp=at, sentAt=sent)
    for sent, at, verdict in (
        ("2026-01-05T09:00:00Z", "2026-01-05T08:59:59Z", "stored"),
        ("2026-01-05T10:00:00Z", "2026-01-05T09:59:59Z", "stored"),
        ("2026-01-06T10:00:00Z", "2026-01-06T09:59:59Z", "stored skewed"),
        ("1970-01-02T00:00:00Z", "1970-01-01T23:00:00Z", "stored skewed"),
        ("2036-01-02T00:00:00Z", "2036-01-01T23:00:00Z", "stored skewed"),
        ("2026-01-05T09:00:00Z", "2026-01-05T10:00:00Z", "stored future"),
        ("2036-01-05T09:00:00Z", "1970-01-01T00:00:00Z", "stored skewed"),
        ("1970-01-01T00:00:00Z", "2036-01-05T09:00:00Z", "stored future"),
        ("no time", "2026-01-05T08:59:59Z", "stored"),
        (1_767_603_600, "2026-01-05T08:59:59Z", "stored"),
        ({}, "2026-01-05T08:59:59Z", "stored"),
        (None, "2026-01-05T08:59:59Z", "stored"),
    )
]

NOBODY = [
    _track(f"user {value!r}", _NO_ID, userId=value)
    for value in (
        "", " ", "\t", "0", "-1", "null", "NULL", "None", "nil", "undefined", "Undefined", "anonymous", "guest", "unknown",
        "n/a", "NaN", "true", "false", "[object Object]", "{}", "id", "test", "userid", "user", "visitor", "not_authenticated",
        "00000000-0000-0000-0000-000000000000", "ABSENT", None, 0, -1, True, False, 1.5, [], ["ada"], {}, {"id": "ada"},
        "a" * 255, "ada\x00", "a\nda", "ada\u202e", "\ufeff", "a\u2028da",
    )
]  # fmt: skip

SOMEBODY = [
    _track("a number as user that is too large", _NUMBER, userId=10**19),
    _track("a user with a line break after it", "stored", userId="ada\n"),
    _track("a number as user", "stored", userId=4711),
    _track("spaces around a user", "stored", userId="  ada  "),
    _track("a user with an umlaut", "stored", userId="jürgen"),
    _track("a user with an emoji", "stored", userId="😀"),
    _track("a user of 254 signs", "stored", userId="a" * 254),
    _track("a user that is SQL", "stored", userId="'; DROP TABLE server_event; --"),
    _track("a user that is a script", "stored", userId="<script>alert(1)</script>"),
    _track("a user that is a formula", "stored", userId='=HYPERLINK("http://evil.example")'),
    _track("a user that is a template", "stored", userId="{{7*7}}${7*7}"),
    _track("a user that is a path", "stored", userId="../../etc/passwd"),
    _track("a visitor alone", "stored", userId=None, anonymousId="a-1"),
    _track("an address in the context alone", "stored", userId=None, context={"traits": {"email": "ada@example.com"}}),
    _track("an address that is none", _NO_ID, userId=None, context={"traits": {"email": "not an address"}}),
    _track("two addresses in one", _NO_ID, userId=None, context={"traits": {"email": "a@example.com, b@example.com"}}),
    _track(
        "an address with a line break", _NO_ID, userId=None, context={"traits": {"email": "a@example.com\r\nBcc: b"}}
    ),
    _track("an address that is a list", _NO_ID, userId=None, context={"traits": {"email": ["a@example.com"]}}),
    _track("an address without a domain", _NO_ID, userId=None, context={"traits": {"email": "a@b"}}),
    _track("a foreign identifier alone", "stored", userId=None, context={"externalId": [{"type": "crm", "id": "7"}]}),
    _track("foreign identifiers that are none", _NO_ID, userId=None, context={"externalIds": ["7", None, {"id": "0"}]}),
    _track("a context that is a text", "stored", context="yes"),
    _track("a context that is a list", "stored", context=[1]),
    _track("a context of null", "stored", context=None),
    _track("traits in the context that are a list", "stored", context={"traits": [1]}),
    _track("integrations that are a text", "stored", integrations="All"),
]

NAMES = [
    _track(f"event {str(value)[:40]!r}", verdict, event=value)
    for value, verdict in (
        ("Order Completed", "stored"),
        ("order.completed", "stored"),
        ("ORDER", "stored"),
        ("Größe geändert", "stored"),
        ("注文完了", "stored"),
        ("'; DROP TABLE server_event; --", "stored"),
        ("<img src=x onerror=alert(1)>", "stored"),
        ("a" * 100, "stored"),
        ("a\x00b", "stored"),
        ("a" * 101, _BAD_NAME),
        ("a" * 30_000, _BAD_NAME),
        ("!!!", _BAD_NAME),
        ("😀", _BAD_NAME),
        ("___", _BAD_NAME),
        ("", _NO_NAME),
        ("   ", _NO_NAME),
        (None, _NO_NAME),
        ("ABSENT", _NO_NAME),
        (1, _NO_NAME),
        (True, _NO_NAME),
        (["Order Completed"], _NO_NAME),
        ({"name": "Order Completed"}, _NO_NAME),
    )
]

RESERVED = [
    _track(f"event {name}", "quarantined reserved_event", event=name, properties={"stage": "sql", "purpose": "marketing"})
    for name in (
        "attributes_changed", "Attributes Changed", "consent_given", "Consent Given", "consentGiven", "CONSENT-GIVEN",
        "consent_withdrawn", "bant_answered", "points_adjusted", "event_voided", "override_set", "override_ended",
        "verdict_given", "stage_set", "Stage Set", "stage.set", " stage_set ", "touch_logged",
    )
]  # fmt: skip
_TRACKING = {"purpose": "tracking"}
_RESERVED = "quarantined reserved_event"
VISITORS = [
    _track(name, verdict, **({"userId": "ABSENT", "anonymousId": "a-1", "event": "consent_given"} | fields))
    for name, verdict, fields in (
        ("a visitor says yes", "stored", {"properties": _TRACKING | {"wording": "May we?"}}),
        ("a visitor says no", "stored", {"properties": _TRACKING, "event": "Consent Withdrawn"}),
        ("a visitor whose user is nobody", "stored", {"properties": _TRACKING, "userId": "null"}),
        ("a visitor says yes to more", _RESERVED, {"properties": {"purpose": "profiling"}}),
        ("a visitor says yes to letters", _RESERVED, {"properties": {"purpose": "marketing"}}),
        ("a visitor withdraws letters", _RESERVED, {"properties": {"purpose": "marketing"}, "event": "consent_withdrawn"}),
        ("a visitor says yes to nothing", _RESERVED, {"properties": {}}),
        ("a visitor says yes to much", _RESERVED, {"properties": {"purpose": ["tracking"]}}),
        ("a visitor says yes in capitals", _RESERVED, {"properties": {"purpose": "Tracking"}}),
        ("a visitor names a purpose by the context", _RESERVED, {"context": {"properties": _TRACKING}}),
        ("a consent of a user", _RESERVED, {"properties": _TRACKING, "userId": "ada"}),
        ("a consent of a user alone", _RESERVED, {"properties": _TRACKING, "userId": "ada", "anonymousId": "ABSENT"}),
        ("a withdrawal of a user", _RESERVED, {"properties": _TRACKING, "userId": "ada", "event": "consent_withdrawn"}),
        ("a consent of a user who is a number", _RESERVED, {"properties": _TRACKING, "userId": 4711}),
        ("a consent of an address", _RESERVED, {"properties": _TRACKING, "userId": "ada@example.com"}),
        ("a consent of an address in the context", _RESERVED,
         {"properties": _TRACKING, "context": {"traits": {"email": "ada@example.com"}}}),
        ("a consent of an id elsewhere", _RESERVED,
         {"properties": _TRACKING, "context": {"externalId": [{"type": "crm", "id": "7"}]}}),
        ("a consent of ids elsewhere", _RESERVED,
         {"properties": _TRACKING, "context": {"externalIds": [{"type": "crm", "id": "7"}]}}),
        ("a consent of a company", _RESERVED, {"properties": _TRACKING, "context": {"groupId": "acme"}}),
        ("a consent of nobody", _NO_ID, {"properties": _TRACKING, "anonymousId": "ABSENT"}),
        ("a visitor gives an answer", _RESERVED,
         {"properties": _TRACKING | {"item": "budget", "answer": "yes"}, "event": "bant_answered"}),
        ("a visitor sets a stage", _RESERVED, {"properties": _TRACKING | {"stage": "sql"}, "event": "stage_set"}),
        ("a visitor voids an event", _RESERVED, {"properties": _TRACKING | {"voids": "m1@1"}, "event": "event_voided"}),
        ("a visitor logs a touch", _RESERVED, {"properties": _TRACKING, "event": "touch_logged"}),
        ("a visitor overrides", _RESERVED, {"properties": _TRACKING | {"stage": "mql"}, "event": "override_set"}),
        ("a visitor adjusts points", _RESERVED, {"properties": _TRACKING | {"add": 9}, "event": "points_adjusted"}),
    )
]  # fmt: skip
TRUSTED = [
    _track(name, verdict, event=event, properties=properties)._replace(is_trusted=True)
    for name, verdict, event, properties in (
        ("a server tells a consent", "stored", "consent_given", {"purpose": "marketing"}),
        ("a server tells a withdrawal", "stored", "Consent Withdrawn", {"purpose": "marketing"}),
        ("a server tells an answer", "stored", "bant_answered", {"item": "budget", "answer": "yes"}),
        ("a consent to nothing", "quarantined missing_property", "consent_given", {}),
        ("a consent to null", "quarantined missing_property", "consent_given", {"purpose": None}),
        ("a consent to a list", "quarantined missing_property", "consent_given", {"purpose": ["marketing"]}),
        ("a consent to spaces", "quarantined missing_property", "consent_given", {"purpose": "  "}),
        ("half an answer", "quarantined missing_property", "bant_answered", {"item": "budget"}),
        ("a server sets a stage", "quarantined reserved_event", "stage_set", {"stage": "sql"}),
        ("a server gives a verdict", "quarantined reserved_event", "verdict_given", {"verdict": "confirmed"}),
        ("a server adjusts points", "quarantined reserved_event", "points_adjusted", {"axis": "fit", "add": 100}),
        ("a server voids an event", "quarantined reserved_event", "event_voided", {"voids": "m1"}),
        ("a server logs a touch", "quarantined reserved_event", "touch_logged", {}),
    )
]

PROPERTIES = [
    _track("properties absent", "stored", properties="ABSENT"),
    _track("properties of null", "stored", properties=None),
    _track("properties of nothing", "stored", properties={}),
    _track("properties that are a text", _BAD_PROPERTIES, properties="a=1"),
    _track("properties that are a list", _BAD_PROPERTIES, properties=[1]),
    _track("properties that are a number", _BAD_PROPERTIES, properties=1),
    _track("properties that are true", _BAD_PROPERTIES, properties=True),
    _track("a property that is a score", "stored", properties={"score": 10**9, "stage": "sql", "owner": "me"}),
    _track("a property named like a method", "stored", properties={"__proto__": {"a": 1}, "constructor": 1, "": 2}),
    _track("a property that is a script", "stored", properties={"title": "<script>alert(1)</script>"}),
    _track("a property that is an address of a script", "stored", properties={"url": "javascript:alert(1)"}),
    _track("990 keys", "stored", properties={f"k{n}": n for n in range(990)}),
    _track("1,001 keys", "quarantined too_many_keys", properties={f"k{n}": n for n in range(1001)}),
    _track("1,001 keys inside", "quarantined too_many_keys", properties={"a": [{"k": 0}] * 1001}),
    _track("many colons and few keys", "stored", properties={"text": ":" * 2_000}),
    _track("many brackets and no depth", "stored", properties={"text": "[" * 2_000, "list": [[]] * 100}),
    _track("32,000 bytes", "stored", properties={"text": "x" * 32_000}),
    _track("33,000 bytes", "quarantined too_large", properties={"text": "x" * 33_000}),
    _track("1 MB", "quarantined too_large", properties={"text": "x" * 1_000_000}),
]

POISON = [
    _raw("NUL as an escape", r'{"a":"x\u0000y"}', "stored"),
    _raw("NUL in a key", r'{"\u0000":1}', "stored"),
    _raw("a backslash before u0000", r'{"a":"\\u0000"}', "stored"),
    _raw("half a pair", r'{"a":"\ud83d"}', "stored"),
    _raw("half a pair at the end of a text", r'{"a":"cut \ud83d"}', "stored"),
    _raw("the other half", r'{"a":"\ude00"}', "stored"),
    _raw("a pair the wrong way round", r'{"a":"\ude00\ud83d"}', "stored"),
    _raw("two first halves", r'{"a":"\ud83d\ud83d"}', "stored"),
    _raw("half a pair in a key", r'{"\uD800":1}', "stored"),
    _raw("half a pair after a backslash", r'{"a":"\\\ud800"}', "stored"),
    _raw("a backslash before ud800", r'{"a":"\\ud800"}', "stored"),
    _raw("a whole pair", r'{"a":"\ud83d\ude00"}', "stored"),
    _raw("a number beyond all", '{"a":1e99999}', _NUMBER),
    _raw("a number beyond all, negative", '{"a":-1e400}', _NUMBER),
    _raw("a number next to nothing", '{"a":1e-400}', "stored"),
    _raw("the largest number", '{"a":1.7976931348623157e308}', "stored"),
    _raw("minus zero", '{"a":-0.0}', "stored"),
    _raw("2**63-1", '{"a":9223372036854775807}', "stored"),
    _raw("2**63", '{"a":9223372036854775808}', _NUMBER),
    _raw("-2**63-1", '{"a":-9223372036854775809}', _NUMBER),
    _raw("30 digits", '{"a":' + "1" * 30 + "}", _NUMBER),
    _raw("5,000 digits", '{"a":' + "1" * 5_000 + "}", _NUMBER),
    _raw("5,000 digits after the point", '{"a":0.' + "1" * 5_000 + "}", "stored"),
    _raw("30 digits in a text", '{"a":"' + "1" * 30 + '"}', "stored"),
    _raw("a large number deep inside", '{"a":[{"b":[[123456789012345678901]]}]}', _NUMBER),
    _raw("a key twice", '{"a":1,"a":2}', _TWICE),
    _raw("a key twice, alike", '{"a":1,"a":1}', _TWICE),
    _raw("a key twice, deep inside", '{"a":{"b":[{"c":1,"c":2}]}}', _TWICE),
    _raw("a key twice, once with an escape", r'{"a":1,"\u0061":2}', _TWICE),
    _raw("a key twice, beside a colon as an escape", r'{"a":"\u003a","a":2}', _TWICE),
    _raw("a colon as an escape", r'{"a":"\u003a"}', "stored"),
    _raw("keys that differ in case", '{"a":1,"A":2}', "stored"),
    _raw("user twice", '{},"userId":"eve"', _TWICE),
    _raw("properties twice", '{},"properties":{}', _TWICE),
    _raw("depth 31", '{"a":' + "[" * 29 + "]" * 29 + "}", "stored"),
    _raw("depth 33", '{"a":' + "[" * 31 + "]" * 31 + "}", _DEEP),
    _raw("depth 100", '{"a":' + "[" * 100 + "]" * 100 + "}", _DEEP),
    _raw("depth 100 of objects", '{"a":' * 100 + "1" + "}" * 100, _DEEP),
    _raw("bytes that are no UTF-8", b'{"a":"\xff"}', "quarantined not_utf8"),
    _raw("Latin-1", '{"a":"Müller"}'.encode("latin-1"), "quarantined not_utf8"),
    _raw("an overlong slash", b'{"a":"\xc0\xaf"}', "quarantined not_utf8"),
    _raw("half a pair as bytes", b'{"a":"\xed\xa0\x80"}', "quarantined not_utf8"),
    _raw("bytes beyond Unicode", b'{"a":"\xf5\x80\x80\x80"}', "quarantined not_utf8"),
    _raw("a byte order mark inside", '{"a":"\ufeff"}', "stored"),
    _raw("right-to-left marks", '{"a":"\u202e\u2066"}', "stored"),
    _raw("signs outside all planes in use", '{"a":"\U0010ffff"}', "stored"),
    _raw("white space everywhere", '{\n\t"a" :\r\n 1 }', "stored"),
]

KEYS = [
    _track(f"messageId {str(value)[:30]!r}", "stored", messageId=value)
    for value in (
        "m", "m" * 100, "m" * 101, "m" * 20_000, "m\x00", "m\n", "\u202e", "ünïcödé", "'; DROP TABLE server_event; --", 1, 1.5,
        -1, 10**18, True, [], ["m"], {}, {"id": "m"}, "", None, "ABSENT", 0, False, "sha256:" + "0" * 64,
    )
]  # fmt: skip


def _call(name: str, verdict: str, /, **fields: object) -> Hostile:
    return Hostile(name, json.dumps(fields).encode(), verdict)


OTHER_CALLS = [
    _call("identify", "stored", type="identify", userId="ada", traits={"email": "ada@example.com"}),
    _call("identify without traits", "stored", type="identify", userId="ada"),
    _call("identify with traits of null", "stored", type="identify", userId="ada", traits=None),
    _call("identify with a list of traits", _BAD_PROPERTIES, type="identify", userId="ada", traits=[1]),
    _call("identify with a text", _BAD_PROPERTIES, type="identify", userId="ada", traits="vip"),
    _call(
        "identify with bad traits in the context",
        _BAD_PROPERTIES,
        type="identify",
        userId="ada",
        context={"traits": "x"},
    ),
    _call("identify sets a score", "stored", type="identify", userId="ada", traits={"score": 999, "stage": "customer"}),
    _call("identify gives a consent", "stored", type="identify", userId="ada", traits={"consent": True}),
    _call("identify nobody", _NO_ID, type="identify", traits={"name": "Ada"}),
    _call("identify by an address alone", "stored", type="identify", traits={"email": "ada@example.com"}),
    _call("page without anything", "stored", type="page", anonymousId="a-1"),
    _call("page of nobody", _NO_ID, type="page", name="Home"),
    _call("page with a list", _BAD_PROPERTIES, type="page", anonymousId="a-1", properties=[]),
    _call(
        "page with a hostile title",
        "stored",
        type="page",
        anonymousId="a-1",
        properties={"title": "<svg onload=alert(1)>"},
    ),
    _call("page with a name that is a list", "stored", type="page", anonymousId="a-1", name=["Home"]),
    _call("page with a context that is odd", "stored", type="page", anonymousId="a-1", context={"page": [1]}),
    _call("screen", "stored", type="screen", userId="ada", name="Main"),
    _call("screen of nobody", _NO_ID, type="screen", name="Main"),
    _call("group", "stored", type="group", userId="ada", groupId="acme", traits={"employees": 7}),
    _call("group without a group", "stored", type="group", userId="ada"),
    _call("group of null", "stored", type="group", userId="ada", groupId="null"),
    _call("group of nobody", _NO_ID, type="group", groupId="acme"),
    _call("group with a list of traits", _BAD_PROPERTIES, type="group", userId="ada", groupId="acme", traits=[1]),
    _call("alias", "stored", type="alias", userId="ada", previousId="a-1"),
    _call("alias of nobody", _NO_ID, type="alias", previousId="a-1"),
    _call("alias of nothing", _NO_ID, type="alias", userId="ada"),
    _call("alias of null", _NO_ID, type="alias", userId="ada", previousId="null"),
    _call("alias of itself", "stored", type="alias", userId="ada", previousId="ada"),
    _call("alias of a list", _NO_ID, type="alias", userId="ada", previousId=["a-1"]),
]

MESSAGES = [
    *TIMES, *SENT, *NOBODY, *SOMEBODY, *NAMES, *RESERVED, *VISITORS, *TRUSTED, *PROPERTIES, *POISON, *KEYS, *OTHER_CALLS
]  # fmt: skip

ONLY_IN_BATCHES = [
    Hostile("a number as a message", b"3", "quarantined not_an_object"),
    Hostile("null as a message", b"null", "quarantined not_an_object"),
    Hostile("a text as a message", b'"track"', "quarantined not_an_object"),
    Hostile("a list as a message", b"[]", "quarantined not_an_object"),
    Hostile("true as a message", b"true", "quarantined not_an_object"),
    Hostile("nothing as a message", b"{}", "quarantined unknown_type"),
    *(
        _track(f"type {value!r}", "quarantined unknown_type", type=value)
        for value in (
            "",
            "Track",
            "batch",
            "delete",
            "__class__",
            None,
            1,
            ["track"],
            {"track": 1},
            "ABSENT",
            "track\x00",
        )
    ),
]
"""A single call is always an object, and its path tells its type."""
