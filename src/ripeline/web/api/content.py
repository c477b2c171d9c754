"""The content catalogue, and what comes next for a lead."""

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel

from ripeline.core.reasons import Reason
from ripeline.language import Language, Speaker
from ripeline.server import instants, playbooks
from ripeline.server.content import catalogue, suggestions
from ripeline.server.content.catalogue import ContentItem
from ripeline.server.refusals import Refusal, Refused
from ripeline.web.api.keys import Asked
from ripeline.web.api.leads import lead_of
from ripeline.web.api.routes import agreed, reading
from ripeline.web.api.values import Instant, Number, Page, Paging, iso, page

router = Router(tags=["content"])
of_leads = Router(tags=["content"])


class ItemShown(BaseModel):
    """An item of the catalogue as it is now; without a class it is a proposal."""

    item: str
    content: str
    title: str
    address: str
    language: str
    personas: list[str]
    topic: str
    objection: str
    since: Instant


class Because(BaseModel):
    """A reason: its code, and its sentence in English."""

    code: str
    text: str


class NextShown(BaseModel):
    """What comes next for a lead; without an item the reason tells why there is none."""

    item: ItemShown | None
    kind: str
    funnel: str
    reasons: list[Because]


@reading(router, "", Page[ItemShown])
def list_content(request: HttpRequest, filters: Query[Paging]) -> Page[ItemShown]:
    """The catalogue as it is now, proposals too."""
    del request
    rows = catalogue.now_in_force()
    return page(rows, filters, lambda shown: [_shown(one) for one in shown])


@reading(of_leads, "/{lead}/next-content", NextShown)
def next_content(request: Asked, lead: Number) -> NextShown:
    """What comes next for a lead by the active playbook, with the reasons, or why there is none."""
    row, playbook = lead_of(request, lead), agreed(playbooks.active_playbook() or Refused(Refusal.NO_DEFINITION))
    found = suggestions.next_for(row, playbook, now=instants.now())
    speaker = Speaker(Language.of("en"), playbook)
    return NextShown(
        item=None if found.item is None else _shown(found.item),
        kind=found.kind,
        funnel=found.funnel,
        reasons=[_because(reason, speaker) for reason in found.reasons],
    )


def _because(reason: Reason, speaker: Speaker) -> Because:
    return Because(code=reason.code, text=speaker.say(reason))


def _shown(row: ContentItem) -> ItemShown:
    said = {name: getattr(row, name) for name in catalogue.FIELDS if name != "personas"}
    return ItemShown(item=row.item, personas=list(row.for_personas), since=iso(row.since), **said)
