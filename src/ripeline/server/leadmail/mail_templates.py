"""Templates of mails to leads: what each says in each language, as versions of which none is ever changed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.db.models import Max

from ripeline.core.phrases import Phrase, gettext
from ripeline.core.phrases import phrase as _
from ripeline.integrations.mail import pages, personal, template_files
from ripeline.language import LANGUAGES
from ripeline.server.instants import InstantField
from ripeline.server.kept import Kept
from ripeline.server.staff.users import User

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ripeline.integrations.mail.template_files import TemplateFile

NAMES = (
    *("first_name", "name", "company", "job_title", "persona"),
    *("content_title", "content_address", "rep_name"),
)
"""What a template may say of its reader, and of what the mail brings."""
LONGEST_SUBJECT = 200
STARTERS = Path(__file__).parent / "starter_mails"
PLACEHOLDER = "https://www.example.com/"
"""Where the templates that Ripeline brings lead without an item of content: nobody is sent there."""
EXAMPLE = "{{Hello {first_name},|Hello,}}"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class MailTemplate(Kept):
    """One version of what a mail says in one language; the newest is sent."""

    name = models.CharField(max_length=64)
    language = models.CharField(max_length=8)
    number = models.PositiveIntegerField()
    subject = models.CharField(max_length=LONGEST_SUBJECT)
    sections = models.TextField()  # MJML, as `pages` has it
    created_at = InstantField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="mail_templates")

    class Meta:
        """Versions are counted for each language."""

        constraints = (
            models.UniqueConstraint(fields=["name", "language", "number"], name="mail_template_version_once"),
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a template: where, what, and how it is mended."""

    place: str
    what: Phrase
    cure: Phrase


def put(
    name: str, language: str, subject: str, sections: str, *, by: User | None, now: int
) -> MailTemplate | tuple[Fault, ...]:
    """Let a template say this from now on, or why it cannot; what it says already makes no new version."""
    subject, sections = " ".join(subject.split()), "\n".join(sections.strip().splitlines())
    faults = tuple(unfit(name, language, subject, sections))
    if faults:
        return faults
    with transaction.atomic():
        before = newest(name, language)
        if before is not None and (before.subject, before.sections) == (subject, sections):
            return before
        number = before.number + 1 if before else 1
        said = {"subject": subject, "sections": sections, "created_at": now, "by": by}
        return MailTemplate.objects.create(name=name, language=language, number=number, **said)


def is_name(text: str) -> bool:
    """Whether a template can have this name."""
    return _NAME.fullmatch(text) is not None


def unfit(name: str, language: str, subject: str, sections: str) -> Iterator[Fault]:
    """All that is wrong with a template."""
    if not is_name(name):
        yield Fault(name, _("This is no name of a template."), _("Use small letters, digits and _, such as welcome."))
    if language not in LANGUAGES:
        yield Fault(language, _("Mails are not written in this language."), _("Use en, de, nl or da."))
    if not subject or len(subject) > LONGEST_SUBJECT or not subject.isprintable():
        cure = _("Write one line of at most {count} signs.", count=LONGEST_SUBJECT)
        yield Fault(subject[:40], _("The subject is empty or too long."), cure)
    for reason, place in (*personal.unfit(subject, NAMES), *personal.unfit(sections, NAMES), *pages.unfit(sections)):
        what, cure = _told(reason, place)
        yield Fault(place, what, cure)


def newest(name: str, language: str) -> MailTemplate | None:
    """What a template says in a language now."""
    return MailTemplate.objects.filter(name=name, language=language).order_by("-number").first()


def of_all(names: Iterable[str]) -> dict[tuple[str, str], MailTemplate]:
    """By name and language, what these templates say now."""
    rows = MailTemplate.objects.filter(name__in=sorted(set(names))).order_by("number")
    return {(row.name, row.language): row for row in rows}


def missing(names: Iterable[str]) -> set[str]:
    """Those of these names of which there is no template in any language."""
    asked = set(names)
    return asked - set(MailTemplate.objects.filter(name__in=asked).values_list("name", flat=True)) if asked else set()


def best(found: dict[tuple[str, str], MailTemplate], name: str, language: str) -> MailTemplate | None:
    """Of templates, the one of a name in a language; else in English, else in whichever there is."""
    spoken = (language, *LANGUAGES)
    return next((found[name, code] for code in spoken if (name, code) in found), None)


def all_newest() -> list[MailTemplate]:
    """All templates as they are now, by name and language."""
    newest_ones = MailTemplate.objects.values("name", "language").annotate(last=Max("number"))
    last = {(one["name"], one["language"]): one["last"] for one in newest_ones}
    rows = MailTemplate.objects.order_by("name", "language").select_related("by")
    return [row for row in rows if last.get((row.name, row.language)) == row.number]


def _told(reason: str, place: str) -> tuple[Phrase, Phrase]:
    """What a reason of `pages` or `personal` means, and its cure."""
    what, cure = _TEXTS[reason]
    given = {"place": place, "names": ", ".join(NAMES), "tags": ", ".join(pages.TAGS), "example": EXAMPLE}
    return _(what, **given), _(cure, **given)


_TEXTS = {
    "unknown_name": (gettext("{place} is nothing that a mail can say."), gettext("Use one of {names}.")),
    "needs_a_name": (
        gettext("The last alternative names something that may be unknown."),
        gettext("Add an alternative without a name, such as {example}."),
    ),
    "loose": (
        gettext("A brace stands outside of alternatives."),
        gettext("Write names in alternatives, such as {example}."),
    ),
    "too_long": (gettext("It is too long."), gettext("Write at most {place} signs.")),
    "unreadable": (
        gettext("It cannot be read as XML."),
        gettext("See whether each tag is closed, and whether & is written &amp;."),
    ),
    "no_section": (
        gettext("It does not consist of sections."),
        gettext("Put all of it into mj-section with mj-column inside."),
    ),
    "forbidden_tag": (gettext("{place} may not stand in a mail."), gettext("Use {tags}.")),
    "forbidden_attribute": (gettext("The attribute {place} may not stand in a mail."), gettext("Leave it out.")),
    "forbidden_address": (
        gettext("This address leads nowhere in a mail."),
        gettext("Begin it with https:// or mailto:, without a name in it."),
    ),
}


# --- what Ripeline brings -------------------------------------------------------------------------


@lru_cache(maxsize=1)
def starters() -> tuple[TemplateFile, ...]:
    """The templates that Ripeline brings, in all languages: plain ones, to be made one's own."""
    files = sorted(STARTERS.glob("*.mjml"))
    return tuple(filter(None, (template_files.read(file.name, file.read_text("utf-8")) for file in files)))


def take_starters(*, by: User | None, now: int) -> list[MailTemplate]:
    """Take over the templates that Ripeline brings; of a name that is taken nothing changes. Gives the new ones."""
    taken = set(MailTemplate.objects.values_list("name", "language"))
    made = [put(*one, by=by, now=now) for one in starters() if (one.name, one.language) not in taken]
    return [one for one in made if isinstance(one, MailTemplate)]
