"""The words of the pages of content."""

from __future__ import annotations

from django.utils.translation import gettext

from ripeline.integrations.content_csv import COLUMNS


def words() -> dict[str, str]:
    """What stands on these pages beside what is shown."""
    return {
        "matrix": gettext("Gaps in the catalogue"),
        "list": gettext("All content"),
        "filters": gettext("Filters"),
        "filter": gettext("Filter"),
        "clear": gettext("Clear filters"),
        "any": gettext("any"),
        "nothing": gettext("Nothing is here."),
        "item": gettext("Item"),
        "kind": gettext("Kind"),
        "funnel": gettext("Funnel"),
        "language": gettext("Language"),
        "personas": gettext("For"),
        "topic": gettext("Topic"),
        "objection": gettext("Answers"),
        "read": gettext("Read"),
        "proposed_one": gettext("proposed"),
        "ended": gettext("in the catalogue no more"),
        "new": gettext("Write down an item"),
        "import": gettext("Import a table"),
        "import_help": gettext("A CSV whose first line names its columns: {names}. Only item is needed.").format(
            names=", ".join(COLUMNS)
        ),
        "sitemap": gettext("Take pages from a sitemap"),
        "sitemap_help": gettext(
            "Pages that the catalogue does not hold become proposals; nobody is sent one before it has a class."
        ),
        "save": gettext("Save"),
        "try": gettext("Try it out"),
        "take": gettext("Take over"),
        "next": gettext("Next page"),
        "first": gettext("First page"),
        "pages": gettext("Pages of the list"),
        "address": gettext("Address"),
        "named": gettext("Events name it"),
        "change": gettext("Change"),
        "end": gettext("Take out of the catalogue"),
        "who": gettext("Who read it"),
        "nobody": gettext("Nobody yet."),
        "after": gettext("What came after"),
        "after_help": gettext(
            "How many moved on within 30 days of reading, beside others of the persona who read something else."
        ),
        "not_counted": gettext("Counted at the daily review, when a month has passed after somebody has read it."),
        "counted": gettext("As of"),
        "few": gettext("too few to tell anything"),
        "history": gettext("History"),
        "until": gettext("until"),
        "now": gettext("now"),
        "gaps": gettext("The largest gaps"),
        "no_gaps": gettext("There is something for every lead."),
        "gaps_help": gettext("Leads that nothing in the catalogue fits just now."),
        "fill": gettext("Fill it"),
        "more": gettext("more gaps are marked below"),
        "no_playbook": gettext("No playbook is active yet: its personas and classes make the matrix."),
        "whole": gettext("Persona, stage of the funnel, language"),
    }
