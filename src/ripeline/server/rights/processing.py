"""The record of processing (art. 30 GDPR), from what is actually set up: what is, and not what was once planned.

What no program can know, such as in which country a receiver's host stands, is named as to be filled in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Count
from django.template.loader import render_to_string
from django.utils.translation import override

from ripeline.core.consent import contact_of, scoring_of
from ripeline.core.phrases import gettext as _
from ripeline.language import Language, readable
from ripeline.server import playbooks
from ripeline.server.delivery.endpoints import Endpoint, EndpointKind
from ripeline.server.intake.forms import FormVersion, definition_of
from ripeline.server.leadmail.service_mails import sender
from ripeline.server.rights.copies import rights
from ripeline.server.rights.copies.blocks import Block, Section, facts, lines, table
from ripeline.server.rights.copies.known import recipient
from ripeline.server.sources import Source, SourceKind
from ripeline.server.staff.users import Role, User

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ripeline.core.playbook import Playbook
    from ripeline.core.playbook_consent import ContactRule, ScoringConsent

_BASES = {
    "confirmed": _("a confirmed yes of the person (art. 6(1)(a) GDPR)"),
    "consent": _("a yes of the person (art. 6(1)(a) GDPR)"),
    "objection": _("our interest, unless the person objects (art. 6(1)(f) GDPR)"),
}


def page(language: str, *, now: int) -> str:
    """The record as a page of HTML, whole in itself."""
    say = Language.of(language)
    zone = str(playbooks.timezone())
    return render_to_string(
        "copy.html",
        {
            "language": say.code,
            "title": say(_("Record of processing")),
            "company": sender(),
            "name": say(_("Article 30 GDPR")),
            "intro": say(_("What personal data is used for, whose it is, who gets it, and how it is kept safe.")),
            "made": say(_("As of {at}."), at=say.instant(now, zone)),
            "beside": say(_("Made from what is set up in Ripeline; what stands in brackets is yours to fill in.")),
            "contents": say(_("What is in it")),
            "sections": [(f"s{place}", one) for place, one in enumerate(record(language), 1)],
            "imprint": list(settings.IMPRINT),
        },
    )


def text(language: str, *, now: int) -> str:
    """The same as Markdown."""
    say = Language.of(language)
    told = [f"# {say(_('Record of processing'))}: {sender()}", say.instant(now, str(playbooks.timezone()))]
    for section in record(language):
        told.append(f"## {section.title}")
        told += [section.intro] if section.intro else []
        for block in section.blocks:
            told += [f"### {block.title}"] if block.title else []
            if block.kind == "facts":
                told.append("\n".join(f"- {name}: {value}" for name, value in block.rows))
            elif block.kind == "lines":
                told.append("\n".join(f"- {line}" for line in block.rows))
            else:
                rows = [
                    block.heads,
                    ["---"] * len(block.heads),
                    *([value for _head, value in row] for row in block.rows),
                ]
                told.append("\n".join(f"| {' | '.join(_cell(value) for value in row)} |" for row in rows))
    return "\n\n".join(told) + "\n"


def record(language: str) -> list[Section]:
    """The record, section by section."""
    say = Language.of(language)
    with override(say.code):
        return [one for one in _sections(say) if one.blocks]


def _cell(value: str) -> str:
    return value.replace("|", "\\|").replace("\n", " ")


def _sections(say: Language) -> Iterator[Section]:
    playbook = playbooks.active_playbook()
    yield _controller(say)
    yield Section(say(_("What for, and on what ground")), "", [_purposes(playbook, say)])
    yield _data(playbook, say)
    yield _recipients(say)
    yield _periods(say)
    yield _measures(say)


def _controller(say: Language) -> Section:
    told = facts(
        (say(_("Name")), settings.COMPANY or say(_("[name of the company: RIPELINE_COMPANY]"))),
        (say(_("Address")), ", ".join(settings.IMPRINT) or say(_("[address and contact: RIPELINE_IMPRINT]"))),
        (say(_("Officer for data protection")), say(_("[name and contact, if there is one]"))),
        (say(_("Pages for persons")), f"{settings.URL}/p/data/"),
    )
    return Section(say(_("Who is responsible")), "", [told])


def _purposes(playbook: Playbook | None, say: Language) -> Block:
    contact = contact_of(playbook)
    rows = [*_ruled(say(_("Writing e-mails about our offers")), contact.email, say)]
    for code, special in sorted(contact.countries.items()):
        rows += _ruled(f"{say(_('Writing e-mails about our offers'))} ({code})", special.email, say)
        rows += _ruled(f"{say(_('Calling'))} ({code})", special.phone, say)
    rows += _ruled(say(_("Calling")), contact.phone, say)
    if playbook is not None:
        rows += _ruled(say(_("Working out who is interested and whom our offer fits")), scoring_of(playbook), say)
        if not isinstance(playbook.consent, str):
            rows += [
                (
                    say(_("Following what is done on {channel}"), channel=readable(channel)),
                    readable(purpose),
                    say(_BASES["consent"]),
                )
                for channel, purpose in playbook.consent.channels.items()
            ]
    rows += [
        (say(_("Answering what somebody asked, and offering it")), "", say(_("before a contract (art. 6(1)(b) GDPR)"))),
        (say(_("Keeping a no, and proof of a yes")), "", say(_("a duty by law (art. 6(1)(c), 7(1), 21 GDPR)"))),
    ]  # fmt: skip
    return table((say(_("What for")), say(_("Purpose")), say(_("Ground"))), rows)


def _ruled(what: str, rule: ContactRule | ScoringConsent | None, say: Language) -> list[tuple[str, str, str]]:
    return [] if rule is None else [(what, readable(rule.purpose), say(_BASES[rule.basis]))]


def _data(playbook: Playbook | None, say: Language) -> Section:
    asked = {name for version in FormVersion.objects.order_by("form", "pk") for name in definition_of(version).fields}
    sources = [
        (one.name, str(SourceKind(one.kind).label)) for one in Source.objects.filter(closed_at=None).order_by("name")
    ]
    told = facts(
        (
            say(_("Persons")),
            say(_("people who show interest in our offers or whose interest others told us; our own users")),
        ),
        (
            say(_("Identifiers")),
            say(_("e-mail, numbers in other systems, number of a visitor who agreed to be followed")),
        ),
        (say(_("Facts")), ", ".join(readable(name) for name in (playbook.attributes if playbook else ()))),
        (say(_("What is asked in forms")), ", ".join(sorted(readable(name) for name in asked))),
        (
            say(_("What is noted of what people do")),
            ", ".join(readable(name) for name in (playbook.activities if playbook else ())),
        ),
        (
            say(_("What follows from it")),
            say(_("scores with reasons, stage, hand-offs to sales, mails, what our people note")),
        ),
        (say(_("Special kinds of data (art. 9)")), say(_("[none, unless your own facts or notes hold some]"))),
    )
    return Section(
        say(_("Whose data, and which")),
        "",
        [told, table((say(_("Source")), say(_("Kind"))), sources)],
    )


def _recipients(say: Language) -> Section:
    rows = [
        (
            recipient(one),
            str(EndpointKind(one.kind).label),
            ", ".join(one.topics.split()) or say(_("all that concerns it")),
        )
        for one in Endpoint.objects.filter(closed_at=None).exclude(kind=EndpointKind.LEADS).order_by("pk")
    ]
    if settings.EMAIL_HOST:
        rows.append((settings.EMAIL_HOST, say(_("mail server")), say(_("mails to persons and to our users"))))
    where = lines([say(_("Countries outside of the EU: [which of these hosts stand there, and by what guarantee]"))])
    heads = (say(_("Who")), say(_("How")), say(_("What")))
    inside = say.number(User.objects.filter(is_active=True).count())
    own = lines([say(_("Our own users: {count}."), count=inside)])
    return Section(say(_("Who gets it")), "", [own, table(heads, rows), where])


def _periods(say: Language) -> Section:
    rows = [(one["text"], one["for"]) for one in rights.periods(say)]
    how = (
        _("It goes by itself every day.")
        if settings.RETENTION_DAILY
        else _("Our people let it go: ripeline retention.")
    )
    told = table((say(_("What")), say(_("How long"))), rows)
    return Section(say(_("How long it is kept")), say(how), [told])


def _measures(say: Language) -> Section:
    roles = User.objects.filter(is_active=True).values_list("role").annotate(count=Count("pk")).order_by("role")
    told = [
        (say(_("Pages only over HTTPS, cookies only there")), settings.SESSION_COOKIE_SECURE),
        (say(_("Who may do what follows from the role")), True),
        (say(_("Salespeople see only their own leads")), True),
        (say(_("Passwords as Argon2 hashes; keys of programs as hashes")), True),
        (say(_("Logins are slowed down after wrong passwords; other sessions end with a new one")), True),
        (say(_("Messages to programs are signed")), True),
        (say(_("Mails are signed (DKIM) by us")), bool(settings.DKIM_KEY)),
        (say(_("Nothing is sent to addresses inside our network, unless named")), not settings.ALLOWED_NETWORKS),
        (say(_("What was decided can be replayed, and nobody can change a row of the ledger")), True),
        (say(_("Erasures are logged outside of the database, and done again after a backup is restored")), True),
    ]
    yes, no = say("yes"), say("no")
    people = ", ".join(f"{Role(role).label}: {say.number(count)}" for role, count in roles)
    rows = [(text_, yes if holds else no) for text_, holds in told]
    own = facts(
        (say(_("Users by role")), people),
        (say(_("Database, disk, backups")), say(_("[encryption and place: yours to say]"))),
    )
    return Section(
        say(_("How it is kept safe")),
        say(_("As it is set up at this moment.")),
        [table((say(_("Measure")), say(_("Holds"))), rows), own],
    )
