"""The words of the pages of mails to leads."""

from __future__ import annotations

from django.utils.translation import gettext


def words() -> dict[str, str]:
    """What stands on these pages beside what is shown."""
    return {
        "templates": gettext("Templates"),
        "mailings": gettext("Mailings"),
        "name": gettext("Name"),
        "language": gettext("Language"),
        "subject": gettext("Subject"),
        "since": gettext("Since"),
        "version": gettext("Version"),
        "none": gettext("There is no template yet."),
        "starters": gettext("Take over the templates that Ripeline brings"),
        "starters_help": gettext("Plain ones in four languages, to be made your own."),
        "new": gettext("Write a template"),
        "new_help": gettext("Small letters, digits and _, such as spring_fair"),
        "go_on": gettext("Go on"),
        "save": gettext("Save"),
        "preview": gettext("Preview"),
        "shown": gettext("How it looks"),
        "for_lead": gettext("As this lead gets it"),
        "for_lead_help": gettext("A lead's number; empty: for somebody of whom nothing is known"),
        "test": gettext("Send it to me"),
        "names": gettext("What a mail may say of its reader"),
        "names_help": gettext("Within alternatives, of which the first is taken for which everything is known:"),
        "wrong": gettext("It cannot be used like this:"),
        "history": gettext("History"),
        "held": gettext("Held back"),
        "waiting": gettext("On their way"),
        "unready": gettext("No mail leaves yet."),
        "sent": gettext("Sent"),
        "bounced": gettext("Came back"),
        "clicked": gettext("Clicked by people"),
        "segment": gettext("Segment"),
        "template": gettext("Template"),
        "status": gettext("Status"),
        "no_mailing": gettext("There is no mailing yet."),
        "add": gettext("Prepare a mailing"),
        "add_help": gettext("Nothing leaves before you start it."),
        "no_segment": gettext("Keep a list of leads as a segment first."),
        "leads": gettext("All leads"),
        "start": gettext("Start"),
        "stop": gettext("Stop at once"),
        "reached": gettext("May be written to"),
        "forecast": gettext("If it were started now"),
        "at_most": gettext("Of very many leads, by the first 20,000."),
        "numbers": gettext("What became of it"),
        "by": gettext("By"),
        "started": gettext("Started"),
        "stopped": gettext("Stopped"),
        "asked_again": gettext("Whether a lead may be written to is asked once more when its mail leaves."),
        "choose": gettext("Choose"),
    }
