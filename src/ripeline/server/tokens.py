"""Tokens in the links of mails: each stands for one row, nobody can make one without the secret, and none is stored.

A secret that was replaced still opens what it signed, as long as it is kept beside the new one.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

_BYTES = 18
"""144 bits of the signature: more than anybody guesses, and short enough for a line of a mail."""


def token(purpose: str, row: int) -> str:
    """The token of a row for one purpose; always the same."""
    return f"{row:x}-{_signed(purpose, row, settings.SECRET_KEY)}"


def row_of(purpose: str, text: str) -> int | None:
    """The row that a token stands for; None for what we did not make, or made for another purpose."""
    number, _, signature = text.partition("-")
    try:
        row = int(number, 16)
    except ValueError:
        return None
    if number != f"{row:x}":  # one row has one token: no other way to write its number counts
        return None
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    is_ours = any(constant_time_compare(signature.encode(), _signed(purpose, row, one).encode()) for one in secrets)
    return row if is_ours else None


def _signed(purpose: str, row: int, secret: str) -> str:
    signature = salted_hmac(f"ripeline.link.{purpose}", str(row), secret=secret, algorithm="sha256").digest()
    return urlsafe_b64encode(signature[:_BYTES]).decode()
