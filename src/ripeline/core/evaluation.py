"""One lead at one instant: persona, scores and their tests, phase, exclusion (``docs/meaning.md`` 4 to 7). Compiled."""

from __future__ import annotations

import numpy as np

from ripeline.core.codes import Leaf, Op
from ripeline.core.compiling import compiled
from ripeline.core.facts import may_score, met_items, test_facts, tree_truth
from ripeline.core.layout import FALSE, TRUE, UNKNOWN, Definition, Ints, Rows
from ripeline.core.points import band_of
from ripeline.core.running import NO_END, bound_scores, run_rules, sum_rules
from ripeline.core.space import STACK, Scratch

MILLION = 1_000_000


# --- the lead -----------------------------------------------------------------------------------


@compiled
def score_exactly(d: Definition, rows: Rows, s: Scratch, t: int) -> None:
    """The scores of all leads of the unit, whose facts are known, from each award."""
    sum_rules(d, rows, s, 0, t, True, NO_END)
    for j in range(s.leads.size):
        bound_scores(d, s, j, 0, 0)
        for a in range(d.axes.size):
            s.score[j, a] = s.least[j, a]


@compiled
def evaluate_facts(d: Definition, rows: Rows, s: Scratch, j: int, t: int) -> None:
    """Persona, and whether the lead is shut, at t."""
    test_facts(d, rows, s, j, t)
    scored = may_score(d, rows, s, j, t)
    s.leads[j].persona, s.leads[j].personas, s.leads[j].shut = -1, 0, 0 if scored else -1
    for p in range(d.persona_tree.size - 1 if scored else -1, -1, -1):
        if tree_truth(d, s, s.truth[j], d.persona_tree[p]) == TRUE:
            s.leads[j].persona = p
            s.leads[j].personas |= np.uint64(1) << np.uint64(p)
    for x in range(d.exclusion_tree.size if scored else 0):
        if tree_truth(d, s, s.truth[j], d.exclusion_tree[x]) == TRUE:
            s.leads[j].shut = x + 1
            return


@compiled
def roll_up(d: Definition, s: Scratch, scores: Ints, into: Ints) -> None:
    """The account's scores from its leads' scores, those of leads that exist and are not shut."""
    for q in range(d.rollups.size):
        a, top = d.rollups[q].axis, d.rollups[q].top
        values = np.empty(s.leads.size, np.int64)
        count = 0
        for j in range(s.leads.size):
            if s.leads[j].exists and s.leads[j].shut == 0:
                values[count] = scores[j, a]
                count += 1
        first = count - top if 0 < top < count else 0
        if first:
            values[:count].sort()
        into[q] = 0
        for i in range(first, count):
            into[q] += values[i]


@compiled
def in_cell(d: Definition, v: int, leaf: int, fit: int, engagement: int) -> bool:
    """Whether the cell of two scores is one of the test's; axes 1 and 0 are fit and engagement."""
    f, e = band_of(d, v, 1, fit), band_of(d, v, 0, engagement)
    return f >= 0 and e >= 0 and d.cell_sets[d.leaves[leaf].a, f, e]


@compiled
def cell_between(d: Definition, v: int, leaf: int, least: Ints, most: Ints) -> int:
    """A cell test over all scores between two bounds, UNKNOWN if they differ; eased tests try raised scores."""
    margin, needs_all = d.leaves[leaf].b, d.leaves[leaf].c == 1
    decides = FALSE if needs_all else TRUE
    result = TRUE - decides
    for raised in range(4 if margin else 1):
        sure = cells_agree(d, v, leaf, least, most, margin * (raised & 1), margin * (raised >> 1))
        if sure == decides:
            return decides
        if sure == UNKNOWN:
            result = UNKNOWN
    return result


@compiled
def cells_agree(d: Definition, v: int, leaf: int, least: Ints, most: Ints, fit_by: int, engagement_by: int) -> int:
    """TRUE or FALSE if all cells between two bounds are alike in the test, else UNKNOWN."""
    f_high, f_low = place(d, v, 1, most[1] + fit_by), place(d, v, 1, least[1] + fit_by)
    e_high, e_low = place(d, v, 0, most[0] + engagement_by), place(d, v, 0, least[0] + engagement_by)
    yes, no = False, False
    for f in range(f_high, f_low + 1):
        for e in range(e_high, e_low + 1):
            labelled = labelled_at(d, 1, f) and labelled_at(d, 0, e)
            if labelled and d.cell_sets[d.leaves[leaf].a, f, e]:
                yes = True
            else:
                no = True
    if yes and no:
        return UNKNOWN
    return TRUE if yes else FALSE


@compiled
def place(d: Definition, v: int, a: int, score: int) -> int:
    """The place of the band, counting the one below all bands whether it has a label or not."""
    band = band_of(d, v, a, score)
    return d.axes[a].bands if band < 0 else band


@compiled
def labelled_at(d: Definition, a: int, band: int) -> bool:
    """Whether there is a label at a place."""
    return band < d.axes[a].bands or d.axes[a].otherwise


@compiled
def score_between(
    d: Definition, s: Scratch, j: int, leaf: int, least: Ints, most: Ints, low_roll: int, high_roll: int
) -> int:
    """A test of a score, cell or account over all scores between two bounds; UNKNOWN if it differs among them.

    The account's bounds stand in the rows `low_roll` and `high_roll` of its scores.
    """
    kind, level = d.leaves[leaf].kind, d.leaves[leaf].b
    if kind == Leaf.CELL:
        return cell_between(d, s.leads[j].persona + 1, leaf, least, most)
    a = d.leaves[leaf].a
    low, high = (least[a], most[a]) if kind == Leaf.SCORE else (s.rollup[low_roll, a], s.rollup[high_roll, a])
    reached = TRUE if low >= level else (FALSE if high < level else UNKNOWN)
    if kind == Leaf.SCORE and d.leaves[leaf].c == 0 and reached != UNKNOWN:
        return TRUE - reached
    return reached


