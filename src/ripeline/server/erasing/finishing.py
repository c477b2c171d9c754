"""What an erasure leaves to do once no row points to the person: texts, pages, and forgetting the words themselves."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ripeline.server import json_text
from ripeline.server.erasing import mentions, pages
from ripeline.server.erasures import Erasure
from ripeline.server.instants import MINUTE, SECOND
from ripeline.server.operation.failpoints import failpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEASE = 5 * MINUTE
_PAUSE = 30 * SECOND
"""So long the files are left alone after somebody was found reading them."""
_PATIENCE = 1.0
"""Seconds that one step looks through the ledger."""


def run(now: int) -> int:
    """One step of one erasure that is not done, if there is any: 1, else 0."""
    one = Erasure.objects.filter(done_at=None, claimed_until__lt=now).order_by("pk").first()
    if one is None or not _claim(one, now):
        return 0
    left: dict[str, Any] = json_text.read(one.words)
    words = left.get("words")
    if words is not None:
        if not _look(one, words, until=time.monotonic() + _PATIENCE):
            Erasure.objects.filter(pk=one.pk).update(claimed_until=0, looked_upto=one.looked_upto)
            return 1
        mentions.elsewhere([*words, *left["phones"]], left["leads"])
        failpoint("before_words_go")
        # The words themselves go before the pages are cleared; whoever dies in between has all pages written anew.
        Erasure.objects.filter(pk=one.pk).update(words=json_text.written({"tables": left["tables"]}))
    if pages.free(left["tables"], None if words is None else [*words, *left["phones"]]):
        Erasure.objects.filter(pk=one.pk).update(words="", claimed_until=0, done_at=now)
    else:
        Erasure.objects.filter(pk=one.pk).update(claimed_until=now + _PAUSE)
    return 1


def finish(now: int) -> bool:
    """All steps of all erasures at once; False if somebody reads the files and the worker has to go on later."""
    while run(now):
        pass
    return not Erasure.objects.filter(done_at=None).exists()


def _claim(one: Erasure, now: int) -> bool:
    free = Erasure.objects.filter(pk=one.pk, done_at=None, claimed_until__lt=now)
    return free.update(claimed_until=now + _LEASE) == 1


def _look(one: Erasure, words: Sequence[str], *, until: float) -> bool:
    """Look through the ledger from where it was left; whether that is done."""
    while (upto := mentions.in_ledger(words, after=one.looked_upto)) is not None:
        one.looked_upto = upto
        if time.monotonic() > until:
            return False
    return True
