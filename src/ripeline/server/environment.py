"""Addresses and networks as the environment names them; without Django, whose settings they become."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

Network = IPv4Network | IPv6Network


class Place(NamedTuple):
    """Where something is reached, and as whom; what is not named is empty."""

    scheme: str
    host: str
    port: int
    user: str
    password: str
    path: str


def place(text: str, schemes: Mapping[str, int]) -> Place:
    """The place at scheme://user:password@host:port/path; without a port, that of its scheme.

    Raises ValueError for what is none, or for another scheme.
    """
    told = urlsplit(text.strip())
    port = told.port or schemes.get(told.scheme)
    if port is None:
        raise ValueError(told.scheme)
    user, password, path = map(unquote, (told.username or "", told.password or "", told.path.strip("/")))
    return Place(told.scheme, unquote(told.hostname or ""), port, user, password, path)


def listening(text: str) -> tuple[str, int] | None:
    """The host and the port to listen on; none for the path of a socket. Raises ValueError for what is neither."""
    if "/" in text or ":" not in text:
        return None
    told = urlsplit(f"//{text}")
    if told.port is None or told.username is not None:
        raise ValueError(text)
    return told.hostname or "127.0.0.1", told.port


def spans(text: str, defaults: Mapping[str, int]) -> dict[str, int]:
    """How long each kind of thing is kept, in days: kind=36 months or kind=90 days, divided by commas.

    What is not named is kept as by default. Raises ValueError for another kind, or for what is no such time.
    """
    found = dict(defaults)
    for one in filter(None, map(str.strip, text.split(","))):
        kind, _, told = map(str.strip, one.partition("="))
        count, unit = told.split()
        if kind not in defaults or int(count) < 1:
            raise ValueError(one)
        found[kind] = round(int(count) * {"month": 30.4375, "day": 1.0}[unit.removesuffix("s")])
    return found


def networks(text: str) -> tuple[Network, ...]:
    """Networks that are divided by commas; raises ValueError for what is none."""
    return tuple(ip_network(one.strip()) for one in text.split(",") if one.strip())
