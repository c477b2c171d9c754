"""A small playbook with tracks: one of marketing, one for whom sales gave back, and one of the rep."""

from __future__ import annotations

TRACKED = """\
playbook: Tracked
timezone: Europe/Berlin
consent: {contact: {email: {purpose: email, basis: consent}}}
attributes:
  country: {type: text}
content:
  paper: {kind: paper, funnel: top}
activities:
  paper: {event: paper}
  ask: {event: ask, conversion: true}
rules:
  papers: {on: paper, points: 10}
gates:
  mql: {enter: {any: [{score: engagement, at_least: 30}, {did: ask, within: 30 days}]}}
  sales_ready: {enter: {did: ask, within: 60 days}}
nurture:
  tracks:
    back:
      for: {stages: mql, recycled: no_budget}
      steps:
        again: {after: 1 day, mail: again}
    first:
      steps:
        hello: {after: 1 h, mail: hello}
        paper: {after: 2 days, mail: paper, content: true}
        look: {after: 1 day, task: Look at it}
        ads: {after: 1 day, webhook: show_ads}
        last: {after: 7 days, mail: last}
      before_call: {mail: call}
    talks:
      for: {stages: sql}
      owner: rep
      steps: {minutes: {after: 1 h, task: Send the minutes}}
"""
