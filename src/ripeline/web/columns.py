"""Columns of the administration's tables: times people can read, links, and names in the user's language."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.db import models
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from ripeline.server.accounts import Account
from ripeline.server.delivery.endpoints import Endpoint
from ripeline.server.instants import FOREVER, TOLD, moment
from ripeline.server.intake.forms import Form
from ripeline.server.leads import Identifier
from ripeline.server.marketing.campaigns import Campaign
from ripeline.server.playbooks import PlaybookVersion
from ripeline.server.sales.routes import Route
from ripeline.server.sources import Source
from ripeline.server.staff.users import User

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.utils.functional import _StrPromise

LABELS: dict[str, str | _StrPromise] = {
    "about": _("About"),
    "absorbed": _("Absorbed lead"),
    "address": _("Address"),
    "account": _("Account"),
    "accept_by": _("To be accepted by"),
    "advocate": _("Advocate"),
    "answered_at": _("Answered"),
    "at": _("At"),
    "attempts": _("Attempts"),
    "attribute": _("Attribute"),
    "begun_at": _("Offers handed on"),
    "body": _("As it was sent"),
    "by": _("By"),
    "calendar": _("Calendar"),
    "call_at": _("Call booked"),
    "campaign": _("Campaign"),
    "capacity": _("Hand-offs at once at most"),
    "cell": _("Cell"),
    "cents": _("Cents"),
    "claims": _("Whose it says it is"),
    "clock": _("Calendar of the rep"),
    "closed_at": _("Closed"),
    "closed_by": _("Closed by"),
    "competitor": _("Competitor"),
    "computed_at": _("Computed"),
    "content": _("Class"),
    "corrects": _("Takes back"),
    "count": _("Count"),
    "created_at": _("Added"),
    "created_by": _("Added by"),
    "currency": _("Currency"),
    "dead_at": _("Given up"),
    "decision": _("Decision"),
    "delivered_at": _("Delivered"),
    "detail": _("Detail"),
    "digest": _("Digest"),
    "done_at": _("Done"),
    "done_by": _("Done by"),
    "due_at": _("Due"),
    "email": _("E-mail"),
    "ended_at": _("Ended"),
    "ends_on": _("Last day"),
    "endpoint": _("Endpoint"),
    "escalated_at": _("Escalated"),
    "events_per_second": _("Events a second at most"),
    "evidence": _("Evidence"),
    "excluded": _("Excluded by"),
    "failing_since": _("Failing since"),
    "finished_at": _("Finished"),
    "first_accept_by": _("First to be accepted by"),
    "flag": _("Doubt about its time"),
    "form": _("Form"),
    "gate": _("Gate"),
    "handoff": _("Hand-off"),
    "held": _("Why not sent"),
    "held_at": _("Held back"),
    "identifier": _("Identifier"),
    "is_active": _("May come in"),
    "is_history": _("The past"),
    "is_manager": _("Leads the team"),
    "item": _("Item"),
    "kept": _("Kept lead"),
    "key": _("Key"),
    "kind": _("Kind"),
    "known_at": _("Known since"),
    "language": _("Language"),
    "last_answer": _("Last answer"),
    "last_at": _("Last"),
    "last_login": _("Last login"),
    "last_uid": _("Number of the last mail"),
    "lead": _("Lead"),
    "merged_into": _("Merged into"),
    "mode": _("Whom it judges"),
    "name": _("Name"),
    "new": _("After"),
    "next_try_at": _("Next try"),
    "not_evaluated": _("Not evaluated"),
    "note": _("Note"),
    "offered_at": _("Offered"),
    "old": _("Before"),
    "origins": _("Websites"),
    "other": _("Other lead"),
    "outgoing": _("Message"),
    "owner": _("Owner"),
    "persona": _("Persona"),
    "phase": _("Journey phase"),
    "pk": _("Number"),
    "place": _("Place"),
    "progress": _("Progress"),
    "properties": _("Properties"),
    "read_at": _("Read"),
    "reason": _("Reason"),
    "received_at": _("Received"),
    "remind_at": _("To be reminded of"),
    "rep": _("Rep"),
    "revoked_at": _("Revoked"),
    "role": _("Role"),
    "round": _("Round"),
    "route": _("Route"),
    "rows": _("Rows"),
    "scope": _("Scope"),
    "scores": _("Scores"),
    "segment": _("Segment"),
    "sent_at": _("Sent"),
    "sentence": _("In one sentence"),
    "settled_at": _("Settled"),
    "side": _("Side"),
    "since": _("Since"),
    "source": _("Source"),
    "stage": _("Stage"),
    "started_at": _("Started"),
    "starts_on": _("First day"),
    "status": _("State"),
    "stopped_at": _("Stopped"),
    "template": _("Template"),
    "text": _("Text"),
    "title": _("Playbook"),
    "topic": _("Topic"),
    "topics": _("Topics"),
    "touched_at": _("First touch"),
    "undone_at": _("Undone"),
    "undone_by": _("Undone by"),
    "until": _("Until"),
    "user": _("User"),
    "username": _("Name"),
    "utm_campaign": "utm_campaign",
    "utm_medium": "utm_medium",
    "utm_source": "utm_source",
    "value": _("Value"),
    "values": _("Values"),
    "version": _("Version"),
}
_CALLED_BY = {
    Account: "key",
    Campaign: "name",
    Endpoint: "address",
    Form: "name",
    Identifier: "value",
    Route: "name",
    Source: "name",
    User: "username",
}
_JSON = {"body", "claims", "evidence", "progress", "properties", "scores"}
_BY = {"accept_by", "first_accept_by"}
_INSTANTS = {name for name in LABELS if name.endswith("_at")} | {"at", "since", "until", "failing_since"} | _BY


def column(name: str) -> Callable[[models.Model], Any]:
    """A column that shows a field as people read it, sorted as the field is."""

    def shown(row: models.Model) -> Any:  # noqa: ANN401 - whatever Django can show
        value = getattr(row, name)
        if name in _INSTANTS and isinstance(value, int):
            return instant(value)
        if isinstance(value, models.Model):
            return format_html('<a href="{}">{}</a>', _address(value), label(value))
        if name in _JSON and value:
            return format_html("<pre>{}</pre>", _laid_out(value))
        display = getattr(row, f"get_{name}_display", None)
        return display() if display else value

    shown.__name__ = name
    shown.short_description = LABELS[name]  # type: ignore[attr-defined]  # so Django takes it
    shown.admin_order_field = name  # type: ignore[attr-defined]
    return shown


def instant(micros: int) -> str:
    """Microseconds UTC in the language of the page; nothing for what has no end, or no beginning."""
    if not TOLD < micros < FOREVER:
        return ""
    shown = moment(micros)
    return f"{date_format(shown, 'DATE_FORMAT')} {shown:%H:%M:%S} UTC"


def _laid_out(text: str) -> str:
    """JSON on lines of its own; whatever else was sent, as it was sent."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except ValueError:
        return text


def label(row: models.Model) -> str:
    """What a row is called where another one names it."""
    if isinstance(row, PlaybookVersion):
        return f"{row.title} ({row.digest[:12]})"
    return str(getattr(row, _CALLED_BY.get(type(row), "pk")))


def _address(row: models.Model) -> str:
    return reverse(f"admin:server_{row._meta.model_name}_change", args=[row.pk])  # noqa: SLF001 - Django's own way in
