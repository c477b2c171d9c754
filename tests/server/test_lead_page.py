"""The page of a lead: who sees it, what it tells, what can be done on it; the interview, the company, the course."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from lead_pages import ada_is_offered, client, done, shown, text
from ledger_rows import all_rounds, happened, lead_of, said
from one_of_each import HOSTILE
from ripeline.server import merges, sources
from ripeline.server.accounts import Account
from ripeline.server.events import Event
from ripeline.server.leads import Lead
from ripeline.server.merges import Doubt, DoubtReason, Merge
from ripeline.server.sales import acts, interviews
from ripeline.server.sales.handoffs import Handoff
from ripeline.server.sales.interviews import Given
from ripeline.server.sales.tasks import Task
from ripeline.server.staff.users import Role, User
from staff import member

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from ripeline.server.sources import Source
    from set_clock import SetClock

pytestmark = pytest.mark.django_db(transaction=True)

SECTIONS = ("timeline", "scores", "profile", "sales", "company", "consent", "same")


@pytest.fixture
def rosa(source: Source, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> User:
    """A rep whom Ada has been offered to, of a company where Bob works too."""
    return ada_is_offered(source, clock, monkeypatch)


@pytest.fixture
def ada(rosa: User) -> Lead:
    """Ada, who asked for a quote."""
    del rosa
    return lead_of("ada@example.com")


# --- who sees it ----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_a_rep_sees_the_own_leads_only(role: Role, ada: Lead, rosa: User) -> None:
    """All other roles see all; what one does not see does not exist, on any page and for any act."""
    other = member("other", role)
    sees = 404 if role == Role.SALES else 200
    account = Account.objects.get(key="berg")
    for path in (f"/leads/{ada.pk}/", f"/leads/{ada.pk}/course.svg", f"/accounts/{account.pk}/"):
        assert client(other).get(path).status_code == sees, path
        assert client(rosa).get(path).status_code == 200, path
    may_act = role in (Role.MARKETING, Role.SALES)
    for path in ("note/", "merge/", "merge/1/undo/"):
        status = client(other).post(f"/leads/{ada.pk}/{path}").status_code
        assert (status == 403) == (not may_act), path
        assert (status == 404) == (role == Role.SALES or (may_act and "undo" in path)), path
    interview = client(other).get(f"/leads/{ada.pk}/interview/").status_code
    assert interview == (403 if not may_act else sees)
    assert ("act-note" in client(rosa).get(f"/leads/{ada.pk}/").content.decode()) is True


def test_the_people_of_a_company_are_those_that_one_sees(ada: Lead, rosa: User) -> None:
    """Rosa sees Ada, who was offered to her, and not Bob; how many there are everybody sees who sees the company."""
    marketing, bob = member("mara", Role.MARKETING), lead_of("bob@example.com")
    assert "2 leads, of which you see 1" in shown(rosa, ada, "company")
    assert "bob@example.com" not in shown(rosa, ada, "company")
    assert "bob@example.com" in shown(marketing, ada, "company")
    rosa.refresh_from_db()
    Account.objects.update(owner=rosa)
    assert "bob@example.com" in shown(rosa, ada, "company")
    assert "Head of IT" in shown(marketing, bob, "company")


def test_an_unknown_act_and_an_unknown_section(ada: Lead, rosa: User) -> None:
    """Nothing, and the first one."""
    assert client(rosa).post(f"/leads/{ada.pk}/explode/").status_code == 404
    assert client(rosa).get(f"/leads/{ada.pk}/", {"show": "nothing", "before": "x.y.z"}).status_code == 200
    assert client(rosa).get(f"/leads/{10**30}/").status_code == 404


# --- what it tells --------------------------------------------------------------------------------


def test_the_page_tells_who_where_and_what_next(ada: Lead, rosa: User, clock: SetClock) -> None:
    """In its head: name, company, stage, cell, owner, when the first touch is due."""
    told = shown(rosa, ada)
    for part in ("Ada Berg", "Head of IT", "Berg AG", "MQL", "Owner Marketing", "First touch due", "left"):
        assert part in told, part
    assert "None is planned" not in told  # the rep has it
    done(rosa, ada, "task", text="Send the slides", kind="send", on="2026-01-09", whose="own")
    assert Task.objects.get().owner == rosa
    assert "Next step Send the slides" in shown(rosa, ada)
    del clock


def test_the_timeline_tells_everything_newest_first(ada: Lead, rosa: User, clock: SetClock) -> None:
    """Events, decisions with their reasons, what people said; each once, over as many parts as there are."""
    for act, filled in (("note", {"text": "Likes boats."}), ("touch", {"how": "call"})):
        clock.move(1)
        done(rosa, ada, act, **filled)
    told = shown(rosa, ada)
    assert "being read" in told
    clock.move(60)
    all_rounds(clock)
    told = shown(rosa, ada)
    places = [
        told.index(part)
        for part in ("We reached out", "Likes boats.", "Offered to sales.", "Asked for a quote", "Webinar")
    ]
    assert places == sorted(places)
    assert "it met the conditions of" in told or "one activity was enough" in told


def test_the_timeline_says_what_was_wrong_with_a_time(ada: Lead, rosa: User, source: Source, clock: SetClock) -> None:
    """A past that was sent with broken times looks like today's."""
    row = happened(source, "whitepaper_downloaded", clock.move(60), email="ada@example.com")
    all_rounds(clock)
    assert "could not be read" not in shown(rosa, ada)
    Event.objects.filter(pk=row.pk).update(flag="no_time")
    assert f"{source.name} · its time could not be read, so that of its arrival counts" in shown(rosa, ada)


