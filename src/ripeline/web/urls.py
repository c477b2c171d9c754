"""All routes on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import path
from django.views.generic import RedirectView

from ripeline.web import forms
from ripeline.web.admin import site

if TYPE_CHECKING:
    from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = [
    path("f/<str:name>", forms.form, name="form"),
    path("f/<str:name>/thanks", forms.thanks, name="thanks"),
    path("", RedirectView.as_view(url="/admin/"), name="home"),
    path("admin/", site.urls),
]
