"""What an erasure leaves to do once no row points to the person: texts, pages, and forgetting the words themselves."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ripeline.server import json_text
from ripeline.server.instants import HOUR, MINUTE, SECOND
from ripeline.server.instruments.failpoints import failpoint
from ripeline.server.rights.erasing import mentions, pages
from ripeline.server.rights.erasures import Erasure
from ripeline.server.rights.retention import RetentionRun

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEASE = 5 * MINUTE
_PAUSE = 30 * SECOND
"""So long the files are left alone after somebody was found reading them."""
_RUN = HOUR
"""So long a run of retention is waited for, so that the pages are cleared once for all whom it erases."""
_PATIENCE = 1.0
"""Seconds that one step looks through the ledger."""
TOGETHER = 100
"""So many people are looked for at once."""
_sought: dict[int, list[str]] = {}
"""By erasure, the words that no page may hold: known to the process that looked for them, and written nowhere."""


def run(now: int) -> int:
    """One step of the erasures that are not done, if there are any: 1, else 0.

    Texts are looked through once for many people; then the pages are cleared once for all of them.
    """
    free = Erasure.objects.filter(done_at=None, claimed_until__lt=now)
    first = free.filter(is_looked=False).order_by("pk").first()
    if first is not None:
        # Whoever was erased later is looked for from the beginning, with others of that time.
        equal = free.filter(is_looked=False, looked_upto=first.looked_upto).order_by("pk")
        sought = list(equal[:TOGETHER])
        return _look_for(sought) if _claim([one.pk for one in sought], now) else 0
    if RetentionRun.objects.filter(finished_at=None, at__gt=now - _RUN).exists():
        return 0  # more will come
    waiting = list(free.order_by("pk"))
    return _clear(waiting, now) if waiting and _claim([each.pk for each in waiting], now) else 0


def _look_for(sought: Sequence[Erasure]) -> int:
    rows = Erasure.objects.filter(pk__in=[one.pk for one in sought])
    left: list[dict[str, Any]] = [json_text.read(one.words) for one in sought]
    words = [word for told in left for word in told.get("words", ())]
    upto, is_done = _look(words, after=sought[0].looked_upto, until=time.monotonic() + _PATIENCE)
    if not is_done:
        rows.update(claimed_until=0, looked_upto=upto)
        return 1
    phones = [phone for told in left for phone in told.get("phones", ())]
    mentions.elsewhere([*words, *phones], [lead for told in left for lead in told.get("leads", ())])
    failpoint("before_words_go")
    # The words themselves go before the pages are cleared; whoever dies in between has all pages written anew.
    for one, told in zip(sought, left, strict=True):
        _sought[one.pk] = [*told.get("words", ()), *told.get("phones", ())]
        Erasure.objects.filter(pk=one.pk).update(words=json_text.written({"tables": told["tables"]}))
    rows.update(is_looked=True, claimed_until=0)
    return 1


def _clear(waiting: Sequence[Erasure], now: int) -> int:
    numbers = [one.pk for one in waiting]
    tables = {table for one in waiting for table in json_text.read(one.words)["tables"]}
    is_known = all(number in _sought for number in numbers)
    words = [word for number in numbers for word in _sought[number]] if is_known else None
    rows = Erasure.objects.filter(pk__in=numbers)
    if not pages.free(tables, words):
        rows.update(claimed_until=now + _PAUSE)
        return 1
    rows.update(words="", claimed_until=0, done_at=now)
    for number in numbers:
        _sought.pop(number, None)
    return 1


def finish(now: int) -> bool:
    """All steps of all erasures at once; False if somebody reads the files and the worker has to go on later."""
    while run(now):
        pass
    return not Erasure.objects.filter(done_at=None).exists()


def _claim(numbers: Sequence[int], now: int) -> bool:
    """Whether nobody else was faster; of several that somebody else has begun with, all are left."""
    free = Erasure.objects.filter(pk__in=numbers, done_at=None, claimed_until__lt=now)
    return free.update(claimed_until=now + _LEASE) == len(numbers)


def _look(words: Sequence[str], *, after: int, until: float) -> tuple[int, bool]:
    """Look through the ledger from where it was left: up to where, and whether that is all."""
    while (upto := mentions.in_ledger(words, after=after)) is not None:
        after = upto
        if time.monotonic() > until:
            return after, False
    return after, True
