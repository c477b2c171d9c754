"""What the tests of the command line share: a small playbook with its data, and how results and refusals are read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ripeline.cli.run import run

PLAYBOOK = """\
playbook: Small
timezone: Europe/Berlin
consent: assumed
attributes:
  relation: {type: text}
activities:
  paper: {event: paper, label: Paper}
  ask: {event: ask, conversion: true, label: Demo request}
axes:
  engagement: {bands: {1: 30}, otherwise: 2}
  fit: {bands: {A: 20}, otherwise: B}
rules:
  papers: {on: paper, points: 10}
exclusions:
  competitor: {attribute: relation, is: competitor}
gates:
  mql: {enter: {any: [{score: engagement, at_least: 30}, {did: ask, within: 30 days}]}}
  sales_ready: {enter: {did: ask, within: 60 days}}
scenarios:
  - name: A paper is ten points.
    history: [{day: 0, event: paper}]
    expect: {scores: {engagement: 10}, stage: lead}
"""
LEADS = "lead_id,relation\nada,\nbob,competitor\neve,\n"
EVENTS = """\
lead_id,at,event
ada,2026-03-02T09:00:00+00:00,paper
ada,2026-03-03T09:00:00+00:00,paper
bob,2026-03-03T10:00:00+00:00,ask
eve,2026-03-04T10:00:00+00:00,ask
"""
DATA = ["playbook.yaml", "--leads", "leads.csv", "--events", "events.csv"]

Capture = pytest.CaptureFixture[str]


def refusal(capsys: Capture, *arguments: str) -> str:
    """The one line on standard error of a run that ends with exit code 2."""
    assert run(list(arguments)) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 1
    return told.err.strip()


def data(capsys: Capture, *arguments: str) -> Any:  # noqa: ANN401 - JSON
    """The JSON of a run that ends well and says nothing else."""
    assert run([*arguments, "--json"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    return json.loads(told.out)
