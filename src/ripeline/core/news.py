"""What becomes known of a unit's leads: events take their places in series, acts state facts. Compiled."""

from __future__ import annotations

import numpy as np

from ripeline.core.calm import hear
from ripeline.core.codes import Act
from ripeline.core.compiling import compiled
from ripeline.core.facts import consent_at
from ripeline.core.layout import FOREVER, NEVER, TRUE, Definition, Ints, Rows
from ripeline.core.space import END, ENDS, FIXED, ITEM, KNOWN, REST, RUN, STACK, SUMS, Scratch

# --- a unit's working space ---------------------------------------------------------------------


@compiled
def series_room(d: Definition, rows: Rows, leads: Ints) -> Ints:
    """Where each series of each lead of a unit begins, with room for every event that could belong to it."""
    start = np.zeros(leads.size * d.series_count + 1, np.int64)
    for j in range(leads.size):
        for row in range(rows.leads[leads[j]].events, rows.leads[leads[j] + 1].events):
            seen = -1
            for e in range(d.entry_start[rows.code[row]], d.entry_start[rows.code[row] + 1]):
                if d.entries[e].series != seen:
                    seen = d.entries[e].series
                    start[j * d.series_count + seen + 1] += 1
    for i in range(start.size - 1):
        start[i + 1] += start[i]
    return start


@compiled
def working_space(d: Definition, rows: Rows, unit: int) -> Scratch:
    """A unit about which nothing is known yet."""
    leads = rows.unit_lead[rows.unit_start[unit] : rows.unit_start[unit + 1]]
    n, rules, axes, leaves = leads.size, d.rules.size, d.axes.size, d.leaves.size
    start = series_room(d, rows, leads)
    known = np.zeros(n, KNOWN)
    for j in range(n):
        own = rows.leads[leads[j]]
        known[j].lead, known[j].persona, known[j].phase = leads[j], -1, -1
        known[j].event_next, known[j].act_next, known[j].act_first = own.events, own.acts, own.acts
        known[j].exists, known[j].snapshot = own.created == NEVER, own.first_snapshot
        known[j].ran_for = -2
    fixed, items = np.zeros((n, axes), FIXED), np.zeros((n, d.item_count), ITEM)
    for j in range(n):
        for a in range(axes):
            fixed[j, a].cut = NEVER
        for i in range(d.item_count):
            items[j, i].rank = -1
    return Scratch(
        known,
        start,
        np.zeros((n, d.series_count), np.int64),
        np.empty(start[-1], np.int64),
        items,
        fixed,
        np.zeros((n, leaves), np.int8),
        np.zeros((n, leaves), np.int64),
        np.empty(ENDS, END),
        np.empty((ENDS, n, rules), SUMS),
        np.zeros((n, rules), RUN),
        np.zeros((n, axes), np.int64),
        np.zeros((n, axes), np.int64),
        np.zeros((n, axes), np.int64),
        np.zeros((3, max(rules, d.groups.size)), np.int64),
        np.zeros((3, d.rollups.size), np.int64),
        np.empty(STACK, np.int8),
        np.zeros(leaves, np.int8),
        np.zeros((n, leaves), np.bool_),
        np.zeros(1, REST),
        np.zeros((n, axes), np.int64),
        np.zeros((n, axes + d.rollups.size), np.int64),
        np.zeros((n, axes + d.rollups.size), np.int64),
    )


@compiled
def is_voided(rows: Rows, s: Scratch, j: int, row: int) -> bool:
    """Whether a known void takes an event back."""
    for i in range(rows.leads[s.leads[j].lead].acts, s.leads[j].act_next):
        if rows.acts[i].kind == Act.VOID and rows.acts[i].a == row:
            return True
    return False


@compiled
def insert(s: Scratch, j: int, first: int, length: int, row: int) -> None:
    """An event takes its place in a series, in ledger order; out of turn, all running sums are void."""
    i = first + length
    if length and s.series_row[i - 1] > row:
        s.leads[j].ran_for, s.leads[j].calm = -2, False
    while i > first and s.series_row[i - 1] > row:
        s.series_row[i] = s.series_row[i - 1]
        i -= 1
    s.series_row[i] = row


@compiled
def learn_event(d: Definition, rows: Rows, s: Scratch, j: int, row: int) -> None:
    """An event joins the series that it belongs to: by name, conditions on properties, and consent at its instant."""
    if s.leads[j].has_voids and is_voided(rows, s, j, row):
        return
    if rows.at[row] > rows.known[row]:
        s.leads[j].ahead, s.leads[j].calm = True, False
    done = -1
    acts = rows.leads[s.leads[j].lead].acts
    for e in range(d.entry_start[rows.code[row]], d.entry_start[rows.code[row] + 1]):
        series, bit, purpose = d.entries[e].series, d.entries[e].bit, d.entries[e].purpose
        if series == done or (bit >= 0 and not (np.int64(rows.bits[row]) >> bit) & 1):
            continue
        if purpose >= 0 and consent_at(rows, acts, s.leads[j].act_next, purpose, rows.at[row]) != TRUE:
            continue
        done = series
        insert(s, j, s.series_start[j * d.series_count + series], s.series_len[j, series], row)
        s.series_len[j, series] += 1
        if s.leads[j].calm:
            hear(d, rows, s, j, series, row)


