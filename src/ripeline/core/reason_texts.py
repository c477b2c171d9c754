"""The texts of all reasons, by code, and the kinds of their details. The texts are keys for translation."""

# ruff: noqa: RUF001 - the sign of multiplication is meant

from __future__ import annotations

from typing import Literal

Kind = Literal[
    "points",
    "instant",
    "day",
    "duration",
    "count",
    "number",
    "name",
    "names",
    "items",
    "language",
    "text",
    "texts",
    "value",
    "values",
]

KINDS: dict[str, Kind] = {
    "activities": "names",
    "attribute": "name",
    "at": "instant",
    "axis": "name",
    "cap": "points",
    "cell": "text",
    "cells": "texts",
    "count": "count",
    "due_at": "instant",
    "exclusion": "name",
    "gate": "name",
    "given": "points",
    "highest": "count",
    "items": "items",
    "known": "count",
    "language": "language",
    "last_at": "day",
    "listed": "count",
    "needed": "points",
    "new": "name",
    "now": "value",
    "objection": "text",
    "old": "name",
    "other_percent": "count",
    "other_points": "points",
    "percent": "count",
    "personas": "names",
    "phases": "names",
    "points": "points",
    "purpose": "name",
    "score": "points",
    "span": "duration",
    "stage": "name",
    "times": "number",
    "topic": "text",
    "until": "instant",
    "value": "value",
    "values": "values",
}
"""What each detail is, whatever the reason. A `name` is one of the playbook's or of ours, a `text` is shown as it is,
a `value` as its attribute's type asks; of `names`, `texts` and `values` any one is meant, of `items` all."""


def gettext(text: str) -> tuple[str, str]:
    """Mark a text for translation."""
    return text, text


def ngettext(one: str, many: str) -> tuple[str, str]:
    """Mark a text for translation that depends on `count`."""
    return one, many


_LINES = {
    "awarded": ngettext("once, on {last_at}", "{count} times, last on {last_at}"),
    "given": gettext("{given} at first"),
    "half_life": gettext("halves every {span}"),
    "linear": gettext("loses {percent} percent every {span}"),
    "window": gettext("gone after {span}"),
    "state": gettext("holds now"),
    "state_of": gettext("{attribute}: {now}"),
    "cap_most": gettext("held to {cap} at most"),
    "cap_least": gettext("held to {cap} at least"),
    "adjusted": gettext("by a person's hand"),
}

_STANDING = {
    "not_known": gettext("Nothing is known of this lead at {at}."),
    "no_events": gettext("Nothing has happened yet, so engagement is 0."),
    "plain": gettext("Only passing by so far: visits, and nothing more."),
    "excluded": gettext("Excluded ({exclusion}): no scores, and no way to sales."),
    "not_evaluated": gettext("Not scored: consent to scoring is missing. No scores, and no way to sales."),
    "consent_assumed": gettext("The playbook assumes all consents; none was asked of the data."),
    "hold": gettext("Held by hand until {until}: automation does nothing."),
    "floor": gettext("Set by hand: not below {stage} until {until}."),
    "ceiling": gettext("Set by hand: not above {stage} until {until}."),
    "cool_down": gettext("Left in peace until {until}; after that, a new conversion action takes it to sales."),
    "waits_for_conversion": gettext("Sales gets it again after a new conversion action."),
    "waits_for_data": gettext("Sales gets it again once its data has been corrected."),
}

_MOVES = {
    "moved_gate_up": gettext("{old} → {new}: it met the conditions of {gate}."),
    "moved_gate_down": gettext("{old} → {new}: it no longer met the conditions of MQL."),
    "moved_forced": gettext("{old} → {new}: one activity was enough for {gate}."),
    "moved_voided": gettext("{old} → {new}: what had made it an MQL was taken back."),
    "moved_excluded": gettext("{old} → {new}: an exclusion applies."),
    "moved_no_consent": gettext("{old} → {new}: consent to scoring is gone."),
    "moved_person": gettext("{old} → {new}: a person moved it."),
    "moved_override": gettext("{old} → {new}: a person overrode the automation."),
    "moved_confirmed": gettext("{old} → {new}: sales confirmed the need."),
    "moved_recycled": gettext("{old} → {new}: sales gave it back to marketing."),
    "moved_disqualified": gettext("{old} → {new}: sales disqualified it."),
    "offered": gettext("Offered to sales."),
    "acceptance_due": gettext("An answer to the offer is due on {due_at}."),
    "response_due": gettext("Our first touch is due on {due_at}."),
    "accepted": gettext("Sales accepted the hand-off."),
    "confirmed": gettext("Sales confirmed the hand-off."),
    "recycled": gettext("Sales gave the hand-off back."),
    "rejected": gettext("Sales rejected the hand-off."),
    "disqualified": gettext("The hand-off ended: disqualified."),
    "expired": gettext("The offer expired: the lead is no longer ready for sales."),
    "merged": gettext("The hand-off ended: the lead was merged into another one."),
    "touched": gettext("Our first touch was made."),
    "refused_illegal_move": gettext("A person's act was refused: that move is not allowed."),
    "refused_no_override": gettext("The end of an override was refused: none was in force."),
    "refused_no_open_handoff": gettext("A verdict was refused: no hand-off was open."),
    "refused_already_accepted": gettext("A verdict was refused: the hand-off was accepted already."),
    "signal_task": gettext("Task: it asked again, but automation may not move it."),
    "signal_faded": gettext("Signal: it is no longer ready for sales."),
    "signal_revived": gettext("Signal: it is ready for sales again."),
}

