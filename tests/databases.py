"""A plugin of pytest: the tests' own data folder and database, set before Django reads its settings.

RIPELINE_TEST_DATABASE says which database the tests of the server run on: sqlite (the default) or postgresql. What the
person who runs the tests has set for an own Ripeline is put aside.
"""

from __future__ import annotations

import os
import shutil
import tempfile

import pytest

from postgresql import Cluster

CHOICE = "RIPELINE_TEST_DATABASE"
OF_TESTS = {"RIPELINE_EXAMPLES", "RIPELINE_REAL_DATA", "RIPELINE_ROUNDS", "RIPELINE_STREAM_LEADS"}
_INHERITED = "RIPELINE_TEST_ADDRESS"  # how the first process tells its helpers which server it has started
_started: list[Cluster] = []
_folder = tempfile.mkdtemp(prefix="ripeline-tests-")


def _set_aside() -> None:
    for name in [name for name in os.environ if name.startswith("RIPELINE_") and name not in OF_TESTS]:
        if "TEST" not in name:
            del os.environ[name]
    os.environ["RIPELINE_DATA"] = _folder
    os.environ["DJANGO_SETTINGS_MODULE"] = "ripeline.server.settings"


def _address() -> str:
    if _INHERITED not in os.environ:
        cluster = Cluster(durable=False)
        _started.append(cluster)
        cluster.start()
        os.environ[_INHERITED] = cluster.create("ripeline")
    return os.environ[_INHERITED]


_set_aside()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Start PostgreSQL if it is asked for."""
    choice = os.environ.get(CHOICE, "sqlite")
    if choice == "postgresql":
        os.environ["RIPELINE_DATABASE"] = _address()
    elif choice != "sqlite":
        raise pytest.UsageError(f"{CHOICE} is {choice}: it may be sqlite or postgresql.")


def pytest_unconfigure() -> None:
    """Stop what was started, and delete what was written."""
    for cluster in _started:
        cluster.remove()
    shutil.rmtree(_folder, ignore_errors=True)
