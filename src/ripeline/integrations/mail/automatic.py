"""Mails that no person wrote: automatic replies, notices of machines, mails of lists."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ripeline.integrations.mail.reading import Mail

_SUBJECT = re.compile(
    r"\s*(?:(?:re|aw|antw|sv)\s?:\s*)?\[?(?:"
    r"(?:automatic (?:reply|response)|auto[ -]?(?:reply|response|antwort|matische antwort|svar)?|auto:|autoreply"
    r"|automatische (?:antwort|e-mail-antwort)|abwesenheits(?:notiz|nachricht|benachrichtigung|assistent)|abwesenheit"
    r"|automatisch (?:antwoord|bericht)|afwezigheids(?:bericht|melding|assistent)|afwezigheid"
    r"|automatisk (?:svar|besvarelse)|autosvar|fraværs(?:besked|meddelelse)|fravær)\b\s*[\]:!(\u2013-]"
    r"|(?:automatic reply|automatische antwort|automatisch antwoord|automatisk svar|autoreply|auto-reply|autosvar"
    r"|abwesenheitsnotiz|afwezigheidsbericht|afwezigheidsassistent|fraværsbesked)\s*$"
    r"|(?:i am|i'm|ich bin|ik ben|jeg er)?\s*(?:currently |zurzeit |derzeit |momenteel )?(?:out of (?:the )?office"
    r"|on (?:annual leave|vacation|holiday)|(?:nicht im (?:büro|haus)|abwesend|im urlaub)|(?:afwezig|niet aanwezig"
    r"|met vakantie|op vakantie)|(?:ikke til stede|fraværende|ikke på kontoret|på ferie))\s*(?:$|[:!(,.\u2013-]"
    r"|(?:auto|notification|message|until|till|from|bis|vom|ab|tot|van|til|fra|re|reply)\b))",
    re.IGNORECASE,
)
_HELD_BACK = re.compile(r"\b(?:all|oof|autoreply)\b", re.IGNORECASE)
_MACHINES = re.compile(
    r"(?:no|do[._-]?not|not)[._-]?reply|noreply[-+.\w]*|mailer[._-]?daemon|mail[._-]?daemon|postmaster|bounces?(?:[-+.].*)?"
    r"|notifications?|nicht[._-]?antworten|keine[._-]?antwort|niet[._-]?(?:antwoorden|beantwoorden)|ingen[._-]?svar"
)
MAX_ABSENCE = timedelta(days=400)


def is_automatic(mail: Mail) -> bool:
    """Whether a machine answered: it says so (RFC 3834 and what programs say instead), or its subject does."""
    said = mail.header("auto-submitted").lower()
    if said and not said.startswith("no"):
        return True
    if mail.header("x-autoreply").lower() not in ("", "no") or mail.header("x-autorespond") or _answers(mail):
        return True
    if mail.header("precedence").lower() in ("auto_reply", "auto-reply"):
        return True
    if _HELD_BACK.search(mail.header("x-auto-response-suppress")) or mail.return_path == "":
        return True
    return _SUBJECT.match(mail.subject) is not None


def _answers(mail: Mail) -> bool:
    names = ("x-autoresponder", "x-auto-reply-from", "x-mail-autoreply", "x-vacation", "x-fc-machinegenerated")
    return any(mail.header(name) for name in names)


def is_machine(mail: Mail) -> bool:
    """Whether the sender's address says that nobody reads answers to it."""
    return _MACHINES.fullmatch(mail.sender.partition("@")[0]) is not None


def is_for_many(mail: Mail, own_domains: frozenset[str]) -> bool:
    """Whether it went to a list, or to many at once; a list of our own domain is how some companies share a mailbox."""
    lists = mail.header("list-id") or mail.header("list-post") or mail.header("list-unsubscribe")
    many = mail.header("precedence").lower() in ("list", "bulk", "junk")
    if mail.header("list-id") and any(name in mail.header("list-id").lower() for name in own_domains):
        return False
    return bool(lists) or many


# --- until when somebody is away ------------------------------------------------------------------

