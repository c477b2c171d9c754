"""A server of tests: it listens on this machine, in a thread of its own."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def listening(handler: Callable[[Any, Any, ThreadingTCPServer], BaseRequestHandler]) -> Iterator[int]:
    """Answer each connection by a handler of its own meanwhile; gives the port."""
    server = ThreadingTCPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
