"""An offer is worked without a script, by forms alone; and slow clients hold up nobody."""

from __future__ import annotations

import json
import re
import socket
import time
import urllib.request
from contextlib import ExitStack
from html import unescape
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from offers import STORIES, send
from websites import soon

if TYPE_CHECKING:
    from websites import House

SLOW, PATIENCE = 8, 2.0
STATUS = "SELECT status, touched_at IS NOT NULL FROM server_handoff"
_FORM = re.compile(r'<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>', re.DOTALL)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


class Reader:
    """Somebody whose program knows pages and forms, and no script."""

    def __init__(self, house: House) -> None:
        self.house, self.root = house, f"http://127.0.0.1:{house.installation.port}"
        self._jar = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.page = ""

    def open(self, path: str) -> str:
        """Read a page."""
        self.page = self._jar.open(self.root + path, timeout=30).read().decode()
        return self.page

    def send(self, ends: str, **said: str) -> str:
        """Send the form of this page whose address ends so, and read what comes."""
        address, inside = next(form for form in _FORM.findall(self.page) if form[0].endswith(ends))
        hidden = {name: unescape(value) for name, value in _HIDDEN.findall(inside)}
        body = urlencode(hidden | said).encode()
        request = urllib.request.Request(self.root + address, body, {"Referer": self.root})  # noqa: S310 - our own
        self.page = self._jar.open(request, timeout=30).read().decode()
        return self.page

    def log_in(self) -> None:
        """As Rosa."""
        told = self.house.installation.run("user", "password", "rosa", "--json")
        secret = json.loads(told.stdout)["password"]
        page = self.open("/login/")
        token = _HIDDEN.findall(page)
        body = urlencode(dict(token) | {"username": "rosa", "password": secret}).encode()
        request = urllib.request.Request(f"{self.root}/login/", body, {"Referer": self.root})  # noqa: S310 - our own
        self._jar.open(request, timeout=30).read()


@pytest.fixture(scope="module")
def reader(house: House) -> Reader:
    """Rosa, to whom Mia was offered."""
    send(house, STORIES["detailed request"])
    soon(lambda: house.installation.rows(STATUS) == [("offered", 0)], 120)
    made = Reader(house)
    made.log_in()
    return made


def test_eight_slow_clients_do_not_hold_up_the_queue(house: House, reader: Reader) -> None:
    """Each has begun to send an answer, and none goes on: a page takes no thread before its request is there."""
    begun = b"POST /handoffs/1/accept/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nseen="
    with ExitStack() as slow:
        for _ in range(SLOW):
            client = slow.enter_context(socket.create_connection(("127.0.0.1", house.installation.port)))
            client.sendall(begun)
        since = time.monotonic()
        assert "<title>Queue" in reader.open("/queue/")
        assert time.monotonic() - since < PATIENCE


def test_an_offer_is_accepted_touched_and_confirmed_by_forms_alone(house: House, reader: Reader) -> None:
    """From the card to the SQL, and each step says what follows."""
    rows = house.installation.rows
    assert rows(STATUS) == [("offered", 0)]
    reader.open("/queue/")
    assert "It is yours." in reader.send("/accept/")
    assert "The clock has stopped" in reader.send("/touch/", how="call", reached="yes", note="Wants a plan")
    soon(lambda: rows(STATUS) == [("accepted", 1)])
    assert "it is an SQL, and stays yours" in reader.send("/confirm/")
    soon(lambda: rows(STATUS) == [("confirmed", 1)])
    assert rows("SELECT stage FROM server_lead") == [("sql",)]
    assert "Nothing is waiting for you." in reader.open("/queue/")
