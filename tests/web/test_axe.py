"""axe-core finds nothing on any page of staff or leads, in light and dark, on phone and desk; nor does the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from playwright.sync_api import sync_playwright

from browsing import AXE, RUN
from desks import PASSWORD, Desks, desks
from ledger_rows import all_rounds, happened
from ripeline.server import instants
from ripeline.server.content import catalogue
from ripeline.server.content.catalogue import ContentItem, ContentWorth
from ripeline.server.leadmail import confirmations, mail_links, mail_templates, mailings, mails
from ripeline.server.leadmail.mailings import Mailing
from ripeline.server.leadmail.mails import MailKind
from ripeline.server.leads import Identifier, IdentifierKind
from ripeline.server.marketing.lists import VIEWS
from ripeline.server.rights import person_requests
from ripeline.server.sources import Source, SourceKind
from websites import LISTEN, launched

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page
    from pytest_django.live_server_helper import LiveServer

PHONE, DESK = {"width": 375, "height": 812}, {"width": 1280, "height": 900}
OF_COLOR = {"runOnly": ["color-contrast", "link-in-text-block"]}
"""What the dark colors can break; all else is the same in the light."""
UNKNOWN = ("/invited/unknown/", "/p/u/")
"""What may answer 404, which a browser takes for an error."""
OPEN = "for (const one of document.querySelectorAll('details')) one.open = true"


class Looking:
    """Somebody who opens pages, and all that is wrong with them."""

    def __init__(self, browser: Browser, server: str) -> None:
        # What a context adds by itself runs whatever the page's policy says, so the policy stays as strict as in life.
        self.context = browser.new_context(viewport=DESK)  # type: ignore[arg-type]
        self.context.add_init_script(path=AXE)
        self.context.add_init_script(LISTEN)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.found: list[str] = []
        self.faults: list[str] = []
        self.server = server

    def log_in(self, name: str) -> None:
        """As one of staff."""
        self.page.goto(f"{self.server}/login/")
        self.page.fill("#id_username", name)
        self.page.fill("#id_password", PASSWORD)
        self.page.click("main button")

    def look_at(self, path: str) -> None:
        """Find what is wrong with a page, with everything on it that opens open."""
        answer = self.page.goto(f"{self.server}{path}")
        assert answer is not None
        assert answer.status in (200, 404), (path, answer.status)
        self.page.evaluate(OPEN)
        self._look({}, f"{path} desk")
        self.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        self._look({}, f"{path} phone")
        self.page.emulate_media(color_scheme="dark")
        self._look(OF_COLOR, f"{path} dark phone")
        self.page.set_viewport_size(DESK)  # type: ignore[arg-type]
        self._look(OF_COLOR, f"{path} dark desk")
        self.page.emulate_media(color_scheme="light")

    def _look(self, options: dict[str, Any], where: str) -> None:
        self.found += [f"{where}: {one}" for one in self.page.evaluate(RUN, options)]

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" or "Content Security Policy" in message.text:
            self.faults.append(f"{self.page.url}: {message.text}")


def _of_sales(made: Desks) -> list[str]:
    open_ones = [f"/handoffs/{made.offer(name).pk}/" for name in ("ada", "ole", "jana")]
    ole = made.leads["ole"].pk
    return ["/queue/", "/queue/team/", *open_ones, "/tasks/", "/me/", f"/leads/{ole}/interview/", f"/leads/{ole}/"]


def _of_a_lead(made: Desks) -> list[str]:
    shown = [f"/leads/{made.leads['jana'].pk}/?show={one}" for one in ("timeline", "scores", "sales", "company")]
    shown += [f"/leads/{made.leads['ada'].pk}/?show={one}" for one in ("profile", "consent", "rights")]
    shown += [f"/leads/{made.leads['max'].pk}/"]
    mia, other = made.leads["mia"].pk, made.leads["ole"].pk
    return [*shown, f"/leads/{mia}/?show=same&with={other}", f"/accounts/{_account(made)}/"]


def _account(made: Desks) -> int:
    return int(made.leads["ole"].memberships.latest("pk").account_id)


def _of_marketing(made: Desks) -> list[str]:
    lists = [f"/leads/?view={view}" for view in VIEWS]
    segment = f"/segments/{made.mara.segments.latest('pk').pk}/"
    return [
        *lists,
        "/leads/?view=all&text=havn&stage=mql",
        segment,
        "/leads/new/",
        "/log/",
        "/mails/held/",
        "/requests/",
        "/tasks/",
        *_of_content(),
        *_of_mails(made),
    ]


def _of_content() -> list[str]:
    """The catalogue, an item with what came after it, and the gaps."""
    said = {"title": "Guide", "language": "nl", "topic": "energy", "objection": "too expensive"}
    row = catalogue.put("/guide", "guide", now=1, **said)
    assert isinstance(row, ContentItem)
    ContentWorth.objects.create(item="/guide", readers=20, moved=5, others=40, others_moved=4, at=1)
    return ["/content/?new=1", f"/content/{row.pk}/", "/content/matrix/"]


def _of_mails(made: Desks) -> list[str]:
    """Templates, one of them, and a mailing before its start."""
    mail_templates.take_starters(by=made.mara, now=1)
    done = mailings.add("Spring", "welcome", made.mara.segments.latest("pk"), by=made.mara, now=1)
    assert isinstance(done, Mailing)
    return ["/tracks/", "/mails/", "/mails/templates/welcome/de/", "/mails/mailings/", f"/mails/mailings/{done.pk}/"]


def _of_admins(made: Desks) -> list[str]:
    return ["/team/", f"/team/{made.rosa.pk}/", f"/team/{made.invited.user.pk}/", "/me/"]


def _of_strangers(made: Desks) -> list[str]:
    data = ["/p/data/", "/p/data/?asked", _own_data(made)]
    return [*data, "/login/", "/password/", f"/invited/{made.invited.token}/", "/invited/unknown/"]


def _own_data(made: Desks) -> str:
    """What is behind the link of a mail to Ada."""
    address = Identifier.objects.filter(kind="email", lead=made.leads["ada"]).first()
    assert address is not None
    with transaction.atomic():
        mail = person_requests.send_link(address, language="en", now=instants.now())
    assert mail is not None
    return mail_links.path(mail_links.DATA, mail.pk)


def _of_leads(made: Desks) -> list[str]:
    """Behind the links of mails: was it you, what you have agreed to, unsubscribe, and a link that opens nothing."""
    now, lead = instants.now(), made.leads["jana"]
    address = Identifier.objects.filter(kind=IdentifierKind.EMAIL, lead=lead).latest("pk")
    with transaction.atomic():
        mail = mails.post(lead, "welcome", kind=MailKind.TRACK, key="axe", now=now)
        asked = confirmations.ask(address, lead, language="de", now=now)
        website = Source.objects.create(name="axe", kind=SourceKind.WEB, created_at=now)
        said = {"purpose": "email", "wording": "Ja, schreibt mir."}
        happened(website, "consent_given", now, said=said, email=address.value)
    all_rounds(instants.now)
    assert asked is not None
    ends = mail_links.path(mail_links.UNSUBSCRIBE, mail.pk)
    return [
        mail_links.path(mail_links.CONFIRM, asked.pk),
        mail_links.path(mail_links.PREFERENCES, mail.pk),
        ends,
        f"{ends}x",
    ]


PAGES = {
    "": lambda made: [*_of_strangers(made), *_of_leads(made)],
    "rosa": _of_sales,
    "mara": lambda made: [*_of_marketing(made), *_of_a_lead(made)],
    "anna": _of_admins,
}


def test_axe_finds_nothing(live_server: LiveServer) -> None:
    """No page breaks a rule of accessibility, and none breaks the policy or has an error."""
    assert AXE.is_file(), "axe-core is not installed: `make clients` installs it."
    made = desks()
    pages = {who: paths(made) for who, paths in PAGES.items()}
    with sync_playwright() as playwright:
        browser = launched(playwright)
        looking = [_look(Looking(browser, live_server.url), who, paths) for who, paths in pages.items()]
        browser.close()
    assert "\n".join(one for each in looking for one in each.found) == ""
    assert [one for each in looking for one in each.faults if not any(path in one for path in UNKNOWN)] == []


def _look(looking: Looking, who: str, paths: list[str]) -> Looking:
    if who:
        looking.log_in(who)
    for path in paths:
        looking.look_at(path)
    return looking
