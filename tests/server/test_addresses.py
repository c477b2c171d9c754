"""Messages leave for public addresses only, however the address is written and whatever it is wrapped in."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import Any

import pytest

from ripeline.server.delivery import addresses, webhooks

HIDDEN = (
    *("127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "0", "0.0.0.0", "localhost", "①②⑦.⓪.⓪.①"),  # noqa: S104
    *("10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.8", "192.88.99.1"),
    *("224.0.0.1", "240.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "203.0.113.9"),
    *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b::7f00:1]"),
    *("[64:ff9b:1::1]", "[2002:7f00:1::]", "[2002:a00:1::1]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]"),
    *("[fe80::1]", "[fc00::1]", "[fd12::1]", "[fec0::1]", "[ff02::1]", "[2001:db8::1]", "[100::1]", "[::7f00:1]"),
)
URLS = (
    *(f"http://{host}/hook" for host in HIDDEN),
    *(
        "https://8.8.8.8:22/",
        "http://8.8.8.8:6379/",
        "file:///etc/passwd",
        "gopher://8.8.8.8/",
        "http://",
        "https:///x",
    ),
    *("http://user@127.0.0.1/", "http://8.8.8.8@127.0.0.1/", "http://127.0.0.1%2f@8.8.8.8:25/", "//8.8.8.8", ""),
)


@pytest.fixture
def dialed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The addresses to which a connection was tried; none is made."""
    tried: list[Any] = []

    def dial(address: Any, *_: object, **__: object) -> None:  # noqa: ANN401 - as the socket has it
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", dial)
    monkeypatch.delenv("RIPELINE_ALLOWED_NETWORKS", raising=False)
    return tried


def test_no_socket_is_opened_to_a_hidden_address(dialed: list[Any]) -> None:
    """More than forty ways to write an address inside."""
    answers = {url: webhooks.send(url, "whsec_c2VjcmV0", "key", "{}", now=0) for url in URLS}
    assert len(URLS) > 40
    assert [url for url in URLS if addresses.is_fit(url)] == []
    assert dialed == []
    assert {url for url, answer in answers.items() if answer.status or answer.is_success} == set()


@pytest.mark.parametrize("url", ["http://8.8.8.8/", "https://[2606:4700::1111]:8443/x", "http://[64:ff9b::808:808]/"])
def test_a_public_address_is_tried(dialed: list[Any], url: str) -> None:
    """Also one that is reached through a translator."""
    webhooks.send(url, "whsec_c2VjcmV0", "key", "{}", now=0)
    assert len(dialed) == 1


def test_a_name_with_one_hidden_address_is_not_sent_to(dialed: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """All addresses of a name are judged, not the first."""
    entries = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, 443)) for text in ("8.8.8.8", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: entries)
    webhooks.send("https://example.com/", "whsec_c2VjcmV0", "key", "{}", now=0)
    assert dialed == []


def test_the_connection_goes_to_the_address_that_was_judged(dialed: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that answers otherwise a moment later leads nowhere else."""
    answers = iter(["8.8.8.8", "127.0.0.1", "127.0.0.1"])

    def resolve(*_: object, **__: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), 443))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    webhooks.send("https://example.com/", "whsec_c2VjcmV0", "key", "{}", now=0)
    assert dialed == [("8.8.8.8", 443)]


def test_an_administrator_may_allow_a_network(dialed: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Any port of it, and nothing beside it."""
    monkeypatch.setenv("RIPELINE_ALLOWED_NETWORKS", "10.1.0.0/16, fd00::/8")
    for url in ("http://10.1.2.3:9000/", "http://[fd00::1]:81/", "http://[::ffff:10.1.2.3]/", "http://10.2.0.1/"):
        webhooks.send(url, "whsec_c2VjcmV0", "key", "{}", now=0)
    assert [address[0] for address in dialed] == ["10.1.2.3", "fd00::1", "::ffff:10.1.2.3"]


def test_an_endpoint_is_public_and_encrypted_or_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain http only into an allowed network; no name and password in the address."""
    monkeypatch.setenv("RIPELINE_ALLOWED_NETWORKS", "10.1.0.0/16")
    fit = ("https://8.8.8.8/hook", "https://8.8.8.8:8443/hook", "http://10.1.2.3:9000/hook")
    unfit = ("http://8.8.8.8/hook", "https://user:secret@8.8.8.8/hook", "http://10.2.0.1/", "https://nowhere.invalid/")
    assert [url for url in (*fit, *unfit) if addresses.is_fit(url)] == list(fit)


def test_what_is_wrapped_is_unwrapped() -> None:
    """Mapped, translated and tunnelled addresses are judged by what they carry."""
    wrapped = ("::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::")
    assert {str(addresses.innermost(ip_address(text))) for text in wrapped} == {"10.0.0.1"}
