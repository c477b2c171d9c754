"""The present of the made-up company: what the story tells next happens now, and comes in as from any website."""

from __future__ import annotations

import base64
import json
import threading
import time
from typing import TYPE_CHECKING

import httpx

from ripeline.server import instants

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ripeline.integrations.own_files import Row

TIMEOUT = 5.0


class Present:
    """Sends what comes next to the server at an address, one row each so many seconds, until the process ends."""

    def __init__(self, rows: Sequence[Row], *, address: str, write_key: str, seconds: float) -> None:
        self._rows = rows
        self._address = address
        self._seconds = seconds
        self._headers = {"Authorization": f"Basic {base64.b64encode(f'{write_key}:'.encode()).decode()}"}

    def begin(self) -> None:
        """Begin as soon as the server is ready; returns at once."""
        threading.Thread(target=self._go_on, name="present", daemon=True).start()

    def _go_on(self) -> None:
        with httpx.Client(base_url=self._address, headers=self._headers, timeout=TIMEOUT) as client:
            for row in self._rows:
                message = _message(row)
                while not _is_taken(client, message):
                    time.sleep(1.0)
                time.sleep(self._seconds)


def _message(row: Row) -> dict[str, object]:
    """A row of the story as the server of a website tells it, as of now."""
    claims, said = json.loads(row.claims), json.loads(row.properties)
    context = {"externalId": [{"id": claims["external"]}]}
    if "account" in claims:
        context |= {"groupId": claims["account"]}
    told = {"messageId": row.key, "context": context, "timestamp": instants.text(instants.now())}
    if row.name == "attributes_changed":
        return told | {"type": "identify", "traits": said}
    return told | {"type": "track", "event": row.name, "properties": said}


def _is_taken(client: httpx.Client, message: dict[str, object]) -> bool:
    """Whether the server has it; not while it starts, or has too much to do."""
    try:
        return client.post("/v1/batch", json={"batch": [message]}).is_success
    except httpx.HTTPError:
        return False
