"""The pages of content: the list, an item, the matrix, tables and sitemaps; on a page and on the command line."""

from __future__ import annotations

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

import lead_pages
from lead_pages import CONSULTANCY, client
from ledger_rows import all_rounds, happened, lead_of, signed
from listening import listening
from receiver import allow
from ripeline.server.content import catalogue, sitemaps
from ripeline.server.content.catalogue import ContentItem, ContentWorth
from ripeline.server.delivery import webhooks
from ripeline.server.instants import now
from ripeline.server.leads import Lead, Unit
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.staff.users import Role, User
from staff import mara, member

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)

GUIDE = {
    "item": "/guide",
    "title": "Energy <b>guide</b>",
    "content": "whitepaper",
    "address": "https://www.example.com/guide",
    "language": "de",
    "personas": ["owner", "corporate"],
    "topic": "energy",
    "objection": "too expensive",
}


@pytest.fixture(autouse=True)
def _agreed(clock: SetClock) -> None:
    signed(CONSULTANCY, now=clock())


def text(answer: Any) -> str:  # noqa: ANN401 - an answer of the tests' browser
    """What a page says, without its marks."""
    return lead_pages.text(answer)


def marketing() -> Any:  # noqa: ANN401 - the tests' browser
    """Mara's browser."""
    return client(User.objects.filter(username="mara").first() or mara())


def items() -> list[ContentItem]:
    """What the catalogue holds now."""
    return list(catalogue.now_in_force().order_by("item"))


def test_the_classes_of_a_starter_playbook_are_told_in_the_readers_language(source: Source) -> None:
    """In the list and its filters, and where an item is written down."""
    assert source
    marketing().post("/content/new/", GUIDE | {"content": "case_study"})
    User.objects.filter(username="mara").update(language="de")
    page = marketing().get("/content/").content.decode()
    assert page.count("Fallstudie</option>") == 2
    assert ">Fallstudie<small" in page


def test_an_item_is_written_down_changed_and_taken_out(source: Source, clock: SetClock) -> None:
    """By hand; what it was before stands in its history."""
    assert source
    browser = marketing()
    added = browser.post("/content/new/", GUIDE)
    row = ContentItem.objects.get()
    assert added.headers["Location"] == f"/content/{row.pk}/"
    assert (row.title, row.language, row.personas, row.for_personas) == (
        "Energy <b>guide</b>",
        "de",
        "|corporate|owner|",
        ("corporate", "owner"),
    )
    assert "Energy &lt;b&gt;guide&lt;/b&gt;" in browser.get("/content/").content.decode()
    saved = browser.post(f"/content/{row.pk}/save/", GUIDE | {"title": "Guide", "personas": [], "language": ""})
    page = text(browser.get(saved.headers["Location"]))
    assert items()[0].title == "Guide"
    assert items()[0].personas == items()[0].language == ""
    assert "Energy <b>guide</b> · whitepaper" in page
    assert browser.post(f"/content/{row.pk}/end/").status_code == 302
    assert items() == []
    assert "in the catalogue no more" in text(browser.get(f"/content/{row.pk}/"))
    assert clock()


@pytest.mark.parametrize(
    "wrong",
    [
        {"item": ""},
        {"content": "nothing"},
        {"language": "gibberish"},
        {"address": "javascript:alert(1)"},
        {"address": "https://user:pass@example.com/"},
        {"personas": ["nobody"]},
        {"title": "a" * 201},
    ],
)
def test_what_the_catalogue_cannot_hold_is_told_beside_the_form(wrong: dict[str, Any]) -> None:
    """Nothing is lost that was written, and nothing is stored."""
    answer = marketing().post("/content/new/", GUIDE | wrong)
    assert answer.status_code == 400
    assert 'value="https://www.example.com/guide"' in answer.content.decode() or "address" in wrong
    assert not ContentItem.objects.exists()


def test_the_list_is_searched_and_filtered() -> None:
    """What is for all is found for each."""
    at = now()
    rows = [
        {"item": "/a", "content": "whitepaper", "title": "Alpha", "language": "de", "personas": "owner"},
        {"item": "/b", "content": "case_study", "topic": "Beta"},
        {"item": "/c", "content": "", "language": "nl"},
    ]
    catalogue.put_all(rows, now=at)
    browser = marketing()
    for query, found in {
        "": "/a /b /c",
        "text=alph": "/a",
        "text=bet": "/b",
        "persona=owner": "/a /b /c",
        "persona=corporate": "/b /c",
        "language=de": "/a /b",
        "funnel=bottom": "/b",
        "content=proposed": "/c",
        "after=/b": "/c",
    }.items():
        page = browser.get(f"/content/?{query}")
        assert [row.item.item for row in page.context["rows"]] == found.split(), query


