"""Mails to leads on their way out: whether each may leave at this instant, what it says, and what came of it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.db.models import Max

from ripeline.core.nurture import quiet_until
from ripeline.integrations.mail import pages
from ripeline.language import Language
from ripeline.server import json_text, ledger, playbooks
from ripeline.server.consent.consents import WITHDRAWN
from ripeline.server.events import Event
from ripeline.server.leadmail import (
    clicks,
    lead_languages,
    lead_names,
    mail_links,
    mail_templates,
    mailings,
    mails,
    reach,
    service_mails,
)
from ripeline.server.leadmail.lead_letters import Draft
from ripeline.server.leadmail.mails import Held, Mail, MailKind
from ripeline.server.leads import Identifier, IdentifierKind, kept_of
from ripeline.server.nurture import nurturing
from ripeline.server.profiles import CHANGED
from ripeline.server.sales import handoffs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ripeline.server.delivery.outbox import Outgoing
    from ripeline.server.delivery.webhooks import Answer
    from ripeline.server.leadmail.mail_templates import MailTemplate
    from ripeline.server.leadmail.reach import Reach
    from ripeline.server.leads import Lead
    from ripeline.server.profiles import Fact

DELIVERED, BOUNCED = "email_delivered", "email_bounced"
_CONTENT_ADDRESS, _VERDICT = "content_address", "verdict_given"
_OUT_OF_ORDER = 1000
"""Rows that are written at the same time come in any order; so many are looked through again."""


class LeadMail(NamedTuple):
    """A mail as it leaves, and the version of the template that it is made of."""

    mail: int
    lead: int
    key: str
    draft: Draft
    template: int | None = None
    mark: int = 0
    """The last row of the ledger that was there when it was asked about."""


class Later(NamedTuple):
    """That a mail waits until an instant."""

    until: int


class _Known(NamedTuple):
    """What is known at this instant of all leads that are to be written to, by their numbers."""

    whose: Mapping[int, int]
    languages: Mapping[int, str]
    reached: Mapping[int, Reach]
    followed: frozenset[int]
    templates: dict[tuple[str, str], MailTemplate]
    stopped: set[int]
    in_talks: set[int]
    quiet_until: int | None


def letters(messages: Sequence[Outgoing], *, now: int) -> dict[int, LeadMail | Later | None]:
    """By message, the mail as it leaves at this instant; None for one that is held back, which is written down.

    What nobody has just asked for waits for the end of the quiet hours, and everything is asked again then. Whoever
    asks has claimed them before: what was said until then is heeded.
    """
    asked = {int(json_text.read(each.body)["mail"]): each.pk for each in messages}
    mark = _last_row()
    found = Mail.objects.in_bulk(asked)
    known = _known(found.values(), now=now)
    made: dict[int, LeadMail | Later | None] = dict.fromkeys(asked.values())
    ready: list[tuple[Mail, MailTemplate]] = []
    for number, one in found.items():
        if one.kind != MailKind.SERVICE and known.quiet_until is not None:
            made[asked[number]] = Later(known.quiet_until)
            continue
        held, template = _held(one, known), None
        if held is None and one.kind != MailKind.SERVICE:
            template = mail_templates.best(known.templates, one.about, known.languages[known.whose[one.lead_id]])
            held = _unready(template)
        if held is None and one.kind == MailKind.SERVICE:
            made[asked[number]] = _service(one, known)
            held = None if made[asked[number]] else Held.NO_TEMPLATE
        elif held is None and template is not None:
            ready.append((one, template))
        if held is not None:
            mails.hold(one, held, now=now)
    for letter in _drafted(ready, known):
        if _leads_somewhere(letter.draft):
            made[asked[letter.mail]] = letter._replace(mark=mark)
        else:
            mails.hold(found[letter.mail], Held.NO_CONTENT, now=now)
    return made


def stopped(letters: Sequence[LeadMail], *, now: int) -> set[str]:
    """Of mails that were made a moment ago, the keys of those that may not leave any more, which is written down.

    Asked right before a mail leaves: two queries, unless somebody has said something in between.
    """
    found = Mail.objects.in_bulk([letter.mail for letter in letters])
    gone = {one.key for one in letters if one.mail not in found or found[one.mail].held == Held.CALLED_OFF}
    asked = [one for one in letters if one.key not in gone and one.mark]
    if not asked:
        return gone
    since = min(one.mark for one in asked) - _OUT_OF_ORDER
    if Event.objects.filter(pk__gt=since, name__in=(WITHDRAWN, _VERDICT)).exists():
        known = _known([found[one.mail] for one in asked], now=now)
        for letter in asked:
            if (held := _held(found[letter.mail], known)) is not None:
                mails.hold(found[letter.mail], held, now=now)
                gone.add(letter.key)
    return gone


def _last_row() -> int:
    return Event.objects.aggregate(last=Max("pk"))["last"] or 1


def follow(answered: Sequence[tuple[LeadMail, Answer]], *, now: int) -> None:
    """Write down which mails were taken, and whose mailbox is no more, with what the ledger is told of each."""
    taken = [letter for letter, answer in answered if answer.is_success]
    told_to = {letter.draft.to for letter, _answer in answered}
    addresses = Identifier.objects.filter(kind=IdentifierKind.EMAIL, value__in=told_to)
    numbers = dict(addresses.values_list("value", "pk"))
    for template in {letter.template for letter in taken}:
        to = {letter.mail: numbers.get(letter.draft.to) for letter in taken if letter.template == template}
        mails.sent(to, template, now=now)
    told: list[ledger.Telling] = [_of(letter, DELIVERED, {}) for letter in taken]
    for letter, answer in answered:
        if answer.is_nobody:
            told.append(_of(letter, BOUNCED, {"kind": "hard", "code": answer.said}))
            mail = Mail.objects.filter(pk=letter.mail).first()
            if mail is not None and mails.bounced(mail, numbers.get(letter.draft.to), now=now):
                told.append(_of(letter, CHANGED, {"email_status": "undeliverable"}))
    ledger.tell_all(told, at=now, by=None, now=now)


def _of(letter: LeadMail, name: str, said: Mapping[str, object]) -> ledger.Telling:
    beside = {} if name == CHANGED else {"delivery_id": letter.key}
    return ledger.Telling({"lead": str(letter.lead)}, name, {**beside, **said}, f"{name} {letter.key}")


def example(template: MailTemplate, lead: Lead, *, now: int, item: str = "") -> Draft:
    """The same mail to a lead as it would leave now, for whoever looks at it: its links lead where they lead."""
    mail = Mail(lead=lead, kind=MailKind.MAILING, about=template.name, said=json_text.written({"item": item}))
    known = _known([mail], now=now)
    values = lead_names.values_of([mail], known.whose, _facts(known))[mail.lead_id, item]
    address = known.reached[lead.pk].address
    return Draft(address, template.language, template.subject, template.sections, values, {}, "example", template.name)


def _known(found: Iterable[Mail], *, now: int) -> _Known:
    rows = list(found)
    whose = kept_of(one.lead_id for one in rows)
    leads = set(whose.values())
    ours = [one for one in rows if one.kind != MailKind.SERVICE]
    wanted = {whose[one.lead_id] for one in ours}
    playbook = playbooks.active_playbook() if ours else None
    quiet = quiet_until(playbook.nurture, playbook.timezone, now) if playbook and playbook.nurture else None
    return _Known(
        whose,
        lead_languages.languages_of(leads),
        reach.of_all(leads, now=now),
        frozenset(clicks.who_is_followed(wanted, now=now) if wanted else ()),
        mail_templates.of_all(one.about for one in ours) if ours else {},
        nurturing.stopped(rows, whose) | mailings.doubled(rows, whose),
        handoffs.with_sales(whose[one.lead_id] for one in ours if one.kind == MailKind.MAILING),
        quiet,
    )


def _held(mail: Mail, known: _Known) -> Held | None:
    """Why a mail does not leave now; what a person has just asked for leaves whenever there is an address."""
    if mail.held == Held.CALLED_OFF or mail.pk in known.stopped:
        return Held.CALLED_OFF
    if mail.kind == MailKind.SERVICE:
        address = _address(mail, known)
        return Held.NO_ADDRESS if not address else None if reach.is_sendable(address) else Held.NOT_DELIVERABLE
    lead = known.whose[mail.lead_id]
    rests = mail.kind == MailKind.MAILING and lead in known.in_talks
    return known.reached[lead].held or (Held.WITH_SALES if rests else None)


def _address(mail: Mail, known: _Known) -> str:
    """To where a mail goes; one that is about an address goes there, as long as it is the lead's."""
    lead, to = known.whose[mail.lead_id], mails.address_of(mail)
    if to is None:
        return known.reached[lead].address
    own = Identifier.objects.filter(pk=to, kind=IdentifierKind.EMAIL, lead=lead).first()
    return "" if own is None else own.value


