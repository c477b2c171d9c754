"""Hand-offs, and the five answers to them."""

from collections.abc import Sequence
from typing import Literal

from ninja import Query, Router
from pydantic import BaseModel, Field

from ripeline.server import instants, visibility
from ripeline.server.sales import acts, handoffs, verdicts
from ripeline.server.sales.handoffs import Assignment, Handoff
from ripeline.server.sales.verdicts import Disqualified, Recycled, Rejected
from ripeline.web.api.keys import Asked
from ripeline.web.api.lead_acts import Row
from ripeline.web.api.routes import acting, agreed, found, reading
from ripeline.web.api.values import (
    Given,
    Instant,
    Number,
    Page,
    Paging,
    RowNumber,
    Said,
    iso,
    iso_or_none,
    page,
)

router = Router(tags=["hand-offs"])

Status = Literal["offered", "accepted", "confirmed", "recycled", "rejected", "disqualified", "expired", "merged"]


class Why(BaseModel):
    """Why its rep has it: the way of routing, and the route that fitted; without `by` Ripeline gave it itself."""

    reason: str
    route: str
    at: Instant
    by: str | None


class HandoffShown(BaseModel):
    """The offer of a lead to a rep, with its clock."""

    id: int
    lead: int
    rep: str | None
    given: Why | None
    status: str
    offered_at: Instant
    accept_by: Instant | None
    due_at: Instant | None
    calendar: str
    call_at: Instant | None = Field(description="A call is booked: the clock stands still till then.")
    escalated_at: Instant | None
    touched_at: Instant | None
    ended_at: Instant | None


class HandoffFilters(Paging):
    """Which hand-offs."""

    lead: RowNumber | None = None
    status: Status | None = None


class Call(Said):
    """When a call is agreed on."""

    at: Given


class Rejection(Said):
    """Why an offer is turned down."""

    reason: Rejected


class Recycling(Said):
    """Why the lead is not ready."""

    reason: Recycled


class Disqualification(Said):
    """Why the lead will never buy."""

    reason: Disqualified


@reading(router, "", Page[HandoffShown])
def list_handoffs(request: Asked, filters: Query[HandoffFilters]) -> Page[HandoffShown]:
    """Hand-offs, of all leads or of one."""
    rows = visibility.handoffs_of(request.auth.user).select_related("rep")
    if filters.lead is not None:
        rows = rows.filter(lead=filters.lead)
    if filters.status is not None:
        rows = rows.filter(status=filters.status)
    return page(rows, filters, _shown)


@reading(router, "/{handoff}", HandoffShown)
def show_handoff(request: Asked, handoff: Number) -> HandoffShown:
    """One hand-off."""
    return _shown([_handoff(request, handoff)])[0]


@acting(router, "/{handoff}/accept", Row)
def accept(request: Asked, handoff: Number) -> Row:
    """Take on an offered lead."""
    return Row(event=agreed(acts.accept(_handoff(request, handoff), by=request.auth.user, now=instants.now())))


@acting(router, "/{handoff}/confirm", Row)
def confirm(request: Asked, handoff: Number) -> Row:
    """Say that the lead is sales-qualified."""
    return Row(event=agreed(acts.confirm(_handoff(request, handoff), by=request.auth.user, now=instants.now())))


@acting(router, "/{handoff}/call", Row)
def book_call(request: Asked, handoff: Number, said: Call) -> Row:
    """Write down that a call is agreed on; until then the clock stands still."""
    done = acts.book_call(_handoff(request, handoff), at=said.at, by=request.auth.user, now=instants.now())
    return Row(event=agreed(done, "body.at"))


@acting(router, "/{handoff}/call/off", Row)
def cancel_call(request: Asked, handoff: Number) -> Row:
    """Write down that the booked call does not take place; the clock runs on as if it had not been booked."""
    return Row(event=agreed(acts.cancel_call(_handoff(request, handoff), by=request.auth.user, now=instants.now())))


@acting(router, "/{handoff}/reject", Row)
def reject(request: Asked, handoff: Number, said: Rejection) -> Row:
    """Turn down an offer; `misrouted` offers it to another rep, `bad_data` has it mended first."""
    done = verdicts.reject(_handoff(request, handoff), reason=said.reason, by=request.auth.user, now=instants.now())
    return Row(event=agreed(done))


@acting(router, "/{handoff}/recycle", Row)
def recycle(request: Asked, handoff: Number, said: Recycling) -> Row:
    """Give the lead back to marketing."""
    done = verdicts.recycle(_handoff(request, handoff), reason=said.reason, by=request.auth.user, now=instants.now())
    return Row(event=agreed(done))


@acting(router, "/{handoff}/disqualify", Row)
def disqualify(request: Asked, handoff: Number, said: Disqualification) -> Row:
    """Say that the lead will never buy."""
    done = acts.disqualify(_handoff(request, handoff), reason=said.reason, by=request.auth.user, now=instants.now())
    return Row(event=agreed(done))


def _handoff(request: Asked, number: int) -> Handoff:
    return found(visibility.handoffs_of(request.auth.user).select_related("rep").filter(pk=number).first())


def _shown(rows: Sequence[Handoff]) -> list[HandoffShown]:
    given = handoffs.given(rows)
    return [_one(row, given.get(row.pk)) for row in rows]


def _one(handoff: Handoff, given: Assignment | None) -> HandoffShown:
    return HandoffShown(
        id=handoff.pk,
        lead=handoff.lead_id,
        rep=handoff.rep.username if handoff.rep else None,
        given=given and _given(given),
        status=handoff.status,
        offered_at=iso(handoff.offered_at),
        accept_by=iso_or_none(handoff.accept_by),
        due_at=iso_or_none(handoff.due_at),
        calendar=handoff.calendar,
        call_at=iso_or_none(handoff.call_at),
        escalated_at=iso_or_none(handoff.escalated_at),
        touched_at=iso_or_none(handoff.touched_at),
        ended_at=iso_or_none(handoff.ended_at),
    )


def _given(last: Assignment) -> Why:
    by = last.by.username if last.by else None
    return Why(reason=last.reason, route=last.route, at=iso(last.at), by=by)
