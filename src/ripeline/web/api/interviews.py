"""The qualifying call: what is known of each item, what to ask next, and everything that is learnt by it."""

from typing import Annotated, Any

from ninja import Router
from pydantic import BaseModel, Field

from ripeline.server import instants
from ripeline.server.sales import acts, interviews
from ripeline.server.sales.interviews import OBJECTIONS, Answer, Certainty, Given, Origin, Question, Rating
from ripeline.web.api.keys import Asked
from ripeline.web.api.lead_acts import Row
from ripeline.web.api.leads import lead_of
from ripeline.web.api.routes import acting, agreed, reading
from ripeline.web.api.values import Instant, Name, Number, Said, iso

router = Router(tags=["interviews"])

Mark = Annotated[int, Field(ge=1, le=5)]
Note = Annotated[str, Field(max_length=2000)]


class AnswerShown(BaseModel):
    """One answer, as it was given."""

    answer: str
    status: str
    certainty: str | None
    source: str | None
    note: str
    by: str | None
    at: Instant


class QuestionShown(BaseModel):
    """An item of the interview, with all its answers, the latest first."""

    item: str
    label: str
    question: str
    answers: dict[str, str] = Field(description="Each possible answer, and what it means.")
    also: list[str] = Field(description="The attributes that are asked for beside the answer.")
    is_required: bool
    status: str
    answered: list[AnswerShown]


class RatingShown(BaseModel):
    """How serious and how motivated a lead was found to be."""

    seriousness: int | None
    motivation: int | None
    seriousness_note: str
    motivation_note: str
    by: str | None
    at: Instant


class InterviewShown(BaseModel):
    """All that is known by the interview, and the two or three items to ask for next."""

    items: list[QuestionShown]
    next: list[str]
    ratings: list[RatingShown]
    objections: list[str]


class Answered(Said):
    """One answer of the interview; `also` fills in attributes of its item, of which sets grow."""

    item: Name
    answer: Annotated[str, Field(min_length=1, max_length=100)]
    certainty: Certainty = Certainty.SURE
    source: Origin = Origin.LEAD
    note: Note = ""
    also: Annotated[dict[Name, Any], Field(max_length=20, default_factory=dict)]


class Rated(Said):
    """How serious and how motivated a lead is, from 1 to 5; one of the two at least."""

    seriousness: Mark | None = None
    motivation: Mark | None = None
    seriousness_note: Note = ""
    motivation_note: Note = ""


class Objected(Said):
    """What a lead says against buying; it is added to what is known."""

    objections: Annotated[list[Annotated[str, Field(min_length=1, max_length=500)]], Field(min_length=1, max_length=20)]


class Noted(Said):
    """What is worth knowing."""

    text: Annotated[str, Field(min_length=1, max_length=10_000)]


@reading(router, "/{lead}/interview", InterviewShown)
def show_interview(request: Asked, lead: Number) -> InterviewShown:
    """What is known of each item of the interview, and what to ask next."""
    told = interviews.of(lead_of(request, lead))
    return InterviewShown(
        items=[_question(one) for one in told.questions],
        next=[one.name for one in told.next],
        ratings=[_rating(one) for one in told.ratings],
        objections=list(told.objections),
    )


@acting(router, "/{lead}/answers", Row)
def answer(request: Asked, lead: Number, said: Answered) -> Row:
    """Write down one answer of the interview, and what was learnt beside it."""
    given = Given(said.answer, said.certainty, said.source, said.note, said.also)
    done = interviews.answer(lead_of(request, lead), said.item, given, by=request.auth.user, now=instants.now())
    return Row(event=agreed(done, "body"))


@acting(router, "/{lead}/ratings", Row)
def rate(request: Asked, lead: Number, said: Rated) -> Row:
    """Write down how serious and how motivated a lead is."""
    done = interviews.rate(lead_of(request, lead), **said.model_dump(), by=request.auth.user, now=instants.now())
    return Row(event=agreed(done, "body"))


@acting(router, "/{lead}/objections", Row)
def object_to(request: Asked, lead: Number, said: Objected) -> Row:
    """Add what a lead says against buying to what it has said."""
    by, now = request.auth.user, instants.now()
    done = interviews.learn(lead_of(request, lead), {OBJECTIONS: said.objections}, by=by, now=now)
    return Row(event=agreed(done, "body"))


@acting(router, "/{lead}/notes", Row)
def note(request: Asked, lead: Number, said: Noted) -> Row:
    """Write down what is worth knowing of a lead."""
    return Row(event=agreed(acts.note(lead_of(request, lead), said.text, by=request.auth.user, now=instants.now())))


def _question(question: Question) -> QuestionShown:
    return QuestionShown(
        item=question.name,
        label=question.label,
        question=question.text,
        answers=dict(question.options),
        also=list(question.also),
        is_required=question.is_required,
        status=question.status,
        answered=[_answer(one) for one in question.answers],
    )


def _answer(answer: Answer) -> AnswerShown:
    return AnswerShown(
        answer=answer.answer,
        status=answer.status,
        certainty=answer.certainty or None,
        source=answer.source or None,
        note=answer.note,
        by=answer.by or None,
        at=iso(answer.at),
    )


def _rating(rating: Rating) -> RatingShown:
    return RatingShown(
        seriousness=rating.seriousness,
        motivation=rating.motivation,
        seriousness_note=rating.seriousness_note,
        motivation_note=rating.motivation_note,
        by=rating.by or None,
        at=iso(rating.at),
    )
