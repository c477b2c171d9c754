"""How a person was judged, on the page of its copy: the scores, the decisions, and the procedure in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ripeline.core.phrases import gettext as _
from ripeline.language import readable
from ripeline.server.rights.copies.blocks import Block, Section, Shown, Step, facts, lines, steps, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Told = dict[str, Any]

_CELLS = _("A letter says how well our offer fits you, A the best; a digit how interested you seem, 1 the most.")


def standing(shown: Shown) -> Section:
    """Now: the scores with what gave them, what is missing, what would change it."""
    say, told = shown.say, shown.told["standing"]
    title = say(_("How you are judged now"))
    if told is None:
        return Section(title, "", [lines([say(_("You are not judged."))])])
    stopped = shown.told["objected_since"]
    objected = (
        say(_("You have objected, so you have not been scored since {at}."), at=shown.when(stopped)) if stopped else ""
    )
    blocks = [
        lines([objected, *told["notes"], *told["excluded_because"], say(_CELLS) if told["cell"] else ""]),
        facts(
            (say(_("Stage")), told["stage_text"]),
            (say(_("Persona")), told["persona"] or ""),
            (say(_("Phase")), told["phase"] or ""),
            (say(_("Fit and interest together")), told["cell"] or ""),
        ),
        *(_axis(axis, shown) for axis in told["scores"]),
        lines(_missing(told["missing"], shown), say(_("What is missing"))),
        steps((_change(one) for one in told["would_change_it"]), say(_("What would change it"))),
        steps(
            (Step("; ".join(one["then"]), shown.when(one["at"])) for one in told["without_news"]),
            say(_("If nothing new happens")),
        ),
    ]
    intro = say(_("Numbers by which we see whom to call first. Each says from what it comes."))
    return Section(title, intro, blocks)


def _axis(axis: Told, shown: Shown) -> Block:
    grade = f" ({axis['grade']})" if axis["grade"] else ""
    rows = [
        Step(one["what"], shown.points(one["points"]), [("", [one["why"]])] if one["why"] else [])
        for one in axis["because"]
    ]
    nothing = Step(shown.say(_("Nothing gave points.")))
    return steps(rows or [nothing], f"{axis['text']}: {shown.say.number(axis['points'], decimals=1)}{grade}")


def _missing(told: Told | None, shown: Shown) -> Iterator[str]:
    if told is None:
        return
    for way in told["ways"]:
        if way:
            yield shown.say(_("{gate} needs: {ways}."), gate=told["text"], ways=shown.say.all_of(way))
    if told["opens"]:
        yield told["opens"]


def _change(one: Told) -> Step:
    return Step(one["if"], "", [("", [f"→ {effect}" for effect in one["then"]])])


def decisions(shown: Shown) -> Section:
    """Each decision, the newest first, with why, and what would have changed it."""
    say = shown.say
    rows = [_decision(one, shown) for one in reversed(shown.told["decisions"])]
    intro = say(
        _("What the rules below and our people decided on you, why, and what would have led to something else.")
    )
    return Section(
        say(_("What was decided on you")),
        intro if rows else "",
        [steps(rows or [Step(say(_("Nothing was decided yet.")))])],
    )


def _decision(one: Told, shown: Shown) -> Step:
    say = shown.say
    scores = [
        f"{say.own_name(name) or readable(name)}: {say.number(points, decimals=1)}"
        for name, points in (one["scores"] or {}).items()
    ]
    because = [
        f"{shown.points(line['points'])} {line['what']}" + (f" ({line['why']})" if line["why"] else "")
        for line in one["because"]
        if line["points"]
    ]
    parts: list[tuple[str, Sequence[str]]] = [
        (say(_("Scores then")), [" · ".join(scores)] if scores else []),
        (
            say(_("It came about because all of this held; without one of them it would not have")),
            one.get("because_of", ()),
        ),
        (say(_("What gave the points")), because),
        (say(_("What was missing for the next step")), list(_missing(one["missing"], shown))),
        (say(_("What would have changed it")), list(_would(one))),
    ]
    return Step(one["text"], shown.when(one["at"]), [part for part in parts if part[1]])


def _would(one: Mapping[str, Any]) -> Iterator[str]:
    for change in one["would_have_changed_it"]:
        yield f"{change['if']} → {'; '.join(change['then'])}"


def procedure(shown: Shown) -> Section:
    """By what rules, who signed them, and what each gives."""
    say, told = shown.say, shown.told["procedure"]
    title = say(_("How the judging works"))
    if told is None:
        return Section(title, "", [])
    how = (
        _("What you do on our pages and with our people, and what we know of you, gives points by the rules below."),
        _("Points of the same kind are added up. Some fade with time, some have a limit."),
        _("Where enough comes together, our marketing writes to you, or a salesperson is asked to call you."),
        _("The salesperson decides whether to take it on, and can say no. No contract and no price hangs on it."),
        _("The rules are agreed by marketing and sales, and both have signed them."),
    )
    rules = [
        (
            one["text"],
            _range(one["points"], shown),
            one["axis"],
            " · ".join(one["fades"]),
        )
        for one in told["rules"]
    ]
    heads = (say(_("For")), say(_("Points")), say(_("Counts for")), say(_("Fades")))
    gates = [
        lines(
            ("\u2003" * part["depth"] + f"{'✓' if part['met'] else '○'} {part['text']}" for part in gate["asks"]),
            say(_("What {gate} asks, and what you meet (✓)"), gate=gate["text"]),
        )
        for gate in told["gates"]
    ]
    return Section(
        title,
        "",
        [lines(say(text) for text in how), *gates, table(heads, rules, say(_("All rules"))), _versions(told, shown)],
    )


def _range(points: Sequence[float], shown: Shown) -> str:
    least, most = points
    if least == most:
        return shown.points(least)
    return shown.say(_("{least} to {most}"), least=shown.points(least), most=shown.points(most))


def _versions(told: Told, shown: Shown) -> Block:
    say = shown.say
    rows = [
        (
            f"{one['title']} ({one['version'][:8]})",
            ", ".join(shown.when(each["since"]) for each in one["in_force"]),
            ", ".join(f"{each['for']} {shown.when(each['at'])}" for each in one["signed"]),
        )
        for one in told["versions"]
    ]
    return table(
        (say(_("Version")), say(_("In force since")), say(_("Signed by"))),
        rows,
        say(_("Which rules were applied to you")),
    )
