"""Messages leave for public addresses only, however the address is written and whatever it is wrapped in."""

from __future__ import annotations

import socket
import sys
from contextlib import contextmanager
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction

from outgoing_rows import added
from receiver import Receiver, allow
from ripeline.server.delivery import addresses, outbox, webhooks
from ripeline.server.delivery.courier import deliver
from ripeline.server.delivery.endpoints import Endpoint
from ripeline.server.delivery.outbox import Delivery
from ripeline.server.operation.commands import endpoints as commands
from ripeline.server.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from set_clock import SetClock

HIDDEN = (
    *("127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "017700000001", "0"),
    *("0.0.0.0", "localhost", "LOCALHOST", "localhost.", "127.0.0.1.", "①②⑦.⓪.⓪.①", "１２７.0.0.1", "127。0。0。1"),  # noqa: RUF001, S104
    *("10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "192.0.0.8", "192.88.99.1", "127.255.255.254"),
    *("224.0.0.1", "240.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "203.0.113.9"),
    *("169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.16689662", "169.254.43518"),
    *("[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b::169.254.169.254]"),
    *("[2002:a9fe:a9fe::]", "[::169.254.169.254]", "[fd00:ec2::254]", "[fe80::a9fe:a9fe%25eth0]", "[fe80::1%25lo]"),
    *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]"),
    *("[64:ff9b:1::1]", "[2002:7f00:1::]", "[2002:a00:1::1]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]"),
    "[2001:20::1]",
    *("[fe80::1]", "[fc00::1]", "[fd12::1]", "[fec0::1]", "[ff02::1]", "[2001:db8::1]", "[100::1]", "[::7f00:1]"),
)
URLS = (
    *(f"http://{host}/hook" for host in HIDDEN),
    *(f"https://{host}/hook" for host in HIDDEN),
    *(
        "https://8.8.8.8:22/",
        "http://8.8.8.8:6379/",
        "https://8.8.8.8:25/",
        "https://8.8.8.8:0/",
        "https://8.8.8.8:99999/",
    ),
    *("file:///etc/passwd", "gopher://127.0.0.1:6379/_INFO", "ftp://8.8.8.8/", "dict://127.0.0.1/", "unix:///run/x"),
    *("http://", "https:///x", "", "//8.8.8.8", "8.8.8.8", "https://", "javascript:alert(1)", "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/"),
    *("http://user@127.0.0.1/", "http://8.8.8.8@127.0.0.1/", "https://127.0.0.1%2f@8.8.8.8:25/", "https://a:b@127.1/"),
    *("https://127.0.0.1\\@8.8.8.8/", "https://127.0.0.1#@8.8.8.8/", "https://127.0.0.1?@8.8.8.8/", "https://[::1"),
    *("https://127.0.0.1\r\nHost: 8.8.8.8/", "https://127.0.0.1\t/", " https://127.0.0.1/", "https://127.0.0.1 /"),
    *(
        f"https://{'a' * 64}.example/",
        "https://xn--/",
        "https://a..b/",
        "https://%31%32%37.0.0.1/",
        "http://8.8.8.8/",
        "http://8.8.8.8:443/",
        "http://[64:ff9b::808:808]/",
        "https://8.8.8.8:80/",
        f"https://{'a' * 600}/",
    ),
)
"""Addresses in the network behind us, and what is no address; none of them may be sent to."""

_seen: list[tuple[str, Any]] = []
_is_watching = [False]


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    is_begun = _is_watching[0] and event in {"socket.connect", "socket.sendto", "socket.sendmsg"}
    if is_begun and arguments[0].family in {socket.AF_INET, socket.AF_INET6}:
        _seen.append((event, arguments[1]))


sys.addaudithook(_watch)  # Python calls it for each connection that any code begins, and it stays for good


@contextmanager
def _connections() -> Iterator[list[tuple[str, Any]]]:
    """The connections that were begun meanwhile, by whatever code."""
    _seen.clear()
    _is_watching[0] = True
    try:
        yield _seen
    finally:
        _is_watching[0] = False


@pytest.fixture(autouse=True)
def _none_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, "")


@pytest.fixture
def dialed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The addresses to which a connection was tried; none is made."""
    tried: list[Any] = []

    def dial(address: Any, *_: object, **__: object) -> None:  # noqa: ANN401 - as the socket has it
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", dial)
    return tried


def _sent(url: str) -> webhooks.Answer:
    return webhooks.post(url, {}, "{}", now=0)


# --- no socket ------------------------------------------------------------------------------------


def test_the_watch_sees_a_connection() -> None:
    """Else what follows would prove nothing."""
    with Receiver() as receiver, _connections() as begun, socket.create_connection(("127.0.0.1", receiver.port)):
        assert [event for event, _ in begun] == ["socket.connect"]


def test_no_socket_is_opened_to_a_hidden_address() -> None:
    """More than a hundred ways to write what is no public address, sent to whatever was checked before."""
    with _connections() as begun:
        answers = {url: _sent(url) for url in URLS}
    assert len(set(URLS)) > 100
    assert begun == []
    assert {url for url, answer in answers.items() if answer.status or answer.is_success} == set()


@pytest.mark.django_db
def test_none_of_them_becomes_an_endpoint_or_is_tested(clock: SetClock) -> None:
    """Neither a new endpoint nor the new address of an old one; and an old one that has one is not tested."""
    Endpoint.objects.create(address="https://example.com/", created_at=clock())
    with _connections() as begun:
        for url in URLS:
            for kind in ("webhook", "chat"):
                assert "refused" in commands.endpoint_add(now=clock(), address=url, kind=kind), url
            assert "refused" in commands.endpoint_change(now=clock(), address="https://example.com/", to=url), url
    assert [Endpoint.objects.get().address, begun] == ["https://example.com/", []]
    with _connections() as begun:
        for url in filter(None, URLS):
            Endpoint.objects.update(address=url[:500])
            assert "refused" in commands.endpoint_test(now=clock(), address=url[:500]), url
    assert begun == []


@pytest.mark.django_db(transaction=True)
def test_none_of_them_is_sent_to_from_the_outbox(clock: SetClock) -> None:
    """An endpoint that slipped into the table all the same leads nowhere."""
    for url in URLS:
        Endpoint.objects.get_or_create(address=url[:500], defaults={"created_at": clock(), "secret": "whsec_c2VjcmV0"})
    with transaction.atomic():
        outbox.tell([outbox.Message("lead.move.mql", "decision-1", "{}")], now=clock())
    with _connections() as begun:
        deliver(clock)
    assert begun == []
    assert Delivery.objects.filter(attempts=1, delivered_at=None).count() == len({url[:500] for url in URLS})


@pytest.mark.django_db(transaction=True)
def test_a_redirect_leads_nowhere(clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not to loopback either: the one connection is to the receiver that points there."""
    allow(monkeypatch, "127.0.0.1/32")
    with Receiver() as receiver, Receiver() as inside:
        receiver.answer = lambda _: (302, {"Location": inside.url.replace("127.0.0.1", "127.0.0.2")})
        added(receiver.url, now=clock())
        with transaction.atomic():
            outbox.tell([outbox.Message("lead.move.mql", "decision-1", "{}")], now=clock())
        with _connections() as begun:
            deliver(clock)
        assert [address for _, address in begun] == [("127.0.0.1", receiver.port)]
        assert (inside.connections, Delivery.objects.get().last_answer) == (0, "302")


# --- names ----------------------------------------------------------------------------------------


def test_a_name_with_one_hidden_address_is_not_sent_to(dialed: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """All addresses of a name are judged, not the first."""
    entries = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, 443)) for text in ("8.8.8.8", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: entries)
    _sent("https://example.com/")
    assert dialed == []