def test_reps_read_and_marketing_writes(source: Source, clock: SetClock) -> None:
    """A rep sees of an item's readers those of the rep's own; the numbers of all leads are not for reps."""
    catalogue.put_all([{"item": "/guide", "content": "whitepaper"}], now=clock.move(1))
    happened(source, "page_viewed", clock.move(60), said={"path": "/guide"}, email="ada@example.com")
    all_rounds(clock)
    ContentWorth.objects.create(item="/guide", persona="owner", readers=20, moved=5, others=40, others_moved=4, at=1)
    row, eve, reader = ContentItem.objects.get(), member("eve", Role.SALES), member("reader", Role.READ_ONLY)
    page = text(marketing().get(f"/content/{row.pk}/"))
    assert "ada@example.com" in page
    assert "5 of 20 moved on within 30 days (25 %)" in page
    assert "ada@example.com" not in text(client(eve).get(f"/content/{row.pk}/"))
    Lead.objects.filter(pk=lead_of("ada@example.com").pk).update(owner=eve)
    assert "ada@example.com" in text(client(eve).get(f"/content/{row.pk}/"))
    assert client(eve).get("/content/matrix/").status_code == 403
    for path in ("new/", "table/", "sitemap/", f"{row.pk}/save/", f"{row.pk}/end/"):
        for who in (eve, reader):
            assert client(who).post(f"/content/{path}", GUIDE).status_code == 403, path


def test_the_matrix_shows_the_largest_gap_first() -> None:
    """With the way to fill it, and to what is there."""
    for language in ("nl", "nl", "de"):
        told = {"persona": "owner", "language": language, "phase": "decision"}
        Lead.objects.create(unit=Unit.objects.create(), created_at=1, **told)
    catalogue.put_all([{"item": "/guide", "content": "whitepaper", "language": "nl"}], now=now())
    page = marketing().get("/content/matrix/")
    assert [gap["leads"] for gap in page.context["gaps"]] == ["2 leads", "1 lead"]
    assert "Owner of a medium-sized company · Bottom: deciding · Dutch" in text(page)
    assert (
        'href="/content/?new=1&amp;persona=owner&amp;language=nl&amp;content=case_study#new"' in page.content.decode()
    )
    assert 'class="cell gap"' in page.content.decode()


# --- tables ---------------------------------------------------------------------------------------


def sent(path: str, data: bytes, **more: str) -> Any:  # noqa: ANN401 - an answer
    """A file that marketing sends."""
    return marketing().post(path, {"file": SimpleUploadedFile("x", data), **more}, follow=True)


def test_a_table_is_tried_out_and_taken_over() -> None:
    """All of it or nothing; the second time nothing changes."""
    table = b"item;content;language\n/a;whitepaper;Deutsch\n/b;;nl\n"
    assert "2 would be new or changed." in text(sent("/content/table/", table, **{"try": "1"}))
    assert items() == []
    assert "2 are new or changed." in text(sent("/content/table/", table))
    assert [(row.item, row.content, row.language) for row in items()] == [("/a", "whitepaper", "de"), ("/b", "", "nl")]
    assert "0 are new or changed." in text(sent("/content/table/", table))


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (b"item,content\n/a,guide\n/b,Bad Class\n", "Line 3: A class of content is written as in the playbook"),
        (b"item,language\n/a,gibberish\n", "Line 2: A language is written with two letters"),
        (b"colour\n", "Line 1: The column item is missing."),
    ],
)
def test_a_table_with_a_fault_changes_nothing(table: bytes, why: str) -> None:
    """Its line is told."""
    answer = sent("/content/table/", table)
    assert answer.status_code == 400
    assert why in text(answer)
    assert items() == []


# --- sitemaps -------------------------------------------------------------------------------------


def mapped(*addresses: str) -> bytes:
    """A sitemap of these pages."""
    return f"<urlset>{''.join(f'<url><loc>{one}</loc></url>' for one in addresses)}</urlset>".encode()


