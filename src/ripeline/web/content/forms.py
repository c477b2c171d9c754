"""The forms of the pages of content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ripeline.integrations.content_csv import MOST_BYTES
from ripeline.server.refusals import TEXTS, Refusal
from ripeline.web import shell
from ripeline.web.marketing.list_rows import label_of

if TYPE_CHECKING:
    from ripeline.core.playbook import Playbook

_SHORT = forms.TextInput(attrs={"autocomplete": "off"})


class ItemForm(forms.Form):
    """What is said of an item."""

    item = forms.CharField(
        label=_("Events name it"),
        help_text=_("By its path, such as /guides/energy, or the content_id that events carry"),
        max_length=500,
        widget=_SHORT,
    )
    title = forms.CharField(label=_("Title"), max_length=200, required=False, widget=_SHORT)
    content = forms.ChoiceField(label=_("Class"))
    address = forms.CharField(
        label=_("Address"), max_length=1_000, required=False, widget=forms.TextInput(attrs={"inputmode": "url"})
    )
    language = forms.CharField(
        label=_("Language"),
        help_text=_("de, nl, da, en … Empty: for all"),
        max_length=30,
        required=False,
        widget=_SHORT,
    )
    personas = forms.MultipleChoiceField(
        label=_("For these personas only"), required=False, widget=forms.CheckboxSelectMultiple
    )
    topic = forms.CharField(label=_("Topic"), max_length=100, required=False, widget=_SHORT)
    objection = forms.CharField(
        label=_("Objection that it answers"),
        help_text=_("In the words in which it is noted, such as too expensive"),
        max_length=200,
        required=False,
        widget=_SHORT,
    )

    def __init__(self, *given: Any, playbook: Playbook | None, is_new: bool = True, **more: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(*given, **{"label_suffix": "", "auto_id": "item_%s", **more})
        called = shell.language().part
        classes = [(name, called(one.kind)) for name, one in playbook.content.items()] if playbook else []
        kept: Any = self.fields["content"]
        kept.choices = [("", gettext("Choose")), *classes]
        personas: Any = self.fields["personas"]
        personas.choices = [
            (name, label_of(playbook, "personas", name)) for name in (playbook.personas if playbook else ())
        ]
        if not is_new:
            del self.fields["item"]

    def said(self) -> dict[str, str]:
        """What was said, as the catalogue takes it."""
        given = dict(self.cleaned_data)
        return {**given, "personas": "|".join(given["personas"])}


class TableForm(forms.Form):
    """A catalogue as a CSV."""

    file = forms.FileField(label=_("File"), allow_empty_file=True)

    def __init__(self, *given: Any, **more: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(*given, **{"label_suffix": "", "auto_id": "table_%s", **more})

    def clean_file(self) -> bytes:
        """The bytes, no more of them than are taken."""
        return _bytes_of(self.cleaned_data["file"])


class SitemapForm(forms.Form):
    """A sitemap, as a file or at an address."""

    address = forms.CharField(
        label=_("Address"),
        max_length=1_000,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "url", "placeholder": "https://www.example.com/sitemap.xml"}),
    )
    file = forms.FileField(label=_("or a file"), required=False)

    def __init__(self, *given: Any, **more: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(*given, **{"label_suffix": "", "auto_id": "sitemap_%s", **more})

    def clean_file(self) -> bytes | None:
        """The bytes, no more of them than are taken."""
        return _bytes_of(self.cleaned_data["file"]) if self.cleaned_data.get("file") else None

    def clean(self) -> dict[str, Any]:
        """One of the two."""
        if not self.cleaned_data.get("address") and self.cleaned_data.get("file") is None:
            self.add_error("address", gettext("Give an address or a file."))
        return self.cleaned_data


def _bytes_of(file: Any) -> bytes:  # noqa: ANN401 - Django's
    if file.size > MOST_BYTES:
        raise forms.ValidationError(gettext(TEXTS[Refusal.TOO_LARGE_THERE]))
    return bytes(file.read())