_MONTHS = {
    **dict.fromkeys(("january", "januar", "januari", "jan"), 1),
    **dict.fromkeys(("february", "februar", "februari", "feb"), 2),
    **dict.fromkeys(("march", "märz", "maerz", "maart", "marts", "mar", "mrt"), 3),
    **dict.fromkeys(("april", "apr"), 4),
    **dict.fromkeys(("may", "mai", "mei", "maj"), 5),
    **dict.fromkeys(("june", "juni", "jun"), 6),
    **dict.fromkeys(("july", "juli", "jul"), 7),
    **dict.fromkeys(("august", "augustus", "aug"), 8),
    **dict.fromkeys(("september", "sept", "sep"), 9),
    **dict.fromkeys(("october", "oktober", "oct", "okt"), 10),
    **dict.fromkeys(("november", "nov"), 11),
    **dict.fromkeys(("december", "dezember", "dec", "dez"), 12),
}
_UNTIL = re.compile(
    r"\b(?:until|till|through|back|return(?:ing)?|bis|zurück|wieder|ab|tot|t/m|terug|weer|til|tilbage|igen)\b(.{0,60})",
    re.IGNORECASE,
)
_ISO = re.compile(r"\b(20\d\d)-(\d\d)-(\d\d)\b")
_DOTTED = re.compile(r"(?<![\d.-])(\d{1,2})[.-](\d{1,2})[.-](?:(20\d\d|\d\d)\b)?")
_SLASHED = re.compile(r"\b(\d{1,2})/(\d{1,2})/(20\d\d)\b")
_MOST_MONTHS = 12
_DAY_MONTH = re.compile(r"\b(\d{1,2})(?:\.|st|nd|rd|th)?\s(?:of )?([a-zä]{3,9})\b\.?(?:,?\s(20\d\d))?", re.IGNORECASE)
_MONTH_DAY = re.compile(r"\b([a-zä]{3,9})\.?\s(\d{1,2})(?:st|nd|rd|th)?\b(?:,?\s(20\d\d))?", re.IGNORECASE)


def away_until(mail: Mail) -> str | None:
    """The last day that an absence names after words like "until" or "back", as an ISO date; none if it names none.

    A date of three numbers with slashes is taken only where day and month cannot be mistaken for each other.
    """
    try:
        sent = datetime.fromisoformat(mail.date or "").date()
    except ValueError:
        return None
    text = f"{mail.subject}\n{mail.text[:4_000]}"
    found = [day for match in _UNTIL.finditer(text) for day in _days(match[1], sent)]
    days = [day for day in found if sent <= day <= sent + MAX_ABSENCE]
    return max(days).isoformat() if days else None


def _days(text: str, sent: date) -> Iterator[date]:
    triples: list[tuple[int, int, int | None]] = []
    triples += [(int(day), int(month), int(year)) for year, month, day in _ISO.findall(text)]
    triples += [(int(day), int(month), int(year) if year else None) for day, month, year in _DOTTED.findall(text)]
    for one, other, year in _SLASHED.findall(text):
        day, month = sorted((int(one), int(other)), reverse=True)
        if day > _MOST_MONTHS or day == month:
            triples.append((day, month, int(year)))
    named = [(day, name, year) for day, name, year in _DAY_MONTH.findall(text)]
    named += [(day, name, year) for name, day, year in _MONTH_DAY.findall(text)]
    triples += [
        (int(day), _MONTHS[name.lower()], int(year) if year else None)
        for day, name, year in named
        if name.lower() in _MONTHS
    ]
    for day, month, year in triples:
        yield from _dated(day, month, year, sent)


def _dated(day: int, month: int, year: int | None, sent: date) -> Iterator[date]:
    """The day, in this year or the next where no year is told."""
    years = [sent.year, sent.year + 1] if year is None else [year + 2000 if year < 100 else year]  # noqa: PLR2004
    for one in years:
        try:
            found = date(one, month, day)
        except ValueError:
            continue
        if year is not None or found >= sent:
            yield found
            return
