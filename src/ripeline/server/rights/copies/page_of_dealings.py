"""What we had to do with a person, on the page of its copy: consents, mails, talks, and sales."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ripeline.core.phrases import gettext as _
from ripeline.language import readable
from ripeline.server.rights.copies.blocks import Block, Section, Shown, Step, facts, lines, steps, table

if TYPE_CHECKING:
    from collections.abc import Sequence

Told = dict[str, Any]

_MAY = {"email": _("Write an e-mail"), "phone": _("Call"), "scoring": _("Score")}


def consents(shown: Shown) -> Section:
    """May we, and what was said in which words."""
    say, told = shown.say, shown.told["consents"]
    may = [
        (say(_MAY[one["what"]]), f"{say('yes' if one['allowed'] else 'no')}: {one['why']}") for one in told["may_we"]
    ]
    noes = [
        say(
            _("{purpose}: your no since {at}; nothing but you lifts it."),
            purpose=one["text"],
            at=shown.when(one["since"]),
        )
        for one in told["lasting_noes"]
    ]
    asked = [
        say(_("On {at} we asked {address} by a mail."), at=shown.when(one["asked_at"]), address=one["address"])
        for one in told["asked_to_confirm"]
    ]
    return Section(
        say(_("What you have agreed to")),
        "",
        [
            facts(*may),
            lines([*noes, *asked]),
            steps((_said(one, shown) for one in told["said"]), say(_("Every yes and no"))),
        ],
    )


def _said(one: Told, shown: Shown) -> Step:
    say = shown.say
    answer = say("yes" if one["yes"] else "no")
    facts_: list[tuple[str, str]] = [
        (say(_("In these words")), one["words"]),
        (say(_("Where")), one["where"]),
        (say(_("Told by")), one["by"] or one["source"]),
        (say(_("Asked for")), shown.when(one["requested_at"])),
        (say(_("Asked from")), one["requested_from"]),
        (say(_("Confirmed")), shown.when(one["confirmed_at"])),
        (say(_("Confirmed from")), one["confirmed_from"]),
        (say(_("Mail")), one["mail"]),
        (say(_("Why")), readable(one["reason"]) if one["reason"] else ""),
    ]
    return Step(f"{one['text']}: {answer}", shown.when(one["at"]), _parts(facts_))


def _parts(rows: Sequence[tuple[str, str]]) -> list[tuple[str, Sequence[str]]]:
    return [(name, [text]) for name, text in rows if text]


def mails(shown: Shown) -> Section:
    """Each mail, and the tracks that they belong to."""
    say = shown.say
    rows = [_mail(one, shown) for one in reversed(shown.told["mails"])]
    tracks = [
        Step(
            one["text"],
            shown.when(one["entered_at"]),
            [
                (say(_("Until")), [shown.when(one["ended_at"])] if one["ended_at"] else []),
                (say(_("Steps")), [f"{shown.when(step['at'])}: {readable(step['what'])}" for step in one["steps"]]),
            ],
        )
        for one in shown.told["tracks"]
    ]
    return Section(say(_("Mails to you")), "", [steps(rows), steps(tracks, say(_("Tracks")))])


def _mail(one: Told, shown: Shown) -> Step:
    say = shown.say
    became = [
        (say(_("Why")), one["text"]),
        (say(_("Mailing")), one["mailing"]),
        (say(_("Sent")), shown.when(one["sent_at"])),
        (say(_("Held back")), one["held"]),
        (say(_("Came back")), shown.when(one["came_back_at"])),
    ]
    clicked = [
        f"{shown.when(click['at'])}: {click['address']}"
        + (f" ({say(_('by a program'))})" if click["by_machine"] else "")
        for click in one["clicks"]
    ]
    parts = _parts(became) + ([(say(_("You clicked")), clicked)] if clicked else [])
    return Step(one["subject"] or readable(one["about"]), shown.when(one["asked_for_at"]), parts)


def talks(shown: Shown) -> Section:
    """What our people asked, and what they noted of the answers."""
    say, told = shown.say, shown.told["interview"]
    answers = [
        Step(
            one["question"],
            shown.when(one["at"]),
            _parts([(say(_("Answer")), one["answer"]), (say(_("Note")), one["note"]), (say(_("Told by")), one["by"])]),
        )
        for one in told["answers"]
    ]
    ratings = [
        Step(
            " · ".join(_marks(one, shown)),
            shown.when(one["at"]),
            _parts([(say(_("Note")), " ".join(filter(None, (one["seriousness_note"], one["motivation_note"]))))]),
        )
        for one in told["ratings"]
    ]
    blocks = [
        steps(answers),
        steps(ratings, say(_("How serious and how motivated we found you, of 5"))),
        lines(told["objections"], say(_("What speaks against it for you"))),
    ]
    return Section(say(_("What we asked you")), "", blocks)


def _marks(one: Told, shown: Shown) -> list[str]:
    names = {"seriousness": _("Seriousness"), "motivation": _("Motivation")}
    return [f"{shown.say(label)} {one[name]}" for name, label in names.items() if one[name] is not None]


def sales(shown: Shown) -> Section:
    """Hand-offs, what was planned, what became of it, who brought whom."""
    say = shown.say
    offers = [
        Step(
            one["text"],
            shown.when(one["offered_at"]),
            [
                *_parts(
                    [
                        (say(_("First touch due")), shown.when(one["first_touch_due_at"])),
                        (say(_("We reached out")), shown.when(one["touched_at"])),
                        (say(_("Call booked")), shown.when(one["call_at"])),
                        (say(_("Ended")), shown.when(one["ended_at"])),
                    ]
                ),
                *(
                    [(say(_("Why a salesperson got it")), [each["text"] for each in one["given_to_sales"]])]
                    if one["given_to_sales"]
                    else []
                ),
            ],
        )
        for one in reversed(shown.told["handoffs"])
    ]
    tasks = [
        (one["what"], one["for"], shown.when(one["due_at"]), shown.when(one["done_at"]) or say(_("open")))
        for one in shown.told["tasks"]
    ]
    blocks: list[Block] = [
        steps(offers, say(_("Hand-offs"))),
        table((say(_("What")), say(_("By whom")), say(_("Due")), say(_("Done"))), tasks, say(_("Tasks"))),
        steps((_outcome(one, shown) for one in shown.told["outcomes"]), say(_("Outcomes"))),
        lines(_brought(one, shown) for one in shown.told["referrals"]),
    ]
    return Section(say(_("You and our sales")), "", blocks)


def _outcome(one: Told, shown: Shown) -> Step:
    say = shown.say
    amount = f"{say.number(one['amount'], decimals=2)} {one['currency']}" if one["amount"] is not None else ""
    told = [
        (say(_("Amount")), amount),
        (say(_("Reason")), one["reason"]),
        (say(_("Note")), one["sentence"]),
        (say(_("Competitor")), one["competitor"]),
        (say(_("Told by")), one["by"]),
    ]
    return Step(one["text"], shown.when(one["at"]), _parts(told))


def _brought(one: Told, shown: Shown) -> str:
    text = (
        _("On {at} somebody brought you to us.")
        if one["was"] == "brought"
        else _("On {at} you brought somebody to us.")
    )
    told = shown.say(text, at=shown.when(one["at"]))
    return f"{told} {one['note']}".strip()
