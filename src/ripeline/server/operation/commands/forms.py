"""What the command line asks for about forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.template.loader import render_to_string

from ripeline.core.consent import purposes_of
from ripeline.core.needs import needs_of
from ripeline.integrations import form_inputs
from ripeline.language import Language
from ripeline.server import playbooks
from ripeline.server.intake import forms
from ripeline.server.intake.forms import Form
from ripeline.server.leadmail import clicks
from ripeline.server.operation.commands.answers import command, done
from ripeline.server.refusals import Refusal, Refused

if TYPE_CHECKING:
    from ripeline.integrations.form_definition import FormDefinition
    from ripeline.server.intake.forms import FormVersion
    from ripeline.server.operation.commands.answers import Answer


@command
def form_put(*, now: int, text: str) -> Answer:
    """A form as its text says, from now on, and what it tells that the active playbook does not speak of."""
    version = done(forms.put(text, now=now), "")
    definition = forms.definition_of(version)
    unknown = {"unknown": _unknown(definition, now), "unknown_purposes": _unknown_purposes(definition)}
    return {"name": version.form.name, "url": _url(version.form.name), **unknown}


@command
def form_list(*, now: int) -> Answer:
    """All forms, with their addresses."""
    rows = Form.objects.select_related("source").order_by("name")
    told = [
        {"name": row.name, "url": _url(row.name), "created_at": row.created_at, "closed_at": row.source.closed_at}
        for row in rows
    ]
    return {"forms": told}


@command
def form_show(*, now: int, name: str) -> Answer:
    """The text of a form that is valid now, and since when."""
    version = _version(name)
    return {"name": name, "url": _url(name), "text": version.text, "since": version.created_at}


@command
def form_close(*, now: int, name: str) -> Answer:
    """Nothing more is taken from the form."""
    done(forms.close(_version(name).form, now=now), name)
    return {"name": name}


@command
def form_html(*, now: int, name: str) -> Answer:
    """The form as HTML for a page of one's own."""
    definition = forms.definition_of(_version(name))
    say = Language.of(definition.language)
    shown = {
        "form": definition,
        "action": _url(name),
        "inputs": form_inputs.inputs(definition, say),
        "boxes": form_inputs.boxes(definition),
        **form_inputs.words(say),
    }
    return {"name": name, "html": render_to_string("form_to_paste.html", shown)}


def _unknown(definition: FormDefinition, now: int) -> list[str]:
    versions = playbooks.core_versions(now)
    if not versions:
        return []
    needs = needs_of([versions[-1].playbook])
    told = {name for field in definition.fields.values() for name in (field.attribute, field.property) if name}
    known = {*needs.attributes, *needs.properties, *needs.events}
    return sorted({definition.event, *told} - known)


def _url(name: str) -> str:
    return f"{settings.URL}/f/{name}"


def _version(name: str) -> FormVersion:
    return done(forms.version_of(name) or Refused(Refusal.NO_SUCH_FORM), name)


def _unknown_purposes(definition: FormDefinition) -> list[str]:
    """What people are asked to agree to, and nothing that we do is ever asked for."""
    playbook = playbooks.active_playbook()
    if playbook is None:
        return []
    known = {*purposes_of(playbook), clicks.purpose_of(playbook)}
    return sorted({box.purpose for box in definition.consents.values()} - known)
