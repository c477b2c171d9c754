"""One lead at one instant: tests, persona, contributions, scores, phase, exclusion (``docs/meaning.md`` 3 to 6).

Compiled. The functions read and write a unit's `Scratch`; j is a lead's place in its unit.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np

from ripeline.core.codes import Act, Leaf, Op, RepeatKind
from ripeline.core.decay import faded
from ripeline.core.layout import FALSE, FOREVER, NEVER, TRUE, UNKNOWN, Bytes, Definition, Ints, Records, Rows, fields_of
from ripeline.core.units import DAY

WEEK = 7 * DAY
SURGE_WEEKS = 8
SURGE_ACTIVE = 3
SILENT_WEEKS = 6
SILENT_ACTIVE = 4
ITEM_MET = 1
MILLION = 1_000_000
THOUSANDTHS = 1000
MINUTE = 60_000_000
STACK = 64


KNOWN = fields_of(
    lead=np.int64,
    event_next=np.int64,
    act_next=np.int64,
    act_first=np.int64,
    snapshot=np.int64,
    personas=np.uint64,
    persona=np.int8,
    phase=np.int8,
    shut=np.int8,
    exists=np.bool_,
    has_voids=np.bool_,
)
"""event_next, act_next: the first not known yet, in order of news; act_first: the acts of this look begin here."""

ITEM = fields_of(rank=np.int64, status=np.int8)
FIXED = fields_of(cut=np.int64, adjusted=np.int64)
SUMS = fields_of(above=np.int64, below=np.int64)


class Scratch(NamedTuple):
    """What is known of the leads of one unit at the instant in question."""

    leads: Records  # [j]
    series_start: Ints  # [j * series + s + 1] → series_row
    series_len: Ints  # [j, s]
    series_row: Ints  # event rows, in ledger order within a series
    items: Records  # [j, item]
    fixed: Records  # [j, a]: awards up to `cut` count no more; what adjustments add
    truth: Bytes  # [j, leaf]
    value: Ints  # [j, leaf]: what the test looked at
    sums: Records  # [j, r]: the rule's awards above and below zero
    score: Ints  # [j, a]
    least: Ints  # [j, a]: bounds over a span
    most: Ints
    capped: Ints  # [3, rules or groups]: working space
    rollup: Ints  # [3, q]: exact, least, most
    stack: Ints


compiled = nb.njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""For functions that only compiled code calls."""

entry = nb.njit(cache=True, nogil=True, error_model="numpy")
"""For functions that Python calls: kept on disk with all that they call."""


# --- consent ------------------------------------------------------------------------------------


@compiled
def consent_at(rows: Rows, first: int, last: int, purpose: int, instant: int) -> int:
    """FALSE or TRUE as the last word on a purpose up to an instant says, UNKNOWN if there is none."""
    latest, granted = NEVER, UNKNOWN
    for i in range(first, last):
        if rows.acts[i].kind != Act.CONSENT or rows.acts[i].a != purpose or rows.acts[i].at > instant:
            continue
        given = TRUE if rows.acts[i].b == 1 else FALSE
        if rows.acts[i].at > latest or granted == UNKNOWN:
            latest, granted = rows.acts[i].at, given
        elif rows.acts[i].at == latest and given == FALSE:
            granted = FALSE
    return granted


@compiled
def may_score(d: Definition, rows: Rows, s: Scratch, j: int, t: int) -> bool:
    """Whether the lead may be scored at t."""
    if d.scoring_purpose < 0:
        return True
    granted = consent_at(rows, rows.leads[s.leads[j].lead].acts, s.leads[j].act_next, d.scoring_purpose, t)
    return granted == TRUE if d.scoring_needs_grant else granted != FALSE


# --- tests --------------------------------------------------------------------------------------


@compiled
def tree_truth(d: Definition, truth: Bytes, tree: int, stack: Bytes) -> int:
    """The value of a tree over the leaves' values; TRUE for no tree."""
    if tree < 0:
        return TRUE
    top = 0
    for i in range(d.tree_start[tree], d.tree_start[tree + 1]):
        op, arg = d.steps[i].op, d.steps[i].arg
        if op == Op.LEAF:
            stack[top] = truth[arg]
            top += 1
        elif op == Op.NOT:
            if stack[top - 1] != UNKNOWN:
                stack[top - 1] = TRUE - stack[top - 1]
        else:
            decides = FALSE if op == Op.ALL else TRUE
            value = TRUE - decides
            for k in range(top - arg, top):
                if stack[k] == decides:
                    value = decides
                elif stack[k] == UNKNOWN and value != decides:
                    value = UNKNOWN
            top -= arg - 1
            stack[top - 1] = value
    return stack[0]


