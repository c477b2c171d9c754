"""What a person can ask for, how, and how long what we know is kept; told with every copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from ripeline.core.phrases import gettext as _
from ripeline.core.phrases import phrases as ngettext
from ripeline.server.instants import DAY

if TYPE_CHECKING:
    from ripeline.language import Language
    from ripeline.server.rights.copies.whom import Whom

_RIGHTS = (
    (
        "15",
        _("To know and to have a copy"),
        _("This is it. You can get a new one at any time, free of charge, as a page and as a file for programs."),
    ),
    (
        "16",
        _("To have it corrected"),
        _("Tell us what is wrong or missing. The last word counts, and you are judged anew by it."),
    ),
    (
        "17",
        _("To have it erased"),
        _("All of it goes, also from backups before one is used again. Whoever was told of you is told so."),
    ),
    ("18", _("To have its use stopped"), _("While it is not clear who is right, we keep it and do not use it.")),
    ("20", _("To take it along"), _("The file for programs holds all that stands here, for whomever you give it to.")),
    (
        "21",
        _("To object"),
        _("Against advertising and against being scored for it you need no reason: both end at once, and stay ended."),
    ),
    (
        "22",
        _("Not to be judged by a program alone"),
        _("A program says whom to call first, and a person decides. Tell us your view, and a person looks again."),
    ),
    ("7", _("To take back a yes"), _("With a click, as easily as you gave it; what was done before stays lawful.")),
    ("77", _("To complain"), _("To the authority for data protection where you live, where you work or where we are.")),
)
"""Each right by its article of the GDPR: what it is called, and what it means here."""


def told(whom: Whom) -> dict[str, Any]:
    """Each right, and the page and the people who serve it."""
    return {
        "page": f"{settings.URL}/p/data/",
        "contact": list(settings.IMPRINT),
        "rights": [
            {"article": article, "text": whom.say(name), "means": whom.say(means)} for article, name, means in _RIGHTS
        ],
    }


_PERIODS = {
    "leads": _(
        "All of a person, once its last contact with us is so long ago; not while it is with sales or a customer"
    ),
    "events": _("What was told with an event, but for what the rules ask of it"),
    "visitors": _("What was seen of visitors whose name we never learnt"),
    "quarantine": _("Messages that we could not read"),
    "deliveries": _("Messages to others, once they were told"),
}
_YEAR_DAYS = 365.25
_FEW_DAYS = 2


def periods(say: Language) -> list[dict[str, Any]]:
    """How long each kind of thing is kept, as it is set."""
    told = [
        {"kind": kind, "text": say(_PERIODS[kind]), "days": span // DAY, "for": _span(span // DAY, say)}
        for kind, span in settings.RETENTION.items()
    ]
    no = {"kind": "noes", "text": say(_("A no, as a mark that nobody can read back")), "days": None}
    return [*told, no | {"for": say(_("until the person lifts it"))}]


def _span(days: int, say: Language) -> str:
    """Days as people say them: in months where they are whole ones."""
    months = round(days * 12 / _YEAR_DAYS)
    if months > 1 and abs(months * _YEAR_DAYS / 12 - days) < _FEW_DAYS:
        return say.tell(ngettext("{count} month", "{count} months", count=months))
    return say.tell(ngettext("{count} day", "{count} days", count=days))
