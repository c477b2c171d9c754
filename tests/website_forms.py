"""Forms of a made-up consultancy, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.test import Client

from ripeline.server.intake import forms
from ripeline.server.intake.forms import FormVersion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

THANKS = "https://www.example.com/danke"
OTHER = "https://www.example.com/merci?from=form"
CONTACT = f"""\
form: contact
event: contact_requested
title: Talk to us
fields:
  email: {{attribute: email, required: true}}
  company: {{attribute: company}}
  employees: {{attribute: company_size, one_of: ["10", "400"]}}
  need: {{property: need}}
  start: {{property: start, one_of: [now, this month, this quarter, later]}}
consents:
  newsletter: {{purpose: newsletter, wording: "Yes, write to me once a month."}}
  profiling: {{purpose: profiling, wording: "Yes, find out what interests me."}}
trap: website
return_to: [{THANKS}, "{OTHER}"]
"""
SENDER = "93.184.216.34"


def opened(text: str = CONTACT, *, now: int) -> FormVersion:
    """A form that is open."""
    version = forms.put(text, now=now)
    assert isinstance(version, FormVersion), version
    return version


def sent(filled: Mapping[str, str | list[str]], *, name: str = "contact", **headers: str) -> Answer:
    """The answer to a form that somebody filled in on another website."""
    origin = {"origin": "https://www.example.com", "host": "localhost"} | headers
    return Client(headers=origin, REMOTE_ADDR=SENDER).post(f"/f/{name}", filled)