@compiled
def series_bounds(d: Definition, s: Scratch, j: int, series: int) -> tuple[int, int]:
    """The places of a series' events in `series_row`."""
    first = s.series_start[j * d.series_count + series]
    return first, first + s.series_len[j, series]


@compiled
def count_since(rows: Rows, s: Scratch, first: int, last: int, instant: int) -> int:
    """How many of the events from `first` to `last` lie after an instant."""
    low, high = first, last
    while low < high:
        middle = (low + high) // 2
        if rows.at[s.series_row[middle]] > instant:
            high = middle
        else:
            low = middle + 1
    return last - low


@compiled
def count_within(rows: Rows, s: Scratch, first: int, last: int, t: int, span: int) -> int:
    """How many of the events have an age below `span` at t."""
    return last - first if span == FOREVER else count_since(rows, s, first, last, t - span)


@compiled
def is_regular(rows: Rows, s: Scratch, first: int, last: int) -> bool:
    """Whether at least four of the six weeks that end with the last event hold one."""
    latest = rows.at[s.series_row[last - 1]]
    active, week = 0, -1
    for i in range(last - 1, first - 1, -1):
        back = (latest - rows.at[s.series_row[i]]) // WEEK
        if back >= SILENT_WEEKS:
            break
        if back != week:
            active, week = active + 1, back
    return active >= SILENT_ACTIVE


