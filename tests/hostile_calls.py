"""Calls as they should not be, each with its verdict beside it.

A verdict is `STATUS CODE` for a refusal, or `200` and how many events are stored and how many messages put aside.
"""

# ruff: noqa: E501 - a case is a line

from __future__ import annotations

import base64
import gzip
import json
import zlib
from typing import NamedTuple

KEY = "website-write-key"
CLOSED_KEY = "key-of-a-closed-source"
GOOD = b'{"type":"track","event":"Demo Booked","userId":"ada"}'
LIMIT = 4 * 1024 * 1024


class Call(NamedTuple):
    """One request, and what must become of it."""

    name: str
    verdict: str
    body: bytes = GOOD
    path: str = "/v1/track"
    method: str = "POST"
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed


def basic(user: str) -> dict[str, str]:
    """The header of a write key."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:".encode()).decode()}


def _json(name: str, verdict: str, body: bytes | str, path: str = "/v1/track") -> Call:
    return Call(name, verdict, body.encode() if isinstance(body, str) else body, path, headers=basic(KEY))


def _batch(name: str, verdict: str, body: bytes | str) -> Call:
    return _json(name, verdict, body, "/v1/batch")


def _packed(name: str, verdict: str, body: bytes, encoding: str = "gzip") -> Call:
    return Call(name, verdict, body, "/v1/batch", headers=basic(KEY) | {"Content-Encoding": encoding})


def _authorized(name: str, verdict: str, value: str, body: bytes = GOOD) -> Call:
    return Call(name, verdict, body, headers={"Authorization": value})


def _padded(size: int) -> bytes:
    """A good batch of exactly that many bytes."""
    empty = b'{"batch":[%s],"context":{"pad":""}}' % GOOD
    return empty.replace(b'"pad":""', b'"pad":"%s"' % (b"x" * (size - len(empty))))


def _with_key(key: object) -> bytes:
    return json.dumps({"event": "Demo Booked", "userId": "ada", "writeKey": key}).encode()


BROKEN = [
    _json(f"{text[:40]!r} as a body", f"400 {code}", text)
    for text, code in (
        (b"", "not_json"),
        (b" ", "not_json"),
        (b"hello", "not_json"),
        (b"{", "not_json"),
        (b"}", "not_json"),
        (b'{"event":"x"', "not_json"),
        (b'{"event":"x",}', "not_json"),
        (b'{"event":"x"}}', "not_json"),
        (b'{"event":"x"} {"event":"y"}', "not_json"),
        (b"{'event':'x'}", "not_json"),
        (b'{event:"x"}', "not_json"),
        (b'{"event":undefined}', "not_json"),
        (b'{"event":NaN}', "not_json"),
        (b'{"event":Infinity}', "not_json"),
        (b'{"event":-Infinity}', "not_json"),
        (b'{"event":01}', "not_json"),
        (b'{"event":.5}', "not_json"),
        (b'{"event":+1}', "not_json"),
        (b'{"event":1.}', "not_json"),
        (b'{"event":0x10}', "not_json"),
        (b'{"event":TRUE}', "not_json"),
        (b'{"event":"x\ny"}', "not_json"),
        (b'{"event":"x\x00y"}', "not_json"),
        (b'{"event":"\\x41"}', "not_json"),
        (b'{"event":"\\u12"}', "not_json"),
        (b'{"event":"\\u12G4"}', "not_json"),
        (b'{"event":"x"/* comment */}', "not_json"),
        (b"\x00" * 100, "not_json"),
        (b"\xff\xfe{\x00}\x00", "not_json"),
        ("{}".encode("utf-16"), "not_json"),
        (b"event=x&userId=ada", "not_json"),
        (b"<event>x</event>", "not_json"),
        (b"\x80\x04\x95\x0f\x00.", "not_json"),
        (b"- event: x", "not_json"),
        (b"[]", "not_a_call"),
        (b"null", "not_a_call"),
        (b"1", "not_a_call"),
        (b'"x"', "not_a_call"),
        (b"[" * 100_000, "not_a_call"),
        (b'{"a":' * 100_000, "too_deep"),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "too_deep"),
    )
]

BATCHES = [
    _batch("no batch", "400 no_batch", "{}"),
    _batch("a batch of null", "400 no_batch", '{"batch":null}'),
    _batch("a single message as a batch", "400 no_batch", GOOD),
    _batch("a batch that is an object", "400 not_a_call", '{"batch":{}}'),
    _batch("a batch that is a text", "400 not_a_call", '{"batch":"[]"}'),
    _batch("a batch that is a number", "400 not_a_call", '{"batch":1}'),
    _batch("two batches", "400 duplicate_key", b'{"batch":[%s],"batch":[]}' % GOOD),
    _batch("an empty batch", "200 0 0", '{"batch":[]}'),
    _batch("a message named batch", "200 1 0", b'{"batch":[{"type":"track","event":"batch","userId":"a","x":"batch"}]}'),
    _batch("2,500 events", "200 2500 0", b'{"batch":[%s]}' % b",".join(b'{"type":"page","userId":"a","messageId":%d}' % n for n in range(2500))),
    _batch("2,501 events", "400 too_many_events", b'{"batch":[%s]}' % b",".join([GOOD] * 2501)),
    _batch("2,501 nulls", "400 too_many_events", b'{"batch":[%s]}' % b",".join([b"null"] * 2501)),
    _batch("a batch cut short", "400 not_json", b'{"batch":[%s,' % GOOD),
    _batch("a batch with a broken message", "400 not_json", b'{"batch":[%s,{"event":tru}]}' % GOOD),
    _batch("an odd context", "200 1 0", b'{"batch":[%s],"context":"x"}' % GOOD),
    _batch("an odd time of sending", "200 1 0", b'{"batch":[%s],"sentAt":{"a":[1e999]}}' % GOOD),
    _batch("two times of sending", "200 1 0", b'{"batch":[%s],"sentAt":1,"sentAt":2}' % GOOD),
    _batch("unknown fields", "200 1 0", b'{"batch":[%s],"__proto__":{},"metadata":[1]}' % GOOD),
    _batch("a byte order mark before a batch", "200 1 0", b'\xef\xbb\xbf{"batch":[%s]}' % GOOD),
    _batch("one that is too large among good ones", "200 2 1", b'{"batch":[%s,{"x":"%s"},%s]}' % (GOOD, b"x" * 33_000, GOOD.replace(b"ada", b"eve"))),
    _batch("the same message twice", "200 1 0", b'{"batch":[%s,%s]}' % (GOOD, GOOD)),
    _batch("the same rejected message twice", "200 0 1", '{"batch":[3,3]}'),
    _batch("exactly as large as allowed", "200 1 0", _padded(LIMIT)),
    _batch("one byte too large", "400 too_large", _padded(LIMIT + 1)),
]  # fmt: skip

PACKED = [
    _packed("gzip", "200 1 0", gzip.compress(b'{"batch":[%s]}' % GOOD)),
    _packed("gzip in capitals", "200 1 0", gzip.compress(b'{"batch":[%s]}' % GOOD), "GZIP"),
    _packed("gzip that nobody announced", "200 1 0", gzip.compress(b'{"batch":[%s]}' % GOOD), "identity"),
    _packed("zlib", "200 1 0", zlib.compress(b'{"batch":[%s]}' % GOOD), "deflate"),
    _packed("raw deflate", "200 1 0", zlib.compress(b'{"batch":[%s]}' % GOOD, wbits=-15), "deflate"),
    _packed("gzip, exactly as large as allowed", "200 1 0", gzip.compress(_padded(LIMIT))),
    _packed("gzip, one byte too large", "400 too_large", gzip.compress(_padded(LIMIT + 1))),
    _packed("a bomb of 100 MB", "400 too_large", gzip.compress(b" " * 100_000_000)),
    _packed("a bomb in deflate", "400 too_large", zlib.compress(b" " * 100_000_000), "deflate"),
    _packed("gzip cut short", "400 broken_packing", gzip.compress(b'{"batch":[%s]}' % GOOD)[:-9]),
    _packed("gzip with a wrong sum", "400 broken_packing", gzip.compress(b'{"batch":[]}')[:-8] + b"\0" * 8),
    _packed("gzip with something after it", "400 broken_packing", gzip.compress(b'{"batch":[]}') + b"x"),
    _packed("two gzips in a row", "400 broken_packing", gzip.compress(b'{"batch":[') + gzip.compress(b"]}")),
    _packed("gzip in gzip", "400 not_json", gzip.compress(gzip.compress(b'{"batch":[]}'))),
    _packed("no gzip at all", "400 broken_packing", b'{"batch":[]}'),
    _packed("gzip of nothing", "400 not_json", gzip.compress(b"")),
    _packed("nothing, announced as gzip", "400 broken_packing", b""),
    _packed("brotli", "400 unknown_encoding", b"x", "br"),
    _packed("two packings", "400 unknown_encoding", b"x", "gzip, gzip"),
    _packed("a packing nobody knows", "400 unknown_encoding", b"x", "rot13"),
]

KEYS = [
    Call("no key", "401 unknown_key"),
    Call("a key in the body", "200 1 0", _with_key(KEY)),
    Call("a key in the address", "200 1 0", path=f"/v1/track?writeKey={KEY}"),
    Call("a beacon", "200 1 0", b'{"batch":[%s]}' % GOOD, f"/beacon/v1/batch?writeKey={KEY}"),
    Call("a key in an empty body", "401 unknown_key", b"{}"),
    Call("a key of null", "401 unknown_key", _with_key(None)),
    Call("a key of 0", "401 unknown_key", _with_key(0)),
    Call("a key that is a list", "401 unknown_key", _with_key([KEY])),
    Call("a key that is too large a number", "401 unknown_key", b'{"event":"x","userId":"a","writeKey":1e999}'),
    Call("an empty key", "401 unknown_key", _with_key("")),
    Call("a key with a space", "401 unknown_key", _with_key(KEY + " ")),
    Call("a key in capitals", "401 unknown_key", _with_key(KEY.upper())),
    Call("half a key", "401 unknown_key", _with_key(KEY[:8])),
    Call("a key of 100,000 signs", "401 unknown_key", _with_key("k" * 100_000)),
    Call("a key that is SQL", "401 unknown_key", _with_key("' OR 1=1 --")),
    Call("a key with NUL", "401 unknown_key", _with_key(KEY + "\0")),
    Call("a key with half a pair", "401 unknown_key", b'{"event":"x","userId":"a","writeKey":"\\ud800"}'),
    Call("a closed source", "401 unknown_key", _with_key(CLOSED_KEY)),
    Call("an unknown key in the header, a good one in the body", "401 unknown_key", _with_key(KEY), headers=basic("other")),
    Call("a good key in the header, another in the body", "200 1 0", _with_key("other"), headers=basic(KEY)),
    Call("an empty key in the header, a good one in the body", "200 1 0", _with_key(KEY), headers=basic("")),
    Call("a good key twice in the address", "200 1 0", path=f"/v1/track?writeKey={KEY}&writeKey=x"),
    Call("an address that is broken", "401 unknown_key", path="/v1/track?writeKey=%ff%00%zz&&&=="),
    _authorized("bearer", "401 bearer_not_supported", f"Bearer {KEY}", _with_key(KEY)),
    _authorized("bearer in small letters", "401 bearer_not_supported", "bearer x", _with_key(KEY)),
    _authorized("digest", "401 unknown_authorization", "Digest username=x", _with_key(KEY)),
    _authorized("a scheme alone", "401 unknown_authorization", "Token", _with_key(KEY)),
    _authorized("basic that is no base64", "401 broken_authorization", "Basic !!!!", _with_key(KEY)),
    _authorized("basic with wrong padding", "401 broken_authorization", "Basic abc", _with_key(KEY)),
    _authorized("basic that is no UTF-8", "401 broken_authorization", "Basic /////w==", _with_key(KEY)),
    _authorized("basic without a colon", "200 1 0", "Basic " + base64.b64encode(KEY.encode()).decode()),
    _authorized("basic with a password", "200 1 0", "Basic " + base64.b64encode(f"{KEY}:secret".encode()).decode()),
    _authorized("basic in small letters", "200 1 0", "basic " + base64.b64encode(f"{KEY}:".encode()).decode()),
]  # fmt: skip

ADDRESSES = [
    *(
        Call(f"{method} {path[:40]}", verdict, body, path, method, basic(KEY))
        for method, path, verdict, body in (
            ("POST", "/v1/track/", "200 1 0", GOOD),
            ("POST", "/v1/t", "200 1 0", GOOD),
            ("POST", "/v1/t/", "200 1 0", GOOD),
            ("POST", "/v1/p", "200 1 0", GOOD),
            ("POST", "/v1/i", "200 1 0", GOOD),
            ("POST", "/v1/s", "200 1 0", GOOD),
            ("POST", "/v1/g", "200 1 0", GOOD),
            ("POST", "/v1/a", "200 1 0", b'{"userId":"ada","previousId":"a-1"}'),
            ("POST", "/v1/import", "200 1 0", b'{"batch":[%s]}' % GOOD),
            ("POST", "/v1/b/", "200 1 0", b'{"batch":[%s]}' % GOOD),
            ("POST", "/v1/", "404 not_found", GOOD),
            ("POST", "/v1/TRACK", "404 not_found", GOOD),
            ("POST", "/v1/track/x", "404 not_found", GOOD),
            ("POST", "/v1//track", "404 not_found", GOOD),
            ("POST", "/v1/../v1/track", "404 not_found", GOOD),
            ("POST", "/v1/%00", "404 not_found", GOOD),
            ("POST", "/v1/" + "x" * 5_000, "404 not_found", GOOD),
            ("POST", "/beacon/v1/track", "404 not_found", GOOD),
            ("POST", f"/v1/projects/{KEY}/settings", "405 wrong_method", GOOD),
            ("GET", "/v1/track", "405 wrong_method", b""),
            ("PUT", "/v1/track", "405 wrong_method", GOOD),
            ("DELETE", "/v1/track", "405 wrong_method", b""),
            ("PATCH", "/v1/batch", "405 wrong_method", GOOD),
            ("GET", "/v1/projects/other/settings", "401 unknown_key", b""),
            ("GET", "/v1/projects//settings", "401 unknown_key", b""),
            ("GET", "/v1/projects/a/b/settings", "404 not_found", b""),
            ("GET", "/v1/projects/", "404 not_found", b""),
        )
    ),
    Call("settings for RudderStack without a key", "401 unknown_key", b"", "/sourceConfig/?writeKey=", "GET"),
]

TYPES = [
    Call(f"Content-Type {kind[:40]!r}", "200 1 0", GOOD, headers=basic(KEY) | {"Content-Type": kind})
    for kind in (
        "text/plain",
        "text/plain, application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/xml",
        "",
        "x" * 5_000,
    )
]

HEADERS = [
    Call(f"{name}: {value[:30]!r}", verdict, GOOD, headers=basic(KEY) | {name: value})
    for name, value, verdict in (
        ("Origin", "https://www.example.com", "200 1 0"),
        ("Origin", "null", "200 1 0"),
        ("Origin", "\xff\xfe", "200 1 0"),
        ("X-Forwarded-For", "127.0.0.1, evil", "200 1 0"),
        ("X-Forwarded-Host", "evil.example", "200 1 0"),
        ("X-Retry-Count", "-1", "200 1 0"),
        ("AnonymousId", "not base64", "200 1 0"),
        ("SentAt", "yesterday", "200 1 0"),
        ("Cookie", "x" * 4_000, "200 1 0"),
        ("Expect", "200-ok", "200 1 0"),
        ("Accept", "text/html", "200 1 0"),
    )
]

CALLS = [*BROKEN, *BATCHES, *PACKED, *KEYS, *ADDRESSES, *TYPES, *HEADERS]
