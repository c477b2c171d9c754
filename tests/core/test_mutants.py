"""Whoever breaks a line of the core is caught: by cases at random and by hand, held against the oracle."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mutants import CORE, MUTANTS, Mutant, write_cases

TESTS = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the cases, with what the oracle says of each."""
    folder = tmp_path_factory.mktemp("cases")
    write_cases(folder)
    return folder


def first_difference(copy: Path, told: Path) -> int | None:
    """What a process says that runs this copy of the package."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(copy), str(TESTS)]), "NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, str(TESTS / "mutants.py"), str(told)]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found: int | None = json.loads(answer.stdout)
    return found


def copied(folder: Path) -> Path:
    """A copy of the package without what is compiled."""
    shutil.copytree(CORE.parent, folder / "ripeline", ignore=shutil.ignore_patterns("__pycache__", "locale"))
    return folder


def test_the_core_as_it_is_agrees_in_all_cases(told: Path, tmp_path: Path) -> None:
    """So that a mutant is caught by its fault and by nothing else."""
    assert first_difference(copied(tmp_path), told) is None


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.fault)
def test_a_mutant_is_caught(mutant: Mutant, told: Path, tmp_path: Path) -> None:
    """Some case comes out otherwise."""
    copy = copied(tmp_path)
    mutant.planted(copy / "ripeline" / "core")
    assert first_difference(copy, told) is not None
