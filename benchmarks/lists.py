"""Lists over a large store: `lists.py [--leads N --events M] [--postgresql] [--folder F]`.

A store is made whose leads are shown as if they had been decided on. Each page is asked for again and again over HTTP
by a user of marketing and by a rep; then the daily review is timed for a minute, and single events beside it.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.append(str(Path(__file__).parent.parent / "tests"))
import generate
import store
from installed import PLAYBOOK, installed, publish, python
from server import Sender, quantile, singles

if TYPE_CHECKING:
    from installations import Installation, Running

GOAL = 0.2
MINUTE = 5
SIGNALS = """\
  silence: {when: {silent: 30 days}, points: -5}
  surge: {when: {surge: 4, within: 7 days}, points: 5}
"""
DEFINITION = PLAYBOOK.read_text().replace("rules:\n", f"rules:\n{SIGNALS}", 1)
DRAIN = """
import time, django; django.setup()
from ripeline.server import instants
from ripeline.server.qualification import qualify, reviews
now = instants.now()
begun = time.perf_counter()
reviews.begin(now)
marked = time.perf_counter() - begun
units = 0
while time.perf_counter() - begun < {seconds} and (done := qualify.run(instants.now)) != (0, 0):
    units += done.units
print(marked, units, time.perf_counter() - begun - marked)
"""
SHOWN = """
UPDATE server_lead SET
    stage = CASE WHEN id % 10 = 3 THEN 'mql' WHEN id % 50 = 4 THEN 'sql' WHEN id % 100 = 5 THEN 'customer'
        ELSE 'lead' END,
    scores = '{{"engagement":31000000,"fit":20000000}}', progress = '{{"mql":400000,"sales_ready":0}}',
    engagement = 1000000 * (id % 83), fit = 1000000 * (id % 97),
    ahead = CASE WHEN id % 100 = 5 THEN 0 ELSE (id * 7919) % 1000000 END,
    cell = CASE id % 4 WHEN 0 THEN 'A1' WHEN 1 THEN 'B2' WHEN 2 THEN 'C3' ELSE 'D4' END,
    persona = CASE id % 3 WHEN 0 THEN 'engineer' WHEN 1 THEN 'buyer' ELSE '' END,
    phase = CASE id % 3 WHEN 0 THEN 'awareness' WHEN 1 THEN 'consideration' ELSE 'decision' END,
    excluded = CASE WHEN id % 20 = 7 THEN 'competitor' ELSE '' END,
    plain = {yes} AND id % 10 > 5, silent = {yes} AND id % 40 = 3, surging = {yes} AND id % 60 = 4,
    waits_for = CASE WHEN id % 70 = 13 THEN 'conversion' WHEN id % 900 = 23 THEN 'data' ELSE '' END,
    cool_until = {now} + 1000000 * (id % 99999), waits_since = {now} - 1000000 * (id % 99999),
    last_at = {now} - 37000000 * (id * 104729 % 100003), decided_at = {now}, computed_at = {now}
"""
_LINES = [
    ["rule", "clicks", "engagement", 6_000_000, 3, store.START],
    ["rule", "newsletters", "engagement", 5_000_000, 1, store.START],
]
_WITH_LINES = json.dumps(json.loads(store.EVIDENCE) | {"lines": _LINES})

DESKS = """
import django; django.setup()
from ripeline.server import instants, playbooks
from ripeline.server.decisions import Decision
from ripeline.server.sales.handoffs import Assignment, Handoff
from ripeline.server.leads import Lead
from ripeline.server.rounds import Round
from ripeline.server.sales.tasks import Task
from ripeline.server.staff.users import Role, User
now, version, last = instants.now(), playbooks.active(), Round.objects.latest("at")
rosa, root = (User.objects.get(username=name) for name in ("rosa", "root"))
others = [User.objects.create(username=f"rep{{place}}", role=Role.SALES) for place in range(9)]
numbers = list(Lead.objects.filter(merged_into=None).order_by("pk").values_list("pk", flat=True))
for place, rep in enumerate((rosa, *others)):
    Lead.objects.filter(pk__in=numbers[2000 * place:2000 * (place + 1)]).update(owner=rep)
