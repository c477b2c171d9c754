"""What people do with leads, one route for each verb: a row of the ledger, on which the next round decides."""

from typing import Annotated, Any, Literal

from ninja import Router
from pydantic import BaseModel, Field

from ripeline.core.lifecycle import Stage
from ripeline.server import instants
from ripeline.server.consent import consents
from ripeline.server.sales import acts, outcomes
from ripeline.web.api.keys import Asked
from ripeline.web.api.leads import lead_of
from ripeline.web.api.routes import acting, agreed
from ripeline.web.api.values import Given, Name, Number, Said, Words

router = Router(tags=["acts"])


class Row(BaseModel):
    """What was written down: the key of its row in the ledger. The next round reads it, a moment later."""

    event: str


class Touch(Said):
    """How we reached out."""

    how: Literal["call", "mail", "meeting", "message"]


class Override(Said):
    """A stage that automation does not undo, for 90 days unless told otherwise."""

    stage: Literal["lead", "mql", "sql"]
    reason: Words
    until: Given | None = None


class Hold(Said):
    """Automation keeps off the lead, for 90 days unless told otherwise."""

    reason: Words
    until: Given | None = None


class Move(Said):
    """A stage that belongs to people; `won` and `lost` have routes of their own, which ask for what they must tell."""

    stage: Literal["lead", "mql", "sql", "opportunity", "disqualified"]
    reason: Words


class Changed(Said):
    """What is known of the lead; null makes an attribute unknown."""

    attributes: Annotated[dict[Name, Any], Field(min_length=1, max_length=100)]


class Granted(Said):
    """A yes, and to which words; `proof` tells where it was given."""

    purpose: Name
    wording: Annotated[str, Field(min_length=1, max_length=10_000)]
    proof: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    is_confirmed: bool = False


class Withdrawn(Said):
    """A no, and by which way it came."""

    purpose: Name
    proof: Annotated[str, Field(min_length=1, max_length=500)] | None = None


@acting(router, "/{lead}/touches", Row)
def touch(request: Asked, lead: Number, said: Touch) -> Row:
    """Log a call, a mail, a meeting; the first one on an open hand-off stops its clock."""
    return Row(event=agreed(acts.touch(lead_of(request, lead), how=said.how, by=request.auth.user, now=instants.now())))


@acting(router, "/{lead}/overrides", Row)
def override(request: Asked, lead: Number, said: Override) -> Row:
    """Set the stage by hand, and keep automation from undoing it."""
    by, now = request.auth.user, instants.now()
    done = acts.override(lead_of(request, lead), said.stage, reason=said.reason, until=said.until, by=by, now=now)
    return Row(event=agreed(done, "body"))


@acting(router, "/{lead}/holds", Row)
def hold(request: Asked, lead: Number, said: Hold) -> Row:
    """Keep automation off a lead."""
    done = acts.hold(
        lead_of(request, lead), reason=said.reason, until=said.until, by=request.auth.user, now=instants.now()
    )
    return Row(event=agreed(done, "body"))


@acting(router, "/{lead}/release", Row)
def release(request: Asked, lead: Number) -> Row:
    """End the override or hold in force."""
    return Row(event=agreed(acts.release(lead_of(request, lead), by=request.auth.user, now=instants.now())))


@acting(router, "/{lead}/stage", Row)
def move(request: Asked, lead: Number, said: Move) -> Row:
    """Move a lead to a stage that belongs to people."""
    stage, by, now = Stage[said.stage.upper()], request.auth.user, instants.now()
    done = outcomes.move(lead_of(request, lead), stage, reason=said.reason, by=by, now=now)
    return Row(event=agreed(done, "body"))


@acting(router, "/{lead}/attributes", Row)
def change(request: Asked, lead: Number, said: Changed) -> Row:
    """Write down what is known of a lead; the attributes are those of the active playbook."""
    done = acts.change(lead_of(request, lead), said.attributes, by=request.auth.user, now=instants.now())
    return Row(event=agreed(done, "body.attributes"))


@acting(router, "/{lead}/consents", Row)
def grant(request: Asked, lead: Number, said: Granted) -> Row:
    """Write down that a lead said yes; confirmed is one whose proof shows that it is the person's own."""
    by, now = request.auth.user, instants.now()
    done = consents.grant(lead_of(request, lead), **said.model_dump(), by=by, now=now)
    return Row(event=agreed(done, "body.proof"))


@acting(router, "/{lead}/consents/withdraw", Row)
def withdraw(request: Asked, lead: Number, said: Withdrawn) -> Row:
    """Write down that a lead said no; it stands until the person takes it back."""
    by, now = request.auth.user, instants.now()
    return Row(event=agreed(consents.withdraw(lead_of(request, lead), **said.model_dump(), by=by, now=now)))
