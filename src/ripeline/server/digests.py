"""By what texts and secrets are known in the database."""

from __future__ import annotations

import hashlib
import hmac


def digest_of(text: str) -> str:
    """The SHA-256 of a text; for a secret it suffices, as nobody guesses the random bits that ours are made of."""
    return hashlib.sha256(text.encode()).hexdigest()


def keyed(kind: str, value: str, *, key: bytes) -> str:
    """The hash of what somebody or something is known by: nobody without the installation's key makes or reads it."""
    return hmac.new(key, f"{kind}:{value}".encode(errors="surrogatepass"), "sha256").hexdigest()
