"""What the playbook says of consent: to be scored, to be followed, and to be written to or called."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ripeline.core.units import Frozen, Name

COUNTRY = "country"
"""The attribute that tells a lead's country, by the two letters of ISO 3166-1."""

COUNTRY_PATTERN = r"^[A-Z]{2}$"

Channel = Literal["email", "phone"]
CHANNELS: tuple[Channel, ...] = ("email", "phone")
"""The ways on which we may get in touch with a lead by ourselves."""

CountryCode = Annotated[str, StringConstraints(pattern=COUNTRY_PATTERN)]


class ScoringConsent(Frozen):
    """What is needed to score a lead at all."""

    purpose: Name = Field(description="The purpose that is asked for, such as profiling.")
    basis: Literal["consent", "objection"] = Field(
        description="`consent`: scored while given; `objection`: scored unless withdrawn."
    )


UNASKED = ScoringConsent(purpose="profiling", basis="objection")
"""What holds for scoring where a playbook asks nothing: whoever objects to profiling is scored no more."""


class ContactRule(Frozen):
    """What a channel needs before we get in touch on it."""

    purpose: Name = Field(description="The purpose that is asked for. E-mail and phone each need one of their own.")
    basis: Literal["confirmed", "consent", "objection"] = Field(
        description="`confirmed`: a yes that is proven to be the person's own, by the answer to a mail (double opt-in)"
        " or by an imported proof; `consent`: any yes on record; `objection`: unless there is a no."
    )


class CountryContact(Frozen):
    """What is needed in one country, in place of the general rule."""

    email: ContactRule | None = Field(None, description="What we need to write an e-mail.")
    phone: ContactRule | None = Field(None, description="What we need to call.")


class Contact(Frozen):
    """Whom we may write to and call. A no always counts; to answer what somebody asked needs none of this."""

    email: ContactRule = Field(
        ContactRule(purpose="email", basis="confirmed"),
        description="What we need to write an e-mail; if left out, a confirmed yes to the purpose `email`.",
    )
    phone: ContactRule = Field(
        ContactRule(purpose="phone", basis="consent"),
        description="What we need to call; if left out, a yes to the purpose `phone`.",
    )
    countries: dict[CountryCode, CountryContact] = Field(
        default_factory=dict,
        description="What is needed elsewhere, by the lead's attribute `country`."
        " A lead of unknown country needs what all of these rules ask for together.",
    )


class Consent(Frozen):
    """Which consents we need."""

    scoring: ScoringConsent | None = Field(
        None,
        description="What is needed to score a lead at all; if left out, that there is no objection to `profiling`.",
    )
    channels: dict[Name, Name] = Field(
        default_factory=dict, description="The purpose that activities of each channel need to count."
    )
    contact: Contact = Field(Contact(), description="What is needed to write to a lead, and to call.")
