"""What was held back, on a page: to whom, about what and why, with the way to what the lead agreed to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from lead_pages import client, text
from ledger_rows import all_rounds, happened
from ripeline.server import instants
from ripeline.server.demo import past
from ripeline.server.leadmail import mails
from ripeline.server.leadmail.mails import Held, MailKind
from ripeline.server.leads import Lead
from ripeline.server.operation import data_folder
from ripeline.server.staff.users import Role
from ripeline.web import shell
from staff import member

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)


def test_each_is_listed_with_its_reason(source: Source, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page at a time; those of one reason by themselves; what is no place or reason is ignored."""
    monkeypatch.setattr(instants, "now", clock)
    for number in range(60):
        happened(source, "seen", clock(), email=f"lead{number:02d}@example.com")
    all_rounds(clock)
    for number, lead in enumerate(Lead.objects.order_by("pk")):
        reason = Held.SUPPRESSED if number % 10 == 0 else Held.NOT_CONFIRMED
        with transaction.atomic():
            mail = mails.post(lead, "next_content", kind=MailKind.TRACK, key=f"mail-{number}", now=clock())
            mails.hold(mail, reason, now=clock.move(60))
    mara = client(member("mara", Role.MARKETING))
    first = mara.get("/mails/held/")
    assert "lead59@example.com" in text(first)  # type: ignore[arg-type]
    assert "lead00@example.com" not in text(first)  # type: ignore[arg-type]
    assert f"{Held.SUPPRESSED.label} (6)" in text(first)  # type: ignore[arg-type]
    page = first.content.decode()
    for _ in range(2):
        assert page.count('data-label="Why not sent"') == 20
        link = page[page.index("?before=") :].partition('"')[0]
        page = mara.get(f"/mails/held/{link}").content.decode()
    assert "lead00@example.com" in page
    assert "?before=" not in page
    assert "Step of a track: Next content" in page
    some = mara.get("/mails/held/?why=suppressed").content.decode()
    assert ("lead50@" in some, "lead51@" in some) == (True, False)
    for strange in ("why=%27", "before=x.1", f"before={'9' * 40}.1", "before=1."):
        assert mara.get(f"/mails/held/?{strange}").status_code == 200


def test_nothing_held_back_says_so(transactional_db: None) -> None:
    """Not an empty table."""
    assert transactional_db is None
    assert "Nothing is held back." in client(member("mara", Role.MARKETING)).get("/mails/held/").content.decode()


@pytest.fixture
def _made_up() -> Iterator[None]:
    """The installation is a demo."""
    mark = data_folder.folder() / past.MARK
    mark.write_text(json.dumps(past.Founding("consultancy", 50, 1)))
    shell.is_made_up.cache_clear()
    yield
    mark.unlink()
    shell.is_made_up.cache_clear()


@pytest.mark.usefixtures("_made_up")
def test_a_demo_says_that_it_sends_nothing_where_another_asks_for_a_mail_server() -> None:
    """Above the templates, and to whoever asks for a test."""
    mara = client(member("mara", Role.MARKETING))
    mara.post("/mails/starters/")
    tested = mara.post("/mails/templates/welcome/en/test/")
    for page in (mara.get("/mails/"), tested):
        said = page.content.decode()
        assert "The demo sends nothing: nobody in it is real." in said
        assert "RIPELINE_SMTP" not in said
