"""By what texts and secrets are known in the database."""

from __future__ import annotations

import hashlib


def digest_of(text: str) -> str:
    """The SHA-256 of a text; for a secret it suffices, as nobody guesses the random bits that ours are made of."""
    return hashlib.sha256(text.encode()).hexdigest()
