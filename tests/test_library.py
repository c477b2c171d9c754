"""The public names of the library."""

from __future__ import annotations

from pathlib import Path

import ripeline
from ripeline.generated import company, write


def test_every_public_name_is_there() -> None:
    """What the package promises can be imported from it."""
    assert all(getattr(ripeline, name) is not None for name in ripeline.__all__)


def test_the_library_scores_and_explains_in_a_few_lines(tmp_path: Path) -> None:
    """What the command line does can be done from Python."""
    write(company(leads=400, years=1), tmp_path)
    text = (Path(ripeline.__file__).parent / "playbooks" / "consultancy.yaml").read_bytes()
    playbook = ripeline.load_playbook(text, file="consultancy.yaml")
    assert isinstance(playbook, ripeline.Playbook)
    history = ripeline.read_history([playbook], leads=tmp_path / "leads.csv", events=tmp_path / "events.csv")
    at = history.events["at"].max()
    assert isinstance(at, int)
    explanation = ripeline.explain([ripeline.Version(playbook)], history, "generated-337", at)
    assert explanation.miss is not None
