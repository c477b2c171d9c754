"""The administration: the ledger to be looked at, the quarantine to be settled, sources and users to be closed.

Nothing is changed but by the verbs of the nouns: no row can be added, edited or deleted here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ripeline.server import instants, models, sources
from ripeline.server.delivery import endpoints, outbox
from ripeline.server.intake import quarantine
from ripeline.server.marketing import campaigns
from ripeline.server.refusals import TEXTS, Refusal, Refused
from ripeline.server.sales import leaving
from ripeline.server.staff import users
from ripeline.server.staff.users import Action, User, may
from ripeline.web.columns import LABELS, column

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest

    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin  # takes no parameter at run time

_SECRET = frozenset({"password", "secret", "old_secret", "write_key_digest"})


class Site(admin.AdminSite):
    """One login for all roles; what each sees is said by table."""

    site_header = site_title = "Ripeline"
    index_title = _("Administration")
    site_url = None
    login_form = AuthenticationForm
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Whoever may read everything comes in."""
        return _may(request.user, Action.READ_ALL)


class Looked(_ModelAdmin):
    """A table to be looked at by the roles that may do `needs`."""

    needs: ClassVar[Action] = Action.READ_ALL
    columns: ClassVar[tuple[str, ...]] = ()
    secret: ClassVar[frozenset[str]] = _SECRET
    actions_on_bottom = False
    show_full_result_count = False
    list_per_page = 50
    ordering = ("-pk",)
    list_select_related = True

    def get_list_display(self, request: HttpRequest) -> Any:  # noqa: ANN401 - as Django types it
        """The columns of the list."""
        del request
        return [column(name) for name in ("pk", *self.columns)]

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:  # noqa: ANN401
        """All fields but secret ones."""
        del request, obj
        names = [field.name for field in self.opts.concrete_fields]
        return [column(name) for name in names if name in LABELS and name not in self.secret]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:  # noqa: ANN401
        """The same: nothing is edited."""
        return self.get_fields(request, obj)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the role sees the table."""
        del obj
        return _may(request.user, self.needs)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the table stands on the first page."""
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds rows here."""
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody edits rows here."""
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody deletes rows here."""
        del request, obj
        return False

    def tell(self, request: HttpRequest, answers: Iterable[object]) -> None:
        """Say how many rows were done, and each reason why others were not."""
        done, reasons = 0, set()
        for answer in answers:
            if isinstance(answer, Refused):
                reasons.add(TEXTS[answer.reason])
            elif isinstance(answer, quarantine.StillRejected):
                reasons.add(answer.text)
            else:
                done += 1
        if done:
            text = ngettext("Done with {count} row.", "Done with {count} rows.", done).format(count=done)
            messages.success(request, text)
        for reason in sorted(reasons):
            messages.warning(request, gettext(reason))


class Rejected(Looked):
    """The quarantine."""

    needs = Action.SETTLE_REJECTED
    columns = ("received_at", "source", "reason", "detail", "kind", "settled_at")
    list_filter = ("reason", "source", ("settled_at", admin.EmptyFieldListFilter))
    actions = ("run_again", "discard")

    @admin.action(description=_("Run again"))
    def run_again(self, request: HttpRequest, rows: QuerySet[models.Rejected]) -> None:
        """Read the messages anew."""
        self.tell(request, [quarantine.run_again(row, now=instants.now()) for row in rows])

    @admin.action(description=_("Discard"))
    def discard(self, request: HttpRequest, rows: QuerySet[models.Rejected]) -> None:
        """Give the messages up."""
        self.tell(request, [quarantine.discard(row, now=instants.now()) for row in rows])


class Source(Looked):
    """Where events come from."""

    needs = Action.MANAGE_SOURCES
    columns = ("name", "kind", "origins", "events_per_second", "is_history", "created_at", "closed_at")
    actions = ("close",)

    @admin.action(description=_("Close"))
    def close(self, request: HttpRequest, rows: QuerySet[models.Source]) -> None:
        """Take nothing more from the sources."""
        self.tell(request, [sources.close(row, now=instants.now()) for row in rows])


class Staff(Looked):
    """Who may come in."""

    needs = Action.MANAGE_USERS
    columns = ("username", "role", "language", "is_active", "last_login")
    search_fields = ("username",)
    list_filter = ("role", "is_active")
    actions = ("disable", "enable")

    @admin.action(description=_("Disable"))
    def disable(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        """Let the users in no more."""
        self.tell(request, [leaving.deactivate(row, now=instants.now()) for row in rows])

    @admin.action(description=_("Enable"))
    def enable(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        """Let the users in again."""
        self.tell(request, [users.enable(row) for row in rows])


class ApiKey(Looked):
    """The keys of programs."""

    needs = Action.MANAGE_USERS
    columns = ("user", "name", "scope", "created_at", "revoked_at")
    secret = _SECRET | {"digest"}
    actions = ("revoke",)

    @admin.action(description=_("Revoke"))
    def revoke(self, request: HttpRequest, rows: QuerySet[models.ApiKey]) -> None:
        """Let the keys open nothing any more."""
        self.tell(request, [users.revoke(row, now=instants.now()) for row in rows])


class Cost(Looked):
    """What campaigns cost."""

    needs = Action.MANAGE_CAMPAIGNS
    columns = ("campaign", "starts_on", "ends_on", "cents", "currency", "note", "corrects")
    list_filter = ("campaign", "currency")
    actions = ("correct",)

    @admin.action(description=_("Take back"))
    def correct(self, request: HttpRequest, rows: QuerySet[models.Cost]) -> None:
        """Write a row against each."""
        self.tell(request, [campaigns.correct(row, now=instants.now()) for row in rows])


class Endpoint(Looked):
    """To whom decisions are told."""

    needs = Action.MANAGE_SOURCES
    columns = ("address", "kind", "topics", "created_at", "failing_since", "closed_at", "closed_by")
    list_filter = ("kind", ("closed_at", admin.EmptyFieldListFilter))
    actions = ("close", "reopen")

    @admin.action(description=_("Close"))
    def close(self, request: HttpRequest, rows: QuerySet[models.Endpoint]) -> None:
        """Tell the receivers nothing more."""
        self.tell(request, [endpoints.close(row, now=instants.now()) for row in rows])

    @admin.action(description=_("Open again"))
    def reopen(self, request: HttpRequest, rows: QuerySet[models.Endpoint]) -> None:
        """Tell the receivers again what is told from now on."""
        self.tell(request, [endpoints.reopen(row) for row in rows])


class Delivery(Looked):
    """What became of each message at each endpoint."""

    needs = Action.MANAGE_SOURCES
    columns = ("outgoing", "endpoint", "attempts", "next_try_at", "delivered_at", "dead_at", "last_answer")
    list_filter = (("dead_at", admin.EmptyFieldListFilter), "endpoint")
    actions = ("send_again", "purge")

    @admin.action(description=_("Send again"))
    def send_again(self, request: HttpRequest, rows: QuerySet[models.Delivery]) -> None:
        """Send again what was given up."""
        self.tell_of(request, rows.count(), outbox.try_again(rows, now=instants.now()))

    @admin.action(description=_("Forget"))
    def purge(self, request: HttpRequest, rows: QuerySet[models.Delivery]) -> None:
        """Forget what was given up."""
        self.tell_of(request, rows.count(), outbox.purge(rows))

    def tell_of(self, request: HttpRequest, chosen: int, done: int) -> None:
        """Say how many messages were done; the others were not given up, or their endpoint is closed."""
        self.tell(request, [None] * done + [Refused(Refusal.NOT_GIVEN_UP)] * (chosen > done))


def _table(*columns: str, needs: Action = Action.READ_ALL, **options: Any) -> type[Looked]:  # noqa: ANN401 - Django's
    return type("Table", (Looked,), {"columns": columns, "needs": needs, **options})


def _may(user: User | AnonymousUser, action: Action) -> bool:
    return isinstance(user, User) and may(user, action)


TABLES: dict[type[Model], type[Looked]] = {
    models.Absence: _table("user", "since", "until", "begun_at", needs=Action.LEAD_TEAM),
    models.Account: _table("key", "owner", "created_at", search_fields=("key",)),
    models.ApiKey: ApiKey,
    models.Assignment: _table("handoff", "rep", "at", "reason", "route", "by", list_filter=("reason",)),
    models.Attachment: _table("identifier", "lead", "since", "until", search_fields=("identifier__value",)),
    models.Campaign: _table(
        *("name", "source", "utm_campaign", "utm_source", "utm_medium", "starts_on", "ends_on"),
        list_filter=("source",),
        search_fields=("name",),
    ),
    models.Competitor: _table("name", "note", "created_at", search_fields=("name",)),
    models.Conflict: _table("source", "key", "count", "last_at", needs=Action.MANAGE_SOURCES),
    models.ContentItem: _table("item", "content", "since", "until", search_fields=("item",)),
    models.Cost: Cost,
    models.Decision: _table("lead", "at", "kind", "old", "new", "reason", "gate", "version", list_filter=("kind",)),
    models.Delivery: Delivery,
    models.Doubt: _table("lead", "other", "reason", "at", "settled_at"),
    models.Endpoint: Endpoint,
    models.Event: _table("at", "name", "source", "identifier", "received_at", "known_at", search_fields=("=key",)),
    models.Form: _table("name", "source", "created_at", needs=Action.MANAGE_SOURCES),
    models.FormVersion: _table("form", "created_at", needs=Action.MANAGE_SOURCES),
    models.Handoff: _table("lead", "rep", "status", "offered_at", "due_at", "touched_at", list_filter=("status",)),
    models.Identifier: _table("kind", "value", "lead", search_fields=("value",)),
    models.Lead: _table(
        *("stage", "cell", "persona", "owner", "computed_at"),
        list_filter=("stage",),
        search_fields=("identifiers__value",),
    ),
    models.Mail: _table(
        "created_at", "lead", "kind", "about", "sent_at", "held_at", "held", list_filter=("kind", "held")
    ),
    models.Mailbox: _table("name", "read_at", "last_uid", needs=Action.MANAGE_SOURCES),
    models.Mailing: _table("name", "template", "segment", "status", "started_at", "stopped_at"),
    models.Membership: _table("lead", "account", "since", "until", search_fields=("lead__identifiers__value",)),
    models.Merge: _table("kept", "absorbed", "at", "by", "undone_at"),
    models.Outcome: _table("lead", "stage", "at", "cents", "currency", "reason", "competitor", list_filter=("stage",)),
    models.Outgoing: _table("topic", "key", "created_at", needs=Action.MANAGE_SOURCES),
    models.PlaybookVersion: _table("title", "digest", "created_at", ordering=("-created_at",)),
    models.Publication: _table("version", "at", "mode", "by"),
    models.Referral: _table("advocate", "lead", "at", "by"),
    models.Rejected: Rejected,
    models.Round: _table("at", "rows", "finished_at"),
    models.Route: _table(
        "place", "name", "by", "attribute", "values", ordering=("place", "pk"), needs=Action.LEAD_TEAM
    ),
    models.Signature: _table("version", "side", "user", "at"),
    models.Source: Source,
    models.Task: _table("due_at", "kind", "lead", "owner", "text", "done_at", list_filter=("kind",)),
    models.User: Staff,
}
"""Each table with the columns of its list.

`Unit`, `Click`, `MailLink`, `MailTemplate`, `Enrollment`, `StepDone`, `NurturePause`,
`BadLogin`, `Link`, `Login`, `Request` and `Installation` are nobody's business.
"""

site = Site()
for _model, _options in TABLES.items():
    site.register(_model, _options)