def _facts(known: _Known) -> dict[int, Mapping[str, Fact]]:
    return {lead: one.facts for lead, one in known.reached.items()}


def _unready(template: MailTemplate | None) -> Held | None:
    if template is None:
        return Held.NO_TEMPLATE
    return None if settings.COMPANY and settings.IMPRINT else Held.NO_IMPRINT


def _leads_somewhere(draft: Draft) -> bool:
    """Whether none of its links is the one that stands for a page that nobody has named yet."""
    named = draft.values.get(_CONTENT_ADDRESS)
    return bool(named) or mail_templates.PLACEHOLDER not in pages.addresses(draft.sections)


def _service(mail: Mail, known: _Known) -> LeadMail | None:
    lead = known.whose[mail.lead_id]
    language = str(json_text.read(mail.said).get("language", known.languages[lead]))
    words = service_mails.words(mail, Language.of(language))
    if words is None:
        return None
    # All is filled in, so that the page without it is the same for all who are sent one, and a brace is a brace.
    said = {f"said_{place}": text for place, text in enumerate(words.paragraphs)}
    values = {**said, "subject": words.subject, "button": words.button, "address": words.address}
    gaps = {name: f"{{{{{{{name}}}|}}}}" for name in values}
    sections = pages.paragraphs([gaps[name] for name in said], button=gaps["button"], address=gaps["address"])
    subject = gaps["subject"]
    draft = Draft(_address(mail, known), language, subject, sections, values, {}, mails.id_of(mail), mail.about)
    return LeadMail(mail.pk, mail.lead_id, mail.key, draft._replace(text=words.text))


