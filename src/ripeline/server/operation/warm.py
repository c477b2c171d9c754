"""Loading the compiled evaluator before it is needed."""

from __future__ import annotations

from importlib.resources import files


def warm() -> None:
    """Evaluate a little history, so that what is compiled is loaded; compiles it first, if nobody did before."""
    from ripeline.core import playbook_yaml  # noqa: PLC0415 - loading is what takes the time
    from ripeline.core.playbook import Playbook  # noqa: PLC0415
    from ripeline.core.scenario_run import run_scenarios  # noqa: PLC0415

    text = (files("ripeline") / "playbooks" / "consultancy.yaml").read_bytes()
    playbook = playbook_yaml.load(text, file="consultancy.yaml")
    if isinstance(playbook, Playbook):
        run_scenarios(playbook)
