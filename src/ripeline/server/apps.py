"""The app as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class ServerConfig(AppConfig):
    """Ripeline's one app."""

    name = "ripeline.server"
    label = "server"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Ripeline"

    def ready(self) -> None:
        """Name the tables, once all are there."""
        from ripeline.server import names  # noqa: PLC0415 - not before the tables are there

        names.give(self)
