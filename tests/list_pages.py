"""Marketing's list as tests open it."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

from ripeline.server.leads import Identifier, Lead, Unit
from ripeline.server.staff.users import Role, User
from staff import member


def as_(role: Role = Role.MARKETING, name: str = "") -> tuple[Client, User]:
    """A user of a role who is logged in."""
    user, client = member(name or f"a {role}", role), Client()
    client.force_login(user)
    return client, user


def shown(email: str, **columns: Any) -> Lead:  # noqa: ANN401 - columns of a lead
    """A lead that is shown so."""
    lead = Lead.objects.create(unit=Unit.objects.create(), created_at=1, **columns)
    Identifier.objects.create(kind="email", value=email, lead=lead, created_at=1)
    Identifier.objects.create(kind="lead", value=str(lead.pk), lead=lead, created_at=1)
    return lead


def told(answer: Any) -> list[str]:  # noqa: ANN401
    """What the next page says."""
    return [str(message) for message in answer.context["messages"]]


def named(answer: Any) -> list[str]:  # noqa: ANN401 - as the client answers
    """The leads of a page, by name."""
    return re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', answer.content.decode())