@compiled
def is_level(kind: int) -> bool:
    """Whether a test is of a score, cell or account."""
    return kind in (Leaf.SCORE, Leaf.CELL, Leaf.ACCOUNT)


@compiled
def test_levels(d: Definition, s: Scratch, j: int, low_roll: int, high_roll: int) -> bool:
    """The truths of tests of scores within the bounds; whether all are sure."""
    leaves, truths, values = d.leaves, s.truth, s.value
    sure = True
    for leaf in range(leaves.size):
        kind, a = leaves[leaf].kind, leaves[leaf].a
        if is_level(kind):
            truth = score_between(d, s, j, leaf, s.least[j], s.most[j], low_roll, high_roll)
            truths[j, leaf] = truth
            values[j, leaf] = s.rollup[0, a] if kind == Leaf.ACCOUNT else (s.score[j, a] if kind == Leaf.SCORE else 0)
            sure = sure and truth != UNKNOWN
        elif kind == Leaf.PERSONA:
            fits = s.leads[j].persona >= 0 and (a >> s.leads[j].persona) & 1
            truths[j, leaf] = TRUE if fits else FALSE
    return sure


@compiled
def find_phase(d: Definition, s: Scratch, j: int) -> None:
    """The phase, and the truths of tests of it."""
    s.leads[j].phase = -1
    for phase in range(2, -1, -1):
        if d.phase_tree[phase] >= 0 and tree_truth(d, s, s.truth[j], d.phase_tree[phase]) == TRUE:
            s.leads[j].phase = phase
    for leaf in range(d.leaves.size):
        if d.leaves[leaf].kind == Leaf.PHASE:
            fits = s.leads[j].phase >= 0 and (d.leaves[leaf].a >> s.leads[j].phase) & 1
            s.truth[j, leaf] = TRUE if fits else FALSE


@compiled
def evaluate(d: Definition, rows: Rows, s: Scratch, t: int) -> None:
    """All leads of the unit at t, exactly."""
    for j in range(s.leads.size):
        evaluate_facts(d, rows, s, j, t)
    evaluate_scores(d, rows, s, t)
    for j in range(s.leads.size):
        find_phase(d, s, j)


@compiled
def evaluate_scores(d: Definition, rows: Rows, s: Scratch, t: int) -> None:
    """The scores of all leads of the unit and the tests of them, exactly."""
    score_exactly(d, rows, s, t)
    for row in range(3):
        roll_up(d, s, s.score, s.rollup[row])
    for j in range(s.leads.size):
        test_levels(d, s, j, 0, 0)


@compiled
def judge(d: Definition, rows: Rows, s: Scratch, t: int) -> None:
    """As `evaluate`, but scores are only bounded where that is enough to be sure of every test."""
    for j in range(s.leads.size):
        evaluate_facts(d, rows, s, j, t)
        run_rules(d, rows, s, j, t)
    sum_rules(d, rows, s, 0, t, False, NO_END)
    sure = True
    for j in range(s.leads.size):
        bound_scores(d, s, j, 0, 0)
    roll_up(d, s, s.least, s.rollup[1])
    roll_up(d, s, s.most, s.rollup[2])
    for j in range(s.leads.size):
        sure = test_levels(d, s, j, 1, 2) and sure
    if not sure:
        evaluate_scores(d, rows, s, t)
    for j in range(s.leads.size):
        find_phase(d, s, j)


@compiled
def leaf_share(d: Definition, s: Scratch, j: int, leaf: int) -> int:
    """How far a test that does not hold has come, in millionths."""
    kind, value = d.leaves[leaf].kind, s.value[j, leaf]
    a, b = d.leaves[leaf].a, d.leaves[leaf].b
    if kind in (Leaf.SCORE, Leaf.ACCOUNT) and b > 0 and (kind == Leaf.ACCOUNT or d.leaves[leaf].c == 1):
        return max(0, value * MILLION // b)
    if kind == Leaf.DID and value < b:
        return value * MILLION // b
    if kind == Leaf.BANT:
        met, met_required, count = met_items(d, s, j, b)
        return (min(met, a) + met_required) * MILLION // (a + count)
    if kind == Leaf.COMPLETENESS:
        return 100 * value * MILLION // (a * d.attribute_total)
    return 0


@compiled
def tree_share(d: Definition, s: Scratch, j: int, tree: int) -> int:
    """The share of a tree in millionths: 1,000,000 exactly when it holds."""
    share, truth = np.empty(STACK, np.int64), np.empty(STACK, np.int8)
    top = 0
    for i in range(d.tree_start[tree], d.tree_start[tree + 1]):
        op, arg = d.steps[i].op, d.steps[i].arg
        if op == Op.LEAF:
            truth[top] = s.truth[j, arg]
            share[top] = MILLION if truth[top] == TRUE else leaf_share(d, s, j, arg)
            top += 1
            continue
        low = top - arg
        if op == Op.NOT:
            truth[low] = UNKNOWN if truth[low] == UNKNOWN else TRUE - truth[low]
            share[low] = MILLION if truth[low] == TRUE else 0
            continue
        value, total, best = (TRUE if op == Op.ALL else FALSE), 0, 0
        decides = TRUE - value
        for k in range(low, top):
            total, best = total + share[k], max(best, share[k])
            if truth[k] == decides:
                value = decides
            elif truth[k] == UNKNOWN and value != decides:
                value = UNKNOWN
        top = low + 1
        truth[low] = value
        share[low] = total // arg if op == Op.ALL else best
    return share[0]
