"""Two leads that are one person: merged by hand, and parted again."""

from ninja import Query, Router
from pydantic import BaseModel

from ripeline.server import instants, merges, visibility
from ripeline.server.merges import Merge
from ripeline.web.api.keys import Asked
from ripeline.web.api.leads import lead_of
from ripeline.web.api.routes import acting, agreed, found, reading
from ripeline.web.api.values import Instant, Number, Page, Paging, RowNumber, Said, iso, iso_or_none, page

router = Router(tags=["merges"])


class MergeShown(BaseModel):
    """Two leads that became one: the kept one, and the one that is shown no more."""

    id: int
    kept: int
    absorbed: int
    at: Instant
    by: str | None
    undone_at: Instant | None
    undone_by: str | None


class OnePerson(Said):
    """Two leads that are one person."""

    lead: RowNumber
    other: RowNumber


@reading(router, "", Page[MergeShown])
def list_merges(request: Asked, filters: Query[Paging]) -> Page[MergeShown]:
    """Merges, those that were undone too."""
    rows = visibility.seen_by(request.auth.user, Merge.objects.select_related("by", "undone_by"), "kept")
    return page(rows, filters, lambda shown: [_shown(one) for one in shown])


@acting(router, "", MergeShown)
def merge(request: Asked, said: OnePerson) -> MergeShown:
    """Make one lead of two; the one whose work is further, else the older one, keeps its number."""
    first, second = lead_of(request, said.lead), lead_of(request, said.other)
    done = merges.merge_by_hand(first, second, by=request.auth.user, now=instants.now())
    return _shown(agreed(done, "body"))


@acting(router, "/{merge}/undo", MergeShown)
def unmerge(request: Asked, merge: Number) -> MergeShown:
    """Make two leads of one again, each with its own rows."""
    row = found(visibility.seen_by(request.auth.user, Merge.objects.all(), "kept").filter(pk=merge).first())
    return _shown(agreed(merges.unmerge(row, by=request.auth.user, now=instants.now())))


def _shown(merge: Merge) -> MergeShown:
    return MergeShown(
        id=merge.pk,
        kept=merge.kept_id,
        absorbed=merge.absorbed_id,
        at=iso(merge.at),
        by=merge.by.username if merge.by else None,
        undone_at=iso_or_none(merge.undone_at),
        undone_by=merge.undone_by.username if merge.undone_by else None,
    )
