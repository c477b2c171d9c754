"""What a person wrote in a mail: without what it quotes or forwards, without the signature, in four languages.

Each line is looked at a fixed number of times, so that the time grows with the text and no faster. What is cut is
recognized by what programs write (attributions, blocks of headers) and by the words with which people end a letter.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LINES = 2_000
_LONGEST_ATTRIBUTION = 300
_HEADERS_NEEDED = 3
_HEADERS_WITHIN = 8

_WROTE = re.compile(r"\b(?:wrote|writes|schrieb|schreef|geschreven|skrev)\b", re.IGNORECASE)
_OPENER = re.compile(r"(?:on|am|op|den|d\.)\s", re.IGNORECASE)
_SOME_DATE = re.compile(r"\d{1,2}[:.]\d{2}|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\b(?:19|20)\d\d\b")
_FORWARDED = (
    r"original message|original appointment|forwarded message|forwarded by|ursprüngliche nachricht|originalnachricht"
    r"|weitergeleitete nachricht|oorspronkelijk bericht|origineel bericht|doorgestuurd bericht"
    r"|oprindelig meddelelse|original meddelelse|videresendt meddelelse|videresendt besked"
)
_SEPARATOR = re.compile(rf"\s*-{{2,10}} ?(?:{_FORWARDED})\b.{{0,100}}", re.IGNORECASE)
_BEGIN = re.compile(
    r"(?:begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-mail)|begin doorgestuurd bericht"
    r"|start på (?:videresendt|videresendte) (?:besked|meddelelse)):",
    re.IGNORECASE,
)
_RULE = re.compile(r"[_‗]{20,}")
_FROM = re.compile(r"[*\s]{0,3}(?:from|von|van|fra)\s?:[*\s].{1,300}", re.IGNORECASE)
_HEADER = re.compile(
    r"[*\s]{0,3}(?:(?P<sent>sent|date|gesendet|datum|verzonden|sendt|dato)|(?P<to>to|an|aan|til)|(?P<cc>cc|kopie|kopi)"
    r"|(?P<subject>subject|betreff|onderwerp|emne))\s?:[*\s]?.{0,500}",
    re.IGNORECASE,
)
_DEVICE = re.compile(
    r"(?:sent (?:from|via|with) |get outlook for |gesendet (?:von|mit|aus) |von meinem .{1,40} gesendet"
    r"|diese nachricht wurde von meinem |holen sie sich outlook |outlook für |verzonden (?:vanaf|met|vanuit|via) "
    r"|verstuurd (?:vanaf|met) |outlook voor |download outlook |sendt fra |hent outlook |outlook til ).{0,120}"
    r"|von meinem .{1,40} gesendet\.?",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:(?:best|kind|kindest|warm|warmest|many|with best|with kind)?\s?(?:regards|wishes)|(?:all the )?best|cheers"
    r"|yours(?: sincerely| truly| faithfully)?|sincerely(?: yours)?|many thanks|thanks(?: again| a lot)?"
    r"|thank you(?: very much)?|thanks and (?:best|kind) regards"
    r"|(?:mit\s)?(?:freundlichen?|besten?|vielen?|lieben?|herzlichen?|schönen?|sonnigen?)(?: und \w{3,20})?"
    r"\s(?:gr(?:ü|ue)(?:ß|ss)en?|gru(?:ß|ss)|dank)(?: (?:aus|nach|von) \S{2,30})?|gr(?:ü|ue)(?:ß|ss)e|gru(?:ß|ss)"
    r"|hochachtungsvoll|mfg|vg|lg|danke(?: und .{3,20} gr(?:ü|ue)(?:ß|ss)e)?"
    r"|(?:met\s)?(?:vriendelijke|hartelijke|beste|warme)\s(?:groet|groeten)|groet|groeten|groetjes|hoogachtend|mvg"
    r"|bedankt|alvast bedankt|bij voorbaat dank|dank u(?: wel)?|dank je(?: wel)?"
    r"|(?:med\s)?(?:venlig|venlige|kærlig|mange|bedste|de bedste)\s(?:hilsen|hilsner)|hilsen|mvh|vh|kh"
    r"|tak|på forhånd tak|mange tak|tusind tak)"
    r"(?:[\s,.!;\u2013-]{0,3}|\s[/|\u2013-]\s[\w.\- /|]{1,60}[,.!]?|,\s(?:(?-i:[A-ZÄÖÜÆØÅ])[\w.'-]{0,20}\s?){1,4})",
    re.IGNORECASE,
)
_DISCLAIMER = re.compile(
    r"[*\s]{0,3}(?:confidentiality\b|disclaimer\b|(?:this|the information in this) (?:e-?mail|message)\b.{0,200}"
    r"(?:confidential|intended)|diese (?:e-?mail|nachricht)\b.{0,200}vertraulich|haftungsausschluss\b"
    r"|(?:dit|deze) (?:e-?mail|bericht|e-mailbericht)\b.{0,200}(?:vertrouwelijk|bestemd)"
    r"|denne (?:e-?mail|mail|meddelelse)\b.{0,200}(?:fortrolig|bestemt))",
    re.IGNORECASE,
)
_BANNER = re.compile(
    r"[*\s\[(]{0,3}(?:caution|warning|achtung|vorsicht|let op|waarschuwing|advarsel|obs)\s?[:!].{0,200}"
    r"(?:external|extern|outside|eksternt?|udefra|außerhalb|buiten)\b.{0,300}"
    r"|\[?(?:external|extern|extern(?:e|er) (?:e-?mail|absender)|ekstern(?: mail)?)\]?:?",
    re.IGNORECASE,
)
_AFTERWORD = re.compile(r"p\.?\s?s\.?\s?:?\s.+", re.IGNORECASE)
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"), None) | {0xA0: " ", 0x202F: " "}


def own_words(text: str) -> str:
    """What the person wrote, without quotations and signature; the same text gives the same words."""
    lines = [line.rstrip() for line in text.translate(_INVISIBLE).splitlines()[:_LINES]]
    written = _unquoted(lines)
    return "\n".join(_unsigned(written)).strip()


def _unquoted(lines: Sequence[str]) -> list[str]:
    written: list[str] = []
    for place, line in enumerate(lines):
        if _begins_foreign(lines, place):
            break
        if (begin := _attribution(lines, place)) is not None:
            _drop(written, place - begin)
            rest = lines[place + 1 :]
            if any(_is_quoted(one) for one in rest[:_HEADERS_WITHIN]):
                written += _unquoted([one for one in rest if not _is_quoted(one)])  # answers below or in between
            break
        if not _is_quoted(line) and not _BANNER.fullmatch(line):
            written.append(line)
    return written


def _drop(written: list[str], count: int) -> None:
    del written[len(written) - count :]


def _is_quoted(line: str) -> bool:
    return line.lstrip().startswith((">", "|>"))


def _attribution(lines: Sequence[str], place: int) -> int | None:
    """Where an attribution begins that ends on this line: "On Monday … Ada wrote:", over at most three lines."""
    if not lines[place].endswith(":"):
        return None
    found = None
    for begin in range(place, max(-1, place - 3), -1):
        joined = " ".join(lines[begin : place + 1])
        if not lines[begin].strip() or len(joined) > _LONGEST_ATTRIBUTION:
            break
        if _WROTE.search(joined) and (_SOME_DATE.search(joined) or "@" in joined):
            if _OPENER.match(lines[begin]):
                return begin
            found = place if found is None else found
    return found


def _begins_foreign(lines: Sequence[str], place: int) -> bool:
    """Whether what follows was all written by somebody else: a separator, or a block of headers as Outlook writes."""
    line = lines[place]
    if _SEPARATOR.fullmatch(line) or _BEGIN.fullmatch(line.strip()):
        return True
    if _RULE.fullmatch(line.strip()):
        following = [one for one in lines[place + 1 : place + 4] if one.strip()]
        return bool(following) and _FROM.fullmatch(following[0]) is not None
    if not _FROM.fullmatch(line):
        return False
    found = {match.lastgroup for one in lines[place : place + _HEADERS_WITHIN] if (match := _HEADER.fullmatch(one))}
    return 1 + len(found) >= _HEADERS_NEEDED and bool(found & {"sent", "subject"})


def _unsigned(lines: Sequence[str]) -> list[str]:
    """The lines without the signature; a postscript stays."""
    said = False
    for place, line in enumerate(lines):
        bare = line.strip()
        ends = bare in ("--", "—", "---") or _DEVICE.fullmatch(bare) or _CLOSING.fullmatch(bare)
        if said and (ends or _DISCLAIMER.match(bare)):
            after = [one for one in lines[place:] if _AFTERWORD.fullmatch(one.strip())]
            return [*lines[:place], *after[:1]]
        said = said or bool(bare)
    return list(lines)
