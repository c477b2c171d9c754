"""What is measured on: an installation of its own, on either database, with a playbook for all its past."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from installations import Installation
from postgresql import Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

PLAYBOOK = Path(__file__).parent / "playbook.yaml"
"""The playbook of large made-up stores."""
_PUBLISH = """
import django; django.setup()
from ripeline.server import instants
from ripeline.server.operation.commands import playbooks
text, now = {text!r}, instants.now()
playbooks.sign(now=now, side="sales", user="rosa", text=text)
playbooks.sign(now=now, side="marketing", user="max", text=text)
playbooks.publish(now=now, user="root", mode="retroactive", text=text)
"""


@contextmanager
def installed(*, postgresql: bool, folder: Path | None = None) -> Iterator[Installation]:
    """An installation in a folder below this one, or below a temporary one; a cluster of PostgreSQL goes with it."""
    with ExitStack() as open_things:
        folder = folder or Path(open_things.enter_context(tempfile.TemporaryDirectory()))
        address = None
        if postgresql:
            cluster = Cluster(durable=True)
            open_things.callback(cluster.remove)
            cluster.start()
            address = cluster.create("bench")
        yield Installation(folder / "data", address)


def publish(installation: Installation, text: str) -> None:
    """Let a playbook judge everything, the past too."""
    python(installation, _PUBLISH.format(text=text))


def python(installation: Installation, script: str) -> str:
    """What a script says that runs beside the store."""
    command = [sys.executable, "-c", script]
    return subprocess.run(command, env=installation.environment(), check=True, capture_output=True, text=True).stdout
