"""How ``ripeline explain`` tells of one lead on a terminal."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table

from ripeline.cli.shared import console
from ripeline.cli.words import gettext as _
from ripeline.cli.words import language
from ripeline.core.handoff import AROUND_THE_CLOCK
from ripeline.core.lifecycle import Stage
from ripeline.core.trees import axes_of
from ripeline.language import Speaker

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from ripeline.core.explanation import Explanation, Line
    from ripeline.core.handoff import Clock
    from ripeline.core.nearest import Lack, Way
    from ripeline.core.reasons import Reason


def show(explanation: Explanation) -> None:
    """Print the lead's standing, then one section for each question."""
    view = _View(console(), Speaker(language(), explanation.playbook))
    view.head(explanation)
    view.score(explanation)
    view.stage(explanation)
    view.missing(explanation)
    view.change(explanation)
    view.ahead(explanation)


class _View:
    def __init__(self, out: Console, speaker: Speaker) -> None:
        self.out = out
        self.speaker = speaker

    def head(self, explanation: Explanation) -> None:
        result, playbook = explanation.result, explanation.playbook
        of_account = _(" of {account}", account=result.account_id) if result.account_id else ""
        self.out.print(_("Lead {lead}", lead=result.lead_id) + of_account, style="bold")
        self.out.print(_("As of {at} ({zone}).", at=self.speaker.instant(result.at), zone=playbook.timezone))
        facts = [self.speaker.name("stage", Stage(result.stage).name.lower())]
        facts += [_("cell {cell}", cell=result.cell)] if result.cell else []
        facts += (
            [_("persona {persona}", persona=self.speaker.name("personas", result.persona))] if result.persona else []
        )
        facts += [_("phase {phase}", phase=self.speaker.name("phases", result.phase))] if result.phase else []
        self.out.print(" · ".join(facts), style="bold")
        for note in explanation.notes:
            self.out.print(self.speaker.say(note), style="yellow")
        for lack in explanation.excluded_by:
            self._indented(self.speaker.asked(lack), 2)
        if explanation.clock is not None and explanation.clock.due_at is not None:
            self._clock(explanation.clock, explanation.clock.due_at, result.at)

    def _clock(self, clock: Clock, due_at: int, now: int) -> None:
        hours = _("around the clock") if clock.calendar == AROUND_THE_CLOCK else _("business hours")
        due = self.speaker.instant(due_at)
        if due_at < now:
            self.out.print(_("Our first touch was due on {due} ({hours}).", due=due, hours=hours), style="red")
        else:
            self.out.print(_("Our first touch is due on {due} ({hours}).", due=due, hours=hours))

    def heading(self, text: str) -> None:
        self.out.print()
        self.out.print(text, style="bold underline")

    def score(self, explanation: Explanation) -> None:
        scores = explanation.result.scores
        if scores is None:
            return
        self.heading(_("Why this score"))
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(justify="right", no_wrap=True, min_width=7)
        table.add_column(ratio=2)
        table.add_column(ratio=5, style="dim")
        for axis in axes_of(explanation.playbook):
            label = explanation.result.labels[axis]
            name = self.speaker.name("axis", axis) + (f" ({label})" if label else "")
            table.add_row(language().points(scores[axis]), name, style="bold")
            for line in explanation.lines:
                if line.what.axis == axis:
                    points, line_name = language().points(line.what.points), self._line_name(line)
                    table.add_row(points, line_name, self._evidence(line, line_name))
        self.out.print(table)

    def _line_name(self, line: Line) -> str:
        kinds = {"cap group": "group", "cap axis": "axis", "adjusted": "axis"}
        name = self.speaker.name(kinds.get(line.what.kind, "rule"), line.what.name)
        if line.what.kind == "adjusted":
            return _("Adjusted")
        return _("Cap on {name}", name=name) if line.what.kind != "rule" else name

    def _evidence(self, line: Line, name: str) -> str:
        # A rule of one attribute is often named like it, and twice is once too much.
        return "; ".join(self.speaker.say(reason).removeprefix(f"{name}: ") for reason in line.evidence)

    def stage(self, explanation: Explanation) -> None:
        if not explanation.steps:
            return
        self.heading(_("Why this stage"))
        for at, steps in groupby(explanation.steps, key=lambda step: step.at):
            self.out.print(self.speaker.instant(at), style="bold")
            for step in steps:
                self._indented(self.speaker.say(step.what), 2)
                if step.held:
                    self._indented(self._joined(step.held), 4, style="dim")

    def missing(self, explanation: Explanation) -> None:
        if explanation.miss is None:
            return
        miss = explanation.miss
        share = language().percent(miss.progress / 1_000_000)
        gate = self.speaker.name("gate", miss.gate)
        self.heading(_("What is missing for {gate} ({share} there)", gate=gate, share=share))
        if miss.opens is not None:
            self.out.print(self.speaker.say(miss.opens))
        if miss.ways:
            self._indented(self._sentence(miss.ways, gate), 0)
        always = [lack for lack in miss.ways[0] if all(lack in way for way in miss.ways)] if miss.ways else []
        for lack in always:
            self._indented("• " + self._lacking(lack), 2)
        for place, way in enumerate(miss.ways):
            if place:
                self._indented(_("or"), 2, style="dim")
            for lack in way:
                if lack not in always:
                    self._indented("• " + self._lacking(lack), 2)

    def _sentence(self, ways: Sequence[Way], gate: str) -> str:
        """Say "4 points or one demo request short of MQL"; of ways that ask several things only the nearest."""
        told = ways if all(len(way) == 1 for way in ways) else ways[:1]
        short = [language().all_of(self.speaker.short(lack) for lack in way) for way in told]
        return _("{what} short of {gate}.", what=language().any_of(short), gate=gate)

    def _lacking(self, lack: Lack) -> str:
        """What a test asks; of a list of cells only the one that is meant."""
        if lack.asked.code != "asked_cell" or lack.short is None or lack.now is None:
            return self.speaker.asked(lack)
        return f"{self.speaker.say(lack.short)} ({self.speaker.say(lack.now)})"

    def _joined(self, way: Way) -> str:
        return "; ".join(self.speaker.asked(lack) for lack in way)

    def change(self, explanation: Explanation) -> None:
        if not explanation.changes:
            return
        self.heading(_("What would change it"))
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(ratio=1)
        table.add_column(ratio=1)
        for change in explanation.changes:
            table.add_row(self.speaker.say(change.news), "→ " + self._effects(change.effects))
        self.out.print(Padding(table, (0, 0, 0, 2), expand=False))

    def ahead(self, explanation: Explanation) -> None:
        self.heading(_("If nothing new happens"))
        if not explanation.ahead:
            self._indented(_("Nothing changes."), 2)
        for ahead in explanation.ahead:
            self._indented(f"{self.speaker.instant(ahead.at)}: {self._effects(ahead.effects)}", 2)

    def _effects(self, effects: Iterable[Reason]) -> str:
        return "; ".join(self.speaker.say(effect) for effect in effects)

    def _indented(self, text: str, by: int, style: str = "") -> None:
        self.out.print(Padding(text, (0, 0, 0, by), expand=False), style=style)
