"""Measure the export of a large store: `export.py [--leads N --events M] [--postgresql] [--folder F]`.

The first run, one after 10,000 more events, each with the scores and without them, and the intake beside an export.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from time import perf_counter

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from installations import RIPELINE, Installation
from installed import PLAYBOOK, installed, publish
from server import Sender, quantile, singles
from store import add_more, fill

MORE = 10_000


def export(installation: Installation, folder: Path, *options: str) -> dict[str, float]:
    """Run an export, print what it took, and return what it says."""
    with tempfile.TemporaryFile() as said:
        begun = perf_counter()
        command = [sys.executable, "-c", RIPELINE, "export", str(folder), "--json", *options]
        child = subprocess.Popen(command, env=installation.environment(), stdout=said)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            sys.exit(f"export ended with {child.returncode}")
        wall = perf_counter() - begun
        said.seek(0)
        answer: dict[str, float] = json.load(said)
    size = sum(file.stat().st_size for file in folder.rglob("*.parquet")) / 1e6
    what = f"{answer['new_events']:,} new events {' '.join(options)}"
    cpu = usage.ru_utime + usage.ru_stime
    print(
        f"{what:<40} {wall:8.1f} s {cpu:8.1f} s CPU {usage.ru_maxrss / 1024:8.0f} MB peak {size:8.0f} MB on disk",
        flush=True,
    )
    return answer


def beside_the_intake(installation: Installation, folder: Path, leads: int) -> None:
    """How long single events wait for their answer, alone and while all is exported anew."""
    with installation.start("serve") as running:
        running.wait_until("/health/ready")
        sender = Sender(running.port, installation.write_key, leads)
        singles(sender, 5)
        times = {"alone": singles(sender, 15)}
        thread = threading.Thread(target=export, args=(installation, folder, "--anew", "--no-scores"))
        thread.start()
        times["beside an export"] = singles(sender, 15)
        thread.join()
        running.stop()
    for name, found in times.items():
        told = ", ".join(f"p{share * 100:.0f} {quantile(found, share) * 1000:.1f} ms" for share in (0.5, 0.95, 0.99))
        print(f"intake {name}: {told}")


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--folder", type=Path, help="where the store and the export are put, else a temporary folder")
    given = parser.parse_args()
    with installed(postgresql=given.postgresql, folder=given.folder) as installation:
        publish(installation, PLAYBOOK.read_text())
        begun = perf_counter()
        fill(installation, given.leads, given.events)
        print(
            f"a store of {given.leads:,} leads and {given.events:,} events, made in {perf_counter() - begun:.0f} s",
            flush=True,
        )
        folder = installation.folder.parent
        copy = folder / "copy"
        export(installation, copy, "--no-scores")
        export(installation, copy)
        add_more(installation, MORE, given.leads)
        export(installation, copy, "--no-scores")
        export(installation, copy)
        beside_the_intake(installation, folder / "another", given.leads)


if __name__ == "__main__":
    main()