_ASKED = {
    "asked_score": gettext("{axis} at least {needed}"),
    "asked_score_below": gettext("{axis} below {needed}"),
    "asked_account": gettext("{axis} of the company at least {needed}"),
    "asked_cell": gettext("cell {cells}"),
    "asked_did": gettext("{count} × {activities}"),
    "asked_did_within": gettext("{count} × {activities} within {span}"),
    "asked_did_at_most": gettext("at most {highest} × {activities}"),
    "asked_did_at_most_within": gettext("at most {highest} × {activities} within {span}"),
    "asked_did_never": gettext("no {activities}"),
    "asked_did_never_within": gettext("no {activities} within {span}"),
    "asked_persona": gettext("persona {personas}"),
    "asked_phase": gettext("phase {phases}"),
    "asked_bant": ngettext("{count} BANT item met", "{count} BANT items met"),
    "asked_bant_required": ngettext(
        "{count} BANT item met, among them {items}", "{count} BANT items met, among them {items}"
    ),
    "asked_completeness": gettext("profile complete to {percent} percent"),
    "asked_silent": gettext("silent for {span} after regular activity"),
    "asked_surge": gettext("{times} times the usual activity within {span}"),
    "asked_returning": gettext("a second visit"),
    "asked_key_pages": gettext("a key page since the second visit"),
    "asked_is": gettext("{attribute} is {value}"),
    "asked_is_not": gettext("{attribute} is not {value}"),
    "asked_in": gettext("{attribute} is one of {values}"),
    "asked_not_in": gettext("{attribute} is none of {values}"),
    "asked_contains": gettext("{attribute} contains {values}"),
    "asked_starts_with": gettext("{attribute} begins with {values}"),
    "asked_ends_with": gettext("{attribute} ends with {values}"),
    "asked_matches": gettext("{attribute} matches {value}"),
    "asked_has": gettext("{attribute} holds {values}"),
    "asked_domain_in": gettext("{attribute} at {values}"),
    "asked_at_least": gettext("{attribute} at least {value}"),
    "asked_at_most": gettext("{attribute} at most {value}"),
    "asked_above": gettext("{attribute} above {value}"),
    "asked_below": gettext("{attribute} below {value}"),
    "asked_before": gettext("{attribute} before {value}"),
    "asked_after": gettext("{attribute} after {value}"),
    "asked_missing": gettext("{attribute} is unknown"),
    "asked_known": gettext("{attribute} is known"),
}

_NOW = {
    "now_score": gettext("{score}"),
    "now_short": gettext("{score}, {points} short"),
    "now_cell": gettext("{cell}"),
    "now_no_cell": gettext("no cell"),
    "now_count": gettext("{count} so far"),
    "now_completeness": gettext("{known} of {listed} known"),
    "now_bant": ngettext("{count} met, not yet: {items}", "{count} met, not yet: {items}"),
    "now_value": gettext("{now}"),
    "now_unknown": gettext("not known"),
}

_SHORT = {
    "short_points": gettext("{points} points of {axis}"),
    "short_account": gettext("{points} points of {axis} in the company"),
    "short_cell": gettext("{points} points of {axis} to {cell}"),
    "short_both": gettext("{points} points of Engagement and {other_points} of Fit to {cell}"),
    "short_did": gettext("{count} × {activities}"),
    "short_bant": ngettext("{count} BANT item ({items})", "{count} BANT items ({items})"),
    "short_unknown": gettext("{attribute} (not known)"),
    "short_facts": ngettext("{count} more fact in the profile", "{count} more facts in the profile"),
}

