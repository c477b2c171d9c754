"""Endpoints as tests add them."""

from __future__ import annotations

from typing import Any

from ripeline.server.delivery import endpoints
from ripeline.server.delivery.endpoints import Endpoint


def added(address: str, *, now: int, **more: Any) -> Endpoint:  # noqa: ANN401 - as the verb has it
    """A new endpoint that is not refused."""
    endpoint = endpoints.add(address, now=now, **more)
    assert isinstance(endpoint, Endpoint), endpoint
    return endpoint
