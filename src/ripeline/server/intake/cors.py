"""Which websites' scripts may talk to the intake, as browsers ask it."""

from __future__ import annotations

_ALLOWED_HEADERS = (
    "authorization, content-type, content-encoding, x-retry-count, anonymousid, sentat, rsa-retry-attempt, "
    "rsa-retry-reason, rsa-since-first-attempt, rsa-since-last-attempt"
)
_DAY = "86400"


def headers(origin: bytes, *, is_allowed: bool) -> list[tuple[bytes, bytes]]:
    """What every answer to a request from that website carries, refusals too; the browser then lets it be read.

    No cookie means anything to the intake; credentials are allowed because some sites send them with everything.
    """
    vary = (b"vary", b"origin")
    if not is_allowed:
        return [vary]
    return [
        vary,
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
        (b"access-control-allow-headers", _ALLOWED_HEADERS.encode()),
        (b"access-control-expose-headers", b"retry-after"),
        (b"access-control-max-age", _DAY.encode()),
    ]
