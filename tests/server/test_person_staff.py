"""What our people do for a person: from the page of the lead, by the command line, and the record of processing."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest

from command_line import Capture, data
from lead_pages import client
from ledger_rows import all_rounds, signed
from letters_to_leads import agreed
from ripeline.cli.run import run
from ripeline.server.consent import objections
from ripeline.server.delivery.endpoints import Endpoint
from ripeline.server.events import Event
from ripeline.server.instants import DAY, moment
from ripeline.server.leads import Identifier, Lead
from ripeline.server.refusals import Refused
from ripeline.server.rights import person_requests, processing
from ripeline.server.rights.person_requests import PersonRequest, Wish
from small_playbook import TEXT
from staff import anna, mara, simon

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import Settings

    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_the_clock")]

ADA = "ada@example.com"


@pytest.fixture
def ada(source: Source, clock: SetClock) -> Lead:
    """Ada, who said yes to mails."""
    lead = agreed(source, clock)
    clock.move(60)
    return lead


def test_sales_neither_sees_nor_does_it(ada: Lead) -> None:
    """Also for a lead that is theirs; marketing and administrators do."""
    rep = simon()
    Lead.objects.filter(pk=ada.pk).update(owner=rep)
    assert "/data/" not in client(rep).get(f"/leads/{ada.pk}/?show=rights").content.decode()
    for act in ("copy", "object", "asked", "erase"):
        assert client(rep).post(f"/leads/{ada.pk}/data/{act}/", {"sure": "yes"}).status_code == 403
    assert isinstance(objections.record(ada, by=rep, now=1), Refused)
    for user in (mara(), anna()):
        assert "/data/erase/" in client(user).get(f"/leads/{ada.pk}/?show=rights").content.decode()
        assert client(user).post(f"/leads/{ada.pk}/data/made-up/").status_code == 404
        assert client(user).get(f"/leads/{ada.pk}/data/copy/").status_code == 405
    assert Lead.objects.filter(pk=ada.pk).exists()


def test_what_was_asked_for_is_settled_by_doing_it(ada: Lead, clock: SetClock) -> None:
    """A copy, an objection that names who wrote it down, erasure after a look at what goes."""
    user = mara()
    marketing, page = client(user), f"/leads/{ada.pk}/data"
    for wish in ("copy", "object", "correct"):
        marketing.post(f"{page}/asked/", {"wish": wish})
    assert marketing.post(f"{page}/asked/", {"wish": "made-up"}).status_code == 404
    assert marketing.post(f"{page}/copy/").content.startswith(b"PK")
    marketing.post(f"{page}/object/", {"how": "a letter"})
    assert {one.wish for one in person_requests.open_ones(clock())} == {Wish.CORRECT}
    rows = [
        json.loads(text) for text in Event.objects.filter(name="consent_withdrawn").values_list("properties", flat=True)
    ]
    assert {(row["proof"], row["by"]) for row in rows} == {("objection, a letter", "mara")}
    asked = marketing.post(f"{page}/erase/").content.decode()
    assert "events" in asked
    assert Identifier.objects.filter(value=ADA).exists()
    assert marketing.post(f"{page}/erase/", {"sure": "yes"}).status_code == 302
    assert not Identifier.objects.filter(value=ADA).exists()
    assert [(one.wish, one.lead, one.by) for one in PersonRequest.objects.all()] == [(Wish.ERASE, None, user)]


def test_the_list_says_what_is_open_and_what_is_late(ada: Lead, clock: SetClock) -> None:
    """The most urgent first; answered once, by whom."""
    user = mara()
    for wish in (Wish.CORRECT, Wish.COPY):
        person_requests.note(ada, wish, by=user, now=clock())
        clock.move(DAY // 1_000_000)
    clock.move(30 * DAY // 1_000_000)
    page = client(user).get("/requests/").content.decode()
    assert page.index("Correction") < page.index("A copy of its data")
    assert 'class="due late"' in page
    first = person_requests.open_ones(clock()).first()
    assert first is not None
    for _ in range(2):
        assert client(user).post(f"/requests/{first.pk}/done/").status_code == 302
    first.refresh_from_db()
    assert first.by == user
    assert person_requests.open_ones(clock()).count() == 1


@pytest.mark.parametrize("typed", ["2026-01-06", "2024-12-31", "0001-01-01", "9999-12-31", "yesterday", "2026-02-30"])
def test_no_request_comes_from_an_absurd_day(ada: Lead, typed: str) -> None:
    """It is refused in words, and nothing is written down."""
    answer = client(mara()).post(f"/leads/{ada.pk}/data/asked/", {"wish": "copy", "on": typed}, follow=True)
    assert 'class="told error"' in answer.content.decode()
    assert not PersonRequest.objects.exists()


def test_the_month_begins_when_the_letter_came(ada: Lead, clock: SetClock) -> None:
    """Not when somebody wrote it down."""
    marketing, address = client(mara()), f"/leads/{ada.pk}/data/asked/"
    for day in ("2025-12-29", ""):
        marketing.post(address, {"wish": "copy", "on": day})
    first, second = PersonRequest.objects.order_by("asked_at")
    assert (moment(first.asked_at).date(), moment(first.due_at).date()) == (date(2025, 12, 29), date(2026, 1, 29))
    assert second.asked_at == clock()


def test_the_command_line_does_the_same(ada: Lead, folder: Path, capsys: Capture, clock: SetClock) -> None:
    """A folder that nobody else reads; the objection holds; what is open is listed."""
    person_requests.note(ada, Wish.COPY, by=mara(), now=clock())
    assert [row["wish"] for row in data(capsys, "person", "requests")["requests"]] == ["copy"]
    assert run(["person", "export", ADA, str(folder / "ada")]) == 0
    capsys.readouterr()
    files = {path.name: path for path in (folder / "ada").iterdir()}
    assert set(files) == {"data.html", "data.json"}
    assert {path.stat().st_mode & 0o777 for path in files.values()} == {0o600}
    assert json.loads(files["data.json"].read_text())["person"]["name"] == "Ada"
    assert data(capsys, "person", "requests") == {"requests": []}
    assert "profiling" in data(capsys, "person", "object", ADA, "--how", "a call")["purposes"]
    clock.move(1)
    all_rounds(clock)
    ada.refresh_from_db()
    assert ada.not_evaluated == "no_consent"
    assert run(["person", "export", "nobody@example.com", str(folder / "nobody")]) == 2
    assert not (folder / "nobody").exists()


def test_the_record_of_processing_says_what_is_set_up(
    folder: Path, capsys: Capture, clock: SetClock, settings: Settings
) -> None:
    """Purposes with their grounds, receivers without their secrets, periods, and which measures hold."""
    settings.COMPANY, settings.SESSION_COOKIE_SECURE = "Havn & Søn", True
    book = TEXT.replace("consent: assumed", "consent: {scoring: {purpose: profiling, basis: objection}}")
    signed(book, now=clock())
    hook = Endpoint.objects.create(
        address="https://hooks.example.com/secret-path",
        secret="whsec_never",  # noqa: S106
        created_at=clock(),
    )
    assert run(["processing"]) == 0
    told = capsys.readouterr().out
    for line in (
        "Havn & Søn",
        "| Working out who is interested and whom our offer fits | Profiling | our interest, unless the person objects",
        "| hooks.example.com |",
        "36 months",
        "| Pages only over HTTPS, cookies only there | yes |",
        "Industry",
    ):
        assert line in told
    assert "secret-path" not in told
    assert hook.secret not in told
    settings.SESSION_COOKIE_SECURE = False
    assert "| Pages only over HTTPS, cookies only there | no |" in processing.text("en", now=clock())
    assert run(["processing", "--out", str(folder / "record.html")]) == 0
    page = (folder / "record.html").read_text()
    assert run(["processing", "--out", str(folder / "record.pdf")]) == 2
    assert not (folder / "record.pdf").exists()
    assert "hooks.example.com" in page
    assert "<script" not in page
    answer = client(anna()).get("/requests/processing/")
    assert answer["Content-Disposition"] == 'attachment; filename="processing.html"'