def test_the_connection_goes_to_the_address_that_was_judged(dialed: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that answers otherwise a moment later leads nowhere else: a look-up, a check and a connection are one."""
    answers = iter(["8.8.8.8", "127.0.0.1", "8.8.4.4", "169.254.169.254"])

    def resolve(*_: object, **__: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), 443))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    said = [_sent("https://example.com/").said for _ in range(4)]
    assert dialed == [("8.8.8.8", 443), ("8.8.4.4", 443)]
    assert [said[1], said[3]] == ["address not allowed"] * 2


def test_a_name_that_was_fit_when_it_was_added_is_judged_anew(
    dialed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is rebound to loopback after the endpoint was added."""
    address = ["8.8.8.8"]

    def resolve(*_: object, **__: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address[0], 443))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert addresses.unfit("https://example.com/") is None
    address[0] = "127.0.0.1"
    assert _sent("https://example.com/").said == "address not allowed"
    assert dialed == []


def test_a_name_that_is_not_known_is_told_from_one_that_is_not_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cure is another one."""

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    assert addresses.unfit("https://127.0.0.1/") is Refusal.NOT_A_RECEIVER
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert addresses.unfit("https://nowhere.invalid/") is Refusal.UNKNOWN_HOST


# --- what may be sent to --------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["https://8.8.8.8/", "https://[2606:4700::1111]:8443/x", "https://[64:ff9b::808:808]/"])
def test_a_public_address_is_tried(dialed: list[Any], url: str) -> None:
    """Also one that is reached through a translator."""
    _sent(url)
    assert len(dialed) == 1


def test_an_administrator_may_allow_a_network(dialed: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Any port of it, and nothing beside it."""
    allow(monkeypatch, "10.1.0.0/16, fd00::/8")
    for url in ("http://10.1.2.3:9000/", "http://[fd00::1]:81/", "http://[::ffff:10.1.2.3]/", "http://10.2.0.1/"):
        _sent(url)
    assert [address[0] for address in dialed] == ["10.1.2.3", "fd00::1", "::ffff:10.1.2.3"]


def test_an_endpoint_is_public_and_encrypted_or_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain http only into an allowed network; no name and password in the address."""
    allow(monkeypatch, "10.1.0.0/16")
    fit = ("https://8.8.8.8/hook", "https://8.8.8.8:8443/hook", "http://10.1.2.3:9000/hook")
    unfit = ("http://8.8.8.8/hook", "https://user:secret@8.8.8.8/hook", "http://10.2.0.1/", "https://nowhere.invalid/")
    assert [url for url in (*fit, *unfit) if addresses.unfit(url) is None] == list(fit)


def test_what_is_wrapped_is_unwrapped() -> None:
    """Mapped, translated and tunnelled addresses are judged by what they carry."""
    wrapped = ("::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::")
    assert {str(addresses.innermost(ip_address(text))) for text in wrapped} == {"10.0.0.1"}
