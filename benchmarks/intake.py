"""How fast the intake stores events durably, beside a plain Django view that takes the same body, in the same run.

    python benchmarks/intake.py [SECONDS]

Needs the programs wrk and postgres. Single events come over 32 connections, batches of 100 over 16, both on this
machine, whose cores the load shares with the server.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

from intake_apps import KEY

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from postgresql import Cluster

PORT = 8377
SECONDS = 6
BATCH = 100
_HERE = Path(__file__).parent
_LOAD = """
local key, prefix, batch, number = "%(key)s", "%(prefix)s", %(batch)d, 0
local event = [[{"type":"track","event":"Demo Booked","userId":"user-%%d","messageId":"%%s-%%d",]]
  .. [["timestamp":"2026-01-05T09:00:00.000Z","properties":{"plan":"pro","value":12.5,"path":"/pricing",]]
  .. [["referrer":"https://www.example.com/search?q=leads"},"context":{"library":{"name":"benchmark","version":"1"},]]
  .. [["locale":"en-GB","userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)",]]
  .. [["page":{"path":"/pricing","title":"Prices","url":"https://www.example.com/pricing"}},"integrations":{}}]]
local function one()
  number = number + 1
  return string.format(event, number %% 5000, prefix, number)
end
request = function()
  local body
  if batch == 1 then
    body = one()
  else
    local parts = {}
    for place = 1, batch do parts[place] = one() end
    body = '{"batch":[' .. table.concat(parts, ",") .. '],"sentAt":"2026-01-05T09:00:01.000Z"}'
  end
  return wrk.format("POST", batch == 1 and "/v1/track" or "/v1/batch",
    {["Authorization"] = "Basic " .. key, ["Content-Type"] = "application/json"}, body)
end
done = function(summary, latency, requests)
  io.write(string.format("FOUND %%d %%d %%d %%d %%d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), summary.errors.status + summary.errors.timeout))
end
"""


class Found(NamedTuple):
    """What one load showed; times in milliseconds."""

    requests: float
    p50: float
    p99: float
    errors: int
    cpu: float


def main() -> None:
    """Measure, and print the table."""
    if shutil.which("wrk") is None:
        sys.exit("The program wrk is missing: please install the package of that name.")
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    print("| database | server | load | requests/s | events/s | p50 ms | p99 ms | CPU ms/1,000 events | errors |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in ("SQLite", "PostgreSQL"):
        for server in ("view", "intake"):
            _measure(name, server, seconds)


def _measure(name: str, server: str, seconds: int) -> None:
    folder = Path(tempfile.mkdtemp(prefix="ripeline-benchmark-"))
    environment = os.environ | {"RIPELINE_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "ripeline.server.settings"}
    environment.pop("RIPELINE_DATABASE", None)
    cluster = Cluster(durable=True) if name == "PostgreSQL" else None
    if cluster is not None:
        cluster.start()
        environment["RIPELINE_DATABASE"] = cluster.create("benchmark")
    command = [sys.executable, str(_HERE / "intake_apps.py"), server, str(PORT)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        _wait()
        for load, connections, batch in (("single", 32, 1), (f"batches of {BATCH}", 16, BATCH)):
            found = _load(process.pid, connections, batch, seconds, folder)
            print(
                f"| {name} | {server} | {load} | {found.requests:,.0f} | {found.requests * batch:,.0f} "
                f"| {found.p50:.1f} | {found.p99:.0f} | {found.cpu / batch:.0f} | {found.errors} |",
                flush=True,
            )
    finally:
        process.terminate()
        process.wait(30)
        if cluster is not None:
            cluster.remove()
        shutil.rmtree(folder)


def _wait() -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/v1/nothing", timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the server did not start")


def _load(pid: int, connections: int, batch: int, seconds: int, folder: Path) -> Found:
    script = folder / f"load-{batch}.lua"
    key = base64.b64encode(f"{KEY}:".encode()).decode()
    script.write_text(_LOAD % {"key": key, "prefix": secrets.token_hex(6), "batch": batch})
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "--latency",
        "-s",
        str(script),
        f"http://127.0.0.1:{PORT}",
    ]
    before = _cpu(pid)
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    used = _cpu(pid) - before
    line = re.search(r"FOUND (\d+) (\d+) (\d+) (\d+) (\d+)", said)
    if line is None:
        raise ValueError(said)
    requests, duration, p50, p99, errors = map(int, line.groups())
    return Found(requests / duration * 1e6, p50 / 1e3, p99 / 1e3, errors, used / requests * 1e6)


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
