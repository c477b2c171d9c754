"""Leads: lists, one with its profile, what happened, and why it stands where it stands."""

from typing import Annotated, Any, Literal

from django.db.models import Prefetch, QuerySet
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from ripeline.core.explanation_json import as_data
from ripeline.core.explanation_json import missing as missing_data
from ripeline.integrations import claims
from ripeline.server import instants, json_text, profiles, visibility
from ripeline.server.consent import consents
from ripeline.server.events import Event
from ripeline.server.instants import FOREVER
from ripeline.server.leads import Identifier, IdentifierKind, Lead, Membership
from ripeline.server.qualification import explaining
from ripeline.web.api.keys import Asked
from ripeline.web.api.routes import agreed, found, reading
from ripeline.web.api.values import (
    Given,
    Instant,
    Name,
    Number,
    Page,
    Paging,
    RowNumber,
    Said,
    Sought,
    happened_at,
    iso,
    iso_or_none,
    page,
    points,
)

router = Router(tags=["leads"])

Stage = Literal["lead", "mql", "sql", "opportunity", "customer", "lost", "disqualified"]
MARKETING = "-"
"""The owner of leads that no rep owns."""


class LeadShown(BaseModel):
    """A lead as it stood when it was last decided on."""

    id: int
    stage: str
    cell: str | None
    persona: str | None
    phase: str | None
    owner: str | None = Field(description="The rep who owns it; none: marketing.")
    account: int | None
    emails: list[str]
    scores: dict[str, float] | None = Field(description="Points by axis, as of computed_at.")
    progress: dict[str, float] = Field(description="The share of each gate's conditions that holds, 0 to 1.")
    excluded: str | None
    not_evaluated: str | None
    merged_into: int | None
    created_at: Instant
    computed_at: Instant | None


class IdentifierShown(BaseModel):
    """One value by which a lead is known."""

    kind: str
    value: str
    since: Instant


class FactShown(BaseModel):
    """One attribute: its value, since when, from which source, and by whom; no `at`: it follows by rule."""

    value: Any
    at: Instant | None
    source: str
    by: str | None


class ConsentShown(BaseModel):
    """The last word on one purpose."""

    is_given: bool
    at: Instant
    wording: str | None
    proof: str | None
    is_confirmed: bool


class PermissionShown(BaseModel):
    """Whether we may, at this instant, and why: a code with its details."""

    is_granted: bool
    reason: dict[str, Any]


class LeadInFull(LeadShown):
    """A lead with everything that is known of it."""

    identifiers: list[IdentifierShown]
    profile: dict[str, FactShown]
    consents: dict[str, ConsentShown]
    may_contact: dict[str, PermissionShown]


class EventShown(BaseModel):
    """One row of the ledger; `known_at` is the round that read it; no `at`: it follows by rule from another row."""

    id: int
    name: str
    at: Instant | None
    received_at: Instant
    known_at: Instant | None
    source: str
    properties: dict[str, Any]
    flag: str | None


class MissingShown(BaseModel):
    """What the next gate lacks; nothing where both are open, or the lead is past them or not to be scored."""

    at: Instant
    missing: dict[str, Any] | None


class ScoreShown(BaseModel):
    """A lead as of an instant with all reasons, as `ripeline explain --json` tells them."""

    model_config = ConfigDict(extra="allow")

    lead_id: str
    playbook: str
    at: str
    stage: str
    scores: dict[str, float] | None
    cell: str | None
    persona: str | None
    phase: str | None
    contributions: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    missing: dict[str, Any] | None
    changes: list[dict[str, Any]]
    ahead: list[dict[str, Any]]


class LeadFilters(Paging):
    """Which leads."""

    stage: Stage | None = None
    cell: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,32}$")] | None = None
    persona: Name | None = None
    owner: (
        Annotated[str, Field(pattern=r"^[A-Za-z0-9_.@+-]{1,150}$", description="A user's name; - for marketing.")]
        | None
    ) = None
    account: RowNumber | None = None
    identifier: Sought | None = Field(None, description="An e-mail, a user, or any other value by which it is known.")


class EventFilters(Paging):
    """Which events."""

    name: Sought | None = None


class AsOf(Said):
    """As of which instant; none: now."""

    at: Given | None = None


@reading(router, "", Page[LeadShown])
def list_leads(request: Asked, filters: Query[LeadFilters]) -> Page[LeadShown]:
    """Leads, without those that were merged into others."""
    rows = visibility.leads_of(request.auth.user).filter(merged_into=None)
    for name in ("stage", "cell", "persona"):
        value = getattr(filters, name)
        rows = rows.filter(**{name: value}) if value is not None else rows
    if filters.owner is not None:
        rows = rows.filter(owner=None) if filters.owner == MARKETING else rows.filter(owner__username=filters.owner)
    if filters.account is not None:
        members = Membership.objects.filter(account=filters.account, until=FOREVER)
        rows = rows.filter(pk__in=members.values("lead"))
    if filters.identifier is not None:
        rows = rows.filter(pk__in=_known_as(filters.identifier))
    return page(_with_names(rows), filters, lambda shown: [_shown(lead) for lead in shown])


