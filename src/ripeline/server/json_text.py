"""JSON as the columns of the tables hold it: objects as text."""

from __future__ import annotations

from typing import Any

import msgspec

_encode = msgspec.json.Encoder().encode
read = msgspec.json.Decoder(dict[str, Any]).decode
"""The object that a column holds; raises msgspec.DecodeError for anything else, which our code never stores."""


def written(value: object) -> str:
    """A value as a column holds it."""
    return _encode(value).decode()
