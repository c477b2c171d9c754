"""No page reads a whole table that grows without end: each question finds its rows by an index."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from api_client import SMALL
from ledger_rows import all_rounds, happened, lead_of, signed
from ripeline.server import playbooks
from ripeline.server.content import catalogue, gaps
from ripeline.server.content.catalogue import ContentItem
from ripeline.server.marketing.lists import VIEWS
from ripeline.server.sales.handoffs import Handoff
from ripeline.server.staff.users import Role
from staff import member

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)

SECTIONS = ("timeline", "scores", "profile", "sales", "company", "consent", "same")
FILTERS = ("stage=lead&persona=buyer", "since=2020-01-01&phase=decision", "source=search", "text=com", "owner=rosa")
LISTS = (*(f"/leads/?view={view}" for view in VIEWS), *(f"/leads/?view=all&{one}" for one in FILTERS))


class Asked(list[tuple[str, Any]]):
    """The questions that a page puts to the database."""

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> object:  # noqa: ANN401, FBT001
        """Keep a question, and ask it."""
        if sql.startswith(("SELECT", "\nSELECT")):
            self.append((sql, params))
        return execute(sql, params, many, context)

    def plans(self) -> Iterator[str]:
        """How the database goes about each; one that takes every index it has, because the tables here are small."""
        explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
        with connection.cursor() as cursor:
            if connection.vendor != "sqlite":
                cursor.execute("SET enable_seqscan = off")
            for sql, params in self:
                cursor.execute(f"{explain} {sql}", params)
                yield "\n".join(str(row[-1]) for row in cursor.fetchall())
            if connection.vendor != "sqlite":
                cursor.execute("RESET enable_seqscan")


def plans(client: Client, address: str) -> list[str]:
    """How the questions of a page are answered."""
    cache.clear()
    with connection.execute_wrapper(asked := Asked()):
        assert client.get(address).status_code == 200
    return list(asked.plans())


def reads_all_of(table: str, told: list[str]) -> list[str]:
    """The plans that look through a table from end to end; the index of unread rows is none of it."""
    scan = re.compile(rf"(SCAN|Seq Scan on) {table}(?! USING (COVERING )?INDEX event_unread)")
    return [one for one in told if scan.search(one)]


@pytest.mark.parametrize("role", [Role.MARKETING, Role.SALES])
def test_no_page_reads_the_whole_ledger(role: Role, source: Source, clock: SetClock) -> None:
    """Of millions of rows it reads those of the leads that it shows."""
    rosa = member("rosa", Role.SALES)
    signed(SMALL, now=clock(), reps=False)
    happened(source, "ask", clock.move(60), email="ada@example.com")
    all_rounds(clock)
    handoff, ada, client = Handoff.objects.get(), lead_of("ada@example.com"), Client()
    client.force_login(rosa if role == Role.SALES else member("max", role))
    catalogue.put("/guide", "guide", now=clock())
    happened(source, "ask", clock.move(60), said={"path": "/guide"}, email="ada@example.com")
    all_rounds(clock)
    guide = ContentItem.objects.get()
    own = ["/content/", "/content/?text=guide&persona=buyer", f"/content/{guide.pk}/"]
    pages = [*LISTS, *own, "/queue/", f"/handoffs/{handoff.pk}/", *(f"/leads/{ada.pk}/?show={one}" for one in SECTIONS)]
    for address in pages:
        assert reads_all_of("server_event", plans(client, address)) == [], address


def test_the_gaps_of_the_catalogue_are_counted_by_an_index_alone(clock: SetClock) -> None:
    """However many leads there are, none of them is read."""
    signed(SMALL, now=clock())
    version = playbooks.active()
    assert version is not None
    with connection.execute_wrapper(asked := Asked()):
        gaps.matrix(playbooks.playbook_of(version))
    if connection.vendor == "postgresql":
        # Of an empty table it knows nothing, and takes any index; what is left to it is one that holds all it needs.
        with connection.cursor() as cursor:
            cursor.execute("SET enable_bitmapscan = off; SET enable_indexscan = off")
    told = [one for one in asked.plans() if "server_lead" in one]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("RESET enable_bitmapscan; RESET enable_indexscan")
    assert len(told) == 1
    assert "lead_reader" in told[0]
