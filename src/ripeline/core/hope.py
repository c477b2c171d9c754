"""Leads for whom no gate can open before there is news, so that they need not be looked at. Compiled.

Most leads never come near a gate. Their scores are bounded from above by awards that have not faded at all; a test
that such scores, and the events there are, cannot make true is false, any other is taken as unknown; and if `enter` of
both gates is false all the same, no look can change anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripeline.core.codes import Act, Leaf, Stage
from ripeline.core.compiling import compiled
from ripeline.core.evaluation import evaluate_facts, is_level, score_between
from ripeline.core.facts import tree_truth
from ripeline.core.layout import FALSE, FOREVER, NO_LIMIT, TRUE, UNKNOWN, Bytes, Definition, Rows, State
from ripeline.core.news import forget, learn
from ripeline.core.points import add_up, state_points
from ripeline.core.running import start_runs, take_in

if TYPE_CHECKING:
    from ripeline.core.space import Scratch


@compiled
def is_idle(d: Definition, s: Scratch, state: State, at: int) -> bool:
    """Whether a lone lead is a plain `lead` with closed gates and nothing pending, about which only events are new."""
    if d.rollups.size or s.leads[0].act_first != s.leads[0].act_next:
        return False
    lead = state.leads[s.leads[0].lead]
    gates = state.gates[s.leads[0].lead]
    for g in range(2):
        if gates[g].open or gates[g].since != FOREVER:
            return False
    pending = lead.cool_until > at or lead.override_until > at or lead.was_ready or lead.was_worked or lead.frozen
    # Only a lead without any hand-off is idle: what waits for an answer is looked at.
    return lead.stage == Stage.LEAD and lead.handoff == 0 and not pending


@compiled
def best_scores(d: Definition, rows: Rows, s: Scratch, j: int, stack: Bytes) -> None:
    """Scores that the lead cannot pass before there is news."""
    rules, prices, lengths = d.rules, d.priced, s.series_len
    v, high = s.leads[j].persona + 1, s.capped[1]
    if s.leads[j].ran_for != v:
        start_runs(d, s, j)
    for r in range(rules.size):
        series = rules[r].series
        if prices[v, r].off or (series >= 0 and lengths[j, series] == 0):
            high[r] = 0
        elif series >= 0:
            take_in(d, rows, s, j, v, r)
            high[r] = s.runs[j, r].best
        elif rules[r].lasting:
            high[r] = state_points(d, s, j, r, stack)
        else:
            high[r] = max(rules[r].best, prices[v, r].points, 0)
    add_up(d, s, j, high, s.most[j])
    for a in range(d.axes.size):
        s.least[j, a] = -NO_LIMIT


@compiled
def hope_for(d: Definition, s: Scratch, j: int, leaf: int) -> int:
    """What a test may come to before there is news: FALSE, or its truth if that lasts, else UNKNOWN."""
    kind, a = d.leaves[leaf].kind, d.leaves[leaf].a
    if is_level(kind):
        return score_between(d, s, j, leaf, s.least[j], s.most[j], 0, 0)
    if kind == Leaf.DID:
        return FALSE if s.series_len[j, a] < d.leaves[leaf].b else UNKNOWN
    if kind == Leaf.SILENT or kind == Leaf.SURGE:
        return FALSE if s.series_len[j, a] == 0 else UNKNOWN
    if kind == Leaf.RETURNING:
        return FALSE if d.visit_series < 0 or s.series_len[j, d.visit_series] <= 1 else UNKNOWN
    if kind == Leaf.PERSONA:
        fits = s.leads[j].persona >= 0 and (a >> s.leads[j].persona) & 1
        return TRUE if fits else FALSE
    if kind == Leaf.PHASE:
        return UNKNOWN
    return s.truth[j, leaf]


@compiled
def is_hopeless(d: Definition, rows: Rows, s: Scratch, stack: Bytes) -> bool:
    """Whether no gate of a lone lead can open before there is news; its facts are those of its last look."""
    if d.rollups.size:
        return False
    v = s.leads[0].persona + 1
    for g in range(2):
        if d.gates[v, g].force >= 0 and s.series_len[0, d.gates[v, g].force] > 0:
            return False
    best_scores(d, rows, s, 0, stack)
    for leaf in range(d.leaves.size):
        s.hope[leaf] = hope_for(d, s, 0, leaf)
    for g in range(2):
        if tree_truth(d, s.hope, d.gates[v, g].enter, stack) != FALSE:
            return False
    return True


@compiled
def is_hopeless_throughout(d: Definition, rows: Rows, s: Scratch, upto: int, stack: Bytes) -> bool:
    """Whether no gate of a lone lead can open up to an instant, whatever comes when; else it is forgotten again.

    Only for a lead whose facts never change: with no act but its creation, before its first event.
    """
    own, after = rows.leads[s.leads[0].lead], rows.leads[s.leads[0].lead + 1]
    if d.rollups.size or after.acts - own.acts > 1 or own.events == after.events:
        return False
    if after.acts > own.acts and (
        rows.acts[own.acts].kind != Act.CREATED or rows.acts[own.acts].known > rows.known[own.events] or rows.news.size
    ):
        return False
    learn(d, rows, s, 0, upto)
    if s.leads[0].event_next > own.events:
        evaluate_facts(d, rows, s, 0, upto, stack)
        if is_hopeless(d, rows, s, stack):
            return True
    forget(d, rows, s, 0)
    return False