@reading(router, "/{lead}", LeadInFull)
def show_lead(request: Asked, lead: Number) -> LeadInFull:
    """One lead with its profile, identifiers and consents."""
    row = found(_with_names(visibility.leads_of(request.auth.user).filter(pk=lead)).first())
    attached = row.attachments.filter(until=FOREVER).exclude(identifier__kind=IdentifierKind.LEAD)
    known_as = attached.select_related("identifier").order_by("since", "pk")
    return LeadInFull(
        **_shown(row).model_dump(),
        identifiers=[
            IdentifierShown(kind=one.identifier.kind, value=one.identifier.value, since=iso(one.since))
            for one in known_as
        ],
        profile={
            name: FactShown(value=fact.value, at=happened_at(fact.at), source=fact.source, by=fact.by)
            for name, fact in profiles.of(row).items()
        },
        consents={
            purpose: ConsentShown(
                is_given=one.is_given,
                at=iso(one.at),
                wording=one.wording,
                proof=one.proof,
                is_confirmed=one.is_confirmed,
            )
            for purpose, one in consents.of(row).items()
        },
        may_contact={
            channel: PermissionShown(is_granted=bool(answer), reason=answer.reason.as_json())
            for channel, answer in consents.permissions_of_all([row.pk], now=instants.now())[row.pk].items()
        },
    )


@reading(router, "/{lead}/events", Page[EventShown])
def list_events(request: Asked, lead: Number, filters: Query[EventFilters]) -> Page[EventShown]:
    """What happened to a lead, and what was said of it, in the order of arrival."""
    row = lead_of(request, lead)
    attached = row.attachments.filter(until=FOREVER).values("identifier")
    rows = Event.objects.filter(identifier__in=attached).select_related("source")
    if filters.name is not None:
        rows = rows.filter(name=filters.name)
    return page(rows, filters, lambda shown: [_event(event) for event in shown])


@reading(router, "/{lead}/score", ScoreShown)
def show_score(request: Asked, lead: Number, filters: Query[AsOf]) -> ScoreShown:
    """A lead's scores as of any instant, with all reasons."""
    told = agreed(explaining.explain(lead_of(request, lead), _instant(filters)), "query.at")
    return ScoreShown(**as_data(told))


@reading(router, "/{lead}/missing", MissingShown)
def show_missing(request: Asked, lead: Number, filters: Query[AsOf]) -> MissingShown:
    """What a lead lacks for its next gate, as of any instant."""
    at = _instant(filters)
    miss = agreed(explaining.missing(lead_of(request, lead), at), "query.at")
    return MissingShown(at=iso(at), missing=None if miss is None else missing_data(miss))


def lead_of(request: Asked, number: int) -> Lead:
    """The lead of a number; raises Declined if there is none that the key's user sees."""
    return found(visibility.leads_of(request.auth.user).filter(pk=number).first())


def _instant(filters: AsOf) -> int:
    return instants.now() if filters.at is None else filters.at


def _with_names(rows: QuerySet[Lead]) -> QuerySet[Lead]:
    """The leads with what their answers name, in two more queries however many there are."""
    emails = Identifier.objects.filter(kind=IdentifierKind.EMAIL).order_by("pk")
    members = Membership.objects.filter(until=FOREVER).order_by("pk")
    return rows.select_related("owner").prefetch_related(
        Prefetch("identifiers", queryset=emails, to_attr="emails"),
        Prefetch("memberships", queryset=members, to_attr="current"),
    )


def _known_as(value: str) -> QuerySet[Identifier, int | None]:
    """The leads that are known by a value of any kind; an e-mail however it is written."""
    values = {value, claims.email(value) or value}
    return Identifier.objects.filter(kind__in=IdentifierKind.values, value__in=values).values("lead")  # type: ignore[return-value]  # a column to ask by


def _shown(lead: Any) -> LeadShown:  # noqa: ANN401 - a lead with what `_with_names` adds
    progress = json_text.read(lead.progress)
    return LeadShown(
        id=lead.pk,
        stage=lead.stage,
        cell=lead.cell or None,
        persona=lead.persona or None,
        phase=lead.phase or None,
        owner=lead.owner.username if lead.owner else None,
        account=next((one.account_id for one in lead.current), None),
        emails=[one.value for one in lead.emails],
        scores=points(json_text.read(lead.scores)),
        progress={gate: share / 1_000_000 for gate, share in progress.items()},
        excluded=lead.excluded or None,
        not_evaluated=lead.not_evaluated or None,
        merged_into=lead.merged_into_id,
        created_at=iso(lead.created_at),
        computed_at=iso_or_none(lead.computed_at),
    )


def _event(event: Event) -> EventShown:
    return EventShown(
        id=event.pk,
        name=event.name,
        at=happened_at(event.at),
        received_at=iso(event.received_at),
        known_at=iso_or_none(event.known_at),
        source=event.source.name,
        properties=json_text.read(event.properties),
        flag=event.flag or None,
    )
