"""How a person was judged: the scores with their reasons, each decision, what would have changed it, and by what rules.

A formula alone is no explanation (C-203/22), so each step is told in words, as it was applied to this person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ripeline.core.explanation import fading, moved
from ripeline.core.lifecycle import Stage
from ripeline.core.phrases import gettext as _
from ripeline.core.playbook import ValueTable
from ripeline.core.reason_texts import TEXTS
from ripeline.core.reasons import Reason
from ripeline.core.trees import axes_of
from ripeline.core.units import MICRO
from ripeline.language import Speaker, readable
from ripeline.server import json_text, playbooks
from ripeline.server.decisions import Decision, DecisionKind
from ripeline.server.playbooks import Mode, PlaybookVersion, Side
from ripeline.server.qualification import explaining
from ripeline.server.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ripeline.core.explanation import Explanation, Line, Miss
    from ripeline.core.nearest import Tested
    from ripeline.core.playbook import Rule
    from ripeline.server.rights.copies.whom import Whom

Told = dict[str, Any]

_LOOKED_AT = 12
"""So many of the last decisions are told with what would have changed them; of the others what was missing then."""


def standing(whom: Whom) -> Told | None:
    """How the person stands now: the scores, each reason, what is missing, what would change it; None if unscored."""
    told = explaining.explain(whom.lead, whom.now)
    if isinstance(told, Refused):
        return None
    voice = Speaker(whom.say, told.playbook)
    result, scores = told.result, told.result.scores or {}
    return {
        "at": whom.at(result.at),
        "stage": Stage(result.stage).name.lower(),
        "stage_text": voice.name("stage", Stage(result.stage).name.lower()),
        "cell": result.cell,
        "persona": voice.name("personas", result.persona) if result.persona else None,
        "phase": voice.name("phases", result.phase) if result.phase else None,
        "notes": [voice.say(note) for note in told.notes],
        "excluded_because": [voice.asked(lack) for lack in told.excluded_by],
        "scores": [
            {
                "axis": axis,
                "text": voice.name("axis", axis),
                "points": scores[axis] / MICRO,
                "grade": result.labels[axis],
                "because": [_line(line, voice) for line in told.lines if line.what.axis == axis],
            }
            for axis in (axes_of(told.playbook) if scores else ())
        ],
        "missing": _missing(told.miss, voice),
        "would_change_it": list(_changes(told, voice)),
        "without_news": [
            {"at": whom.at(one.at), "then": [voice.say(effect) for effect in one.effects]} for one in told.ahead
        ],
        "steps": [
            {
                "at": whom.at(step.at),
                "text": voice.say(step.what),
                "because": [voice.asked(lack) for lack in step.held],
                "scores": _points(step.scores),
            }
            for step in told.steps
        ],
    }


def decisions(whom: Whom) -> list[Told]:
    """Each decision in its order: what, when, why, by which rules, how it stood, and what would have changed it.

    What would have changed it is found by evaluating once more, as of that instant.
    """
    rows = list(
        Decision.objects.filter(lead__in=whom.numbers).select_related("version").order_by("at", "lead", "place")
    )
    looked_at = {one.pk for one in rows[-_LOOKED_AT:] if one.lead_id == whom.lead.pk}
    seen: dict[int, Explanation | None] = {}
    return [_decision(one, whom, seen, in_full=one.pk in looked_at) for one in rows]


def _decision(one: Decision, whom: Whom, seen: dict[int, Explanation | None], *, in_full: bool) -> Told:
    voice = Speaker(whom.say, playbooks.playbook_of(one.version))
    evidence = json_text.read(one.evidence)
    told: Told = {
        "at": whom.at(one.at),
        "kind": one.kind,
        "text": _what(one, voice),
        "old": one.old,
        "new": one.new,
        "reason": one.reason,
        "gate": one.gate,
        "version": one.version_id,
        "scores": _points(evidence.get("scores")),
        "persona": evidence.get("persona"),
        "phase": evidence.get("phase"),
        "because": [_kept_line(line, voice) for line in evidence.get("lines", ())],
    }
    then = _then(one.at, whom, seen) if in_full else None
    if then is None:
        return told | {"missing": _kept_missing(evidence.get("missing"), voice), "would_have_changed_it": []}
    held = [voice.asked(lack) for step in then.steps if step.at == one.at for lack in step.held]
    return told | {
        "because_of": held if one.kind == DecisionKind.MOVE else [],
        "missing": _missing(then.miss, voice) or _kept_missing(evidence.get("missing"), voice),
        "would_have_changed_it": list(_changes(then, voice)),
    }


def _then(at: int, whom: Whom, seen: dict[int, Explanation | None]) -> Explanation | None:
    if at not in seen:
        told = explaining.explain(whom.lead, at)
        seen[at] = None if isinstance(told, Refused) else told
    return seen[at]


def _what(one: Decision, voice: Speaker) -> str:
    """What was decided, in a sentence."""
    match one.kind:
        case DecisionKind.MOVE:
            return voice.say(moved(Stage[one.old.upper()], Stage[one.new.upper()], one.reason, one.gate or None))
        case DecisionKind.REFUSED:
            code = f"refused_{one.reason}"
        case DecisionKind.SIGNAL:
            code = f"signal_{one.new}"
        case _:
            code = one.new
    return voice.say(Reason(code)) if code in TEXTS else readable(code)


def _line(line: Line, voice: Speaker) -> Told:
    what = line.what
    told = {"what": _name(what.kind, what.name, voice), "points": what.points / MICRO, "times": what.awards}
    return told | {"why": "; ".join(voice.say(reason) for reason in line.evidence)}


def _kept_line(line: list[Any], voice: Speaker) -> Told:
    kind, name, axis, points, awards, last_at = line
    why = voice.say(Reason("awarded", count=awards, last_at=last_at)) if awards and last_at is not None else ""
    told = {"what": _name(kind, name, voice), "axis": voice.name("axis", axis), "points": points / MICRO}
    return told | {"times": awards, "why": why}


_KINDS = {"cap group": "group", "cap axis": "axis", "adjusted": "axis"}


def _name(kind: str, name: str, voice: Speaker) -> str:
    if kind == "adjusted":
        return voice.language(_("Adjusted by hand"))
    called = voice.name(_KINDS.get(kind, "rule"), name)
    return called if kind == "rule" else voice.language(_("Cap on {name}"), name=called)


def _missing(miss: Miss | None, voice: Speaker) -> Told | None:
    if miss is None:
        return None
    return {
        "gate": miss.gate,
        "text": voice.name("gate", miss.gate),
        "progress": miss.progress / MICRO,
        "opens": voice.say(miss.opens) if miss.opens else "",
        "ways": _each_once([voice.asked(lack) for lack in way] for way in miss.ways),
    }


def _each_once(ways: Iterable[list[str]]) -> list[list[str]]:
    """Ways that differ only in what their words leave out are one to whoever reads them."""
    return [list(way) for way in dict.fromkeys(map(tuple, ways))]


def _kept_missing(told: Mapping[str, Any] | None, voice: Speaker) -> Told | None:
    """The same of what was kept with the decision."""
    if told is None:
        return None
    ways = _each_once([_kept_reason(lack.get("asked"), voice) for lack in way] for way in told.get("ways", ()))
    opens = _kept_reason(told["opens"], voice) if told.get("opens") else ""
    gate = str(told.get("gate"))
    shown = {"gate": gate, "text": voice.name("gate", gate), "progress": told.get("progress")}
    return shown | {"opens": opens, "ways": ways}


def _kept_reason(told: Mapping[str, Any] | None, voice: Speaker) -> str:
    try:
        return voice.say(Reason.from_json(told)) if told else ""
    except (KeyError, ValueError):
        return str((told or {}).get("code", ""))  # a reason of another release


def _changes(told: Explanation, voice: Speaker) -> Iterator[Told]:
    for change in told.changes:
        yield {"if": voice.say(change.news), "then": [voice.say(effect) for effect in change.effects]}


def _points(scores: Mapping[str, int] | None) -> dict[str, float] | None:
    return None if scores is None else {axis: points / MICRO for axis, points in scores.items()}


# --- the procedure --------------------------------------------------------------------------------


def procedure(whom: Whom) -> Told | None:
    """By what rules: each version that decided on the person, who signed it, and the rules of the one that decides."""
    active = playbooks.active()
    if active is None:
        return None
    used = set(Decision.objects.filter(lead__in=whom.numbers).values_list("version", flat=True)) | {active.pk}
    return {
        "versions": [
            _version(one, active, whom) for one in PlaybookVersion.objects.filter(pk__in=used).order_by("created_at")
        ],
        "rules": [_rule(name, rule, whom.speaker) for name, rule in whom.playbook.rules.items()],
        "gates": list(_gates(whom)),
    }


def _version(one: PlaybookVersion, active: PlaybookVersion, whom: Whom) -> Told:
    modes = {mode.value: str(mode.label) for mode in Mode}
    return {
        "version": one.pk,
        "title": one.title,
        "decides_now": one.pk == active.pk,
        "in_force": [
            {"since": whom.at(each.at), "whom": modes.get(each.mode, each.mode)}
            for each in one.publications.order_by("at")
        ],
        "signed": [
            {"for": str(Side(each.side).label), "at": whom.at(each.at)} for each in one.signatures.order_by("at")
        ],
    }


def _rule(name: str, rule: Rule, voice: Speaker) -> Told:
    return {
        "name": name,
        "text": voice.name("rule", name),
        "axis": voice.name("axis", rule.axis),
        "points": _range(rule),
        "for": [voice.name("activities", each) for each in rule.on or ()],
        "fades": [voice.say(reason) for reason in fading(rule.decay)],
    }


def _range(rule: Rule) -> list[float]:
    """The least and the most that it gives for one thing."""
    points = rule.points
    if isinstance(points, ValueTable):
        given = [row.points for row in points.rows] + [points.otherwise, points.unknown]
        return [min(given) / MICRO, max(given) / MICRO]
    return [points / MICRO, points / MICRO]


def _gates(whom: Whom) -> Iterator[Told]:
    told = explaining.see(whom.lead, whom.now)
    if isinstance(told, Refused):
        return
    voice = Speaker(whom.say, told.playbook)
    for name, tested in told.gates.items():
        yield {
            "gate": name,
            "text": voice.name("gate", name),
            "open": told.result.open[name],
            "asks": list(_asked(tested, voice)),
        }


def _asked(tested: Tested, voice: Speaker, depth: int = 0) -> Iterator[Told]:
    """Each condition with how deep it stands, and whether it is met."""
    labels = {"all": _("All of these"), "any": _("One of these"), "not": _("Not this")}
    text = voice.asked(tested.test) if tested.test else voice.language(labels[tested.kind])
    yield {"text": text, "depth": depth, "met": tested.holds}
    for part in tested.parts:
        yield from _asked(part, voice, depth + 1)
