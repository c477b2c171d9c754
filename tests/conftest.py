"""What all tests share: no silent skips in CI, patient Hypothesis, and the way to the real data."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest
from django.conf import settings as server
from hypothesis import HealthCheck, settings

from command_line import EVENTS, LEADS, PLAYBOOK

if TYPE_CHECKING:
    from collections.abc import Generator

# A shared machine is slow at times, and the first example compiles; the timeout of pytest guards against hanging.
settings.register_profile(
    "ripeline", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow], max_examples=100
)
# A merge is judged by the same histories each time; everybody else's run looks at new ones.
settings.register_profile("merge", settings.get_profile("ripeline"), derandomize=True)

PLACES_OF_LANGUAGE = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
R = TypeVar("R", pytest.TestReport, pytest.CollectReport)

IN_CI = os.environ.get("CI") == "true"
settings.load_profile("merge" if IN_CI else "ripeline")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    tmp_path_factory: pytest.TempPathFactory, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """SQLite's database is a file, as in life, so that threads and processes share it."""
    del django_db_modify_db_settings_parallel_suffix
    default = server.DATABASES["default"]
    if default["ENGINE"].endswith("sqlite"):
        file = tmp_path_factory.mktemp("database") / "tests.sqlite3"
        default.setdefault("TEST", {})["NAME"] = str(file)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the real data sets; the test fails if it is not there."""
    folder = os.environ.get("RIPELINE_REAL_DATA", "")
    if not folder or not Path(folder).is_dir():
        pytest.fail("The real data is not there: set RIPELINE_REAL_DATA to its folder.", pytrace=False)
    return Path(folder)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a playbook, leads and events, in which the command runs in English."""
    for name, text in {"playbook.yaml": PLAYBOOK, "leads.csv": LEADS, "events.csv": EVENTS}.items():
        (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    for name in PLACES_OF_LANGUAGE:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


def _without_skip(report: R) -> R:
    expected_to_fail = hasattr(report, "wasxfail")
    if IN_CI and report.skipped and not expected_to_fail:
        report.outcome = "failed"
        report.longrepr = f"skipped, and in CI nothing may be skipped: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skipped test into a failed one in CI."""
    return _without_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn a skipped module into a failed one in CI."""
    return _without_skip((yield))