_AHEAD = {
    "dwell": gettext("All conditions of {gate} are met; it opens on {at} if nothing changes."),
    "trial_event": gettext("1 × {activities}"),
    "trial_events": gettext("{count} × {activities}, on different days"),
    "trial_value": gettext("We learn: {attribute} {value}"),
    "then_cell": gettext("cell {cell}"),
    "then_no_cell": gettext("no cell"),
    "then_gate": gettext("meets all conditions of {gate}"),
    "then_stage": gettext("{old} → {new}"),
    "then_offered": gettext("offered to sales"),
    "then_expired": gettext("the offer to sales expires"),
    "then_excluded": gettext("excluded ({exclusion})"),
}

_CONSENT = {
    "may_score_assumed": gettext("All consents are assumed."),
    "may_score_not_asked": gettext("The playbook asks no consent for scoring."),
    "may_score_given": gettext("Consent to {purpose} was given on {at}."),
    "may_score_no_objection": gettext("There is no objection to {purpose}."),
    "no_consent": gettext("Consent to {purpose} was never given."),
    "consent_withdrawn": gettext("Consent to {purpose} was withdrawn on {at}."),
    "may_contact_confirmed": gettext("Consent to {purpose} was confirmed on {at}."),
    "may_contact_given": gettext("Consent to {purpose} was given on {at}."),
    "may_contact_no_objection": gettext("There is no objection to {purpose}."),
    "not_confirmed": gettext("Consent to {purpose} was given on {at}, but nobody has confirmed it."),
    "suppressed": gettext("The person said no to {purpose} on {at}. Only the person can take that back."),
}

_NEXT = {
    "next_phase": gettext("fits the phase {phases}"),
    "next_near": gettext("the nearest that is left for the phase {phases}"),
    "next_begin": gettext("to begin with: no phase is known yet"),
    "next_objection": gettext("answers the objection “{objection}”"),
    "next_topic": gettext("it has read about {topic}"),
    "next_persona": gettext("made for {personas}"),
    "next_language": gettext("in English, because the language is not known"),
    "next_worked": ngettext(
        "{percent} % moved on within 30 days after it, among {count} reader like this one; {other_percent} % without",
        "{percent} % moved on within 30 days after it, among {count} readers like this one; {other_percent} % without",
    ),
    "next_few": gettext("too few have read it to tell whether it helps"),
    "gap_begin": gettext("The catalogue has nothing to begin with."),
    "gap_phase": gettext("The catalogue has nothing for the phase {phases}."),
    "gap_persona": gettext("The catalogue has nothing for {personas} in this phase."),
    "gap_nobody": gettext("For this phase the catalogue has items for certain personas only, and none is known."),
    "gap_language": gettext("The catalogue has nothing in {language} for this phase."),
    "gap_seen": ngettext("The one item that fits has been seen.", "All {count} items that fit have been seen."),
}

_NURTURE = {
    "track_entered": gettext("This is the first track that is for it and not finished."),
    "no_track": gettext("No track is for it now."),
    "track_gone": gettext("The playbook has this track no longer."),
    "track_finished": gettext("All steps of the track are done."),
    "track_excluded": gettext("It is excluded ({exclusion})."),
    "track_not_evaluated": gettext("It may not be scored, so no track is chosen for it."),
    "track_moved_on": gettext("It has moved on: the track is not for it any more."),
    "track_accepted": gettext("Sales accepted it: marketing does not write beside sales."),
    "track_no_buyer": gettext("It is excluded."),
    "track_no_more": gettext("It agrees to mails no more."),
    "track_merged": gettext("It was merged into another lead."),
    "track_rests": gettext("It is offered to sales: the steps rest."),
    "track_paused": gettext("The track is paused."),
    "lead_paused": gettext("Somebody paused nurture for this lead."),
    "prepared_first": gettext("First comes what sales has prepared."),
    "step_due": gettext("Its time has come."),
    "step_later": gettext("Its time has not come yet."),
    "step_passed": gettext("Passed over: its condition did not hold."),
    "step_nothing_left": gettext("Passed over: the catalogue has nothing left for it."),
    "step_before_call": gettext("All steps are done; the last one waits for an offer to sales."),
    "step_quiet": gettext("These are quiet hours."),
    "step_too_often": ngettext(
        "It has got {count} mail within {span}, and more is too often.",
        "It has got {count} mails within {span}, and more is too often.",
    ),
}

_ALL = (_LINES, _STANDING, _MOVES, _ASKED, _NOW, _SHORT, _AHEAD, _CONSENT, _NEXT, _NURTURE)
TEXTS: dict[str, tuple[str, str]] = {code: texts for each in _ALL for code, texts in each.items()}
"""Every reason's text, for one and for many."""