@compiled
def is_surging(rows: Rows, s: Scratch, first: int, last: int, t: int, times: int, span: int) -> bool:
    """Whether the last `span` holds `times` thousandths of the mean of the eight weeks before."""
    recent = count_since(rows, s, first, last, t - span)
    before, active, newer = 0, 0, recent
    for week in range(1, SURGE_WEEKS + 1):
        upto = count_since(rows, s, first, last, t - span - week * WEEK)
        active += 1 if upto > newer else 0
        newer = upto
    before = newer - recent
    enough = recent * (SURGE_WEEKS * WEEK // MINUTE) * THOUSANDTHS >= times * before * (span // MINUTE)
    return active >= SURGE_ACTIVE and recent >= 1 and enough


@compiled
def has_returned(d: Definition, rows: Rows, s: Scratch, j: int, key_pages: int) -> bool:
    """Whether the lead came back for a visit; with `key_pages`, whether it saw one since."""
    first, last = series_bounds(d, s, j, d.visit_series)
    for i in range(first + 1, last):
        at = rows.at[s.series_row[i]]
        if at - rows.at[s.series_row[i - 1]] >= d.visit_gap:
            if not key_pages:
                return True
            if d.key_series < 0:
                return False
            low, high = series_bounds(d, s, j, d.key_series)
            return count_since(rows, s, low, high, at - 1) > 0
    return False


@compiled
def met_items(d: Definition, s: Scratch, j: int, required: int) -> tuple[int, int, int]:
    """How many items are met, how many of the required ones, and how many are required."""
    met, met_required, count = 0, 0, 0
    for item in range(d.item_count):
        held = 1 if s.items[j, item].status == ITEM_MET else 0
        asked = (required >> item) & 1
        met += held
        met_required += held * asked
        count += asked
    return met, met_required, count


@compiled
def test_facts(d: Definition, rows: Rows, s: Scratch, j: int, t: int) -> None:
    """The truths of all tests that need no score."""
    for leaf in range(d.leaves.size):
        kind = d.leaves[leaf].kind
        a, b, c, span = d.leaves[leaf].a, d.leaves[leaf].b, d.leaves[leaf].c, d.leaves[leaf].span
        value, truth = 0, FALSE
        if kind == Leaf.ATTRIBUTE:
            truth = rows.snapshot_truth[s.leads[j].snapshot, a]
        elif kind == Leaf.DID:
            first, last = series_bounds(d, s, j, a)
            value = count_within(rows, s, first, last, t, span)
            truth = TRUE if value >= b and (c < 0 or value <= c) else FALSE
        elif kind == Leaf.SILENT:
            first, last = series_bounds(d, s, j, a)
            if last > first:
                value = t - rows.at[s.series_row[last - 1]]
                truth = TRUE if value >= b and is_regular(rows, s, first, last) else FALSE
        elif kind == Leaf.SURGE:
            first, last = series_bounds(d, s, j, a)
            truth = TRUE if last > first and is_surging(rows, s, first, last, t, b, c) else FALSE
        elif kind == Leaf.RETURNING:
            truth = TRUE if d.visit_series >= 0 and has_returned(d, rows, s, j, a) else FALSE
        elif kind == Leaf.COMPLETENESS:
            value = rows.snapshot_known[s.leads[j].snapshot]
            truth = TRUE if value * 100 >= a * d.attribute_total else FALSE
        elif kind == Leaf.BANT:
            value, met_required, count = met_items(d, s, j, b)
            truth = TRUE if value >= a and met_required == count else FALSE
        s.truth[j, leaf] = truth
        s.value[j, leaf] = value


# --- points -------------------------------------------------------------------------------------


@compiled
def award_points(d: Definition, rows: Rows, v: int, r: int, row: int) -> int:
    """What one award of a rule is worth to a persona before it fades."""
    if d.priced[v, r].points != NEVER:
        return d.priced[v, r].points
    choice = 0 if d.rules[r].table < 0 else rows.choices[d.rules[r].table, row]
    return d.choice_points[d.rules[r].choices + choice]


@compiled
def award_sums(d: Definition, rows: Rows, s: Scratch, j: int, v: int, r: int, t: int) -> tuple[int, int, int, int]:
    """A rule's awards at t: the sums above and below zero, how many there are, and the last one's instant."""
    above, below, count, last_at = 0, 0, 0, NEVER
    first, last = series_bounds(d, s, j, d.rules[r].series)
    repeat, gap = d.priced[v, r].repeats, d.priced[v, r].gap
    kind, span, percent = d.priced[v, r].decay, d.priced[v, r].span, d.priced[v, r].percent
    window, cut = d.priced[v, r].window, s.fixed[j, d.rules[r].axis].cut
    awarded, day = NEVER, -1
    for i in range(first, last):
        row = s.series_row[i]
        at = rows.at[row]
        if awarded != NEVER and (
            repeat == RepeatKind.ONCE
            or (repeat == RepeatKind.ONCE_PER and at - awarded < gap)
            or (repeat == RepeatKind.ONCE_PER_DAY and rows.day[row] == day)
        ):
            continue
        awarded = at
        if repeat == RepeatKind.ONCE_PER_DAY:
            day = rows.day[row]
        if at <= cut:
            continue
        count, last_at = count + 1, at
        points = faded(award_points(d, rows, v, r, row), max(0, t - at), kind, span, percent, window)
        if points > 0:
            above += points
        else:
            below += points
    return above, below, count, last_at


@compiled
def state_points(d: Definition, s: Scratch, j: int, r: int, stack: Bytes) -> int:
    """What a rule of state gives: the points of its first case that holds, while `when` holds."""
    if tree_truth(d, s.truth[j], d.rules[r].when, stack) != TRUE:
        return 0
    changed = d.priced[s.leads[j].persona + 1, r].points
    if changed != NEVER:
        return changed
    for i in range(d.rules[r].cases, d.rules[r].cases_end):
        if tree_truth(d, s.truth[j], d.cases[i].tree, stack) == TRUE:
            return d.cases[i].points
    return 0


@compiled
def sum_rules(d: Definition, rows: Rows, s: Scratch, j: int, t: int, stack: Bytes) -> None:
    """All rules' sums above and below zero at t."""
    v = s.leads[j].persona + 1
    for r in range(d.rules.size):
        if d.priced[v, r].off:
            s.sums[j, r].above, s.sums[j, r].below = 0, 0
        elif d.rules[r].series >= 0:
            s.sums[j, r].above, s.sums[j, r].below, _, _ = award_sums(d, rows, s, j, v, r, t)
        else:
            points = state_points(d, s, j, r, stack)
            s.sums[j, r].above, s.sums[j, r].below = max(points, 0), min(points, 0)


@compiled
def held(x: int, least: int, most: int) -> int:
    """x held between two caps."""
    return max(least, min(most, x))


@compiled
def add_up(d: Definition, s: Scratch, j: int, raw: Ints, into: Ints) -> None:
    """Rules' sums through their caps, groups and adjustments to the axes; every step only grows with its parts."""
    v = s.leads[j].persona + 1
    rules, axes = d.rules.size, d.axes.size
    groups = s.capped[2]
    for g in range(d.groups.size):
        groups[g] = 0
    for a in range(axes):
        into[a] = s.fixed[j, a].adjusted
    for r in range(rules):
        points = 0 if d.priced[v, r].off else held(raw[r], d.priced[v, r].least, d.priced[v, r].most)
        if d.rules[r].group >= 0:
            groups[d.rules[r].group] += points
        else:
            into[d.rules[r].axis] += points
    for g in range(d.groups.size):
        into[d.groups[g].axis] += held(groups[g], d.groups[g].least, d.groups[g].most)
    for a in range(axes):
        into[a] = held(into[a], d.axes[a].least, d.axes[a].most)


@compiled
def band_of(d: Definition, v: int, a: int, score: int) -> int:
    """The place of the band's label; -1 for none."""
    for b in range(d.axes[a].bands):
        if score >= d.band_from[v, a, b]:
            return b
    return d.axes[a].bands if d.axes[a].otherwise else -1


# --- the lead -----------------------------------------------------------------------------------


@compiled
def evaluate_facts(d: Definition, rows: Rows, s: Scratch, j: int, t: int, stack: Bytes) -> None:
    """Persona, scores and whether the lead is shut, at t."""
    test_facts(d, rows, s, j, t)
    scored = may_score(d, rows, s, j, t)
    s.leads[j].persona, s.leads[j].personas, s.leads[j].shut = -1, 0, 0 if scored else -1
    for p in range(d.persona_tree.size - 1 if scored else -1, -1, -1):
        if tree_truth(d, s.truth[j], d.persona_tree[p], stack) == TRUE:
            s.leads[j].persona = p
            s.leads[j].personas |= np.uint64(1) << np.uint64(p)
    sum_rules(d, rows, s, j, t, stack)
    raw = s.capped[0]
    for r in range(d.rules.size):
        raw[r] = s.sums[j, r].above + s.sums[j, r].below
    add_up(d, s, j, raw, s.score[j])
    for x in range(d.exclusion_tree.size if scored else 0):
        if tree_truth(d, s.truth[j], d.exclusion_tree[x], stack) == TRUE:
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
    result = TRUE if needs_all else FALSE
    for raised in range(4 if margin else 1):
        fit_by, engagement_by = margin * (raised & 1), margin * (raised >> 1)
        sure = cells_agree(d, v, leaf, least, most, fit_by, engagement_by)
        if sure == UNKNOWN:
            return UNKNOWN
        if needs_all and sure == FALSE:
            return FALSE
        if not needs_all and sure == TRUE:
            result = TRUE
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
def evaluate_levels(d: Definition, s: Scratch, j: int, stack: Bytes) -> None:
    """The truths of tests of scores, persona and phase, and the phase; after all leads' facts."""
    for leaf in range(d.leaves.size):
        kind, a = d.leaves[leaf].kind, d.leaves[leaf].a
        if is_level(kind):
            s.truth[j, leaf] = score_between(d, s, j, leaf, s.score[j], s.score[j], 0, 0)
            s.value[j, leaf] = s.rollup[0, a] if kind == Leaf.ACCOUNT else (s.score[j, a] if kind == Leaf.SCORE else 0)
        elif kind == Leaf.PERSONA:
            fits = s.leads[j].persona >= 0 and (a >> s.leads[j].persona) & 1
            s.truth[j, leaf] = TRUE if fits else FALSE
    s.leads[j].phase = -1
    for phase in range(2, -1, -1):
        if d.phase_tree[phase] >= 0 and tree_truth(d, s.truth[j], d.phase_tree[phase], stack) == TRUE:
            s.leads[j].phase = phase
    for leaf in range(d.leaves.size):
        if d.leaves[leaf].kind == Leaf.PHASE:
            fits = s.leads[j].phase >= 0 and (d.leaves[leaf].a >> s.leads[j].phase) & 1
            s.truth[j, leaf] = TRUE if fits else FALSE


@compiled
def evaluate(d: Definition, rows: Rows, s: Scratch, t: int, stack: Bytes) -> None:
    """All leads of the unit at t."""
    for j in range(s.leads.size):
        evaluate_facts(d, rows, s, j, t, stack)
    roll_up(d, s, s.score, s.rollup[0])
    for j in range(s.leads.size):
        evaluate_levels(d, s, j, stack)


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
