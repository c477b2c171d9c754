"""How the pages call the tables: one word and its plural, each translated by the catalogs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.apps import AppConfig

NAMES = {
    "absence": (_("absence"), _("absences")),
    "account": (_("account"), _("accounts")),
    "apikey": (_("key"), _("keys")),
    "asking": (_("address that asks"), _("addresses that ask")),
    "assignment": (_("assignment"), _("assignments")),
    "attachment": (_("attachment"), _("attachments")),
    "badlogin": (_("bad login"), _("bad logins")),
    "campaign": (_("campaign"), _("campaigns")),
    "click": (_("click"), _("clicks")),
    "competitor": (_("competitor"), _("competitors")),
    "confirmation": (_("request for confirmation"), _("requests for confirmation")),
    "conflict": (_("conflict of keys"), _("conflicts of keys")),
    "contentitem": (_("item of content"), _("items of content")),
    "contentworth": (_("effect of content"), _("effects of content")),
    "cost": (_("cost"), _("costs")),
    "decision": (_("decision"), _("decisions")),
    "delivery": (_("delivery"), _("deliveries")),
    "doubt": (_("doubt"), _("doubts")),
    "endpoint": (_("endpoint"), _("endpoints")),
    "enrollment": (_("lead in a track"), _("leads in tracks")),
    "erasedmove": (_("number of erased moves"), _("numbers of erased moves")),
    "erasure": (_("erasure"), _("erasures")),
    "event": (_("event"), _("events")),
    "forgotten": (_("hash of what was erased"), _("hashes of what was erased")),
    "form": (_("form"), _("forms")),
    "formversion": (_("version of a form"), _("versions of forms")),
    "handoff": (_("hand-off"), _("hand-offs")),
    "identifier": (_("identifier"), _("identifiers")),
    "installation": (_("installation"), _("installations")),
    "lead": (_("lead"), _("leads")),
    "link": (_("link"), _("links")),
    "login": (_("session"), _("sessions")),
    "mail": (_("mail to a lead"), _("mails to leads")),
    "maillink": (_("link in mails"), _("links in mails")),
    "mailtemplate": (_("template of mails"), _("templates of mails")),
    "mailing": (_("mailing"), _("mailings")),
    "mailbox": (_("mailbox"), _("mailboxes")),
    "membership": (_("membership"), _("memberships")),
    "merge": (_("merge"), _("merges")),
    "nurturepause": (_("pause of nurture"), _("pauses of nurture")),
    "outcome": (_("outcome"), _("outcomes")),
    "outgoing": (_("outgoing message"), _("outgoing messages")),
    "personrequest": (_("request of a person"), _("requests of persons")),
    "playbookversion": (_("version of the playbook"), _("versions of the playbook")),
    "publication": (_("publication"), _("publications")),
    "referral": (_("referral"), _("referrals")),
    "rejected": (_("message in quarantine"), _("messages in quarantine")),
    "request": (_("request"), _("requests")),
    "retentionrun": (_("run of retention"), _("runs of retention")),
    "review": (_("review"), _("reviews")),
    "round": (_("round"), _("rounds")),
    "route": (_("route"), _("routes")),
    "segment": (_("segment"), _("segments")),
    "signature": (_("signature"), _("signatures")),
    "source": (_("source"), _("sources")),
    "stepdone": (_("step that was done"), _("steps that were done")),
    "suppression": (_("lasting no"), _("lasting noes")),
    "task": (_("task"), _("tasks")),
    "term": (_("search term"), _("search terms")),
    "unit": (_("unit"), _("units")),
    "user": (_("user"), _("users")),
    "wording": (_("wording"), _("wordings")),
}


def give(app: AppConfig) -> None:
    """Give the tables their names."""
    for model in app.get_models():
        one, many = NAMES[model.__name__.lower()]
        model._meta.verbose_name, model._meta.verbose_name_plural = one, many  # noqa: SLF001 - Django's own way in
        if model.__str__ is Model.__str__:
            setattr(model, "__str__", _called)  # noqa: B010 - its type is that of every object's


def _called(row: Model) -> str:
    """What a row is called in a heading: the name of its table and its number."""
    return f"{row._meta.verbose_name} {row.pk}"  # noqa: SLF001 - Django's own way in
