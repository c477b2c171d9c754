"""Ports for the servers that the tests start."""

from __future__ import annotations

import random
import socket

_CHANCE = random.SystemRandom()  # not the seeded one: tests that run beside each other must draw different ports


def free_port() -> int:
    """A port that nobody listens on.

    It lies below those that the system gives to outgoing connections, so that none of them takes it first.
    """
    while True:
        port = _CHANCE.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
