"""The frozen definition: what MQL and SQL mean here, as immutable values.

The meaning of every key is stated in ``docs/meaning.md``; this module says only what may be written.
Problems that concern one key are found here; those that concern two places (an unknown activity, a
gate that fit alone can open) are found in ``playbook_check``.
"""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, StringConstraints, Tag, model_validator

from ripeline.core.conditions import Condition, ValueTest
from ripeline.core.instants import DAY, HOUR, MINUTE
from ripeline.core.playbook_consent import Consent
from ripeline.core.playbook_nurture import Nurture
from ripeline.core.problems import refuse
from ripeline.core.scenarios import Scenario
from ripeline.core.units import (
    MANY,
    SOME,
    Duration,
    Flag,
    Frozen,
    Key,
    Label,
    Name,
    Names,
    NamesIfAny,
    Percent,
    Points,
    Text,
    TimeOfDay,
    Zone,
)

# --- What leads do and are ----------------------------------------------------------------------


class Attribute(Frozen):
    """A declared fact about a lead or its account."""

    type: Literal["text", "number", "date", "set", "yes_no"] = Field(
        description="`set` is a list of texts, in a table separated by `|`."
    )
    label: Text | None = Field(None, description="How people call it.")


class ContentClass(Frozen):
    """A class of content. Events name an item; the catalogue maps items to classes."""

    kind: Text = Field(description="Whitepaper, case study, price list …")
    funnel: Literal["top", "middle", "bottom"] = Field(description="The funnel stage it serves.")
    topic: Text | None = Field(None, description="What it is about.")


class Activity(Frozen):
    """A named kind of event that the playbook speaks of."""

    event: Annotated[tuple[Key, ...], SOME, MANY] = Field(
        description="The name or names under which the events arrive."
    )
    where: Condition | None = Field(None, description="A condition on the event's properties.")
    channel: Name | None = Field(None, description="The channel it comes by; consent is asked per channel.")
    content: Name | None = Field(None, description="The class of content consumed by it.")
    conversion: Flag = Field(default=False, description="A conversion action: the response clock starts here.")
    passive: Flag = Field(
        default=False, description="Merely passing by (a page seen); a lead with nothing else is a plain lead."
    )
    invited_by: Literal["marketing"] | None = Field(
        None, description="Taking up an offer of our own, which is not asking for one."
    )
    label: Text | None = Field(None, description="How people call it.")


class Visits(Frozen):
    """What counts as a visit, and which pages are key pages."""

    activities: Names = Field(description="The activities that make up visits.")
    gap: Duration = Field(30 * MINUTE, description="A pause this long begins a new visit.")
    key_pages: NamesIfAny = Field((), description="The activities on key pages.")


# --- Points -------------------------------------------------------------------------------------


class TableRow(ValueTest):
    """A row of a value table: a test of the value, and the points if it is the first to hold."""

    points: Points = Field(description="The points for it.")


class ValueTable(Frozen):
    """Points by the value of a property (of the event) or of an attribute (of the lead); first match."""

    property: Key | None = Field(None, description="The property to look at, in a rule `on` activities.")
    attribute: Name | None = Field(None, description="The attribute to look at, in a rule without `on`.")
    rows: Annotated[tuple[TableRow, ...], Field(min_length=1)] = Field(description="The rows, in order.")
    otherwise: Points = Field(0, description="Points for a known value that no row fits.")
    unknown: Points = Field(0, description="Points for an unknown value.")

    @model_validator(mode="after")
    def _has_one_subject(self) -> Self:
        if (self.property is None) == (self.attribute is None):
            refuse("PB036", keys="property, attribute")
        return self


class Linear(Frozen):
    """Loses so many percent of the original points every so often, down to nothing."""

    percent: Percent = Field(description="Percent of the original points lost each time.")
    every: Duration = Field(description="How often.")
    mode: Literal["step", "smooth"] = Field("step", description="In steps, or gliding between them.")


class Decay(Frozen):
    """How an award loses its points with age."""

    half_life: Duration | None = Field(None, description="Half of the points are left after this long.")
    linear: Linear | None = Field(None, description="Percent of the original points, in steps or smoothly.")
    window: Duration | None = Field(None, description="Gone at this age.")

    @model_validator(mode="after")
    def _is_one_kind(self) -> Self:
        if self.half_life is not None and self.linear is not None:
            refuse("PB037", keys="half_life, linear")
        if self.half_life is None and self.linear is None and self.window is None:
            refuse("PB041")
        return self


class OncePer(Frozen):
    """At most one award in any span this long, counted from the last award."""

    once_per: Duration = Field(description="The length of the span.")


