"""The closed language of conditions: what may be asked of an event or of a lead."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from ripeline.core.phrases import phrase as _
from ripeline.core.problem_texts import MESSAGES
from ripeline.core.problems import refuse
from ripeline.core.units import (
    MANY,
    SOME,
    Count,
    CountOrNone,
    Day,
    Duration,
    Flag,
    Frozen,
    Key,
    Labels,
    Name,
    Names,
    NamesIfAny,
    Number,
    Percent,
    Points,
    Scalar,
    Scalars,
    Text,
    Texts,
)

OPERATORS = (
    "is_",
    "is_not",
    "in_",
    "not_in",
    "contains",
    "starts_with",
    "ends_with",
    "matches",
    "has",
    "domain_in",
    "at_least",
    "at_most",
    "above",
    "below",
    "before",
    "after",
    "missing",
)
"""The names of the operators, one of which a test of a value carries."""


class ValueTest(Frozen):
    """One operator on one value. Text is compared without regard to case and surrounding space.

    An unknown value (missing, empty, or not of the operator's type) makes the test *unknown*, which is
    neither true nor false: ``not`` leaves it unknown, and a condition that is unknown at its top does
    not hold. ``or_unknown: true`` makes the test hold for an unknown value instead.
    """

    is_: Scalar | None = Field(None, alias="is", description="Equal to this value.")
    is_not: Scalar | None = Field(None, description="Known, and not equal to this value.")
    in_: Scalars | None = Field(None, alias="in", description="Equal to one of these values.")
    not_in: Scalars | None = Field(None, description="Known, and equal to none of these values.")
    contains: Texts | None = Field(None, description="Text that has one of these texts in it.")
    starts_with: Texts | None = Field(None, description="Text that begins with one of these.")
    ends_with: Texts | None = Field(None, description="Text that ends with one of these.")
    matches: Text | None = Field(
        None,
        description="Text in which this regular expression is found (linear time: no look-around, no back-reference).",
    )
    has: Texts | None = Field(None, description="A set that holds at least one of these.")
    domain_in: Texts | None = Field(
        None, description="An e-mail address at one of these domains or at a subdomain of one."
    )
    at_least: Number | None = Field(None, description="A number not smaller than this.")
    at_most: Number | None = Field(None, description="A number not larger than this.")
    above: Number | None = Field(None, description="A number larger than this.")
    below: Number | None = Field(None, description="A number smaller than this.")
    before: Day | None = Field(None, description="A date before this day.")
    after: Day | None = Field(None, description="A date after this day.")
    missing: Flag | None = Field(
        None, description="true: the value is unknown; false: it is known. Never unknown itself."
    )
    or_unknown: Flag = Field(default=False, description="The test also holds when the value is unknown.")

    @property
    def operator(self) -> str:
        """The name of the one operator given, as in ``OPERATORS``."""
        return next(name for name in OPERATORS if getattr(self, name) is not None)

    @model_validator(mode="after")
    def _has_one_operator(self) -> Self:
        given = [name.rstrip("_") for name in OPERATORS if getattr(self, name) is not None]
        if len(given) != 1:
            operators = ", ".join(name.rstrip("_") for name in OPERATORS)
            refuse("PB034", given=", ".join(given) or _("none at all"), allowed=operators)
        return self


class AttributeTest(ValueTest):
    """A test of an attribute of the lead, as of the instant of evaluation."""

    attribute: Name = Field(description="A declared attribute.")


class PropertyTest(ValueTest):
    """A test of a property of the event in question."""

    property: Key = Field(description="The name of a property, as the events carry it.")


class ScoreTest(Frozen):
    """The score on an axis has reached, or has not reached, a number of points."""

    score: Name = Field(description="An axis.")
    at_least: Points | None = Field(None, description="Holds from this many points on.")
    below: Points | None = Field(None, description="Holds under this many points.")

    @model_validator(mode="after")
    def _has_one_level(self) -> Self:
        if (self.at_least is None) == (self.below is None):
            refuse("PB036", keys="at_least, below")
        return self


class CellTest(Frozen):
    """The lead's cell (fit letter and engagement digit) is one of these."""

    cell: Labels = Field(description="Cells such as A1 or B2.")


class DidTest(Frozen):
    """The lead did one of these activities, so often, within so long. At least once if no number is given."""

    did: Names = Field(description="Activities; an event that is several of them counts once.")
    at_least: Count | None = Field(None, description="At least so many times.")
    at_most: CountOrNone | None = Field(None, description="At most so many times.")
    exactly: CountOrNone | None = Field(None, description="Exactly so many times.")
    within: Duration | None = Field(None, description="Only the last so long counts; without it, all history.")

    @property
    def lowest(self) -> int:
        """The smallest count that holds."""
        if self.exactly is not None:
            return self.exactly
        if self.at_least is not None:
            return self.at_least
        return 0 if self.at_most is not None else 1

    @property
    def highest(self) -> int | None:
        """The largest count that holds; None if there is none."""
        return self.exactly if self.exactly is not None else self.at_most

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.exactly is not None and (self.at_least is not None or self.at_most is not None):
            refuse("PB037", keys="exactly, at_least, at_most")
        if self.highest is not None and self.lowest > self.highest:
            refuse("PB038", low="at_least", high="at_most")
        return self


class PersonaTest(Frozen):
    """The deciding persona is one of these."""

    persona: Names = Field(description="Personas.")


class PhaseTest(Frozen):
    """The lead's journey phase is one of these."""

    phase: Annotated[tuple[Literal["awareness", "consideration", "decision"], ...], SOME, MANY] = Field(
        description="Journey phases."
    )


class BantTest(Frozen):
    """So many items of the qualification (BANT) are met, and all required ones among them."""

    bant: Annotated[int, Field(ge=0, le=20, strict=True)] = Field(description="At least so many items met.")
    required: NamesIfAny = Field((), description="Items that must be met in any case.")


class CompletenessTest(Frozen):
    """At least so many percent of the attributes listed under `completeness` are known."""

    completeness: Percent = Field(description="Percent.")


class SilentTest(Frozen):
    """Nothing for so long, after at least 4 active weeks of the 6 that ended with the last activity."""

    silent: Duration = Field(description="How long nothing has come.")
    activities: Names | None = Field(None, description="The activities that count; all, if not given.")


class SurgeTest(Frozen):
    """The last so long holds at least so many times the mean of the 8 weeks before, 3 of them active."""

    surge: Annotated[float, Field(gt=0, le=1000, strict=True)] = Field(description="How many times the mean.")
    within: Duration = Field(description="The length of the recent span.")
    activities: Names | None = Field(None, description="The activities that count; all, if not given.")


class ReturningTest(Frozen):
    """The lead came back for a second visit; with `key_pages`, it saw a key page since."""

    returning: Literal["visit", "key_pages"] = Field(description="`visit` or `key_pages`.")


class AccountTest(Frozen):
    """The account's rolled-up score on an axis has reached a number of points."""

    account: Name = Field(description="An axis that `accounts` rolls up.")
    at_least: Points = Field(description="Holds from this many points on.")


class All(Frozen):
    """Holds when all parts hold."""

    all: Annotated[tuple[Condition, ...], SOME] = Field(description="The parts.")


class Any_(Frozen):  # noqa: N801 - Any is taken
    """Holds when at least one part holds."""

    any: Annotated[tuple[Condition, ...], SOME] = Field(description="The parts.")


class Not(Frozen):
    """Holds when the part does not hold; unknown stays unknown."""

    not_: Condition = Field(alias="not", description="The part.")


CONDITION_KEYS = (
    "all",
    "any",
    "not",
    "attribute",
    "property",
    "score",
    "cell",
    "did",
    "persona",
    "phase",
    "bant",
    "completeness",
    "silent",
    "surge",
    "returning",
    "account",
)


def condition_kind(value: object) -> str | None:
    """Return the key that says what kind of condition this is, None if there is no such key."""
    if isinstance(value, dict):
        return next((key for key in CONDITION_KEYS if key in value), None)
    return next((key for key in CONDITION_KEYS if hasattr(value, "not_" if key == "not" else key)), None)


def _tag(value: object) -> str | None:
    kind = condition_kind(value)
    return f"<{kind}>" if kind else None


Condition = Annotated[
    Annotated[All, Tag("<all>")]
    | Annotated[Any_, Tag("<any>")]
    | Annotated[Not, Tag("<not>")]
    | Annotated[AttributeTest, Tag("<attribute>")]
    | Annotated[PropertyTest, Tag("<property>")]
    | Annotated[ScoreTest, Tag("<score>")]
    | Annotated[CellTest, Tag("<cell>")]
    | Annotated[DidTest, Tag("<did>")]
    | Annotated[PersonaTest, Tag("<persona>")]
    | Annotated[PhaseTest, Tag("<phase>")]
    | Annotated[BantTest, Tag("<bant>")]
    | Annotated[CompletenessTest, Tag("<completeness>")]
    | Annotated[SilentTest, Tag("<silent>")]
    | Annotated[SurgeTest, Tag("<surge>")]
    | Annotated[ReturningTest, Tag("<returning>")]
    | Annotated[AccountTest, Tag("<account>")],
    Discriminator(
        _tag,
        custom_error_type="PB033",
        custom_error_message=MESSAGES["PB033"].what,
    ),
]

for _model in (All, Any_, Not):
    _model.model_rebuild()
