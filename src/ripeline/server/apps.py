"""The app as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class ServerConfig(AppConfig):
    """Ripeline's one app."""

    name = "ripeline.server"
    label = "server"
    default_auto_field = "django.db.models.BigAutoField"