def _shape(value: object) -> str:
    return "<keys>" if isinstance(value, dict | Frozen) else "<plain>"


SHAPE = Discriminator(_shape)

RepeatWord = Literal["every", "once", "once_per_day"]
Repeat = Annotated[Annotated[RepeatWord, Tag("<plain>")] | Annotated[OncePer, Tag("<keys>")], SHAPE]
PointsOrTable = Annotated[Annotated[Points, Tag("<plain>")] | Annotated[ValueTable, Tag("<keys>")], SHAPE]


class Rule(Frozen):
    """What gives points: activities (`on`), or a state of the lead (`when`, or a table on an attribute)."""

    on: Names | None = Field(None, description="Activities that earn the points.")
    where: Condition | None = Field(None, description="A further condition on the event's properties, with `on`.")
    when: Condition | None = Field(None, description="The state of the lead that earns the points while it lasts.")
    points: PointsOrTable = Field(description="Points for each award, or a value table.")
    axis: Name = Field("engagement", description="The axis that the points count on.")
    group: Name | None = Field(None, description="The group whose cap they share.")
    repeat: Repeat = Field("every", description="`every`, `once`, `once_per_day`, or `{once_per: 24 h}`.")
    decay: Decay | None = Field(None, description="How the points fade; without it they stay.")
    min: Points | None = Field(None, description="The rule never gives less than this.")
    max: Points | None = Field(None, description="The rule never gives more than this.")
    label: Text | None = Field(None, description="How people call it in explanations.")


class RuleChange(Frozen):
    """What a persona changes in a rule."""

    points: Points | None = Field(None, description="A number of points in place of the rule's.")
    repeat: Repeat | None = Field(None, description="Another repeat.")
    decay: Decay | None = Field(None, description="Another decay.")
    min: Points | None = Field(None, description="Another lower cap.")
    max: Points | None = Field(None, description="Another upper cap.")
    off: Flag = Field(default=False, description="The rule gives nothing to this persona.")


class Group(Frozen):
    """Rules that share a cap."""

    axis: Name = Field("engagement", description="The axis of all its rules.")
    min: Points | None = Field(None, description="Together never less than this.")
    max: Points | None = Field(None, description="Together never more than this.")


class Axis(Frozen):
    """A dimension of score. `engagement` and `fit` always exist; further ones may be named."""

    min: Points | None = Field(None, description="The score is never less than this.")
    max: Points | None = Field(None, description="The score is never more than this.")
    bands: dict[Label, Points] = Field(
        default_factory=dict, description="Labels with the points from which each is given, the highest first."
    )
    otherwise: Label | None = Field(None, description="The label below all bands.")


class RollUp(Frozen):
    """How the scores of an account's leads make the account's score."""

    roll_up: Literal["sum", "max", "top"] = Field(description="`top` is the sum of the `n` highest.")
    n: Annotated[int, Field(ge=1, le=1000, strict=True)] | None = Field(None, description="How many, with `top`.")

    @model_validator(mode="after")
    def _says_n_for_top(self) -> Self:
        if (self.roll_up == "top") != (self.n is not None):
            refuse("PB040")
        return self


# --- Gates, personas, hand-off ------------------------------------------------------------------


class Gate(Frozen):
    """A condition that opens and closes."""

    enter: Condition = Field(description="What must hold for the gate to open.")
    leave: Condition | None = Field(
        None, description="What closes it; if not given, that `enter` fails with its levels eased by `margin`."
    )
    margin: Points = Field(0, description="How far the score levels of `enter` are eased for an open gate.")
    dwell: Duration | None = Field(None, description="How long `enter` must have held without a break.")
    force: NamesIfAny = Field(
        (), description="Activities that open the gate at once, past `dwell`, never past exclusion or consent."
    )
    force_holds: Duration = Field(30 * DAY, description="How long a forcing activity keeps the gate open.")


class Gates(Frozen):
    """The two gates."""

    mql: Gate = Field(description="Who is marketing-qualified.")
    sales_ready: Gate = Field(description="Who is handed to sales.")


class GateChanges(Frozen):
    """Gates of a persona, in place of the general ones."""

    mql: Gate | None = Field(None, description="This persona's MQL gate.")
    sales_ready: Gate | None = Field(None, description="This persona's sales-ready gate.")


class Persona(Frozen):
    """A named pattern of attributes, and what is different for it."""

    when: Condition = Field(description="Tests of attributes.")
    label: Text | None = Field(None, description="How people call it.")
    rules: dict[Name, RuleChange] = Field(default_factory=dict, description="Changed rules.")
    bands: dict[Name, dict[Label, Points]] = Field(default_factory=dict, description="Changed bands, by axis.")
    gates: GateChanges = Field(GateChanges(), description="Changed gates.")
    cool_down: Duration | None = Field(None, description="Another cool-down.")


