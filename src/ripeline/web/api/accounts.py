"""Accounts: the companies of the leads. Their leads are `leads?account=`."""

from typing import Any

from django.db.models import Count, Q
from ninja import Query, Router
from pydantic import BaseModel

from ripeline.server import visibility
from ripeline.server.accounts import Account
from ripeline.server.instants import FOREVER
from ripeline.web.api.keys import Asked
from ripeline.web.api.routes import found, reading
from ripeline.web.api.values import Instant, Number, Page, Paging, Sought, iso, page

router = Router(tags=["accounts"])


class AccountShown(BaseModel):
    """A company, by the name under which its sources know it; its owner is the rep who is offered its leads."""

    id: int
    key: str
    owner: str | None
    created_at: Instant


class AccountInFull(AccountShown):
    """A company, and how many leads it has now."""

    leads: int


class AccountFilters(Paging):
    """Which accounts."""

    key: Sought | None = None


@reading(router, "", Page[AccountShown])
def list_accounts(request: Asked, filters: Query[AccountFilters]) -> Page[AccountShown]:
    """Accounts."""
    rows = visibility.accounts_of(request.auth.user).select_related("owner")
    if filters.key is not None:
        rows = rows.filter(key=filters.key)
    return page(rows, filters, lambda shown: [AccountShown(**_told(account)) for account in shown])


@reading(router, "/{account}", AccountInFull)
def show_account(request: Asked, account: Number) -> AccountInFull:
    """One account."""
    now = Q(memberships__until=FOREVER, memberships__lead__merged_into=None)
    counted = (
        visibility.accounts_of(request.auth.user)
        .select_related("owner")
        .annotate(leads=Count("memberships", filter=now))
    )
    row = found(counted.filter(pk=account).first())
    return AccountInFull(**_told(row), leads=row.leads)


def _told(account: Account) -> dict[str, Any]:
    owner = account.owner.username if account.owner else None
    return {"id": account.pk, "key": account.key, "owner": owner, "created_at": iso(account.created_at)}