def test_the_pages_of_a_sitemap_become_proposals() -> None:
    """What the catalogue holds stays as it is."""
    catalogue.put_all([{"item": "/a", "content": "whitepaper"}], now=now())
    found = text(sent("/content/sitemap/", mapped("https://x.example/a", "https://x.example/nl/b")))
    assert "The sitemap names 2 pages. 1 is proposed now." in found
    assert [(row.item, row.content, row.language) for row in items()] == [("/a", "whitepaper", ""), ("/nl/b", "", "nl")]
    assert "This is no sitemap" in text(sent("/content/sitemap/", b"<!DOCTYPE x><urlset/>"))
    assert "Give an address or a file." in text(marketing().post("/content/sitemap/", {}))


@contextmanager
def website(pages: dict[str, tuple[int, dict[str, str], bytes]]) -> Iterator[str]:
    """A website that answers so."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = pages.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.replace(b"HERE", f"http://127.0.0.1:{port}".encode()))

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with listening(Handler) as port:
        yield f"http://127.0.0.1:{port}"


def test_an_index_is_followed_on_its_own_website_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """And an index within an index is not followed further."""
    allow(monkeypatch, "127.0.0.0/8")
    maps = ["HERE/1.xml", "HERE/nested.xml", "http://localhost/elsewhere.xml"]
    index = f"<sitemapindex>{''.join(f'<sitemap><loc>{one}</loc></sitemap>' for one in maps)}</sitemapindex>".encode()
    pages: dict[str, tuple[int, dict[str, str], bytes]] = {
        "/sitemap.xml": (200, {}, index),
        "/1.xml": (200, {}, mapped("https://x.example/a", "https://x.example/b")),
        "/nested.xml": (200, {}, index),
    }
    with website(pages) as address:
        taken = sitemaps.take(f"{address}/sitemap.xml", now=now(), dry_run=True)
        assert not isinstance(taken, Refused)
        assert (taken.pages, len(taken.new), taken.left) == (2, 2, 1)
        assert items() == []
        found = marketing().post("/content/sitemap/", {"address": f"{address}/sitemap.xml"}, follow=True)
    assert "2 are proposed now." in text(found)
    assert "1 further sitemap was not read" in text(found)


def test_no_more_maps_are_asked_for_than_are_told() -> None:
    """However many an index names."""
    asked = []
    index = "".join(f"<sitemap><loc>https://x.example/{number}.xml</loc></sitemap>" for number in range(50))

    def ask(address: str) -> bytes | Refused:
        asked.append(address)
        return f"<sitemapindex>{index}</sitemapindex>".encode()

    taken = sitemaps.take("https://x.example/sitemap.xml", now=now(), ask=ask)
    assert not isinstance(taken, Refused)
    assert len(asked) == 1 + sitemaps.MOST_MAPS
    assert taken.left == 50 - sitemaps.MOST_MAPS


def test_what_leads_elsewhere_or_is_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A redirect is not followed, and what does not end is not read to its end."""
    allow(monkeypatch, "127.0.0.0/8")
    monkeypatch.setattr(sitemaps, "MOST_BYTES", 1_000)
    monkeypatch.setattr(webhooks, "MAX_ANSWER_BYTES", 1_000)
    pages: dict[str, tuple[int, dict[str, str], bytes]] = {
        "/moved": (302, {"Location": "/here"}, b""),
        "/here": (200, {}, b""),
        "/large": (200, {}, b" " * 10_000),
    }
    with website(pages) as address:
        for path, why in {
            "/moved": Refusal.NOT_FOUND_THERE,
            "/missing": Refusal.NOT_FOUND_THERE,
            "/here": Refusal.NOT_A_SITEMAP,
            "/large": Refusal.TOO_LARGE_THERE,
        }.items():
            assert sitemaps.take(address + path, now=now()) == Refused(why), path


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/sitemap.xml",
        "https://169.254.169.254/latest",
        "https://2130706433/",
        "https://[::ffff:127.0.0.1]/",
        "file:///etc/passwd",
        "https://user@example.com/",
        "ftp://example.com/",
    ],
)
def test_no_network_is_asked_that_is_not_public(address: str) -> None:
    """The same guard as before every message."""
    assert sitemaps.take(address, now=now()) == Refused(Refusal.NOT_A_RECEIVER)
