"""All routes on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import include, path

from ripeline.web import forms
from ripeline.web.admin import site
from ripeline.web.api import site as api
from ripeline.web.log import log
from ripeline.web.logging_in import LogIn, LogOut, home

if TYPE_CHECKING:
    from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = [
    path("f/<str:name>", forms.form, name="form"),
    path("f/<str:name>/thanks", forms.thanks, name="thanks"),
    path("", home, name="home"),
    path("login/", LogIn.as_view(), name="login"),
    path("logout/", LogOut.as_view(), name="logout"),
    path("log/", log, name="log"),
    path("admin/", site.urls),
    path("api/v1/", include(api.routes())),
]
