"""What the playbook says of nurture: which leads hear from us by themselves, how often, and what comes after what."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ripeline.core.conditions import Condition
from ripeline.core.instants import DAY
from ripeline.core.problems import refuse
from ripeline.core.units import MANY, SOME, Count, Duration, Flag, Frozen, Name, NamesIfAny, Text, TimeOfDay

TrackStage = Literal["lead", "mql", "sql", "opportunity", "customer", "lost"]
Phase = Literal["awareness", "consideration", "decision"]

OF_MARKETING: tuple[TrackStage, ...] = ("lead", "mql", "customer", "lost")
OF_SALES: tuple[TrackStage, ...] = ("sql", "opportunity")
"""At which stages a lead may be in a track of marketing, and of its rep: never in both."""
LONGEST_TASK = 300


class Deed(Frozen):
    """One thing that is done: a mail, a task, or a webhook."""

    mail: Name | None = Field(None, description="A mail by the template of this name.")
    content: Flag = Field(
        default=False,
        description="With `mail`: it brings what comes next from the catalogue; with nothing left it is passed over.",
    )
    task: Annotated[str, Field(min_length=1, max_length=LONGEST_TASK)] | None = Field(
        None, description="A task with these words: for marketing, in a rep's track for the rep."
    )
    webhook: Name | None = Field(
        None, description="The message `lead.nurture` with this name, for other tools such as ads or social media."
    )

    @property
    def channel(self) -> Literal["mail", "task", "webhook"]:
        """By which way it goes."""
        return "mail" if self.mail is not None else "task" if self.task is not None else "webhook"

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if sum(each is not None for each in (self.mail, self.task, self.webhook)) != 1:
            refuse("PB036", keys="mail, task, webhook")
        if self.content and self.mail is None:
            refuse("PB140")
        return self


class Step(Deed):
    """A step of a track, done once for a lead: so long after the one before it, if its condition holds by then."""

    after: Duration | None = Field(
        None, description="How long after the step before it, or after the lead came in; at once if not given."
    )
    when: Condition | None = Field(
        None, description="What must hold when its time has come; else the step is passed over."
    )


class Interval(Deed):
    """What is done at regular intervals once all steps are done, for leads that hesitate."""

    every: Duration = Field(description="How long between two.")
    times: Count | None = Field(None, description="How often at most; without it as long as the lead stays.")


class Whom(Frozen):
    """Which leads a track is for. A lead that is no longer one of them leaves it."""

    stages: Annotated[tuple[TrackStage, ...], MANY] = Field(
        (), description="Their stages; if left out `lead` and `mql`, in a track of the rep `sql`."
    )
    personas: NamesIfAny = Field((), description="Their personas; all if left out.")
    phases: Annotated[tuple[Phase, ...], MANY] = Field((), description="Their journey phases; all if left out.")
    recycled: NamesIfAny = Field(
        (), description="Only leads that sales gave back, last for one of these reasons, such as `no_budget`."
    )
    when: Condition | None = Field(None, description="What must hold besides.")


class NurtureTrack(Frozen):
    """A sequence of steps for some leads. A lead is in one at a time, the first that is for it and not finished."""

    label: Text | None = Field(None, description="How people call it.")
    whom: Whom = Field(Whom(), alias="for", description="Which leads it is for.")
    owner: Literal["marketing", "rep"] = Field(
        "marketing", description="In whose name: marketing's until sales has the lead, its rep's from then on."
    )
    steps: dict[Name, Step] = Field(
        default_factory=dict,
        description="The steps by name, in this order. By its name a step is known for ever: it is done once.",
        max_length=100,
    )
    repeat: Interval | None = Field(None, description="What goes on at regular intervals after the last step.")
    before_call: Deed | None = Field(
        None, description="What is done while the lead is offered to sales, to prepare the talk; the steps rest then."
    )

    @property
    def stages(self) -> tuple[TrackStage, ...]:
        """The stages at which a lead may be in it."""
        return self.whom.stages or (("lead", "mql") if self.owner == "marketing" else ("sql",))

    @property
    def deeds(self) -> tuple[Deed, ...]:
        """All that it may do."""
        last = (self.repeat, self.before_call)
        return (*self.steps.values(), *(each for each in last if each is not None))


class MailLimit(Frozen):
    """How many mails of tracks and campaigns a lead gets in any span of a length."""

    mails: Count = Field(2, description="So many at most.")
    within: Duration = Field(7 * DAY, description="The length of the span.")


class Nurture(Frozen):
    """How leads are kept warm until they are ready."""

    quiet_hours: tuple[TimeOfDay, TimeOfDay] = Field(
        (time(20), time(8)),
        description="From when until when nothing is done, in the playbook's zone; if left out 20:00 to 08:00.",
    )
    at_most: MailLimit = Field(MailLimit(), description="How often a lead is written to.")
    tracks: Annotated[dict[Name, NurtureTrack], SOME] = Field(
        description="The tracks; a lead comes into the first that is for it.", max_length=50
    )

    @model_validator(mode="after")
    def _leaves_time(self) -> Self:
        if self.quiet_hours[0] == self.quiet_hours[1]:
            refuse("PB141")
        return self
