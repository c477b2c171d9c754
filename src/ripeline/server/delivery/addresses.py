"""Which network addresses messages may be sent to: public ones, and those that an administrator allows by name.

A name is resolved once, every address it has is judged, and the connection goes to a judged address; so what the name
answers a moment later changes nothing.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpx
from django.conf import settings

from ripeline.server.refusals import Refusal

Address = IPv4Address | IPv6Address

PORTS = frozenset({443, 8443})
"""What a public receiver may listen on; an allowed one may listen on any."""

_DEFAULT_PORTS = {"http": 80, "https": 443}

_NAT64 = IPv6Network("64:ff9b::/96")
_6TO4 = IPv6Network("2002::/16")
_PUBLIC = IPv6Network("2000::/3")
_DENIED: tuple[IPv4Network | IPv6Network, ...] = (
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),
    IPv6Network("2001::/23"),  # Teredo and other uses that hide where a packet ends
)


class NotAllowed(Exception):
    """Nothing is sent to where this name leads."""


def innermost(address: Address) -> Address:
    """The IPv4 address that an IPv6 address carries for a translator or a tunnel, else the address itself."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
        if address in _6TO4:
            return IPv4Address(int(address) >> 80 & 0xFFFFFFFF)
    return address


def is_public(address: Address) -> bool:
    """Whether packets to it leave for the public network, whatever it is wrapped in."""
    inner = innermost(address)
    if isinstance(inner, IPv6Address) and inner not in _PUBLIC:
        return False
    return inner.is_global and not inner.is_multicast and not any(inner in net for net in _DENIED)


def target(url: str) -> httpx.URL:
    """An address as it is understood everywhere; raises NotAllowed for what is no plain address of the web."""
    try:
        parts = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError):
        raise NotAllowed(url) from None
    if parts.scheme not in _DEFAULT_PORTS or parts.userinfo or not parts.raw_host or parts.port == 0:
        raise NotAllowed(url)
    return parts


def unfit(url: str) -> Refusal | None:
    """Why messages may not be sent to a URL, as far as it can be told now."""
    try:
        parts = target(url)
        judged(parts.raw_host.decode(), parts.port or _DEFAULT_PORTS[parts.scheme], is_plain=parts.scheme == "http")
    except socket.gaierror:
        return Refusal.UNKNOWN_HOST
    except (NotAllowed, OSError):
        return Refusal.NOT_A_RECEIVER
    return None


def judged(host: str, port: int, *, is_plain: bool) -> list[str]:
    """The addresses of a host, all of them fit to be sent to; in the clear only within the networks allowed.

    Raises NotAllowed, and OSError if it has none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (UnicodeError, OverflowError):
        raise NotAllowed(host) from None
    addresses = list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
    for text in addresses:
        address = ip_address(text)
        if any(address in net or innermost(address) in net for net in settings.ALLOWED_NETWORKS):
            continue
        if is_plain or port not in PORTS or not is_public(address):
            raise NotAllowed(host)
    return addresses
