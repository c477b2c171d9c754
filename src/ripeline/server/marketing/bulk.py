"""One act on many leads: in chunks that are carried out whole or not at all, with what was refused and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction

from ripeline.server.refusals import Refusal, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from django.db.models import QuerySet

    from ripeline.server.leads import Lead

MOST = 1_000
"""So many leads one act takes at most."""
CHUNK = 100


@dataclass(frozen=True, slots=True)
class Done:
    """With how many leads it was done, and with how many not, by the reason."""

    done: int = 0
    refused: Counter[Refusal] = field(default_factory=Counter)


def chosen(rows: QuerySet[Lead], numbers: Collection[int] | None = None) -> Sequence[Lead] | Refused:
    """The leads of a list, or those of them that were picked by number; refused if they are too many for one act."""
    rows = rows if numbers is None else rows.filter(pk__in=list(numbers)[: MOST + 1])
    found = list(rows.order_by("pk")[: MOST + 1])
    return Refused(Refusal.TOO_MANY) if len(found) > MOST or len(numbers or ()) > MOST else found


def each(leads: Sequence[Lead], act: Callable[[Lead], object]) -> Done:
    """Do it with each lead, a hundred in one transaction; one that is refused keeps the others from nothing.

    Raises what goes wrong, with the chunk that it happened in undone.
    """
    done, refused = 0, Counter[Refusal]()
    for first in range(0, len(leads), CHUNK):
        with transaction.atomic():
            answers = [act(lead) for lead in leads[first : first + CHUNK]]
        refused.update(answer.reason for answer in answers if isinstance(answer, Refused))
        done += sum(not isinstance(answer, Refused) for answer in answers)
    return Done(done, refused)
