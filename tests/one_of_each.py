"""One row of each table that the administration shows, with texts that a page must not take for its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from command_line import PLAYBOOK
from ripeline.server import models
from staff import key_of

if TYPE_CHECKING:
    from django.db.models import Model

NOW = 1_767_603_600_000_000
HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}"
EVIDENCE = {"scores": {"engagement": 0, HOSTILE: 1}, "persona": None, "phase": HOSTILE}
FORM = f"form: contact\nevent: asked\ntitle: {json.dumps(HOSTILE)}\nfields: {{email: {{attribute: email}}}}\n"


def one_of_each() -> dict[str, Model]:
    """The rows by the table's name, as in the addresses of the administration."""
    staff = models.User.objects.create(username="rosa", role="sales")
    source = models.Source.objects.create(name=HOSTILE, kind="web", created_at=NOW, origins="https://example.com")
    lead, other = (_lead() for _ in range(2))
    identifier = models.Identifier.objects.create(kind="external", value=HOSTILE, lead=lead, created_at=NOW)
    account = models.Account.objects.create(key=HOSTILE, created_at=NOW)
    text = f"{PLAYBOOK}# {HOSTILE}\n"
    version = models.PlaybookVersion.objects.create(digest="d" * 64, text=text, title=HOSTILE, created_at=NOW)
    form = models.Form.objects.create(name="contact", source=source, created_at=NOW)
    round_ = models.Round.objects.create(at=NOW)
    said = {"lead": lead, "round": round_, "version": version, "at": NOW, "evidence": json.dumps(EVIDENCE)}
    decision = models.Decision.objects.create(place=0, kind="handoff", new="offered", **said)
    secrets = {"secret": "never shown", "old_secret": "never shown"}
    endpoint = models.Endpoint.objects.create(address="https://example.com/hook", created_at=NOW, **secrets)
    outgoing = models.Outgoing.objects.create(topic="lead.moved", key=HOSTILE[:64], body=HOSTILE, created_at=NOW)
    body = {"body": HOSTILE, "received_at": NOW, "source": source}
    campaign = models.Campaign.objects.create(name=HOSTILE, source="ads", utm_campaign=HOSTILE, created_at=NOW)
    cost = {"starts_on": "2026-01-01", "ends_on": "2026-01-31", "currency": "EUR", "created_at": NOW}
    handoff = models.Handoff.objects.create(lead=lead, offer=decision, rep=staff, offered_at=NOW, calendar="default")
    rows: list[Model] = [
        staff,
        source,
        lead,
        identifier,
        account,
        version,
        round_,
        decision,
        endpoint,
        outgoing,
        form,
        campaign,
        models.Cost.objects.create(campaign=campaign, cents=1, note=HOSTILE, **cost),
        models.Competitor.objects.create(name=HOSTILE[:100], note=HOSTILE, created_at=NOW),
        models.Outcome.objects.create(lead=lead, decision=decision, stage="lost", at=NOW, sentence=HOSTILE, by=HOSTILE),
        models.Referral.objects.create(advocate=other, lead=lead, note=HOSTILE, at=NOW, by=staff),
        models.Mail.objects.create(key=HOSTILE[:60], lead=lead, kind="service", about=HOSTILE[:64], created_at=NOW),
        _mailing(staff),
        models.Mailbox.objects.create(name=HOSTILE, read_at=NOW),
        models.FormVersion.objects.create(form=form, text=FORM, created_at=NOW),
        models.Attachment.objects.create(identifier=identifier, lead=lead, since=NOW, known_from=NOW),
        models.Membership.objects.create(lead=lead, account=account, since=NOW),
        models.Merge.objects.create(kept=lead, absorbed=other, at=NOW),
        models.Doubt.objects.create(lead=lead, other=other, reason="email", at=NOW),
        models.Event.objects.create(key=HOSTILE[:100], name=HOSTILE[:100], at=NOW, identifier=identifier, **body),
        models.Rejected.objects.create(reason="not_json", detail=HOSTILE, kind="track", digest="1", **body),
        models.Conflict.objects.create(source=source, key=HOSTILE[:100], last_at=NOW),
        models.ContentItem.objects.create(item=HOSTILE, content="guide", since=NOW),
        models.Task.objects.create(lead=lead, kind="call", text=HOSTILE, due_at=NOW, created_at=NOW, created_by=staff),
        handoff,
        models.Assignment.objects.create(handoff=handoff, rep=staff, at=NOW, reason="turn"),
        models.Absence.objects.create(user=staff, since=NOW, until=NOW + 1, note=HOSTILE),
        models.Route.objects.create(place=1, name=HOSTILE[:100], by="persona", values=HOSTILE, created_at=NOW),
        models.Delivery.objects.create(outgoing=outgoing, endpoint=endpoint),
        models.Signature.objects.create(version=version, side="sales", user=staff, at=NOW),
        models.Publication.objects.create(version=version, at=NOW, mode="from_now_on", by=staff),
        key_of(staff, now=NOW)[0],
    ]
    return {type(row).__name__.lower(): row for row in rows}


def _mailing(by: models.User) -> models.Mailing:
    said = {"name": HOSTILE[:100], "template": "x", "segment": HOSTILE[:90], "view": "all"}
    return models.Mailing.objects.create(**said, by=by, created_at=NOW)


def _lead() -> models.Lead:
    return models.Lead.objects.create(unit=models.Unit.objects.create(), created_at=NOW)