def test_what_we_know_words_for_is_told_in_the_readers_language(
    ada: Lead, rosa: User, source: Source, clock: SetClock
) -> None:
    """Deeds, classes of content, answers of the interview, facts that follow by rule; of machines' names nothing."""
    interviews.answer(ada, "need", Given("mere curiosity"), by=rosa, now=clock.move(1))
    read = {
        "content": "case_study",
        "content_topic": "energy",
        "delivery_id": "track-a55d",
        "link": "https://x.example",
    }
    happened(source, "newsletter_clicked", clock.move(60), said=read, email="ada@example.com")
    follows = {"company_domain": "berg.example", "source": "ads"}
    happened(source, "attributes_changed", clock.move(60), said=follows, email="ada@example.com")
    all_rounds(clock)
    rosa.language = "de"
    rosa.save()
    told = shown(rosa, ada)
    for part in ("Um ein Angebot gebeten", "Bedarf: Reine Neugier", "Art: Fallstudie", "Thema: energy"):
        assert part in told, part
    assert "track-a55d" not in told
    known = shown(rosa, ada, "profile")
    dossier = text(client(rosa).get(f"/handoffs/{Handoff.objects.get().pk}/"))  # type: ignore[arg-type]
    assert "Domain der Firma berg.example" in known
    assert "Quelle Anzeigen" in known
    assert "Quelle Anzeigen" in dossier


def test_a_company_is_called_as_its_people_call_it(ada: Lead, rosa: User) -> None:
    """By name; where nobody has told one, by its key."""
    account = Account.objects.get(key="berg")
    assert "<h1>Berg AG</h1>" in client(rosa).get(f"/accounts/{account.pk}/").content.decode()
    assert "Berg AG" in shown(rosa, ada, "company").partition("2 leads")[0].rpartition("Same person?")[2]


def test_a_long_timeline_is_read_part_by_part(ada: Lead, rosa: User, source: Source, clock: SetClock) -> None:
    """Nothing twice and nothing left out, though many rows are of one instant."""
    at = clock.move(60)
    for number in range(90):
        happened(source, "page_viewed", at, said={"path": f"/page-{number:03d}-x"}, email="ada@example.com")
    all_rounds(clock)
    browser, address, pages = client(rosa), f"/leads/{ada.pk}/", []
    while address:
        answer = browser.get(address).content.decode()
        pages += re.findall(r"/page-(\d+)-x", answer)
        following = re.search(r'href="(\?before=[^"]*)"', answer)
        address = f"/leads/{ada.pk}/{following[1]}" if following else ""
    assert sorted(pages) == [f"{number:03d}" for number in range(90)]


def test_what_a_machine_did_is_struck_out_with_why(ada: Lead, rosa: User, source: Source, clock: SetClock) -> None:
    """It stays to be seen."""
    bot = happened(source, "page_viewed", clock.move(60), said={"path": "/crawled"}, email="ada@example.com")
    all_rounds(clock)
    said(ada, "event_voided", clock.move(1), voids=f"{bot.key}@{source.pk}", reason="bot")
    all_rounds(clock)
    page = client(rosa).get(f"/leads/{ada.pk}/").content.decode()
    assert re.search(r'class="event void">\s*<p class="line"><del>', page)
    assert "Taken back: A machine did it" in shown(rosa, ada)


