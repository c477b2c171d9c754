"""Made-up companies, scored by the starter playbooks for which they were made: the second evaluator sees the same."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

import ripeline
from agreement import differences
from generated import Case, Edition
from ripeline.core import playbook_yaml
from ripeline.core.playbook import Playbook
from ripeline.core.yaml_tree import read_tree
from ripeline.generated import company, templates

if TYPE_CHECKING:
    from generated import Tree

STARTERS = Path(ripeline.__file__).parent / "playbooks"
LEADS = 8
END = datetime(2026, 1, 1, tzinfo=UTC)


def micros(moment: datetime | None) -> int | None:
    """Microseconds since 1970."""
    return None if moment is None else round(moment.timestamp() * 1_000_000)


def written_as(value: Any) -> Any:  # noqa: ANN401 - a cell of a table
    """A cell as a row of Python has it."""
    return str(value) if isinstance(value, datetime) else value


def made_up(template: str) -> Case:
    """All rows of a small company: late, repeated, machine-made and people's ones."""
    text = (STARTERS / f"{template}.yaml").read_bytes()
    playbook = playbook_yaml.load(text.decode(), file=template)
    assert isinstance(playbook, Playbook)
    made = company(template, leads=LEADS, seed=11)
    leads = [
        {
            "lead_id": row["lead_id"],
            "account_id": row["account_id"],
            "created_at": micros(row["created_at"]),
            "attributes": {name: written_as(row.get(name)) for name in playbook.attributes},
        }
        for row in made.leads.iter_rows(named=True)
    ]
    rows = [
        {
            **{name: row[name] for name in ("lead_id", "event", "event_id")},
            "at": micros(row["at"]),
            "known_at": micros(row["known_at"]),
            "properties": json.loads(row["properties"] or "{}"),
        }
        for row in made.events.iter_rows(named=True)
    ]
    tree = cast("Tree", read_tree(text).root.plain)
    return Case([Edition(tree)], leads, rows, cast("int", micros(END)))


@pytest.mark.parametrize("template", templates())
def test_the_second_evaluator_sees_the_same_in_a_made_up_company(template: str) -> None:
    """Scores, lines, stages, hand-offs, the whole journal and the next look, lead by lead."""
    assert differences(made_up(template)) == []