def _drafted(ready: Sequence[tuple[Mail, MailTemplate]], known: _Known) -> Iterable[LeadMail]:
    """The mails of templates, with what each says of its reader and where its links lead."""
    values = lead_names.values_of([mail for mail, _template in ready], known.whose, _facts(known))
    targets: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for mail, template in ready:
        if known.whose[mail.lead_id] not in known.followed:
            continue
        item = lead_names.item_of(mail)
        brought = values[mail.lead_id, item].get(_CONTENT_ADDRESS)
        targets[mail.pk] = [(address, "") for address in pages.addresses(template.sections)]
        targets[mail.pk] += [(brought, item)] if brought else []
    numbers = clicks.links_to({each for own in targets.values() for each in own})
    for mail, template in ready:
        lead, own = known.whose[mail.lead_id], targets[mail.pk]
        links = {address: clicks.address_of(numbers[address, item], mail.pk) for address, item in own}
        end = mail_links.address(mail_links.UNSUBSCRIBE, mail.pk)
        chosen = mail_links.address(mail_links.PREFERENCES, mail.pk)
        said = values[mail.lead_id, lead_names.item_of(mail)]
        draft = Draft(known.reached[lead].address, template.language, template.subject, template.sections, said, links,
                      mails.id_of(mail), f"{mail.about}:{mail.kind}", end, chosen)  # fmt: skip
        yield LeadMail(mail.pk, mail.lead_id, mail.key, draft, template.pk)
