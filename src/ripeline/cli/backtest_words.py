"""What ``ripeline backtest`` says, in the language of the run: sentences and rows for the terminal and for the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripeline.cli.words import gettext as _
from ripeline.cli.words import language, ngettext
from ripeline.language import Speaker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ripeline.cli.backtested import Backtested, Comparison
    from ripeline.core.backtest import GateReport, Report
    from ripeline.core.comparison import ChangedLead, Why
    from ripeline.core.intervals import Estimate, Incidence
    from ripeline.core.sweep import Sweep

NOTHING = "–"  # noqa: RUF001 - a dash for what is not there
_SMALL = 10

Row = tuple[str, ...]


def title(done: Backtested) -> str:
    """Which definition, on which past."""
    report, past = done.report, done.report.past
    zone = report.playbook.timezone
    days = [language().day(at, zone) for at in (past.start, past.at)]
    text = _("{name} on the past from {start} to {end}", name=report.playbook.playbook, start=days[0], end=days[1])
    return str(text)


def sentences(done: Backtested) -> Iterator[str]:
    """What the definition would have done, in plain words."""
    report = done.report
    leads = ngettext("{count} lead", "{count} leads", report.leads)
    won, lost = (language().number(count) for count in (report.won, report.lost))
    yield _("{leads}: {won} won, {lost} lost, the others without outcome.", leads=leads, won=won, lost=lost)
    for gate in report.gates:
        yield from _of_gate(gate, report)
    yield from _of_worked(report)
    yield from _of_handoffs(report)
    yield _("In brackets are the limits that hold the truth in 95 of 100 such cases.")


def _of_gate(gate: GateReport, report: Report) -> Iterator[str]:
    name = Speaker(language(), report.playbook).name("gate", gate.gate)
    if gate.per_month is None or gate.won_share is None or report.won_rate is None:
        yield _("{gate}: no lead would have been decided in time.", gate=name)
        return
    yield _(
        "{gate}: {leads}, {month} a month; {won} of 100 bought, of all leads {base}.",
        gate=name,
        leads=ngettext("{count} lead", "{count} leads", gate.decided),
        month=number(gate.per_month.value),
        won=of_hundred(gate.won_share),
        base=number(100 * report.won_rate.value),
    )
    if gate.recall is not None and gate.warning[1] is not None:
        yield _(
            "It named {found} of 100 buyers in time, half at least {days} days ahead.",
            found=of_hundred(gate.recall),
            days=estimate(gate.warning[1]),
        )


def _of_worked(report: Report) -> Iterator[str]:
    """Precision, which only leads with an outcome can tell."""
    if report.base_rate is None:
        return
    shares = [NOTHING if gate.precision is None else of_hundred(gate.precision) for gate in report.gates]
    yield _(
        "Of leads worked to an outcome, {mql} of 100 MQLs and {ready} of 100 sales-ready bought, of all {base}.",
        mql=shares[0],
        ready=shares[1],
        base=number(100 * report.base_rate.value),
    )


def _of_handoffs(report: Report) -> Iterator[str]:
    handoffs = report.handoffs
    if handoffs.per_week is None:
        return
    each = ""
    if handoffs.per_rep_and_week is not None:
        reps = ngettext("{count} rep", "{count} reps", handoffs.reps or 0)
        each = _(", {rate} for each of {reps}", rate=estimate(handoffs.per_rep_and_week, 1), reps=reps)
    yield _("Sales would have got {rate} hand-offs a week{each}.", rate=estimate(handoffs.per_week, 1), each=each)


def notes(done: Backtested) -> Iterator[str]:
    """What must be known to read the numbers rightly."""
    report = done.report
    if done.left_out:
        yield ngettext(
            "{count} row that people wrote is left out.", "{count} rows that people wrote are left out.", done.left_out
        )
    if done.left_out is None:
        yield _("What people wrote is replayed too, so the old definition speaks in these numbers.")
    if report.playbook.consent == "assumed":
        yield _("The playbook assumes all consents; none was asked of the data.")
    if done.outcomes.later:
        yield ngettext(
            "{count} later outcome of a lead is left out: the first counts.",
            "{count} later outcomes of leads are left out: the first counts.",
            done.outcomes.later,
        )
    if report.taken_back:
        yield ngettext(
            "{count} lead was decided by hits that were later found to be a machine's.",
            "{count} leads were decided by hits that were later found to be a machine's.",
            report.taken_back,
        )
    yield _("Outcomes still to come are reckoned with in the rows “won within”, by the method of Aalen and Johansen.")
    if done.untimed:
        names = language().all_of(Speaker(language(), report.playbook).name("attribute", name) for name in done.untimed)
        yield _(
            "Time unknown: {names}. Perhaps they were learnt after the sale; the result without them stands beside.",
            names=names,
        )


def rows(report: Report) -> Iterator[Row]:
    """Every number with its interval: what it is, for MQL, for sales-ready."""
    first, second = report.gates
    count = language().number
    yield _("decided before the outcome"), count(first.decided), count(second.decided)
    yield _("a month"), *(estimate(gate.per_month, 1) for gate in report.gates)
    yield _("in time: won"), count(first.won), count(second.won)
    yield _("in time: lost"), count(first.lost), count(second.lost)
    yield _("in time: not judged"), count(first.not_judged), count(second.not_judged)
    yield _("too late (less than a day before)"), count(first.too_late), count(second.too_late)
    yield _("only after the outcome"), count(first.after_outcome), count(second.after_outcome)
    yield _("precision, of the judged"), *(percent(gate.precision) for gate in report.gates)
    yield _("lift over all judged"), *(estimate(gate.lift, 2) for gate in report.gates)
    yield _("if none of the others won"), *(percent(gate.won_share) for gate in report.gates)
    yield _("lift over all leads"), *(estimate(gate.won_lift, 2) for gate in report.gates)
    yield _("if all of the others won"), *(_share(gate.if_all_won) for gate in report.gates)
    yield _("recall, of all won"), *(percent(gate.recall) for gate in report.gates)
    for place, name in quarters():
        yield name, *(estimate(gate.warning[place]) for gate in report.gates)
    yield from _incidences(first, second)
    yield _("hand-offs a week"), "", estimate(report.handoffs.per_week, 1)
    yield _("for each rep"), "", estimate(report.handoffs.per_rep_and_week, 1)
    yield _("in the busiest week"), "", count(report.handoffs.busiest_week)


def quarters() -> Iterator[tuple[int, str]]:
    """Where in `warning` the days stand, and of how many buyers; from the most days."""
    yield 2, _("1 buyer in 4 at least … days ahead")
    yield 1, _("2 buyers in 4 at least … days ahead")
    yield 0, _("3 buyers in 4 at least … days ahead")


def _incidences(first: GateReport, second: GateReport) -> Iterator[Row]:
    by_days: list[dict[int, Incidence]] = [{each.within: each for each in gate.won_within} for gate in (first, second)]
    for days in sorted({*by_days[0], *by_days[1]}):
        told = [percent(own[days].share) if days in own else NOTHING for own in by_days]
        yield ngettext("won within {count} day", "won within {count} days", days), told[0], told[1]


# --- numbers --------------------------------------------------------------------------------------


def number(value: float, decimals: int | None = None) -> str:
    """A number with at most as many decimals as make sense at its size, or with exactly so many."""
    if decimals is None:
        return language().number(value, decimals=_decimals(value))
    return language().number(value, decimals=decimals, padded=True)


def _decimals(value: float) -> int:
    return 1 if abs(value) < _SMALL else 0


def signed(points: int) -> str:
    """A change of points, with its sign."""
    return f"{'+' if points > 0 else ''}{number(points)}"


def estimate(of: Estimate | None, decimals: int | None = None) -> str:
    """A number with its limits behind it, all with the same decimals."""
    if of is None:
        return NOTHING
    decimals = _decimals(of.value) if decimals is None else decimals
    return f"{number(of.value, decimals)}{_limits(of, decimals)}"


def percent(of: Estimate | None) -> str:
    """A share with its limits, in percent."""
    if of is None:
        return NOTHING
    return f"{language().percent(of.value, decimals=1)}{_limits(of, 1, 100)}"


def of_hundred(of: Estimate) -> str:
    """A share as so many of a hundred, with its limits."""
    decimals = _decimals(100 * of.value)
    return f"{number(100 * of.value, decimals)}{_limits(of, decimals, 100)}"


def _limits(of: Estimate, decimals: int, times: float = 1) -> str:
    """Both limits, or how far the only one reaches."""
    low, high = ("" if limit is None else number(times * limit, decimals) for limit in (of.low, of.high))
    if low and high:
        # Beside a minus a dash is not read as one.
        below_zero = of.low is not None and of.low < 0
        return _(" ({low} to {high})", low=low, high=high) if below_zero else f" ({low}–{high})"  # noqa: RUF001
    return f" (≥{low})" if low else f" (≤{high})" if high else ""


def _share(value: float | None) -> str:
    return NOTHING if value is None else language().percent(value, decimals=1)


# --- leads that would change ----------------------------------------------------------------------


def changed(change: ChangedLead, why: Why, first: Speaker, other: Speaker) -> str:
    """Which gate, when under each definition, and the reason."""
    zone = first.playbook.timezone
    days = [_("never") if at is None else language().day(at, zone) for at in (change.at, change.other_at)]
    decider, refuser = (first, other) if why.by_first else (other, first)
    held = decider.say(why.decided) if why.decided is not None else "; ".join(decider.asked(lack) for lack in why.held)
    missing = refuser.say(why.refused) if why.refused is not None else _missing(why, refuser)
    text = _(
        "{gate} {day} by this, {other} by the other definition.",
        gate=first.name("gate", change.gate),
        day=days[0],
        other=days[1],
    )
    reasons = [_("Held: {what}.", what=held.rstrip("."))] if held else []
    reasons += [_("Missing in the other: {what}.", what=missing.rstrip("."))] if missing else []
    return " ".join([text, *reasons])


def _missing(why: Why, refuser: Speaker) -> str:
    return "; ".join(refuser.say(lack.short) if lack.short is not None else refuser.asked(lack) for lack in why.missing)


def changed_title(comparison: Comparison) -> str:
    """How many leads would change, and how many of them are told."""
    count, told = len(comparison.changed), len(comparison.whys)
    text = ngettext("{count} decision would change", "{count} decisions would change", count)
    return text if told == count else _("{what}; the first {told}:", what=text, told=language().number(told))


def outcome(won: bool | None) -> str:  # noqa: FBT001 - what became of a lead
    """What became of a lead, in brackets."""
    return {True: _("(won)"), False: _("(lost)"), None: _("(no outcome)")}[won]


def differences(comparison: Comparison) -> Iterator[Row]:
    """Both definitions gate by gate."""
    first, second = comparison.gates
    count = language().number
    yield _("decided by both"), count(first.both), count(second.both)
    yield _("by this one only"), count(first.only_first), count(second.only_first)
    yield _("by the other only"), count(first.only_other), count(second.only_other)
    yield _("by both, here a day or more earlier"), count(first.earlier), count(second.earlier)
    yield _("by both, here a day or more later"), count(first.later), count(second.later)
    yield _("share of leads decided"), *(percent(gate.decided) for gate in comparison.gates)
    yield _("precision, of the judged"), *(percent(gate.precision) for gate in comparison.gates)
    yield _("recall, of all won"), *(percent(gate.recall) for gate in comparison.gates)


# --- the sweep ------------------------------------------------------------------------------------


def sweep_headings() -> tuple[str, ...]:
    """The columns of the curve."""
    whole = (_("points"), _("decided"), _("precision"), _("won of decided"), _("lift"), _("recall"))
    return *whole, _("later: won"), _("later: recall")


def sweep_rows(sweep: Sweep) -> Iterator[tuple[str, ...]]:
    """The curve, step by step, from the easiest."""
    for point in sweep.curve:
        whole, later = point.whole, point.later
        lift = NOTHING if whole.won_lift is None else number(whole.won_lift.value, 2)
        shares = (_value(whole.precision), _value(whole.won_share), lift, _value(whole.recall))
        counts = signed(point.points), language().number(whole.decided)
        yield *counts, *shares, _value(later.won_share), _value(later.recall)


def _value(of: Estimate | None) -> str:
    return NOTHING if of is None else language().percent(of.value, decimals=1)


def of_sweep(sweep: Sweep, zone: str) -> Iterator[str]:
    """What was chosen on which leads, and how it did on the others."""
    day, chosen = language().day(sweep.cut, zone), sweep.chosen
    yield _(
        "Chosen on the first two thirds of the leads, with what was known on {day}: {points} points.",
        day=day,
        points=signed(sweep.best),
    )
    yield _(
        "On the leads that came later: {won} of those decided in time won, recall {recall}. Only these numbers tell "
        "how good the choice is: a threshold chosen from a curve must be judged on other leads.",
        won=percent(chosen.later.won_share),
        recall=percent(chosen.later.recall),
    )
