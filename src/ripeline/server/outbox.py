"""What is to be told to others, written in the transaction of the decision that it tells."""

from __future__ import annotations

from django.db import models

from ripeline.server.instants import InstantField


class Endpoint(models.Model):
    """Where decisions are told to, by signed webhook."""

    url = models.URLField(max_length=500)
    secret = models.CharField(max_length=100)
    created_at = InstantField()
    closed_at = InstantField(null=True)


class Outgoing(models.Model):
    """One message; told at least once, with the same id and body at every try."""

    topic = models.CharField(max_length=32)
    key = models.CharField(max_length=64, unique=True)
    body = models.TextField()
    created_at = InstantField()


class Delivery(models.Model):
    """One message on its way to one endpoint."""

    outgoing = models.ForeignKey(Outgoing, on_delete=models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = InstantField(null=True)  # none: delivered, or given up
    delivered_at = InstantField(null=True)
    dead_at = InstantField(null=True)
    claimed_until = InstantField(default=0)
    last_answer = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        """Each message goes to an endpoint once; what is due is found at once."""

        constraints = (models.UniqueConstraint(fields=["outgoing", "endpoint"], name="delivery_once"),)
        indexes = (
            models.Index(fields=["next_try_at"], name="delivery_due", condition=models.Q(next_try_at__isnull=False)),
        )
