"""A small playbook with an attribute of each kind, for the tests of data."""

from __future__ import annotations

from ripeline.core.playbook import Playbook
from ripeline.core.playbook_yaml import load

TEXT = """\
playbook: Small
timezone: Europe/Berlin
consent: assumed
attributes:
  industry: {type: text}
  employees: {type: number}
  founded: {type: date}
  interests: {type: set}
  customer: {type: yes_no}
activities:
  page: {event: page_viewed, where: {property: page, starts_with: /}}
  form: {event: form_sent, where: {any: [{property: fields, at_least: 3}, {property: position, is: ceo}]}}
rules:
  page: {on: page, points: 1}
  form: {on: form, points: {property: budget, rows: [{at_least: 1000, points: 9}]}}
bant:
  budget: {}
gates:
  mql: {enter: {all: [{score: engagement, at_least: 30}, {did: form}]}}
  sales_ready: {enter: {all: [{score: engagement, at_least: 60}, {did: form}]}}
"""
NINE = 1_769_846_400_000_000  # 2026-01-31T09:00:00+01:00


def _playbook() -> Playbook:
    """The playbook, read."""
    book = load(TEXT, file="small.yaml")
    assert isinstance(book, Playbook), book
    return book


BOOK = _playbook()