@compiled
def news_row(rows: Rows, i: int) -> int:
    """The event that is i-th in order of news."""
    return rows.news[i] if rows.news.size else i


@compiled
def relearn(d: Definition, rows: Rows, s: Scratch, j: int) -> None:
    """All known events anew, because what counts among them has changed."""
    s.leads[j].ran_for = -2
    for series in range(d.series_count):
        s.series_len[j, series] = 0
    for i in range(rows.leads[s.leads[j].lead].events, s.leads[j].event_next):
        learn_event(d, rows, s, j, news_row(rows, i))


@compiled
def adjust(rows: Rows, s: Scratch, j: int) -> None:
    """The adjustments in force: the last set or reset of each axis, and what was added after it."""
    for a in range(s.fixed.shape[1]):
        s.fixed[j, a].cut, s.fixed[j, a].adjusted = NEVER, 0
    first, last = rows.leads[s.leads[j].lead].acts, s.leads[j].act_next
    for axis in range(s.fixed.shape[1]):
        rank = np.int64(-1)
        for i in range(first, last):
            sets = rows.acts[i].kind == Act.ADJUSTMENT and rows.acts[i].a == axis and rows.acts[i].b == 1
            if sets and rows.acts[i].rank > rank:
                rank = rows.acts[i].rank
                s.fixed[j, axis].cut, s.fixed[j, axis].adjusted = rows.acts[i].at, rows.acts[i].c
        for i in range(first, last):
            adds = rows.acts[i].kind == Act.ADJUSTMENT and rows.acts[i].a == axis and rows.acts[i].b == 0
            if adds and rows.acts[i].rank > rank:
                s.fixed[j, axis].adjusted += rows.acts[i].c


@compiled
def learn_acts(rows: Rows, s: Scratch, j: int, upto: int) -> bool:
    """The acts known up to an instant, as far as they state facts; whether the events must be learnt anew."""
    lead = s.leads[j].lead
    s.leads[j].act_first = s.leads[j].act_next
    anew, adjusts = False, False
    while s.leads[j].act_next < rows.leads[lead + 1].acts and rows.acts[s.leads[j].act_next].known <= upto:
        i = s.leads[j].act_next
        kind, a, rank = rows.acts[i].kind, rows.acts[i].a, rows.acts[i].rank
        s.leads[j].act_next += 1
        s.leads[j].exists, s.leads[j].calm = True, False
        if kind in (Act.CREATED, Act.ATTRIBUTES):
            s.leads[j].snapshot = a
        elif kind == Act.BANT and rank > s.items[j, a].rank:
            s.items[j, a].rank, s.items[j, a].status = rank, rows.acts[i].b
        elif kind == Act.ADJUSTMENT:
            adjusts = True
        elif kind == Act.VOID:
            s.leads[j].has_voids, anew = True, True
        elif kind == Act.CONSENT:
            anew = True
    if adjusts:
        s.leads[j].ran_for = -2
        adjust(rows, s, j)
    return anew


@compiled
def learn(d: Definition, rows: Rows, s: Scratch, j: int, upto: int) -> None:
    """Everything about a lead that is known up to an instant."""
    anew = learn_acts(rows, s, j, upto)
    lead, first = s.leads[j].lead, s.leads[j].event_next
    while (
        s.leads[j].event_next < rows.leads[lead + 1].events
        and rows.known[news_row(rows, s.leads[j].event_next)] <= upto
    ):
        s.leads[j].event_next += 1
    if s.leads[j].event_next > first:
        s.leads[j].exists = True
    if anew:
        relearn(d, rows, s, j)
    else:
        for i in range(first, s.leads[j].event_next):
            learn_event(d, rows, s, j, news_row(rows, i))


@compiled
def next_news(rows: Rows, s: Scratch, j: int) -> int:
    """When the lead's next row becomes known; FOREVER if there is none."""
    lead, at = s.leads[j].lead, FOREVER
    if s.leads[j].event_next < rows.leads[lead + 1].events:
        at = rows.known[news_row(rows, s.leads[j].event_next)]
    if s.leads[j].act_next < rows.leads[lead + 1].acts:
        at = min(at, rows.acts[s.leads[j].act_next].known)
    return at
