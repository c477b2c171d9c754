"""Erasing again whoever a backup brought back: a database that is older than the log of erasures catches up with it.

Nothing is served or read before that: whoever starts a server or a worker, restores a backup, or has a command done
without a server comes by here.
"""

from __future__ import annotations

from django.db import transaction

from ripeline.server import installations
from ripeline.server.chunks import CHUNK
from ripeline.server.consent import suppressions
from ripeline.server.digests import keyed
from ripeline.server.leads import Identifier, IdentifierKind, Lead
from ripeline.server.rights import erasures, forgotten
from ripeline.server.rights.erasing import finishing, log, people
from ripeline.server.rights.erasures import Erasure


def pending(now: int) -> list[log.Line]:
    """The lines of the log that this database does not know, in order."""
    lines = list(log.lines())
    if not lines:
        return []
    own, known = erasures.installation(now), set(Erasure.objects.values_list("token", flat=True))
    return [line for line in lines if line.installation == own and line.token not in known]


def catch_up(now: int) -> int:
    """Erase whoever the log says and this database does not know to be erased; how many erasures that were."""
    lines = pending(now)
    if not lines:
        return 0
    whose = _whose({digest for line in lines for digest in line.digests}, now)
    for line in lines:
        leads = {lead for digest in line.digests for lead in whose[0].get(digest, ())}
        visitors = {one for digest in line.digests for one in whose[1].get(digest, ())}
        _remember(line)
        erasures.erase_again(leads, visitors, line, now=now)
    finishing.finish(now)
    return len(lines)


def _remember(line: log.Line) -> None:
    with transaction.atomic():
        forgotten.remember((digest[: forgotten.LENGTH] for digest in line.digests), at=line.at)
        suppressions.suppress_digests(line.digests, line.purposes, since=line.at)


def _whose(sought: set[str], now: int) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """By hash, the leads that are known by what has it, and the identifiers that are nobody's."""
    own, leads, visitors = installations.hash_key(now), dict[str, list[int]](), dict[str, list[int]]()
    known = Identifier.objects.exclude(kind=IdentifierKind.LEAD).values_list("pk", "kind", "value", "lead")
    for number, kind, value, lead in known.iterator(chunk_size=CHUNK):
        digest = keyed(kind, value, key=own)
        if digest in sought:
            found, one = (visitors, number) if lead is None else (leads, lead)
            found.setdefault(digest, []).append(one)
    for number, created_at in Lead.objects.values_list("pk", "created_at").iterator(chunk_size=CHUNK):
        digest = people.lead_digest(number, created_at, own)
        if digest in sought:
            leads.setdefault(digest, []).append(number)
    return leads, visitors
