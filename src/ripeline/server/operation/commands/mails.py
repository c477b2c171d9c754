"""The commands about mails to leads: their templates, and what was held back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import override

from ripeline.integrations.mail.template_files import TemplateFile
from ripeline.language import Language
from ripeline.server.leadmail import mail_templates, mails
from ripeline.server.leadmail.mail_templates import Fault, MailTemplate
from ripeline.server.leadmail.mails import Held
from ripeline.server.operation.commands.answers import command, done
from ripeline.server.refusals import Refusal, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ripeline.server.operation.commands.answers import Answer


@command
def mail_template_put(*, now: int, rows: Sequence[Mapping[str, str]], language: str) -> Answer:
    """Templates as they are from now on, all or none; with what is wrong with each that is unfit."""
    asked = [TemplateFile(**row) for row in rows]
    wrong = [{"which": _called(one), "faults": _told(mail_templates.unfit(*one), language)} for one in asked]
    wrong = [one for one in wrong if one["faults"]]
    if wrong:
        return {"templates": [], "wrong": wrong}
    made = [mail_templates.put(*one, by=None, now=now) for one in asked]
    return {"templates": [_row(one) for one in made if isinstance(one, MailTemplate)], "wrong": []}


@command
def mail_template_starters(*, now: int) -> Answer:
    """The templates that Ripeline brings, where there are none of their name yet."""
    return {"templates": [_row(one) for one in mail_templates.take_starters(by=None, now=now)]}


@command
def mail_template_list(*, now: int) -> Answer:
    """All templates as they are now."""
    del now
    return {"templates": [_row(one) | {"sections": one.sections} for one in mail_templates.all_newest()]}


@command
def mail_template_show(*, now: int, name: str, language: str) -> Answer:
    """What a template says in a language."""
    del now
    found = done(mail_templates.newest(name, language) or Refused(Refusal.NO_TEMPLATE), name)
    return _row(found) | {"sections": found.sections}


@command
def mail_held(*, now: int, language: str) -> Answer:
    """How many mails were held back, by why, and how many wait."""
    del now
    with override(language):
        held = [{"reason": why, "text": str(Held(why).label), "count": count} for why, count in mails.count_held()]
    return {"held": held, "waiting": mails.waiting().count()}


def _row(one: MailTemplate) -> dict[str, object]:
    said = {"name": one.name, "language": one.language, "version": one.number, "subject": one.subject}
    return said | {"since": one.created_at}


def _called(one: TemplateFile) -> str:
    return f"{one.name}.{one.language}"


def _told(faults: Iterable[Fault], language: str) -> list[dict[str, str]]:
    say = Language.of(language)
    return [{"place": one.place, "what": say.tell(one.what), "cure": say.tell(one.cure)} for one in faults]