def test_the_scores_are_the_sums_of_what_is_shown(ada: Lead, rosa: User, clock: SetClock) -> None:
    """Both axes, each contribution, every condition of both gates, met or not."""
    del clock
    told = shown(rosa, ada, "scores")
    for part in ("Why this score", "Engagement", "Fit", "What the gates ask", "met", "not met", "Course"):
        assert part in told, part


def test_the_profile_tells_whence_and_since_when(ada: Lead, rosa: User) -> None:
    """And what is not known yet."""
    told = shown(rosa, ada, "profile")
    assert re.search(r"Employees 300 website · Jan 5, 2026", told)
    assert "Not known yet:" in told
    assert "ada@example.com" in told


def test_a_merged_lead_leads_to_the_one_that_stayed(ada: Lead, rosa: User, clock: SetClock) -> None:
    """Both are looked at side by side, merged, and parted again; a doubt is shown until then."""
    bob, mara = lead_of("bob@example.com"), member("mara", Role.MARKETING)
    Doubt.objects.create(lead=ada, other=bob, reason=DoubtReason.TWO_EMAILS, at=clock())
    told = shown(mara, ada, "same")
    assert "May be the same person bob@example.com" in told
    assert "They have different e-mails" in told
    assert "bob@example.com" not in shown(rosa, ada, "same")
    told = shown(mara, ada, "same", **{"with": "bob@example.com"})
    assert "They are one person: merge them" in told
    assert "There is no such lead." in shown(rosa, ada, "same", **{"with": "bob@example.com"})
    client(mara).post(f"/leads/{ada.pk}/merge/", {"other": str(bob.pk)})
    merge = Merge.objects.get()
    assert merge.kept == ada
    assert client(mara).get(f"/leads/{bob.pk}/")["Location"] == f"/leads/{ada.pk}/"
    all_rounds(clock)
    assert "turned out to be the same person" in shown(mara, ada)
    clock.move(1)
    client(mara).post(f"/leads/{ada.pk}/merge/{merge.pk}/undo/")
    bob.refresh_from_db()
    assert bob.merged_into is None
    assert merges.unmerge(merge, by=mara, now=clock()) == Merge.objects.get()


def test_hostile_texts_stay_texts(ada: Lead, rosa: User, source: Source, clock: SetClock) -> None:
    """In every section, in the interview and in the picture: whoever sent them, in whatever field."""
    hostile: dict[str, object] = dict.fromkeys(
        ("company", "name", "job_title", "source", "industry", "budget"), HOSTILE
    )
    hostile |= {"pain_points": [HOSTILE], "objections": [HOSTILE], HOSTILE[:60]: HOSTILE}
    happened(source, "attributes_changed", clock.move(1), said=hostile, email="ada@example.com", account=HOSTILE)
    happened(source, HOSTILE[:90], clock.move(1), said={HOSTILE: HOSTILE, "text": HOSTILE}, email="ada@example.com")
    for name in ("bant_answered", "override_set", "stage_set", "verdict_given", "touch_logged", "rated", "note_added"):
        words = dict.fromkeys(
            ("item", "answer", "note", "stage", "reason", "sentence", "competitor", "how", "verdict", "text"), HOSTILE
        )
        said(ada, name, clock.move(1), **words, seriousness=HOSTILE, by=HOSTILE, amount=HOSTILE)
    for name in ("consent_given", "points_adjusted", "referred_by", "referral_made", "call_booked", "event_voided"):
        words = dict.fromkeys(("purpose", "axis", "lead", "at", "voids", "by"), HOSTILE)
        happened(sources.own(clock()), name, clock.move(1), said=words, lead=str(ada.pk))
    acts.say(ada, "override_set", {"hold": True, "reason": HOSTILE}, by=rosa, now=clock.move(1))
    acts.note(ada, HOSTILE, by=rosa, now=clock.move(1))
    interviews.answer(ada, "need", Given("urgent", note=HOSTILE), by=rosa, now=clock.move(1))
    for waiting in (True, False):
        paths = [f"/leads/{ada.pk}/?show={name}" for name in SECTIONS]
        paths += [f"/leads/{ada.pk}/interview/", f"/leads/{ada.pk}/course.svg"]
        paths += [f"/leads/{ada.pk}/?show=same&with={HOSTILE}"]
        for path in paths:
            answer = client(rosa).get(path)
            assert answer.status_code == 200, path
            page = answer.content.decode()
            assert "<script>alert" not in page, path
            assert "<img src=x" not in page, path
            assert 'style="' not in page, path
        if waiting:
            all_rounds(clock)


