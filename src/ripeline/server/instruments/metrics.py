"""What is counted and measured, for Prometheus; no label ever holds personal data.

Each process counts for itself. The gauges are read from the database when asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily

from ripeline.server.delivery.endpoints import Endpoint
from ripeline.server.delivery.outbox import Delivery
from ripeline.server.events import Event
from ripeline.server.instants import SECOND, now
from ripeline.server.leads import Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from prometheus_client import Metric

    from ripeline.server.ledger import Added, NewRejected

CONTENT_TYPE = CONTENT_TYPE_LATEST
REGISTRY = CollectorRegistry()
_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

EVENTS = Counter(
    "ripeline_events", "Messages taken in, by what became of them and why.", ("verdict", "reason"), registry=REGISTRY
)
COMMIT = Histogram("ripeline_commit_seconds", "One commit of the intake.", buckets=_FAST, registry=REGISTRY)
ROUND = Histogram("ripeline_round_seconds", "One round of qualification.", buckets=_FAST, registry=REGISTRY)
UNITS = Counter("ripeline_units_decided", "Units decided on.", registry=REGISTRY)
DELIVERIES = Counter("ripeline_deliveries", "Tries to deliver, by how they ended.", ("verdict",), registry=REGISTRY)
FAILURES = Counter("ripeline_steps_failed", "Steps of the worker that failed.", ("step",), registry=REGISTRY)
_STORED, _REPEATED, _CONFLICT = (EVENTS.labels(verdict, "") for verdict in ("stored", "repeated", "conflict"))


def count(added: Added, rejected: Iterable[NewRejected]) -> None:
    """Count what became of messages that came in."""
    _STORED.inc(added.stored)
    _REPEATED.inc(added.repeated - added.conflicts)
    _CONFLICT.inc(added.conflicts)
    for row in rejected:
        EVENTS.labels("quarantined", row.reason).inc()


def queue_age(instant: int) -> float:
    """How long the oldest row has waited to be read, in seconds; 0 if none waits."""
    oldest = Event.objects.filter(known_at=None).order_by("id").values_list("received_at", flat=True).first()
    return 0.0 if oldest is None else max(0, instant - oldest) / SECOND


def dirty_age(instant: int) -> float:
    """How long the oldest unit has waited to be decided on, in seconds; 0 if none waits."""
    waiting = Unit.objects.filter(dirty_at__isnull=False, failures=0)
    dirty = waiting.order_by("dirty_at").values_list("dirty_at", flat=True).first()
    return 0.0 if dirty is None else max(0, instant - dirty) / SECOND


class _Gauges:
    """What stands in the database at the moment of asking."""

    def collect(self) -> Iterator[Metric]:
        instant = now()
        waiting = Delivery.objects.filter(next_try_at__isnull=False).count()
        yield GaugeMetricFamily("ripeline_queue_age_seconds", "Age of the oldest unread row.", queue_age(instant))
        yield GaugeMetricFamily("ripeline_dirty_age_seconds", "Age of the oldest undecided unit.", dirty_age(instant))
        yield GaugeMetricFamily("ripeline_deliveries_waiting", "Messages on their way.", waiting)
        dead = Delivery.objects.filter(dead_at__isnull=False).count()
        yield GaugeMetricFamily("ripeline_deliveries_dead", "Messages given up.", dead)

        failing = Endpoint.objects.filter(closed_at=None, failing_since__isnull=False).count()
        yield GaugeMetricFamily("ripeline_endpoints_failing", "Endpoints whose last try failed.", failing)

    def describe(self) -> Iterator[Metric]:
        return iter(())


REGISTRY.register(_Gauges())


def page() -> bytes:
    """All of it as Prometheus reads it; raises the database's errors."""
    try:
        return generate_latest(REGISTRY)
    finally:
        connection.close()
