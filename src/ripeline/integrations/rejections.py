"""Why a message could not become an event: a closed list, with a text for people."""

from __future__ import annotations

from typing import Literal

from ripeline.core.phrases import gettext as _

Reason = Literal[
    "not_json",
    "not_utf8",
    "not_an_object",
    "too_large",
    "too_deep",
    "too_many_keys",
    "number_out_of_range",
    "duplicate_key",
    "unknown_type",
    "no_identity",
    "no_event_name",
    "bad_event_name",
    "bad_properties",
    "missing_property",
    "reserved_event",
    "not_storable",
    "spam",
    "too_often",
    "unreadable_mail",
    "forged",
    "mail_spam",
    "erased",
]
"""Why a message could not become an event."""

TEXTS: dict[Reason, str] = {
    "not_json": _("It is not JSON."),
    "not_utf8": _("Its text is not UTF-8."),
    "not_an_object": _("It is not a JSON object."),
    "too_large": _("It is larger than an event may be."),
    "too_deep": _("It is nested too deeply."),
    "too_many_keys": _("It has too many keys."),
    "number_out_of_range": _("It holds a number that is too large."),
    "duplicate_key": _("It names the same key twice."),
    "unknown_type": _("Its type is none of track, identify, page, screen, group and alias."),
    "no_identity": _("It says of nobody: no user, no visitor and no e-mail address that could be anyone's."),
    "no_event_name": _("It does not say what happened."),
    "bad_event_name": _("The name of what happened cannot be used."),
    "bad_properties": _("Its properties or traits are not a JSON object."),
    "missing_property": _("It lacks a property without which it says nothing."),
    "reserved_event": _("This source may not say that: the name has a meaning of its own in Ripeline."),
    "not_storable": _("The database did not take it."),
    "spam": _("It looks as if a machine had filled in the form."),
    "too_often": _("The form was filled in more often than people do."),
    "unreadable_mail": _("It is no mail that can be read."),
    "forged": _("The mail server found that it does not come from whom it says."),
    "mail_spam": _("The mail server took it for spam."),
    "erased": _("It tells of somebody who was erased and has not come again by themselves."),
}
"""What people read."""
