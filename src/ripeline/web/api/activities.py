"""What our people see leads do, logged by a program: conversations, calls, questions."""

from typing import Annotated, Self

from django.http import HttpRequest
from django.utils.translation import gettext
from ninja import Router
from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from ripeline.server import instants
from ripeline.server.intake import activities
from ripeline.web.api.keys import Asked
from ripeline.web.api.lead_acts import Row
from ripeline.web.api.leads import lead_of
from ripeline.web.api.routes import acting, agreed, reading
from ripeline.web.api.troubles import Code
from ripeline.web.api.values import Given, RowNumber, Said

router = Router(tags=["activities"])


class KindShown(BaseModel):
    """One kind of activity: the name of its event, and what people call it."""

    event: str
    label: str


class Kinds(BaseModel):
    """What may be logged."""

    items: list[KindShown]


class Seen(Said):
    """What somebody did: a lead by its number, or whoever has an e-mail."""

    lead: RowNumber | None = None
    email: Annotated[str, Field(max_length=254)] | None = None
    event: Annotated[str, Field(min_length=1, max_length=100)]
    at: Given | None = None
    text: Annotated[str, Field(max_length=10_000)] = ""

    @model_validator(mode="after")
    def _is_of_one(self) -> Self:
        if (self.lead is None) == (self.email is None):
            raise PydanticCustomError(Code.ONE_OF_TWO.value, "lead or email")
        return self


@reading(router, "", Kinds)
def list_kinds(request: HttpRequest) -> Kinds:
    """What may be logged: what the active playbook counts of what happens between people."""
    del request
    return Kinds(items=[KindShown(event=kind.event, label=gettext(kind.label)) for kind in activities.kinds()])


@acting(router, "", Row)
def log(request: Asked, said: Seen) -> Row:
    """Log a conversation, a call, a question, dated when it happened; an e-mail that nobody knows makes a lead."""
    now = instants.now()
    who = str(said.email) if said.lead is None else lead_of(request, said.lead)
    at = now if said.at is None else said.at
    done = activities.log(who, said.event, at=at, text=said.text, by=request.auth.user, now=now)
    return Row(event=agreed(done, "body").key)
