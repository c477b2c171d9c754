"""A receiver of webhooks that records what comes and answers as told."""

from __future__ import annotations

from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings

from listening import listening
from ripeline.server import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pytest


def allow(monkeypatch: pytest.MonkeyPatch, networks: str) -> None:
    """Let messages be sent to these networks, and to no other that is not public."""
    monkeypatch.setattr(settings, "ALLOWED_NETWORKS", environment.networks(networks))


@dataclass
class Received:
    """One call: its headers, in lower case, and its body."""

    headers: Mapping[str, str]
    body: str


@dataclass
class Receiver:
    """Listens on this machine; `answer` gives status and headers for each call, or answers by itself and gives None."""

    answer: Callable[[Any], tuple[int, Mapping[str, str]] | None] = lambda _: (204, {})
    received: list[Received] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> Self:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                receiver.connections += 1
                super().setup()

            def do_POST(self) -> None:
                size = int(self.headers.get("Content-Length", "0"))
                data = self.rfile.read(size)
                if len(data) < size:  # the sender died in the midst of it: nothing was received
                    self.close_connection = True
                    return
                body = data.decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.received.append(Received(headers, body))
                told = receiver.answer(self)
                if told is None:
                    self.close_connection = True
                    return
                self.send_response(told[0])
                for name, value in {"Content-Length": "0", **told[1]}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._listening = listening(Handler)
        self.port = self._listening.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.__exit__(None, None, None)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook"
