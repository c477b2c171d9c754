"""Who asks: a key in the header, what it opens, and how often."""

import threading
from typing import TYPE_CHECKING

from django.http import HttpRequest
from ninja.security import HttpBearer

from ripeline.server import instants
from ripeline.server.answers import NotTaken
from ripeline.server.intake.limits import Bucket
from ripeline.server.refusals import Refusal, Refused
from ripeline.server.staff import users
from ripeline.server.staff.users import Action, ApiKey
from ripeline.web.api.troubles import Code, declined, refused

RATE = 20
"""So many requests a second one key may make, and ten times as many at once; each process counts for itself."""


class Asked(HttpRequest):
    """A request after its key was looked at."""

    if TYPE_CHECKING:
        auth: ApiKey


class _Rates:
    """How much each key may still ask for."""

    def __init__(self) -> None:
        self._buckets: dict[int, Bucket] = {}
        self._lock = threading.Lock()

    def take(self, key: ApiKey) -> None:
        """One more request; raises Declined for one too many."""
        now = instants.now()
        try:
            with self._lock:
                self._buckets.setdefault(key.pk, Bucket(RATE, now)).take(1, now)
        except NotTaken as over:
            seconds = over.retry_after or 1
            raise declined(Code.TOO_MANY, retry_after=seconds, seconds=seconds) from None


class Key(HttpBearer):
    """Opens a route to keys that may do an action."""

    def __init__(self, action: Action) -> None:
        super().__init__()
        self.action = action

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        """The key; raises Declined for one that asks too often or may not do this."""
        del request
        key = users.key_of(token)
        if key is None:
            return None
        rates.take(key)
        if not users.key_may(key, self.action):
            only_reads = users.may(key.user, self.action)
            raise declined(Code.ONLY_READS) if only_reads else refused(Refused(Refusal.NOT_ALLOWED))
        return key


rates = _Rates()
READS, ACTS = Key(Action.READ), Key(Action.ACT_ON_LEADS)
