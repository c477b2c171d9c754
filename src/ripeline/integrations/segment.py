"""The Segment tracking API, as Segment's and RudderStack's clients speak it: bodies of calls become messages.

Nothing here knows a database or the present instant. A body is first opened, which tells the write key and how many
messages there are; then each message is read by itself, so that a bad one does not spoil the others.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Literal, get_args

import msgspec

from ripeline.core.needs import RESERVED
from ripeline.integrations.claims import elsewhere, email, identifier
from ripeline.integrations.clock_skew import Flag, happened_at, micros
from ripeline.integrations.segment_traits import of_group, of_person
from ripeline.integrations.standard_events import LONGEST, event_name
from ripeline.integrations.strict_json import Unfit, canonical, decode, encode, mended

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Kind = Literal["track", "identify", "page", "screen", "group", "alias", "batch"]
"""The kinds of call."""

MAX_EVENTS = 2_500
MAX_EVENT_BYTES = 32 * 1024
LONGEST_KEY = 100
_TYPES = frozenset(get_args(Kind)) - {"batch"}
_SAID_BY_SERVERS = {
    "consent_given": ("purpose",),
    "consent_withdrawn": ("purpose",),
    "bant_answered": ("item", "answer"),
}
_SAID_BY_VISITORS = {"consent_given", "consent_withdrawn"}
_PURPOSE_OF_VISITORS = "tracking"
_PAGE = ("url", "path", "title", "referrer", "search")
_CAMPAIGN = {
    "name": "utm_campaign",
    "source": "utm_source",
    "medium": "utm_medium",
    "term": "utm_term",
    "content": "utm_content",
}
_NOTHING: Mapping[str, Any] = {}


class Message(msgspec.Struct, frozen=True, gc=False):
    """What a message says, in the columns of the ledger."""

    key: str
    name: str
    at: int
    flag: Flag
    claims: str
    properties: str
    body: str
    content_digest: str


class Unreadable(Exception):
    """A body that is no call at all: nothing of it can be kept."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text


class _Envelope(msgspec.Struct, rename="camel"):
    batch: list[msgspec.Raw] | None = None
    write_key: msgspec.Raw = msgspec.Raw()
    sent_at: msgspec.Raw = msgspec.Raw()
    context: msgspec.Raw = msgspec.Raw()


class Call(msgspec.Struct):
    """An opened body."""

    kind: Kind
    write_key: str | None
    sent_at: int | None
    context: Mapping[str, Any]
    messages: Sequence[bytes]  # as readers are to take them
    bodies: Sequence[bytes]  # as they were sent
    around: bytes = b""  # what a list of messages has besides them

    def kept(self, place: int) -> bytes:
        """The message at that place as a call of its own, so that it can be read again."""
        return b'{"batch":[%s]%s}' % (self.bodies[place], self.around) if self.kind == "batch" else self.bodies[place]


_open = msgspec.json.Decoder(_Envelope).decode
_plain = msgspec.json.Decoder().decode


