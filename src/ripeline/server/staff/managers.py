"""Whoever leads the team is told by e-mail what was escalated: by a receiver of one's own, kept as the team changes."""

from __future__ import annotations

from django.conf import settings

from ripeline.server.delivery import endpoints
from ripeline.server.delivery.endpoints import Endpoint, EndpointKind
from ripeline.server.delivery.topics import ESCALATED
from ripeline.server.refusals import Refused
from ripeline.server.staff.users import Role, User


def reach(*, now: int) -> None:
    """Let all who lead the team, and nobody who no longer does, be told of escalations, in the caller's transaction.

    Without a mail server, or without an address, nobody is reached so; an address that is told already stays as it is.
    """
    if not settings.EMAIL_HOST:
        return
    leading = User.objects.filter(role=Role.SALES, is_manager=True, is_active=True).exclude(email="")
    wanted = {user.email: user for user in leading.order_by("pk")}
    for endpoint in Endpoint.objects.filter(user__isnull=False, closed_at=None):
        if wanted.pop(endpoint.address, None) is None:
            endpoints.close(endpoint, now=now)
    for address, user in wanted.items():
        language = user.language or "en"
        added = endpoints.add(address, kind=EndpointKind.EMAIL, topics=[ESCALATED], language=language, now=now)
        if not isinstance(added, Refused):
            Endpoint.objects.filter(pk=added.pk).update(user=user)
