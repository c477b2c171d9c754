"""Nurture on the server: which leads are in which track, what was done in it, and what is done now.

A lead is looked at when something about it changed, or at the instant that the last look named. A look decides, from
a frozen view and holding nothing, on one move; the move is written only if nobody has looked or changed anything
since (`Lead.nurture_at` is as it was). So several workers share the work, and each step is written once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db import connection, models, transaction

from ripeline.core.nurture import BEFORE_CALL, Due, End, Enter, Pass, Wait, next_move
from ripeline.server import json_text, playbooks
from ripeline.server.content import suggestions
from ripeline.server.decisions import Decision
from ripeline.server.delivery import outbox
from ripeline.server.delivery.topics import NURTURE
from ripeline.server.digests import digest_of
from ripeline.server.instants import HOUR
from ripeline.server.instruments.failpoints import failpoint
from ripeline.server.leadmail import mail_templates, mails
from ripeline.server.leadmail.lead_names import ITEM
from ripeline.server.leadmail.mails import Mail, MailKind
from ripeline.server.leads import Lead
from ripeline.server.nurture.enrollments import FINISHED, Enrollment, StepDone, What, end
from ripeline.server.nurture.pauses import NurturePause
from ripeline.server.nurture.views import views_of
from ripeline.server.sales import tasks, verdicts
from ripeline.server.sales.handoffs import OPEN, Handoff
from ripeline.server.sales.verdicts import Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ripeline.core.nurture import Move
    from ripeline.core.playbook import Playbook
    from ripeline.server.content.suggestions import Found
    from ripeline.server.playbooks import PlaybookVersion
    from ripeline.server.refusals import Refusal

LOOKS = 50
"""So many leads one run looks at, so that whoever else writes need not wait."""
AGAIN = HOUR
"""So long a mail waits for its template to be written, or for the mail server or our imprint to be named."""


class _Look(NamedTuple):
    """What one look at a lead found, and when it was due; a mail that cannot be written yet waits."""

    due_at: int
    move: Move
    found: Found | None
    waits: bool


def run(now: int, *, unready: Callable[[], Refusal | None] = mails.unready) -> int:
    """Look at what is due by now, and do what comes next for it; how many leads were looked at.

    `unready` tells why no mail may leave at all, if so: then mails wait.
    """
    due = Lead.objects.filter(nurture_at__lte=now).order_by("nurture_at", "pk")
    found = list(due[:LOOKS])
    if not found:
        return 0
    version = playbooks.active()
    if version is None:
        Lead.objects.filter(pk__in=[lead.pk for lead in found]).update(nurture_at=None)
        return len(found)
    looks = _rest(_looks(found, playbooks.playbook_of(version), now, are_unready=unready() is not None))
    if not looks:
        return len(found)
    failpoint("before_nurture")
    with transaction.atomic():
        locked = Lead.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk__in=looks).order_by("pk")
        paused: set[tuple[str, int | None]] = set(NurturePause.objects.values_list("track", "lead"))
        for lead in locked.select_related("owner"):
            look = looks[lead.pk]
            if lead.nurture_at != look.due_at:
                continue
            if look.waits:
                Lead.objects.filter(pk=lead.pk).update(nurture_at=now + AGAIN)
            else:
                Lead.objects.filter(pk=lead.pk).update(nurture_at=_carry_out(lead, look, version, paused, now))
        failpoint("before_nurture_commit")
    failpoint("after_nurture_commit")
    return len(found)


def _looks(leads: Iterable[Lead], playbook: Playbook, now: int, *, are_unready: bool) -> dict[int, _Look]:
    """By lead, the move that comes next; nothing is held while it is found."""
    asked = {lead.pk: lead for lead in leads}
    moves = {lead: next_move(playbook, view, now) for lead, view in views_of(asked.values(), playbook, now=now).items()}
    reading = [asked[lead] for lead, move in moves.items() if isinstance(move, Due) and move.deed.content]
    found = suggestions.next_for_all(reading, playbook, now=now)
    written = {lead: move.deed.mail for lead, move in moves.items() if isinstance(move, Due) and move.deed.mail}
    unwritten = set(written.values()) if are_unready else mail_templates.missing(written.values())
    return {
        lead: _Look(asked[lead].nurture_at or now, move, found.get(lead), written.get(lead) in unwritten)
        for lead, move in moves.items()
    }


def without_template(playbook: Playbook) -> set[str]:
    """The mails of the tracks of a playbook for which there is no template: their steps wait."""
    tracks = playbook.nurture.tracks.values() if playbook.nurture else ()
    return mail_templates.missing(deed.mail for track in tracks for deed in track.deeds if deed.mail is not None)


def _rest(looks: Mapping[int, _Look]) -> dict[int, _Look]:
    """Let those rest that only wait, written at once because they are most; the others."""
    waits = {lead: (look.move.until, look.due_at) for lead, look in looks.items() if isinstance(look.move, Wait)}
    if waits:
        with transaction.atomic(), connection.cursor() as cursor:
            # Nobody is waited for, here and below: whoever holds a lead is about to change it.
            free = Lead.objects.select_for_update(skip_locked=True).filter(pk__in=waits).order_by("pk")
            as_seen = [(waits[pk][0], pk) for pk, at in free.values_list("pk", "nurture_at") if at == waits[pk][1]]
            cursor.executemany("UPDATE server_lead SET nurture_at = %s WHERE id = %s", as_seen)
    return {lead: look for lead, look in looks.items() if lead not in waits}


def _carry_out(lead: Lead, look: _Look, version: PlaybookVersion, paused: set[tuple[str, int | None]], now: int) -> int:
    """Do one move, in the caller's transaction that holds the lead; when it is looked at next."""
    match look.move:
        case Enter(track=track):
            Enrollment.objects.create(lead=lead, track=track, version=version, entered_at=now)
        case End(reason=reason):
            end(Enrollment.objects.filter(lead=lead), reason.code, now=now)
        case Pass(place=place):
            _note(lead, place, What.PASSED, now)
        case Due(track=track) if {(track, None), ("", lead.pk)} & paused:
            return now  # somebody has just paused it: it is looked at anew
        case Due():
            _do(lead, look.move, look.found, version, now)
    return now


