"""Amounts and values of attributes as people write and read them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from babel import Locale
from babel.numbers import NumberFormatError, format_currency, parse_decimal
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ripeline.server.profiles import members
from ripeline.server.sales.outcomes import MOST_CENTS
from ripeline.web import shell

if TYPE_CHECKING:
    from collections.abc import Callable

_CENTS = 100
_LONGEST = 500
_MOST = 10**15
_SIGNS = "€$£ \u00a0\u202f"


class NumberField(forms.CharField):
    """A number as the user's language writes it: 12.500,50 in German, 12,500.50 in English."""

    default_error_messages = {"no_number": _("This is no number.")}  # noqa: RUF012 - as Django has it

    def __init__(self, **more: Any) -> None:  # noqa: ANN401 - Django's
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(max_length=40, widget=widget, **more)

    def clean(self, value: Any) -> Any:  # noqa: ANN401 - Django's
        """The number; None for no text."""
        text = super().clean(value).strip(_SIGNS)
        if not text:
            return None
        try:
            number = parse_decimal(text, locale=shell.locale(), strict=True)
        except NumberFormatError:
            raise forms.ValidationError(self.error_messages["no_number"], code="no_number") from None
        if not number.is_finite() or abs(number) > _MOST:
            raise forms.ValidationError(self.error_messages["no_number"], code="no_number")
        return number


class AmountField(NumberField):
    """An amount of money that is not below nothing, in hundredths."""

    def clean(self, value: Any) -> Any:  # noqa: ANN401 - Django's
        """The cents; None for no text."""
        number = super().clean(value)
        if number is None:
            return None
        cents = round(number * _CENTS)
        if not 0 <= cents <= MOST_CENTS:
            raise forms.ValidationError(self.error_messages["no_number"], code="no_number")
        return cents


def money(cents: int, currency: str) -> str:
    """An amount as the user's language writes it; cents only where there are some."""
    pattern: str = Locale.parse(shell.locale()).currency_formats["standard"].pattern
    is_whole = cents % _CENTS == 0
    told = pattern.replace(".00", "") if is_whole else pattern
    return format_currency(
        Decimal(cents) / _CENTS, currency or settings.CURRENCY, told, locale=shell.locale(), currency_digits=False
    )


def _field_of_text(**more: Any) -> forms.Field:  # noqa: ANN401 - Django's
    return forms.CharField(max_length=_LONGEST, widget=forms.TextInput(attrs={"autocomplete": "off"}), **more)


def _field_of_set(**more: Any) -> forms.Field:  # noqa: ANN401 - Django's
    return forms.CharField(
        max_length=_LONGEST, help_text=_("Several with commas between"), widget=forms.TextInput(), **more
    )


_FIELDS: dict[str, Callable[..., forms.Field]] = {
    "number": NumberField,
    "text": _field_of_text,
    "set": _field_of_set,
    "date": lambda **more: forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **more),
    "yes_no": lambda **more: forms.TypedChoiceField(
        choices=[("", "–"), ("true", _("yes")), ("false", _("no"))],  # noqa: RUF001 - a dash for nothing
        coerce=lambda text: text == "true",
        empty_value=None,
        **more,
    ),
}


def field_of(kind: str, label: str) -> forms.Field:
    """The field for an attribute of a type; what is not filled in is not said."""
    return _FIELDS[kind](label=label, required=False)


def value_of(kind: str, cleaned: Any) -> object:  # noqa: ANN401 - what the field of the type gives
    """What a field of `field_of` gave, as rows of the ledger tell it; None for nothing."""
    if cleaned is None or cleaned == "":
        return None
    if kind == "number":
        return int(cleaned) if cleaned == cleaned.to_integral_value() else float(cleaned)
    if kind == "set":
        return members(cleaned.replace(",", "|").replace(";", "|")) or None
    return cleaned.isoformat() if kind == "date" else cleaned
