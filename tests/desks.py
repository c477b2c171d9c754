"""A consultancy in the middle of its work: everything that the desks can show is there at least once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import ripeline
from ledger_rows import all_rounds, happened, lead_of, signed
from ripeline.server import instants, merges, sources
from ripeline.server.instants import DAY, HOUR
from ripeline.server.marketing import segments
from ripeline.server.marketing.lists import Filters
from ripeline.server.refusals import Refused
from ripeline.server.sales import acts, interviews, outcomes, routes, tasks
from ripeline.server.sales.interviews import Certainty, Given, Origin
from ripeline.server.sales.routes import By
from ripeline.server.sales.tasks import TaskKind
from ripeline.server.sales.verdicts import Recycled, recycle
from ripeline.server.sources import SourceKind, WithKey
from ripeline.server.staff import invitations
from ripeline.server.staff import users as people
from ripeline.server.staff.absences import Absence
from ripeline.server.staff.invitations import WithToken
from ripeline.server.staff.users import Role, User, WithSecret
from set_clock import SetClock

if TYPE_CHECKING:
    from ripeline.server.leads import Lead
    from ripeline.server.sales.handoffs import Handoff
    from ripeline.server.sources import Source

PASSWORD = "a long enough phrase"  # noqa: S105 - of made-up users
CONSULTANCY = (Path(ripeline.__file__).parent / "playbooks" / "consultancy.yaml").read_text()
_DAY = 86_400
_WEBINAR = ("whitepaper_downloaded", "webinar_attended")
_STORIES = {
    "ada": ("Ada Berg", "Berg AG", "Head of IT", 300, (*_WEBINAR, "page_viewed", "quote_requested")),
    "ole": ("Ole Havn", "Havn Energi", "Direktør", 85, ("audit_requested", "consultation_booked")),
    "jana": ("Jana Kruse", "Kranbau Kruse", "Leiterin Produktion", 400, (*_WEBINAR, "consultation_booked")),
    "lea": ("Lea Holm", "Holm & Sønner", "Head of Operations", 120, ("webinar_attended", "consultation_booked")),
    "max": ("Max Rival", "Rival Advisors", "Consultant", 90, ("quote_requested",)),
    "kai": ("Kai Ude", "", "", None, ("page_viewed",)),
    "mia": ("Mia van Dijk", "Van Dijk Logistics", "Head of Operations", 320, _WEBINAR),
    "mia2": ("M. van Dijk", "Van Dijk Logistics", "", 320, ("whitepaper_downloaded",)),
}


@dataclass
class Desks:
    """Who works there, and the leads by the first part of their e-mails."""

    rosa: User
    mara: User
    anna: User
    leads: dict[str, Lead]
    invited: WithToken
    now: int

    def offer(self, name: str) -> Handoff:
        """The last hand-off of a lead."""
        return self.leads[name].handoffs.latest("pk")


def desks(language: str = "en") -> Desks:
    """Offers in each standing, leads in each stage, a merge, tasks, segments, routes, absences, an invitation."""
    clock = SetClock(instants.now() - 20 * DAY)
    rosa, mara, anna = (
        _member(name, role, language)
        for name, role in (("rosa", Role.SALES), ("mara", Role.MARKETING), ("anna", Role.ADMIN))
    )
    people.set_manager(rosa, True)  # noqa: FBT003
    signed(CONSULTANCY, now=clock(), reps=False)
    website = sources.add("website", SourceKind.SERVER, now=clock())
    assert isinstance(website, WithKey)
    for name in _STORIES:
        _live(website.source, name, clock)
    leads = {name: lead_of(_email(name)) for name in _STORIES}
    invited = invitations.invite("rudi@example.com", Role.SALES, language=language, now=instants.now())
    assert isinstance(invited, WithToken)
    made = Desks(rosa, mara, anna, leads, invited, clock())
    _work(made, clock)
    made.leads = {name: lead_of(_email(name)) for name in _STORIES}
    return made


def _member(name: str, role: Role, language: str) -> User:
    made = people.add(name, role, password=PASSWORD, language=language)
    assert isinstance(made, WithSecret)
    assert isinstance(made.row, User)
    return made.row


def _email(name: str) -> str:
    return f"{name}@{'rival-advisors' if name == 'max' else name}.example"


def _live(source: Source, name: str, clock: SetClock) -> None:
    called, company, title, size, done = _STORIES[name]
    told = {"name": called, "company": company, "job_title": title, "company_size": size, "country": "DE"}
    who = {"email": _email(name), **({"account": company} if company else {})}
    happened(source, "attributes_changed", clock.move(60), said={k: v for k, v in told.items() if v}, **who)
    for event in done:
        happened(source, event, clock.move(_DAY / 2), said={"path": "/fees", "item": "Less scrap"}, **who)
        all_rounds(clock)
    clock.move(7_200)
    all_rounds(clock)


def _work(made: Desks, clock: SetClock) -> None:
    """What our people did."""
    rosa, mara, now = made.rosa, made.mara, clock()
    for name in ("ole", "jana", "lea"):
        assert not isinstance(acts.accept(made.offer(name), by=rosa, now=clock.move(60)), Refused)
        all_rounds(clock)
        acts.touch(made.leads[name], how="call", reached=True, note="Wants a plan.", by=rosa, now=clock.move(60))
        all_rounds(clock)
    ole, jana = made.leads["ole"], made.leads["jana"]
    interviews.answer(ole, "need", Given("urgent", Certainty.SURE, Origin.LEAD, "By spring.", {}), by=rosa, now=now)
    interviews.answer(ole, "budget", Given("planned", Certainty.LIKELY, Origin.LEAD, "", {}), by=rosa, now=now)
    interviews.learn(ole, {"objections": ["too expensive"], "pain_points": ["scrap"]}, by=rosa, now=now)
    interviews.rate(ole, seriousness=4, motivation=5, by=rosa, now=now)
    acts.note(ole, "Likes boats.\nCall in the morning.", by=rosa, now=now)
    acts.confirm(made.offer("jana"), by=rosa, now=clock.move(60))
    all_rounds(clock)
    outcomes.open_opportunity(jana, cents=2_500_000, by=rosa, now=clock.move(60))
    all_rounds(clock)
    outcomes.win(jana, cents=2_400_000, by=rosa, now=clock.move(60))
    steps = ["Send: Less scrap", "Invite her to the webinar"]
    recycle(
        made.offer("lea"),
        reason=Recycled.NO_BUDGET,
        revisit_at=now + 30 * DAY,
        steps=steps,
        by=rosa,
        now=clock.move(60),
    )
    all_rounds(clock)
    merges.merge_by_hand(made.leads["mia"], made.leads["mia2"], by=mara, now=clock.move(60))
    acts.hold(made.leads["mia"], reason="Talks with the board", by=mara, now=clock.move(60), until=now + 60 * DAY)
    all_rounds(clock)
    tasks.add(ole, "Call again", kind=TaskKind.CALL, due_at=now - HOUR, owner=rosa, by=rosa, now=now)
    segments.add("Energy in the north", "all", Filters(text="havn"), by=mara, now=now, is_shared=True)
    Absence.objects.create(user=rosa, since=instants.now() + 9 * DAY, until=instants.now() + 12 * DAY, note="Skiing")
    routes.add("South", By.ATTRIBUTE, attribute="postal_code", values=["8*", "9*"], reps=[rosa], now=now)
