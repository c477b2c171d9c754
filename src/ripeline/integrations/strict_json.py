"""JSON as the ledger takes it: finite numbers, no key twice, not too deep, not too wide."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ripeline.integrations.rejections import Reason

MAX_DEPTH = 32
MAX_KEYS = 1_000
_BIGGEST = 2**63 - 1

encode = msgspec.json.Encoder().encode
_encode_sorted = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder().decode
_LONG_NUMBER = b"0" * 19
_DIGITS_AS_0 = bytes.maketrans(b"123456789", b"0" * 9)
_surrogate = re.compile(
    rb"\\\\|(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class Unfit(Exception):
    """A text that the ledger does not take, and why."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


def decode(text: bytes | msgspec.Raw) -> Any:  # noqa: ANN401 - anything that JSON can say
    """What a JSON text says, with U+FFFD for NUL; raises Unfit for what the ledger does not take.

    The text is already known to be well-formed. The counts are bounds found at the speed of C; only where they do not
    settle it is each value looked at.
    """
    try:
        value = _decode(text)
    except msgspec.ValidationError:
        raise Unfit("number_out_of_range") from None
    except UnicodeDecodeError as error:
        raise Unfit("not_utf8", f"byte {error.start}") from None
    except (RecursionError, msgspec.DecodeError) as error:
        raise Unfit("too_deep" if isinstance(error, RecursionError) else "not_json") from None
    again = encode(value)
    raw = bytes(text)
    colons = again.count(b":")
    if colons != raw.count(b":") or b"\\u003" in raw:
        _look_for_duplicates(raw)
    if again.count(b"{") + again.count(b"[") > MAX_DEPTH:
        _look_at_depth(value)
    if colons > MAX_KEYS:
        _look_at_keys(value)
    if _LONG_NUMBER in raw.translate(_DIGITS_AS_0):
        _look_at_numbers(value)
    return _without_nul(value) if b"\\u0000" in again else value


def canonical(value: object) -> bytes:
    """The same bytes for the same meaning, whatever the order of keys."""
    return _encode_sorted(value)


def mended(body: bytes) -> bytes:
    """The body with each half of a surrogate pair that stands alone replaced, so that readers agree; equally long."""
    return _surrogate.sub(_mended_pair, body)


def _mended_pair(found: re.Match[bytes]) -> bytes:
    return b"\\ufffd" if found[2] else found[0]


def _look_for_duplicates(raw: bytes) -> None:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        read = dict(pairs)
        if len(read) < len(pairs):
            raise Unfit("duplicate_key")
        return read

    try:
        json.loads(raw, object_pairs_hook=once, parse_int=len)
    except RecursionError:
        raise Unfit("too_deep") from None


def _look_at_depth(value: object) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _inside(outer) if isinstance(inner, dict | list)]
        if not level:
            return
    raise Unfit("too_deep", str(MAX_DEPTH))


def _inside(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _all(value: object) -> Iterator[object]:
    waiting = [value]
    while waiting:
        yield (now := waiting.pop())
        waiting += _inside(now)


def _look_at_keys(value: object) -> None:
    if sum(len(inner) for inner in _all(value) if isinstance(inner, dict)) > MAX_KEYS:
        raise Unfit("too_many_keys", str(MAX_KEYS))


def _look_at_numbers(value: object) -> None:
    if any(isinstance(inner, int) and abs(inner) > _BIGGEST for inner in _all(value)):
        raise Unfit("number_out_of_range")


def _without_nul(value: Any) -> Any:  # noqa: ANN401 - anything that JSON can say
    if isinstance(value, str):
        return value.replace("\0", _REPLACEMENT)
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(inner) for key, inner in value.items()}
    return [_without_nul(inner) for inner in value] if isinstance(value, list) else value