def open_call(kind: Kind, body: bytes) -> Call:
    """The body's write key and its messages, not yet read; raises Unreadable if it is no call of that kind."""
    body = body.removeprefix(b"\xef\xbb\xbf")
    read = body
    try:
        envelope = _open(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        read = mended(body)
        envelope = _opened_slowly(read)
    write_key = _said(envelope.write_key)
    key = write_key if isinstance(write_key, str) and write_key else None
    if kind != "batch":
        return Call(kind, key, None, _NOTHING, (read,), (body,))
    if envelope.batch is None:
        raise Unreadable("no_batch", "The body has no list named batch.")
    if len(envelope.batch) > MAX_EVENTS:
        raise Unreadable("too_many_events", f"At most {MAX_EVENTS} events fit in one call.")
    if read.count(b'"batch"') > 1:
        _refuse_two_batches(read)
    messages = [bytes(raw) for raw in envelope.batch]
    context = _said(envelope.context)
    bodies = messages if read is body else _as_sent(messages, read, body)
    sent_at = micros(_said(envelope.sent_at))
    around = b"".join(
        b',"%s":%s' % (name, bytes(raw))
        for name, raw in ((b"sentAt", envelope.sent_at), (b"context", envelope.context))
        if raw
    )
    return Call(kind, key, sent_at, context if isinstance(context, dict) else _NOTHING, messages, bodies, around)


def _opened_slowly(body: bytes) -> _Envelope:
    try:
        return _open(body)
    except RecursionError:
        raise Unreadable("too_deep", "The body is nested too deeply.") from None
    except msgspec.ValidationError:
        raise Unreadable("not_a_call", "The body is not an object with the fields of a call.") from None
    except UnicodeDecodeError:
        raise Unreadable("not_utf8", "The body is not UTF-8.") from None
    except msgspec.DecodeError:
        raise Unreadable("not_json", "The body is not JSON.") from None


def _said(raw: msgspec.Raw) -> Any:  # noqa: ANN401 - anything that JSON can say
    if not raw:
        return None
    try:
        return decode(raw)
    except Unfit:
        return None


def _refuse_two_batches(body: bytes) -> None:
    """A second list under the same name would be kept, and the first one lost without a word."""

    class Pairs(list[tuple[str, Any]]):
        pass

    try:
        top = json.loads(body, object_pairs_hook=Pairs, parse_int=len)
    except (ValueError, RecursionError):
        raise Unreadable("not_json", "The body is not JSON that all readers read alike.") from None
    if sum(key == "batch" for key, _ in top) > 1:
        raise Unreadable("duplicate_key", "The body names batch twice.")


def _as_sent(messages: Sequence[bytes], read: bytes, body: bytes) -> list[bytes]:
    found, start = [], 0
    for message in messages:
        start = read.index(message, start)
        found.append(body[start : start + len(message)])
        start += len(message)
    return found


def as_text(body: bytes, write_key: str | None) -> str:
    """A body as text for keeping: without the write key, and with escapes for what is not UTF-8."""
    text = body.decode(errors="backslashreplace").replace("\0", "\\u0000")
    return text.replace(write_key, "***") if write_key else text


# --- one message ----------------------------------------------------------------------------------


def read_message(call: Call, place: int, *, source: int, is_trusted: bool, received_at: int) -> Message:
    """What the message at that place says; raises Unfit if it cannot be a row of the ledger.

    Only a trusted source, one whose key is secret, may tell consents and answers of anybody. A visitor of a website may
    tell whether it may be followed there.
    """
    raw, body = call.messages[place], call.bodies[place]
    if len(raw) > MAX_EVENT_BYTES:
        raise Unfit("too_large", str(len(raw)))
    said = decode(raw)
    if not isinstance(said, dict):
        raise Unfit("not_an_object")
    kind = said.get("type") if call.kind == "batch" else call.kind
    if not isinstance(kind, str) or kind not in _TYPES:
        raise Unfit("unknown_type", str(kind)[:100])
    context = _merged(call.context, said.get("context"))
    name, properties = _content(kind, said, context)
    claims = _claims(kind, said, context)
    if name in RESERVED and kind not in ("identify", "group"):
        _allow(name, properties, claims, is_trusted=is_trusted)
    sent = said.get("sentAt")
    sent_at = call.sent_at if sent is None else micros(sent)
    given = said.get("timestamp") or said.get("originalTimestamp")
    at, flag = happened_at(given, sent_at, received_at)
    text = as_text(body, call.write_key)
    key = said.get("messageId")
    return Message(
        key=_key(key) if key else _stand_in(source, body, sent or call.sent_at),
        name=name,
        at=at,
        flag=flag,
        claims=encode(claims).decode(),
        properties=encode(properties).decode(),
        body=text,
        content_digest=digest(canonical((name, str(given), claims, properties))),
    )


def digest(content: bytes) -> str:
    """A short hash, to tell contents apart."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _key(given: object) -> str:
    text = given if isinstance(given, str) else encode(given).decode()
    if len(text) <= LONGEST_KEY and text.isprintable():
        return text
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _stand_in(source: int, body: bytes, sent_at: object) -> str:
    return "sha256:" + hashlib.sha256(b"%d %s %s" % (source, str(sent_at).encode(), body)).hexdigest()


def _merged(outer: Mapping[str, Any], inner: object) -> Mapping[str, Any]:
    if not isinstance(inner, dict):
        return outer
    return {**outer, **inner} if outer else inner


def _object(given: object, what: str) -> dict[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise Unfit("bad_properties", what)
    return given


def _content(kind: str, said: Mapping[str, Any], context: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    if kind == "track":
        return _event_name(said.get("event")), _with_campaign(_object(said.get("properties"), "properties"), context)
    if kind in ("page", "screen"):
        return f"{kind}_viewed", _with_campaign(_page(said, context), context)
    if kind == "alias":
        return "aliased", {}
    traits = _object(said.get("traits"), "traits")
    if kind == "group":
        return "attributes_changed", of_group(traits)
    inherited = _object(context.get("traits"), "context.traits")
    return "attributes_changed", of_person({**inherited, **traits})


def _event_name(given: object) -> str:
    if not isinstance(given, str) or not given.strip():
        raise Unfit("no_event_name")
    name = event_name(given) if len(given) <= 2 * LONGEST else ""
    if not name or len(name) > LONGEST:
        raise Unfit("bad_event_name", given[:100])
    return name


def _page(said: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
    """The properties, and where the sender told it only in the context, the place."""
    properties = dict(_object(said.get("properties"), "properties"))
    page = context.get("page")
    for field in _PAGE if isinstance(page, dict) else ():
        if properties.get(field) is None and isinstance(page, dict) and page.get(field) is not None:
            properties[field] = page[field]
    for field in ("name", "category"):
        if properties.get(field) is None and isinstance(said.get(field), str):
            properties[field] = said[field]
    return properties


def _with_campaign(properties: dict[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
    """The properties, and where they do not tell it themselves, the campaign that brought the visitor."""
    campaign = context.get("campaign")
    if not isinstance(campaign, dict):
        return properties
    told = {ours: campaign.get(theirs) for theirs, ours in _CAMPAIGN.items() if properties.get(ours) is None}
    return properties | {ours: text for ours, text in told.items() if isinstance(text, str) and text}


def _allow(name: str, properties: Mapping[str, Any], claims: Mapping[str, str], *, is_trusted: bool) -> None:
    """Let through what this source may say; a public key may not speak of anybody who is more than a visitor."""
    of_itself = claims.keys() == {"anonymous"} and properties.get("purpose") == _PURPOSE_OF_VISITORS
    says = _SAID_BY_SERVERS if is_trusted else _SAID_BY_VISITORS if of_itself else ()
    if name not in says:
        raise Unfit("reserved_event", name)
    for needed in _SAID_BY_SERVERS[name]:
        if not isinstance(properties.get(needed), str) or not properties[needed].strip():
            raise Unfit("missing_property", needed)


def _claims(kind: str, said: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, str]:
    claims: dict[str, str] = {}
    anonymous, user = identifier(said.get("anonymousId")), identifier(said.get("userId"))
    if anonymous:
        claims["anonymous"] = anonymous
    if user:
        claims["user_id"] = user
    address = _address(kind, said, context, user)
    if address:
        claims["email"] = address
    external = elsewhere(context) if "externalIds" in context or "externalId" in context else None
    if external:
        claims["external"] = external
    if not claims:
        raise Unfit("no_identity")
    account = identifier(said.get("groupId") if kind == "group" else context.get("groupId"))
    if account:
        claims["account"] = account
    if kind == "alias":
        previous = identifier(said.get("previousId"))
        if previous is None:
            raise Unfit("no_identity", "previousId")
        claims["previous"] = previous
    return claims


def _address(kind: str, said: Mapping[str, Any], context: Mapping[str, Any], user: str | None) -> str | None:
    """The first that is one: of the traits, of the context's, and the user's name if that is an address."""
    for traits in (said.get("traits") if kind == "identify" else None, context.get("traits")):
        found = email(traits.get("email")) if isinstance(traits, dict) else None
        if found:
            return found
    return email(user) if user and "@" in user else None


def user_agent(body: str) -> str:
    """The program that sent a stored body, as it calls itself; empty if it does not say."""
    try:
        said = _plain(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    context = said.get("context") if isinstance(said, dict) else None
    agent = context.get("userAgent") if isinstance(context, dict) else None
    return agent if isinstance(agent, str) else ""
