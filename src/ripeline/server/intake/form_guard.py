"""What forms take: how often, from whom, and the same words how many times; remembered by each process for itself."""

from __future__ import annotations

import threading
from collections import OrderedDict
from ipaddress import ip_address, ip_network

from ripeline.server.answers import NotTaken
from ripeline.server.instants import HOUR
from ripeline.server.intake.limits import Bucket

OF_A_FORM = (1.0, 60.0)
"""So many a second in the long run, and so many at once; more are put aside."""
OF_A_SENDER = (10 / 3_600, 10.0)
"""The same for one address on the internet."""
AT_ALL = (20.0, 200.0)
"""The same for a form, put aside or not; more are refused, so that nobody fills the database."""
SAME_TEXT = 3
"""So many times within an hour the same words are a person's."""
_SHORT = 20  # signs: short texts are alike by chance
_REMEMBERED = 10_000  # senders, and texts


class Guard:
    """Judges one submission after the other; safe to be asked by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: OrderedDict[tuple[str, str], Bucket] = OrderedDict()
        self._texts: OrderedDict[str, list[tuple[int, str]]] = OrderedDict()

    def admit(self, form: str, now: int) -> None:
        """Take one more for a form; raises NotTaken, with when to come again, if there are far too many."""
        with self._lock:
            self._bucket("all", form, AT_ALL, now).take(1, now)

    def is_too_often(self, form: str, sender: str, now: int) -> str:
        """Of what there was too much, the form or its sender; empty if there was not."""
        with self._lock:
            for kind, whose, rate in (("sender", network(sender), OF_A_SENDER), ("form", form, OF_A_FORM)):
                try:
                    if whose:
                        self._bucket(kind, whose, rate, now).take(1, now)
                except NotTaken:
                    return kind
        return ""

    def is_repeated(self, text: str, key: str, now: int) -> bool:
        """Whether the same words came in too many submissions within an hour; a submission counts once by its key."""
        if len(text) < _SHORT:
            return False
        with self._lock:
            since = [(at, own) for at, own in self._texts.pop(text, []) if at > now - HOUR and own != key]
            self._texts[text] = [*since[-SAME_TEXT:], (now, key)]
            _forget(self._texts)
            return len(since) >= SAME_TEXT

    def _bucket(self, kind: str, whose: str, rate: tuple[float, float], now: int) -> Bucket:
        bucket = self._buckets.pop((kind, whose), None) or Bucket(rate[0], now, most=rate[1])
        self._buckets[kind, whose] = bucket
        _forget(self._buckets)
        return bucket


def network(sender: str) -> str:
    """Whom an address stands for: itself, or its network of 64 bits; nobody if it is not one of the internet.

    Behind a proxy every request comes from the proxy's address, which says nothing of the sender.
    """
    try:
        address = ip_address(sender)
    except ValueError:
        return ""
    if not address.is_global:
        return ""
    return str(ip_network((address, 64), strict=False)) if address.version == 6 else str(address)  # noqa: PLR2004 - IPv6


def _forget(remembered: OrderedDict[str, list[tuple[int, str]]] | OrderedDict[tuple[str, str], Bucket]) -> None:
    while len(remembered) > _REMEMBERED:
        remembered.popitem(last=False)