offers = [Decision(lead_id=lead, round=last, version=version, at=now, place=1000, kind="handoff", new="offered",
    evidence={evidence!r}) for lead in numbers[::20]]
Decision.objects.bulk_create(offers, batch_size=500)
handoffs = []
for place, offer in enumerate(offers):
    rep, is_open = (rosa, *others)[offer.lead_id // 2000 % 10], place % 100 < 25 if offer.lead_id < 20000 else False
    handoffs.append(Handoff(lead_id=offer.lead_id, offer=offer, rep=rep, status="offered" if is_open else "recycled",
        offered_at=now, accept_by=now + instants.HOUR, due_at=now + place * instants.MINUTE,
        ended_at=None if is_open else now))
Handoff.objects.bulk_create(handoffs, batch_size=500)
Assignment.objects.bulk_create([Assignment(handoff=one, rep=one.rep, at=now, reason="turn") for one in handoffs], 500)
said = {{"kind": "call", "text": "Call about the offer", "created_at": now, "created_by": root}}
Task.objects.bulk_create([Task(lead_id=lead, due_at=now + lead * instants.MINUTE, owner=rosa if lead < 500 else None,
    **said) for lead in numbers[7::20]], batch_size=500)
"""
"""Ten reps with 2,000 leads each, to each of whom 25 offers are open and hundreds were made, and 5,000 tasks."""
SESSIONS = """
import json, django; django.setup()
from django.test import Client
from ripeline.server import instants
from ripeline.server.qualification.reviews import Review
from ripeline.server.staff.users import User
Review.objects.create(at=instants.now())  # made already: pages are timed without it
found = {}
for name in ("max", "rosa"):
    client = Client()
    client.force_login(User.objects.get(username=name))
    found[name] = next(iter(client.cookies.values())).OutputString().partition(";")[0]
print(json.dumps(found))
"""
TERMS = """
INSERT INTO server_term (identifier_id, kind, value)
SELECT id, 'word', {email} FROM server_identifier WHERE kind = 'email'
UNION ALL SELECT id, 'word', {company} FROM server_identifier WHERE kind = 'email'
UNION ALL SELECT id, 'source', {source} FROM server_identifier WHERE kind = 'email' AND id % 3 < 2
"""
PAGES = {
    "queue": "/queue/",
    "hand-off": "/handoffs/1/",
    **{
        f"list: {view}": f"/leads/?view={view}"
        for view in ("mqls", "near", "silent", "surging", "recycled", "repair", "no_step", "excluded", "plain", "all")
    },
    "list: all, stage and persona": "/leads/?view=all&stage=lead&persona=buyer",
    "list: all, owner": "/leads/?view=all&owner=rosa",
    "list: mqls, cell": "/leads/?view=mqls&cell=A1",
    "list: all, source": "/leads/?view=all&source=search",
    "list: all, since": "/leads/?view=all&since=2020-01-01&phase=decision",
    "search: few": "/leads/?view=all&text=company-777",
    "search: many": "/leads/?view=all&text=com",
    **{
        f"lead page: {show}, {what}": f"/leads/{lead}/?show={show}"
        for show in ("timeline", "scores", "profile", "sales", "company", "same")
        for lead, what in ((1346, "few events"), (1534, "many events"))
    },
}


def made(installation: Installation, leads: int, events: int) -> None:
    """A store whose last event is of today, its leads found by their words, and all of them to be decided on."""
    store.START = (int(time.time()) - generate.SECONDS) * store.SECOND
    begun = time.perf_counter()
    store.fill(installation, leads, events)
    with closing(store.Tables(installation)) as tables:
        blob = "convert_to({}, 'UTF8')" if installation.address else "CAST({} AS BLOB)"
        company = "'company-' || (id / 3 % 10000)"
        tables.do(
            TERMS.format(email=blob.format("value"), company=blob.format(company), source=blob.format("'search'"))
        )
        last = "(SELECT max(at) FROM server_round)"
        tables.do(SHOWN.format(now=last, yes="true" if installation.address else "1"))
    python(installation, DESKS.format(evidence=_WITH_LINES))
    with closing(store.Tables(installation)):
        pass  # the database counts anew what it has
    print(f"a store of {leads:,} leads and {events:,} events, made in {time.perf_counter() - begun:.0f} s", flush=True)


def drained(installation: Installation, leads: int) -> str:
    """How fast the daily review goes, and so how long it takes."""
    marked, units, seconds = map(float, python(installation, DRAIN.format(seconds=MINUTE)).split())
    rate = units / max(seconds, 1e-9)
    told = f"marked in {marked:.1f} s, {units:,.0f} leads in {seconds:.0f} s ({rate:,.0f}/s)"
    return f"{told}: {leads / rate:,.0f} s for all"


def forget_review(installation: Installation) -> None:
    """Let the daily review be due again."""
    with closing(store.Tables(installation)) as tables:
        tables.do("DELETE FROM server_review")


def reviewed(installation: Installation, leads: int) -> None:
    """The daily review, alone and beside single events."""
    forget_review(installation)
    print(f"daily review: {drained(installation, leads)}", flush=True)
    with installation.start("serve") as running:
        running.wait_until("/health/ready")
        sender = Sender(running.port, installation.write_key, leads)
        singles(sender, 3)
        times = {"alone": singles(sender, 10)}
        running.stop()
    forget_review(installation)
    with installation.start("serve") as running:
        running.wait_until("/health/ready")
        times["beside the review"] = singles(Sender(running.port, installation.write_key, leads), 15)
        running.stop()
    for name, found in times.items():
        print(f"intake {name}: {told(found, 0.5, 0.95, 0.99)}", flush=True)


def told(times: list[float], *shares: float) -> str:
    """Some quantiles in milliseconds."""
    return ", ".join(f"p{share * 100:.0f} {quantile(times, share) * 1000:.0f} ms" for share in shares)


def asked(port: int, path: str, session: str, times: int) -> list[float]:
    """Seconds until each answer."""
    found = []
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        for _ in range(times + 2):
            begun = time.perf_counter()
            connection.request("GET", path, headers={"Cookie": session})
            answer = connection.getresponse()
            answer.read()
            if answer.status != http.client.OK:
                print(f"{path}: {answer.status}")
                return []
            found.append(time.perf_counter() - begun)
    return found[2:]


def worked(running: Running) -> float:
    """Seconds that the processors have worked for a server, without its database on PostgreSQL."""
    fields = Path(f"/proc/{running.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def paged(installation: Installation, times: int, *options: str) -> None:
    """Each page, as marketing and as a rep see it, of a server with such options."""
    sessions = json.loads(python(installation, SESSIONS))
    with installation.start("serve", *options) as running:
        running.wait_until("/health/ready")
        for name, path in PAGES.items():
            for user, session in sessions.items():
                begun = worked(running)
                found = asked(running.port, path, session, times)
                if found:
                    own = (worked(running) - begun) / (times + 2)
                    flag = "" if quantile(found, 0.95) <= GOAL else "   above the goal"
                    print(f"{name:<36} {user:<5} {told(found, 0.5, 0.95)}, CPU {own * 1000:.0f} ms{flag}", flush=True)
        running.stop()


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--times", type=int, default=40, help="how often each page is asked for")
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--folder", type=Path, help="where the store is put, else a temporary folder")
    given = parser.parse_args()
    with installed(postgresql=given.postgresql, folder=given.folder) as installation:
        publish(installation, DEFINITION)
        made(installation, given.leads, given.events)
        paged(installation, given.times)
        reviewed(installation, given.leads)


if __name__ == "__main__":
    main()
