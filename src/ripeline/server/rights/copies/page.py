"""The copy as a page: whole in itself, to be read on a phone, kept and printed; no script, nothing from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string

from ripeline.core.phrases import gettext as _
from ripeline.language import Language
from ripeline.server.rights.copies import page_of_dealings, page_of_judging
from ripeline.server.rights.copies.blocks import Block, Section, Shown, facts, lines, table

if TYPE_CHECKING:
    from collections.abc import Iterator

Told = dict[str, Any]


def page(told: Told, zone: str) -> str:
    """What `everything` tells, as one page of HTML in its language; `zone` is where our clocks are."""
    say = Language.of(told["language"])
    shown = Shown(told, say, zone)
    sections = [one for one in _sections(shown) if one.blocks]
    company = told["controller"]["name"]
    return render_to_string(
        "copy.html",
        {
            "language": say.code,
            "title": say(_("Your data")),
            "company": company,
            "name": told["person"]["name"],
            "intro": say(
                _("Everything that {company} knows of you, from where, and what came of it."), company=company
            ),
            "made": say(_("As of {at}."), at=shown.when(told["made_at"])),
            "beside": say(_("The same stands in the file data.json, for programs.")),
            "contents": say(_("What is in it")),
            "nothing": say(_("Nothing is known.")),
            "sections": [(f"s{place}", one) for place, one in enumerate(sections, 1)],
            "imprint": told["controller"]["imprint"],
        },
    )


def _sections(shown: Shown) -> Iterator[Section]:
    yield _person(shown)
    yield _facts(shown)
    yield page_of_judging.standing(shown)
    yield page_of_judging.decisions(shown)
    yield page_of_judging.procedure(shown)
    yield page_of_dealings.consents(shown)
    yield page_of_dealings.mails(shown)
    yield page_of_dealings.talks(shown)
    yield page_of_dealings.sales(shown)
    yield _events(shown)
    yield _recipients(shown)
    yield _sources(shown)
    yield _kept(shown)
    yield _rights(shown)


def _person(shown: Shown) -> Section:
    say, told = shown.say, shown.told["person"]
    blocks = [
        facts(
            (say(_("Name")), told["name"]),
            (say(_("Number with us")), str(told["number"])),
            (say(_("Known since")), shown.when(told["known_since"])),
            (say(_("Language")), say.called(told["language"]) if told["language"] else ""),
        ),
        table(
            (say(_("Known by")), say(_("Value")), say(_("Since")), say(_("Until"))),
            [
                (one["text"], one["value"], shown.when(one["since"]), shown.when(one["until"]))
                for one in told["identifiers"]
            ],
        ),
        table(
            (say(_("Company")), say(_("Since")), say(_("Until")), say(_("How we know"))),
            [
                (
                    one["name"],
                    shown.when(one["since"]),
                    shown.when(one["until"]),
                    say(_("by the domain of your e-mail")) if one["by_rule"] else "",
                )
                for one in told["companies"]
            ],
        ),
    ]
    same = [
        say(_("Two records turned out to be you, and became one on {at}."), at=shown.when(one["at"]))
        for one in told["found_to_be_the_same"]
    ]
    maybe = [
        say(_("Since {at} we ask ourselves whether another record is you as well."), at=shown.when(one["at"]))
        for one in told["maybe_the_same"]
        if not one["settled_at"]
    ]
    found = (
        [say(_("Our people find you by these words: {words}."), words=", ".join(told["found_by_words"]))]
        if told["found_by_words"]
        else []
    )
    return Section(say(_("Who you are to us")), "", [*blocks, lines([*same, *maybe, *found])])


def _facts(shown: Shown) -> Section:
    say = shown.say
    rows = [
        (one["text"], shown.value(one["value"]), shown.when(one["at"]) or say(_("by rule")), one["by"] or one["source"])
        for one in shown.told["facts"]
    ]
    heads = (say(_("What")), say(_("Value")), say(_("Since")), say(_("From where")))
    return Section(
        say(_("What we know of you")),
        say(_("Of what was told several times the last word counts.")),
        [table(heads, rows)],
    )


def _events(shown: Shown) -> Section:
    say = shown.say
    rows = [
        (
            shown.when(one["at"]) or say(_("by rule")),
            one["text"],
            " · ".join(filter(None, (shown.said(one["said"]), _taken_back(one, say)))),
            one.get("by") or one["source"],
        )
        for one in reversed(shown.told["events"])
    ]
    blocks = [table((say(_("When")), say(_("What")), say(_("Details")), say(_("From where"))), rows)]
    refused = [
        (shown.when(one["at"]), one["source"], one["detail"] or one["reason"]) for one in shown.told["not_understood"]
    ]
    heads = (say(_("When")), say(_("From where")), say(_("Why not")))
    blocks.append(table(heads, refused, say(_("Messages that we could not read, and that name you"))))
    intro = say(
        _("Every row that we keep, the newest first: what you did, what others told us, what our people noted.")
    )
    return Section(say(_("What happened")), intro, blocks)


def _taken_back(one: Told, say: Language) -> str:
    return f"{say(_('Taken back:'))} {one['taken_back']}" if "taken_back" in one else ""


def _recipients(shown: Shown) -> Section:
    say = shown.say
    rows = [
        (one["to"], one["text"], one["topic"], shown.when(one["delivered_at"]) or say(_("did not arrive")))
        for one in shown.told["recipients"]
    ]
    heads = (say(_("To whom")), say(_("How")), say(_("What it was about")), say(_("When")))
    intro = say(_("Whom we have told something of you. A message says your number, what happened and why; no more."))
    blocks = [table(heads, rows)] if rows else [lines([say(_("Nobody was told anything of you."))])]
    return Section(say(_("Whom we told")), intro if rows else "", blocks)


def _sources(shown: Shown) -> Section:
    say = shown.say
    rows = [
        (one["name"], say.number(one["rows"]), shown.when(one["first"]), shown.when(one["last"]))
        for one in shown.told["sources"]
    ]
    heads = (say(_("From where")), say(_("Rows")), say(_("First")), say(_("Last")))
    return Section(say(_("From where we know it")), "", [table(heads, rows)])


def _kept(shown: Shown) -> Section:
    say = shown.say
    rows = [(one["text"], one["for"]) for one in shown.told["kept_for"]]
    return Section(say(_("How long it is kept")), "", [table((say(_("What")), say(_("How long"))), rows)])


def _rights(shown: Shown) -> Section:
    say, told = shown.say, shown.told["rights"]
    asked = [
        (one["text"], shown.when(one["asked_at"]), shown.when(one["done_at"]) or say(_("open")))
        for one in shown.told["requests"]
    ]
    blocks: list[Block] = [
        facts(*((f"{one['text']} ({say(_('art.'))} {one['article']})", one["means"]) for one in told["rights"])),
        facts((say(_("Page for all of this")), told["page"]), (say(_("Or write to us")), ", ".join(told["contact"]))),
        table((say(_("You asked for")), say(_("When")), say(_("Answered"))), asked),
    ]
    intro = say(_("All of this is free of charge. We answer within a month."))
    return Section(say(_("What you can ask for")), intro, blocks)