def _do(lead: Lead, due: Due, found: Found | None, version: PlaybookVersion, now: int) -> None:
    key = key_of(lead, due.track, due.place)
    deed, mail = due.deed, None
    if deed.content and (found is None or found.item is None):
        _note(lead, due.place, What.EXHAUSTED, now)
        return
    if deed.mail is not None:
        said = {ITEM: found.item.item} if deed.content and found and found.item else {}
        mail = mails.post(lead, deed.mail, kind=MailKind.TRACK, key=key, now=now, **said)
    elif deed.task is not None:
        owner = lead.owner if lead.stage in suggestions.SALES else None
        tasks.plan(lead, deed.task, owner=owner, once=key, now=now)
    else:
        last = Decision.objects.filter(lead=lead).aggregate(last=models.Max("place"))["last"]
        data = outbox.about(lead.pk, sequence=last or 0, version=version.pk)
        data |= {"track": due.track, "step": due.place, "name": deed.webhook}
        outbox.tell_once([outbox.Message(NURTURE, key, outbox.body(NURTURE, now, data))], now=now)
    _note(lead, due.place, What(deed.channel), now, mail)


def _note(lead: Lead, place: str, what: What, now: int, mail: Mail | None = None) -> None:
    enrollment = Enrollment.objects.get(lead=lead, ended_at=None)
    StepDone.objects.create(enrollment=enrollment, place=place, at=now, what=what, mail=mail)


def key_of(lead: Lead, track: str, place: str) -> str:
    """The one key of a step for a lead, however often it is in the track."""
    return f"track-{digest_of(json_text.written([lead.pk, track, place]))[:48]}"


# --- at the moment of sending ---------------------------------------------------------------------


def stopped(found: Iterable[Mail], whose: Mapping[int, int]) -> set[int]:
    """Those of these mails that are steps of tracks and must not leave any more, at this instant.

    `whose` tells by the lead that a mail was meant for the lead that it is now. What a rep said a moment ago counts.
    """
    numbers = [mail.pk for mail in found if mail.kind == MailKind.TRACK]
    if not numbers:
        return set()
    rows = list(StepDone.objects.filter(mail__in=numbers).select_related("enrollment"))
    leads = {whose[row.enrollment.lead_id] for row in rows if row.enrollment.lead_id in whose}
    offers = {one.lead_id: one for one in Handoff.objects.filter(lead__in=leads, status__in=OPEN)}
    standings = verdicts.standings(offers.values())
    paused = set(NurturePause.objects.values_list("track", "lead"))
    gone = set()
    for row in rows:
        lead = whose.get(row.enrollment.lead_id, row.enrollment.lead_id)
        offer = offers.get(lead)
        rests = offer is not None and (row.place != BEFORE_CALL or standings[offer.pk] != Standing.OFFERED)
        is_paused = {(row.enrollment.track, None), ("", lead)} & paused
        is_over = row.enrollment.end_reason not in {"", FINISHED}
        if row.mail_id is not None and (is_over or rests or is_paused):
            gone.add(row.mail_id)
    return gone
