"""How forms are rendered: whoever typed something wrong lands at it, however long the page is."""

from __future__ import annotations

from typing import Any

from django.forms.boundfield import BoundField
from django.forms.renderers import DjangoTemplates


class Field(BoundField):
    """A field of a form; the first one at fault takes the focus when the page opens, with scripts and without."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: Any = None) -> dict[str, Any]:  # noqa: ANN401 - Django's
        """As Django has them, and the focus."""
        made = super().build_widget_attrs(attrs, widget)
        is_first = self.name == next(iter(self.form.errors), None)
        return made | {"autofocus": True} if is_first else made


class Renderer(DjangoTemplates):
    """Renders the forms of all pages with such fields."""

    bound_field_class = Field
