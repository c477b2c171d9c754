"""Tracks and a mailing of the made-up company: mails leave for nowhere, and are written down as if they had arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from ripeline.server.delivery.outbox import Delivery
from ripeline.server.instants import DAY, moment
from ripeline.server.leadmail import clicks, lead_names, mail_templates, mailings, mails, reach
from ripeline.server.leadmail.clicks import Followed, MailLink
from ripeline.server.leadmail.mailings import Mailing, MailingStatus
from ripeline.server.marketing import segments
from ripeline.server.marketing.lists import Filters
from ripeline.server.nurture import nurturing
from ripeline.server.staff.users import Role, User

if TYPE_CHECKING:
    from ripeline.server.leadmail.mails import Mail

MAILING, SEGMENT = "News of the month, generated", "All leads, generated"
_AGO = 9 * DAY
_OPENS, _CLOSES = 8, 16
_TEMPLATE = "news"
_CLICKED = 18
"""Of a hundred mails so many are clicked in, if their readers agreed to be followed."""
_ADDRESS = "https://www.example.com/news"
_NEWS = {
    "en": ("What is new this month", "Hello", "Three customers tell what they would do differently today.", "Read it"),
    "de": ("Neu in diesem Monat", "Guten Tag", "Drei Kunden erzählen, was sie heute anders machen würden.", "Lesen"),
    "nl": ("Nieuw deze maand", "Goedendag", "Drie klanten vertellen wat zij nu anders zouden doen.", "Lees verder"),
    "da": ("Nyt denne måned", "Goddag", "Tre kunder fortæller, hvad de ville gøre anderledes i dag.", "Læs mere"),
}
_SECTIONS = """<mj-section><mj-column><mj-text>{{{{{hello} {{first_name}},|{hello},}}}}</mj-text>
<mj-text>{text}</mj-text><mj-button href="{address}">{button}</mj-button></mj-column></mj-section>"""


def write_templates(by: User, at: int) -> None:
    """What the mails of its tracks and its mailing say, in all languages."""
    mail_templates.take_starters(by=by, now=at)
    for language, (subject, hello, text, button) in _NEWS.items():
        sections = _SECTIONS.format(hello=hello, text=text, button=button, address=_ADDRESS)
        mail_templates.put(_TEMPLATE, language, subject, sections, by=by, now=at)


def write_to_all(at: int, now: int) -> None:
    """Start the company's one mailing, some days before the present; whoever looks at the demo finds it done."""
    if at < now - _AGO or not _OPENS <= moment(at).hour < _CLOSES or Mailing.objects.exists():
        return
    mara = User.objects.filter(role=Role.MARKETING).order_by("pk")[0]
    with transaction.atomic():
        segments.add(SEGMENT, "all", Filters(), by=mara, now=at, is_shared=True)
        Mailing.objects.create(
            name=MAILING,
            template=_TEMPLATE,
            segment=SEGMENT,
            view="all",
            filters=Filters().model_dump_json(),
            status=MailingStatus.RUNNING,
            started_at=at,
            created_at=at,
            by=mara,
        )


def keep_warm(at: int) -> int:
    """What nurture does at an instant, and what becomes of its mails and the mailing's; how many were looked at."""
    looked = nurturing.run(at, unready=lambda: None) + mailings.run(at)
    waiting = list(mails.waiting().exclude(kind=mails.MailKind.SERVICE))
    reached = reach.of_all({one.lead_id for one in waiting}, now=at)
    for one in waiting:
        held = reached[one.lead_id].held
        if held is None:
            mails.sent({one.pk: None}, now=at)
            _read(one, at)
        else:
            mails.hold(one, held, now=at)
        own = Delivery.objects.filter(outgoing__key=f"mail-{one.key}")
        own.update(next_try_at=None, delivered_at=None if held else at)
    return looked


def _read(mail: Mail, at: int) -> None:
    """Let some readers click on the link of their mail, as they would on a page of ours."""
    if mail.pk * 61 % 100 < _CLICKED:
        target = (_ADDRESS, lead_names.item_of(mail))
        link = MailLink.objects.get(pk=clicks.links_to([target])[target])
        clicks.write_down(Followed(mail, link), agent="", now=at)
