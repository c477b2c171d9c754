"""Clicks on links in mails to leads: where each link leads stands here, and never in the link itself.

A lead is followed only while it agrees to it; else the plain address stands in its mail. Every click becomes a row of
the ledger; those of machines are taken back like all others (`qualification.voids`), and known here as theirs.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.db import models, transaction

from ripeline.integrations.segment import digest
from ripeline.server import json_text, ledger, playbooks, sources, tokens
from ripeline.server.chunks import chunks
from ripeline.server.consent import consents
from ripeline.server.instants import SECOND, InstantField
from ripeline.server.leadmail.mails import Mail
from ripeline.server.leads import kept_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ripeline.core.consent import ConsentRow
    from ripeline.core.playbook import Playbook
    from ripeline.server.events import Event

CLICKED = "email_clicked"
_CHANNEL, _TRACKING = "email", "tracking"
_LONGEST_AGENT = 300
WEB = ("https://", "http://")


class MailLink(models.Model):
    """One address that mails lead to, and the item of content that it is, if any."""

    digest = models.CharField(max_length=64, unique=True)
    address = models.TextField()
    item = models.CharField(max_length=500, default="", blank=True)


class Click(models.Model):
    """One click of a lead on a link of a mail, beside its row in the ledger, so that mails can count theirs."""

    mail = models.ForeignKey(Mail, on_delete=models.CASCADE, related_name="clicks")
    link = models.ForeignKey(MailLink, on_delete=models.PROTECT, related_name="clicks")
    at = InstantField()
    key = models.CharField(max_length=100, unique=True)  # of the row in the ledger
    is_machine = models.BooleanField(default=False)


class Followed(NamedTuple):
    """A link that we made: of which mail, and where it leads."""

    mail: Mail
    link: MailLink


def links_to(targets: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """By address and the item that it is, the number of its link; it is made if it is new."""
    asked = {_digest(*target): target for target in targets}
    found = dict(MailLink.objects.filter(digest__in=asked).values_list("digest", "pk"))
    new = [
        MailLink(digest=each, address=address, item=item)
        for each, (address, item) in asked.items()
        if each not in found
    ]
    if new:
        MailLink.objects.bulk_create(new, ignore_conflicts=True)
        found = dict(MailLink.objects.filter(digest__in=asked).values_list("digest", "pk"))
    return {target: found[each] for each, target in asked.items()}


def address_of(link: int, mail: int) -> str:
    """Where the link of a mail leads first: to us."""
    return f"{settings.URL}/p/c/{link:x}/{tokens.token(_purpose(link), mail)}"


def followed(link: str, token: str) -> Followed | None:
    """What a link stands for; None for one that we did not make."""
    try:
        number = int(link, 16)
    except ValueError:
        return None
    mail = tokens.row_of(_purpose(number), token) if link == f"{number:x}" else None
    if mail is None:
        return None
    row, to = Mail.objects.filter(pk=mail).first(), MailLink.objects.filter(pk=number).first()
    return Followed(row, to) if row is not None and to is not None and to.address.startswith(WEB) else None


def write_down(followed: Followed, *, agent: str, now: int) -> bool:
    """Let a click be a row of the ledger, if the lead still agrees to be followed; whether it does.

    `agent` is how the program that clicked calls itself: by it machines are known.
    """
    mail, link = followed
    lead = kept_of([mail.lead_id])[mail.lead_id]
    if lead not in who_is_followed([lead], now=now):
        return False
    key = f"{CLICKED} {mail.pk} {link.pk} {now // SECOND}"
    said = {"delivery_id": mail.key, "link": link.address} | ({"content_id": link.item} if link.item else {})
    body = json_text.written({"context": {"userAgent": agent[:_LONGEST_AGENT]}}) if agent else ""
    whose, what = json_text.written({"lead": str(mail.lead_id)}), json_text.written(said)
    with transaction.atomic():
        # What counts as the same is the click, whoever's program it was.
        own, content = sources.own(now).pk, digest(json_text.written((CLICKED, key)).encode())
        ledger.take([ledger.NewEvent(own, key, CLICKED, now, now, whose, what, body, "", content)], [], now=now)
        Click.objects.get_or_create(key=key, defaults={"mail": mail, "link": link, "at": now})
    return True


def who_is_followed(leads: Iterable[int], *, now: int) -> set[int]:
    """Those of these leads whose last word on being followed in mails is a yes."""
    purpose = purpose_of(playbooks.active_playbook())
    said = consents.said_of_all(leads, now=now)
    return {lead for lead, rows in said.items() if _is_yes([row for row in rows if row.purpose == purpose])}


def take_back(events: Iterable[Event]) -> None:
    """Know the clicks whose rows these are as a machine's, in the caller's transaction."""
    for chunk in chunks(sorted({event.key for event in events if event.name == CLICKED})):
        Click.objects.filter(key__in=chunk).update(is_machine=True)


def _is_yes(rows: Iterable[ConsentRow]) -> bool:
    said = list(rows)
    last = max((row.effective_at for row in said), default=0)
    return bool(said) and all(row.given for row in said if row.effective_at == last or row.stands)


def purpose_of(playbook: Playbook | None) -> str:
    """The purpose that clicks need to count; without one of the channel that of being followed at all."""
    consent = playbook.consent if playbook else None
    channels: Mapping[str, str] = {} if consent is None or isinstance(consent, str) else consent.channels
    return channels.get(_CHANNEL, _TRACKING)


def _purpose(link: int) -> str:
    return f"click {link}"


def _digest(address: str, item: str) -> str:
    return hashlib.sha256(f"{address}\n{item}".encode()).hexdigest()
