"""Two whole journeys in a real browser: from a stranger on the website to a sale, straight on, and by way of marketing.

Pictures of each step, as a phone and a desk show it, go to the folder RIPELINE_TEST_PICTURES.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from journeys import HERE, Colleague, Journey
from ripeline.server import instants
from websites import soon

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from playwright.sync_api import Browser

    from websites import House, Site, Visitor

    Comes = Callable[..., Visitor]

HOUR, DAY = 3_600, 86_400
FORM = """\
form: {name}
event: {event}
fields:
  email: {{attribute: email, required: true}}
  name: {{attribute: name}}
  company: {{attribute: company}}
  employees: {{attribute: company_size}}
  title: {{attribute: job_title}}
  country: {{attribute: country}}
  phone: {{attribute: phone}}
  item: {{property: item}}
  message: {{property: message}}
consents:
  yes: {{purpose: newsletter, wording: "Yes, write to me once a month."}}
return_to: ["{url}/thanks"]
"""
FORMS = {
    "whitepaper": "whitepaper_downloaded",
    "newsletter": "newsletter_subscribed",
    "consultation": "consultation_booked",
    "questions": "contact_requested",
}
INPUTS = ("email", "name", "company", "employees", "title", "country", "phone", "item", "message", "yes")
MIA = {
    "email": "mia@vandijk.example",
    "name": "Mia van Dijk",
    "company": "Van Dijk Logistics",
    "employees": "320",
    "title": "Head of Operations",
    "country": "NL",
}
JANA = {
    "email": "jana@kranbau.example",
    "name": "Jana Kruse",
    "company": "Kranbau Kruse",
    "employees": "400",
    "title": "Leiterin Produktion",
    "country": "DE",
    "phone": "+49 40 7940800",
}
OLE = {
    "email": "ole@havn.example",
    "name": "Ole Havn",
    "company": "Havn Energi",
    "employees": "85",
    "title": "Direktør",
    "country": "DK",
}
TASKS = "SELECT kind, text, owner_id FROM server_task WHERE lead_id = {} ORDER BY due_at"
MOVES = "SELECT new FROM server_decision WHERE lead_id = {} AND kind = 'move' ORDER BY id"


@pytest.fixture(scope="module")
def _forms(house: House, _site: Site) -> None:
    """Its forms are known."""
    for name, event in FORMS.items():
        file = house.installation.folder / f"{name}.yaml"
        file.write_text(FORM.format(name=name, event=event, url=_site.url))
        put = house.installation.run("form", "put", str(file))
        assert put.returncode == 0, put.stderr


@pytest.fixture
def forms(_forms: None, site: Site) -> Callable[[str], None]:
    """What opens the form of a name on all pages of the website."""
    del _forms

    def opened(name: str) -> None:
        fields = "".join(f'<input name="{one}">' for one in INPUTS)
        action = f"{site.server}/f/{name}"
        site.inline = f'<form method="post" action="{action}">{fields}<button id="send">Send</button></form>'

    return opened


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Where pictures are kept for whoever looks at them."""
    folder = Path(os.environ.get("RIPELINE_TEST_PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def staff(browser: Browser, house: House) -> Iterator[Callable[..., Colleague]]:
    """Colleagues, none of whom may have seen an error or a broken policy when all is over."""
    came: list[Colleague] = []

    def comes(name: str, *, language: str = "en-GB", scripts: bool = True) -> Colleague:
        came.append(Colleague(browser, house, name, language=language, scripts=scripts))
        return came[-1]

    yield comes
    for one in came:
        one.context.close()
    assert [fault for one in came for fault in one.faults] == []


def _fill(journey: Journey, visitor: Visitor, forms: Callable[[str], None], form: str, **told: str) -> None:
    """Fill in a form of the website as whoever goes on this journey."""
    forms(form)
    visitor.visit(f"/{form}").fill({"email": journey.who["email"], **told})
    visitor.page.wait_for_url("**/thanks")
    journey.was_read(FORMS[form])


def _goes_on(journey: Journey, visitor: Visitor, seconds: float) -> None:
    """Let time pass for the house and in the visitor's browser; the pages that were open are closed."""
    visitor.page.close()
    visitor.context.clock.fast_forward(round(seconds * 1_000))
    journey.house.let_pass(seconds)
    visitor.page = visitor.tab()


def _begins(journey: Journey, visitor: Visitor) -> None:
    """Come to the website for the first time, and say yes to being remembered."""
    visitor.context.clock.install(time=datetime.fromtimestamp(journey.now / 1e6, UTC))
    visitor.visit("/services/strategy?utm_source=newsletter&utm_campaign=spring")
    visitor.click("yes")
    soon(lambda: visitor.waiting() == [])


def _accepted(journey: Journey, rosa: Colleague, statuses: Sequence[str]) -> None:
    """Take the offer from the queue, and log the first call."""
    rosa.open("/queue/")
    number = journey.handoff(*statuses, "offered")[0]
    rosa.press("accept", inside=f"#offer-{number}")
    journey.keep(rosa, "accepted")
    rosa.page.fill("#id_touch_note", "Has a board meeting in three weeks.")
    rosa.press("touch")
    journey.keep(rosa, "touched")
    assert journey.handoff(*statuses, "accepted")[-1]


def _sold(journey: Journey, rosa: Colleague, *, expected: str, amount: str) -> None:
    """Open an opportunity, and win it."""
    rosa.open(f"/leads/{journey.lead}/")
    rosa.act("opportunity", amount=expected)
    journey.keep(rosa, "opportunity")
    journey.reaches("opportunity")
    journey.house.let_pass(9 * DAY)
    rosa.open(f"/leads/{journey.lead}/")
    rosa.act("won", amount=amount)
    journey.reaches("customer")
    rosa.open(f"/leads/{journey.lead}/?show=sales")
    journey.keep(rosa, "won")


# --- the journeys ---------------------------------------------------------------------------------


def test_a_stranger_becomes_a_customer(
    house: House, visitor: Comes, forms: Callable[[str], None], staff: Callable[..., Colleague], album: Path
) -> None:
    """Visits, whitepaper, newsletter, webinar: an MQL; asks for a talk: an offer, two calls, an SQL, sold."""
    journey, mia = Journey(house, album, "straight", MIA), visitor()
    journey.until_tuesday(10)
    _begins(journey, mia)
    _goes_on(journey, mia, DAY)
    mia.visit("/blog/warehouses")
    _fill(journey, mia, forms, "whitepaper", **{**MIA, "item": "Planning a warehouse"})
    journey.reaches("lead")
    max_, rosa = staff("max"), staff("rosa")
    max_.open("/leads/?view=all")
    assert "Mia van Dijk" in max_.reads("table.leads")
    journey.keep(max_, "whitepaper")
    past = [row.name for row in house.told()]
    assert past.index("consent_given") < past.index("page_viewed") < past.index("whitepaper_downloaded")
    _learns(journey, mia, forms)
    max_.open("/leads/?view=mqls")
    assert "Mia van Dijk" in max_.reads("table.leads")
    journey.keep(max_, "mql-in-the-list")
    max_.page.click("table.leads th a >> text=Mia van Dijk")
    assert "Webinar" in max_.reads(".history")
    journey.keep(max_, "mql")
    assert "Mia van Dijk" not in rosa.open("/queue/")

    number = _asks(journey, mia, forms, rosa)
    _accepted(journey, rosa, ())
    _calls(journey, rosa)
    rosa.open(f"/handoffs/{number}/")
    journey.keep(rosa, "dossier")
    assert rosa.press("confirm") == "Confirmed: it is an SQL, and stays yours."
    journey.handoff("confirmed")
    journey.reaches("sql")
    _sold(journey, rosa, expected="24,000", amount="22,500.50")
    assert "€22,500.50" in rosa.reads()
    assert [new for (new,) in journey.rows(MOVES.format(journey.lead))] == ["mql", "sql", "opportunity", "customer"]
    assert house.installation.replay_differs() == ""


def _learns(journey: Journey, mia: Visitor, forms: Callable[[str], None]) -> None:
    """The newsletter and a webinar; an MQL an hour after it, and no moment earlier."""
    _goes_on(journey, mia, DAY)
    _fill(journey, mia, forms, "newsletter", yes="yes")
    _goes_on(journey, mia, DAY)
    journey.tells("webinar_registered", item="Less waiting")
    _goes_on(journey, mia, DAY)
    journey.tells("webinar_attended", item="Less waiting")
    journey.was_read("webinar_attended")
    assert journey.rows(MOVES.format(journey.lead)) == []
    _goes_on(journey, mia, 2 * HOUR)
    journey.reaches("mql")


def _asks(journey: Journey, mia: Visitor, forms: Callable[[str], None], rosa: Colleague) -> int:
    """Asks for a talk on a Tuesday at two: an offer at once, due on Wednesday at two; its number."""
    journey.until_tuesday(14)
    _fill(
        journey, mia, forms, "consultation", message="Our warehouse loses a day on every order.", phone="+31207940800"
    )
    number, _, due_at, offered_at, rep, _ = journey.handoff("offered")
    (asked_at,) = (row.at for row in journey.house.told() if row.name == "consultation_booked")
    assert rep == "rosa"
    assert due_at - asked_at == DAY * instants.SECOND
    assert offered_at - asked_at < HOUR * instants.SECOND
    rosa.open("/queue/")
    due = instants.moment(due_at).astimezone(HERE)
    assert rosa.page.get_attribute(f"#offer-{number} .when time", "datetime") == due.isoformat(timespec="minutes")
    assert "23 h" in rosa.reads(f"#offer-{number} .due")
    assert "Our warehouse loses a day on every order." in rosa.reads(f"#offer-{number}")
    journey.keep(rosa, "offered")
    return int(number)


def _calls(journey: Journey, rosa: Colleague) -> None:
    """Two calls, two days apart: the second one goes on where the first one ended."""
    rosa.open(f"/leads/{journey.lead}/interview/")
    journey.keep(rosa, "first-call")
    assert rosa.asked()[0] == "need"
    rosa.answer("need", "urgent", pain_points="waiting, overtime")
    rosa.answer("budget", "planned")
    journey.keep(rosa, "first-call-ends")
    journey.house.let_pass(2 * DAY)
    rosa.open(f"/leads/{journey.lead}/interview/")
    journey.keep(rosa, "second-call")
    assert rosa.asked() == ["authority", "timing", "budget"]
    rosa.answer("authority", "decision path known", decision_makers="Mia van Dijk, the board")
    rosa.answer("timing", "within three months")
    rosa.answer("budget", "approved", budget="24,000")
    assert "4 of 4 met" in rosa.reads()
    journey.keep(rosa, "second-call-ends")
    answers = "SELECT count(*) FROM server_event WHERE name = 'bant_answered' AND claims LIKE '%\"{}\"%'"
    assert journey.rows(answers.format(journey.lead)) == [(5,)]


def test_a_lead_comes_back_from_marketing_by_itself(
    house: House, visitor: Comes, forms: Callable[[str], None], staff: Callable[..., Colleague], album: Path
) -> None:
    """Given back with a reason, a day and a step; asks again while left in peace; back when that is over; sold."""
    journey, jana = Journey(house, album, "back", JANA), visitor()
    max_, rosa = staff("max", language="de-DE"), staff("rosa", language="de-DE")
    journey.until_tuesday(11)
    _begins(journey, jana)
    _fill(journey, jana, forms, "consultation", **JANA, message="Wir haben zu viel Ausschuss.")
    number = journey.handoff("offered")[0]
    rosa.open("/queue/")
    assert "Jana Kruse" in rosa.reads(f"#offer-{number}")
    journey.keep(rosa, "offered")
    _accepted(journey, rosa, ())
    _given_back(journey, rosa)
    journey.handoff("recycled")
    tasks = journey.rows(TASKS.format(journey.lead))
    assert tasks == [("prepared_step", "Fallstudie Gießerei schicken", None), ("revisit", "No budget yet", None)]
    max_.open("/tasks/")
    journey.keep(max_, "tasks")
    assert "Fallstudie Gießerei schicken" in max_.reads()
    assert "Noch kein Budget" in max_.reads()
    max_.press("done")
    # What sales prepared comes before what the track has for whoever comes back.
    assert ("prepared_step",) not in journey.rows("SELECT kind FROM server_task WHERE done_at IS NULL")
    max_.open("/leads/?view=recycled")
    assert "Jana Kruse" in max_.reads("table.leads")
    journey.keep(max_, "back-from-sales")

    _goes_on(journey, jana, 20 * DAY)
    _fill(journey, jana, forms, "questions", message="Können wir noch einmal reden?")
    assert journey.handoff("recycled")
    max_.open(f"/leads/{journey.lead}/")
    journey.keep(max_, "asks-in-peace")
    _goes_on(journey, jana, 10 * DAY + HOUR)
    assert journey.handoff("recycled", "offered")[4] == "rosa"
    rosa.open("/queue/")
    journey.keep(rosa, "offered-again")
    _accepted(journey, rosa, ("recycled",))
    rosa.open(f"/leads/{journey.lead}/interview/")
    rosa.answer("need", "urgent", pain_points="Ausschuss")
    rosa.answer("budget", "approved", budget="18.000")
    journey.keep(rosa, "interview")
    rosa.open(f"/handoffs/{journey.handoff('recycled', 'accepted')[0]}/")
    journey.keep(rosa, "dossier")
    rosa.press("confirm")
    journey.reaches("sql")
    _sold(journey, rosa, expected="18.000", amount="17.250,00")
    assert "17.250\u00a0€" in rosa.reads()
    for show in ("timeline", "scores", "profile", "company", "same"):
        rosa.open(f"/leads/{journey.lead}/?show={show}")
        journey.keep(rosa, show)
    max_.open("/leads/?view=all")
    journey.keep(max_, "customers")
    assert [new for (new,) in journey.rows(MOVES.format(journey.lead))][-3:] == ["sql", "opportunity", "customer"]
    assert house.installation.replay_differs() == ""


def _given_back(journey: Journey, rosa: Colleague) -> None:
    """Not ready: no budget yet, to be looked at again in forty days, and a case study until then."""
    rosa.page.click("details:has(form[action$='/recycle/']) > summary")
    rosa.page.click("form[action$='/recycle/'] .chips label >> nth=0")
    again = instants.moment(journey.now + 40 * instants.DAY).astimezone(HERE).date()
    rosa.page.fill("#id_recycle_revisit_on", again.isoformat())
    rosa.page.fill("#id_recycle_steps", "Fallstudie Gießerei schicken")
    journey.keep(rosa, "giving-back")
    rosa.press("recycle")
    journey.keep(rosa, "given-back")


def test_reading_and_the_main_buttons_work_without_scripts(
    house: House, visitor: Comes, forms: Callable[[str], None], staff: Callable[..., Colleague], album: Path
) -> None:
    """Accept, touch, confirm; list, filter, the page of a lead, a note: links and forms do it all."""
    journey, ole = Journey(house, album, "plain", OLE), visitor()
    journey.until_tuesday(10)
    ole.context.clock.install(time=datetime.fromtimestamp(journey.now / 1e6, UTC))
    _fill(journey, ole, forms, "consultation", **OLE)
    number = journey.handoff("offered")[0]
    rosa, max_ = staff("rosa", scripts=False), staff("max", scripts=False)
    rosa.open("/queue/")
    assert rosa.press("accept", inside=f"#offer-{number}") == "It is yours. Now get in touch before the time is up."
    assert "The clock has stopped" in rosa.press("touch")
    assert "it is an SQL" in rosa.press("confirm")
    journey.reaches("sql")
    max_.open("/leads/?view=all")
    max_.page.click(".filters summary")
    max_.page.fill("#filter_text", "havn")
    max_.page.select_option("#filter_stage", "sql")
    max_.page.click(".filters form >> nth=0 >> button")
    max_.page.wait_for_load_state("networkidle")
    assert max_.page.locator("table.leads tbody tr").count() == 1
    max_.page.click("table.leads th a")
    assert "Ole Havn" in max_.reads("h1")
    max_.act("note", text="Likes boats.")
    assert "Likes boats." in max_.reads(".history")
    notes = "SELECT count(*) FROM server_event WHERE name = 'note_added' AND claims LIKE '%\"{}\"%'"
    assert journey.rows(notes.format(journey.lead)) == [(1,)]