ItemStatus = Literal["met", "partly", "not_met", "unknown"]


def _usual_answers() -> dict[str, ItemStatus]:
    return {"yes": "met", "partly": "partly", "no": "not_met"}


class Item(Frozen):
    """An item of the qualification, such as budget, and what each answer means for it."""

    label: Text | None = Field(None, description="How people call it.")
    question: Text | None = Field(None, description="How to ask for it.")
    answers: dict[Label, ItemStatus] = Field(
        default_factory=_usual_answers,
        description="Each possible answer, and whether the item is met by it.",
        min_length=1,
    )
    also: NamesIfAny = Field((), description="Attributes that are asked for beside the answer, such as the amount.")


class Calendar(Frozen):
    """Business hours. Time outside of them does not run the response clock."""

    hours: dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], tuple[TimeOfDay, TimeOfDay]] = Field(
        description="Opening and closing time by weekday.", min_length=1
    )
    timezone: Zone | None = Field(None, description="The zone of the hours; the playbook's if not given.")
    holidays: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")] | None = Field(
        None, description="Country, or country and subdivision, whose public holidays are closed: DE, DE-BE."
    )

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        for day, (opens, closes) in self.hours.items():
            if opens >= closes:
                refuse("PB039", day=day)
        return self


class Handoff(Frozen):
    """What happens when a lead is sales-ready."""

    response_time: Duration = Field(24 * HOUR, description="From the last conversion action to our first touch.")
    acceptance_time: Duration = Field(4 * HOUR, description="From the offer to its acceptance.")
    calendar: Calendar | None = Field(None, description="Business hours; around the clock if not given.")
    confirm: Literal["sales", "automatic"] = Field(
        "sales", description="Who confirms an SQL: the rep's call, or the gate at once."
    )
    cool_down: Duration = Field(30 * DAY, description="After a recycle, no new offer for so long.")


ConsentOrAssumed = Annotated[Annotated[Literal["assumed"], Tag("<plain>")] | Annotated[Consent, Tag("<keys>")], SHAPE]

# --- The whole ----------------------------------------------------------------------------------


_FEW = 50
_MANY = 1000


class Playbook(Frozen):
    """One definition of MQL and SQL, for marketing and sales alike."""

    playbook: Text = Field(description="The name of the definition.")
    timezone: Zone = Field(description="The zone of calendar days.")
    daily_review: TimeOfDay = Field(time(6), description="When every lead is looked at once a day.")
    consent: ConsentOrAssumed = Field(description="Which consents are needed, or that they are assumed.")
    attributes: dict[Name, Attribute] = Field(
        default_factory=dict, description="The facts about leads that count.", max_length=_MANY
    )
    completeness: tuple[Name, ...] = Field((), description="The attributes that make a profile complete.")
    content: dict[Name, ContentClass] = Field(default_factory=dict, description="Classes of content.", max_length=_MANY)
    activities: dict[Name, Activity] = Field(description="What leads do.", min_length=1, max_length=_MANY)
    visits: Visits | None = Field(None, description="What counts as a visit.")
    axes: dict[Name, Axis] = Field(default_factory=dict, description="The dimensions of score.", max_length=_FEW)
    groups: dict[Name, Group] = Field(default_factory=dict, description="Rules that share a cap.", max_length=_MANY)
    rules: dict[Name, Rule] = Field(description="What gives points.", min_length=1, max_length=_MANY)
    personas: dict[Name, Persona] = Field(
        default_factory=dict, description="The first that fits decides.", max_length=_FEW
    )
    journey: dict[Literal["awareness", "consideration", "decision"], Condition] = Field(
        default_factory=dict, description="What puts a lead into a phase; the furthest that holds counts."
    )
    bant: dict[Name, Item] = Field(default_factory=dict, description="The items of the qualifying call.", max_length=20)
    exclusions: dict[Name, Condition] = Field(
        default_factory=dict, description="Who is left out; the first counts.", max_length=_MANY
    )
    accounts: dict[Name, RollUp] = Field(default_factory=dict, description="Account scores, by axis.")
    gates: Gates = Field(description="When a lead is an MQL, and when sales gets it.")
    handoff: Handoff = Field(Handoff(), description="What happens at the second gate.")
    nurture: Nurture | None = Field(None, description="How leads are kept warm; without it nothing is sent by itself.")
    scenarios: tuple[Scenario, ...] = Field((), description="Histories that must come out as said.", max_length=_MANY)