@pytest.mark.parametrize(
    ("show", "most"), [("timeline", 20), ("scores", 20), ("profile", 25), ("sales", 27), ("consent", 34)]
)
def test_a_section_takes_so_many_queries_and_no_more(
    show: str, most: int, ada: Lead, rosa: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """However much has happened."""
    browser = client(rosa)
    browser.get(f"/leads/{ada.pk}/", {"show": show})
    with django_assert_max_num_queries(most):
        browser.get(f"/leads/{ada.pk}/", {"show": show})


def test_the_course_is_drawn_once(ada: Lead, rosa: User, clock: SetClock) -> None:
    """Whoever has it is told so, until something new is decided."""
    del clock
    browser, address = client(rosa), f"/leads/{ada.pk}/course.svg"
    first = browser.get(address)
    assert first["Content-Type"] == "image/svg+xml"
    assert b"<polyline" in first.content
    assert browser.get(address, headers={"if-none-match": first["ETag"]}).status_code == 304
    Lead.objects.filter(pk=ada.pk).update(decided_at=1)
    assert browser.get(address, headers={"if-none-match": first["ETag"]}).status_code == 200


def test_the_course_is_drawn_for_a_phone_too(ada: Lead, rosa: User) -> None:
    """Half as wide, so that its words stay as large."""
    browser, address = client(rosa), f"/leads/{ada.pk}/course.svg"
    wide, narrow = (browser.get(address, said).content.decode() for said in ({}, {"narrow": "1"}))
    assert 'viewBox="0 0 720 ' in wide
    assert 'viewBox="0 0 360 ' in narrow
    assert max(float(x) for x in re.findall(r' x="([0-9.]+)"', narrow)) < 360
    assert "&amp;narrow=1" in browser.get(f"/leads/{ada.pk}/?show=scores").content.decode()


def test_a_booked_call_and_a_deed_are_told_as_people_say_it(
    ada: Lead, rosa: User, source: Source, clock: SetClock
) -> None:
    """When the call is, by the clock on the wall; no yes or no without its question."""
    acts.book_call(ada, at=clock() + 86_400_000_000, by=rosa, now=clock())
    happened(source, "webinar_attended", clock.move(60), email="ada@example.com", said={"invited": False, "seats": 2})
    all_rounds(clock)
    told = shown(rosa, ada)
    assert "tomorrow, " in told
    assert "+00:00" not in told
    assert "Seats: 2" in told
    assert "False" not in told


def test_what_holds_by_rule_has_no_time(ada: Lead, rosa: User) -> None:
    """It stands last in the history, and a time would look out of order."""
    Event.objects.filter(name="attributes_changed").update(at=1)
    page = client(rosa).get(f"/leads/{ada.pk}/").content.decode()
    first, *rules = page.partition('<ol class="rows history">')[2].split("by rule")
    assert "<time" in first
    assert rules
    assert "<time" not in "".join(rules)


def test_whoever_leads_the_team_says_whose_a_company_is(rosa: User) -> None:
    """A rep who owns a company sees all its leads, so a rep who leads nobody does not even see the form."""
    account, lena = Account.objects.get(key="berg"), User.objects.create(username="lena", role=Role.ADMIN)
    address = f"/accounts/{account.pk}/"
    assert "rep-why" not in client(rosa).get(address).content.decode()
    assert client(rosa).post(f"{address}owner/", {"rep": "rosa"}).status_code == 403
    page: Any = client(lena).post(f"{address}owner/", {"rep": "rosa"}, follow=True)
    assert [str(one) for one in page.context["messages"]] == ["It is the account of rosa now."]
    account.refresh_from_db()
    assert account.owner == rosa
    assert client(lena).post(f"{address}owner/", {"rep": "lena"}).status_code == 404
    page = client(lena).post(f"{address}owner/", {"rep": ""}, follow=True)
    assert [str(one) for one in page.context["messages"]] == ["It is nobody's account now."]
    account.refresh_from_db()
    assert account.owner is None
