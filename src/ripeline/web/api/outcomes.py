"""What becomes of leads: opportunities, won, lost; advocates, and the leads that they bring."""

from typing import Annotated

from ninja import Router
from pydantic import BaseModel, Field

from ripeline.server import instants
from ripeline.server.sales import outcomes, referrals
from ripeline.server.sales.outcomes import MOST_CENTS, LostReason, Outcome
from ripeline.server.sales.referrals import Referral
from ripeline.web.api.keys import Asked
from ripeline.web.api.lead_acts import Row
from ripeline.web.api.leads import lead_of
from ripeline.web.api.routes import acting, agreed, reading
from ripeline.web.api.values import Instant, Number, RowNumber, Said, Words, iso

router = Router(tags=["outcomes"])

_CENTS = 100
Amount = Annotated[float, Field(ge=0, le=MOST_CENTS / _CENTS, allow_inf_nan=False)]
Note = Annotated[str, Field(max_length=500)]


class OutcomeShown(BaseModel):
    """What a lead became, as it was decided."""

    stage: str
    at: Instant
    amount: float | None = Field(description="Expected, or won.")
    currency: str | None
    reason: str
    sentence: str
    competitor: str | None
    by: str | None


class Outcomes(BaseModel):
    """What became of a lead, the latest first."""

    items: list[OutcomeShown]


class Opened(Said):
    """An opportunity, and for how much it is expected to go."""

    amount: Amount | None = None


class Expected(Said):
    """For how much an opportunity is expected to go now."""

    amount: Amount


class Won(Said):
    """For how much it was sold."""

    amount: Amount


class Lost(Said):
    """Why it was lost, in one sentence, and to whom."""

    reason: LostReason
    sentence: Words
    competitor: Annotated[str, Field(max_length=100)] = ""


class Advocated(Said):
    """How a customer speaks for us."""

    note: Note = ""


class Referred(Said):
    """The lead that an advocate brought."""

    lead: RowNumber
    note: Note = ""


class ReferralShown(BaseModel):
    """Who brought whom."""

    advocate: int
    lead: int
    note: str
    by: str
    at: Instant


class Referrals(BaseModel):
    """Whether a lead speaks for us, whom it brought, the latest first, and who brought it."""

    is_advocate: bool
    brought: list[ReferralShown]
    brought_by: ReferralShown | None


@reading(router, "/{lead}/outcomes", Outcomes)
def list_outcomes(request: Asked, lead: Number) -> Outcomes:
    """What became of a lead."""
    return Outcomes(items=[_outcome(one) for one in outcomes.of(lead_of(request, lead))])


@acting(router, "/{lead}/opportunity", Row)
def open_opportunity(request: Asked, lead: Number, said: Opened) -> Row:
    """Say that there is something to be sold."""
    by, now, cents = request.auth.user, instants.now(), None if said.amount is None else round(said.amount * _CENTS)
    return Row(event=agreed(outcomes.open_opportunity(lead_of(request, lead), cents=cents, by=by, now=now)))


@acting(router, "/{lead}/expected", Row)
def expect(request: Asked, lead: Number, said: Expected) -> Row:
    """Say for how much an open opportunity is expected to go now."""
    by, now, cents = request.auth.user, instants.now(), round(said.amount * _CENTS)
    return Row(event=agreed(outcomes.expect(lead_of(request, lead), cents=cents, by=by, now=now)))


@acting(router, "/{lead}/won", Row)
def win(request: Asked, lead: Number, said: Won) -> Row:
    """Say that an opportunity was won."""
    by, now, cents = request.auth.user, instants.now(), round(said.amount * _CENTS)
    return Row(event=agreed(outcomes.win(lead_of(request, lead), cents=cents, by=by, now=now)))


@acting(router, "/{lead}/lost", Row)
def lose(request: Asked, lead: Number, said: Lost) -> Row:
    """Say that a lead was lost, and why."""
    by, now = request.auth.user, instants.now()
    return Row(event=agreed(outcomes.lose(lead_of(request, lead), **said.model_dump(), by=by, now=now), "body"))


@reading(router, "/{lead}/referrals", Referrals)
def list_referrals(request: Asked, lead: Number) -> Referrals:
    """Whom a lead brought, and who brought it."""
    row = lead_of(request, lead)
    bringer = referrals.bringer_of(row)
    return Referrals(
        is_advocate=referrals.is_advocate(row),
        brought=[_referral(one) for one in referrals.brought_by(row)],
        brought_by=None if bringer is None else _referral(bringer),
    )


@acting(router, "/{lead}/referrals", ReferralShown)
def refer(request: Asked, lead: Number, said: Referred) -> ReferralShown:
    """Tie a lead to the advocate who brought it."""
    by, now = request.auth.user, instants.now()
    done = referrals.refer(lead_of(request, lead), lead_of(request, said.lead), note=said.note, by=by, now=now)
    return _referral(agreed(done, "body"))


@acting(router, "/{lead}/advocate", Row)
def mark(request: Asked, lead: Number, said: Advocated) -> Row:
    """Say that a customer speaks for us."""
    by, now = request.auth.user, instants.now()
    return Row(event=agreed(referrals.mark(lead_of(request, lead), note=said.note, by=by, now=now)))


@acting(router, "/{lead}/advocate/end", Row)
def end(request: Asked, lead: Number) -> Row:
    """Say that a customer speaks for us no more."""
    return Row(event=agreed(referrals.end(lead_of(request, lead), by=request.auth.user, now=instants.now())))


def _outcome(outcome: Outcome) -> OutcomeShown:
    return OutcomeShown(
        stage=outcome.stage,
        at=iso(outcome.at),
        amount=None if outcome.cents is None else outcome.cents / _CENTS,
        currency=outcome.currency or None,
        reason=outcome.reason,
        sentence=outcome.sentence,
        competitor=outcome.competitor.name if outcome.competitor else None,
        by=outcome.by or None,
    )


def _referral(referral: Referral) -> ReferralShown:
    return ReferralShown(
        advocate=referral.advocate_id,
        lead=referral.lead_id,
        note=referral.note,
        by=referral.by.username,
        at=iso(referral.at),
    )
