"""What a no that stands is a no to: its purpose for ever, and whatever a channel asks for in place of it since.

Whoever ends our mails says no to mails, and not to a word of the playbook. A definition that gives the purpose of a
channel another name, or asks for nothing but no objection from then on, gets nobody back who had said no before; a yes
to the new purpose that comes afterwards counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripeline.core.consent import ConsentRow, contact_rules
from ripeline.core.playbook_consent import CHANNELS
from ripeline.server import playbooks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ripeline.core.playbook import Playbook
    from ripeline.core.playbook_consent import Channel


def rows_of_all(kept: Mapping[int, Mapping[str, int]], *, now: int) -> dict[int, list[ConsentRow]]:
    """By lead, the rows of what it has said no to for good; `kept` tells by purpose since when."""
    changed = _changed(now) if kept else []
    found = {}
    for lead, own in kept.items():
        rows = [ConsentRow(purpose, min(at, now), given=False, stands=True) for purpose, at in own.items()]
        for former, asked in changed:
            if refused := former & own.keys():
                since = min(now, max(own[purpose] for purpose in refused))
                rows += [ConsentRow(purpose, since, given=False) for purpose in sorted(asked - own.keys())]
        found[lead] = rows
    return found


def _changed(now: int) -> list[tuple[frozenset[str], frozenset[str]]]:
    """By channel the purposes that it asked for once and asks for no more, and those that it asks for now."""
    versions, playbook = playbooks.core_versions(now), playbooks.active_playbook()
    found = []
    for channel in CHANNELS:
        asked = _purposes(playbook, channel)
        once = {purpose for version in versions for purpose in _purposes(version.playbook, channel)}
        found.append((frozenset(once | _purposes(None, channel)) - asked, asked))
    return found


def _purposes(playbook: Playbook | None, channel: Channel) -> frozenset[str]:
    return frozenset(rule.purpose for rule in contact_rules(playbook, channel, None))
