"""The forms of the team's pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ripeline.language import LANGUAGES
from ripeline.server.sales.routes import By
from ripeline.server.staff.calendars import LONGEST
from ripeline.server.staff.users import Role, User
from ripeline.web.staff.me import OWN_NAMES

if TYPE_CHECKING:
    from django.db.models import QuerySet

_MOST = 10_000


class InviteForm(forms.Form):
    """Who comes in, and as what."""

    email = forms.EmailField(label=_("E-mail"), max_length=150)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    language = forms.ChoiceField(label=_("Language"), required=False)

    def __init__(self, *given: Any, **more: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(*given, **{"label_suffix": "", "auto_id": "invite_%s", **more})
        offered: Any = self.fields["language"]
        offered.choices = [("", _("That of the browser")), *((code, OWN_NAMES[code]) for code in LANGUAGES)]


class WorkForm(forms.Form):
    """How much a rep gets, and by which hours the rep's clocks run."""

    capacity = forms.IntegerField(
        label=_("Hand-offs at once at most"),
        help_text=_("Empty: any number"),
        min_value=0,
        max_value=_MOST,
        required=False,
    )
    calendar = forms.CharField(
        label=_("Hours"),
        help_text=_("In YAML, like the calendar of the playbook. Empty: those of the playbook"),
        max_length=LONGEST,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
    )


class SuccessorForm(forms.Form):
    """Who takes over from somebody who leaves."""

    successor = forms.ModelChoiceField(
        label=_("Who takes over"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("By the rules of routing"),
    )

    def __init__(self, *given: Any, offered: QuerySet[User], **more: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(*given, **{"label_suffix": "", **more})
        field: Any = self.fields["successor"]
        field.queryset = offered


class PersonForm(SuccessorForm):
    """What only whoever administers says of a user; with another role comes who takes over."""

    email = forms.EmailField(label=_("E-mail"), max_length=254, required=False)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    is_manager = forms.BooleanField(label=_("Leads the sales team"), required=False)

    def __init__(self, *given: Any, **more: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(*given, **{"auto_id": "person_%s", **more})
        self.fields["successor"].help_text = _("If the role is another one from now on")


class RouteForm(forms.Form):
    """Which leads go to which reps."""

    name = forms.CharField(label=_("Name"), max_length=100)
    by = forms.ChoiceField(label=_("By"), choices=By.choices)
    attribute = forms.CharField(
        label=_("Attribute"), help_text=_("Such as postal_code, for the first choice"), max_length=64, required=False
    )
    values = forms.CharField(
        label=_("Values"),
        help_text=_("One a line; 10* stands for all that begin so"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    reps = forms.ModelMultipleChoiceField(
        label=_("Reps"), queryset=User.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *given: Any, **more: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(*given, **{"label_suffix": "", "auto_id": "route_%s", **more})
        field: Any = self.fields["reps"]
        field.queryset = User.objects.filter(role=Role.SALES, is_active=True).order_by("username")
