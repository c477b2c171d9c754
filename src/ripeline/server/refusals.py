"""What people are refused, from a closed list: a refusal is a value, because it is expected."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ripeline.core.phrases import gettext

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ripeline.core.problems import Problem
    from ripeline.core.scenario_run import Played


class Refusal(StrEnum):
    """Why something that a person asked for was not done."""

    NOT_ALLOWED = "not_allowed"
    NO_PLAYBOOK = "no_playbook"
    SCENARIO_FAILS = "scenario_fails"
    SIGNED_ALREADY = "signed_already"
    SAME_PERSON = "same_person"
    NOT_SIGNED = "not_signed"
    ACTIVE_ALREADY = "active_already"
    OTHER_TYPE = "other_type"
    NAME_TAKEN = "name_taken"
    BAD_NAME = "bad_name"
    WEAK_PASSWORD = "weak_password"  # noqa: S105 - a reason, no password
    LAST_ADMIN = "last_admin"
    CLOSED_ALREADY = "closed_already"
    OWN_SOURCE = "own_source"
    NOT_AN_ORIGIN = "not_an_origin"
    BAD_CLASS = "bad_class"
    BAD_ITEM = "bad_item"
    BAD_LANGUAGE = "bad_language"
    BAD_PERSONA = "bad_persona"
    NOT_A_PAGE = "not_a_page"
    TOO_LONG = "too_long"
    NOT_FOUND_THERE = "not_found_there"
    NOT_A_SITEMAP = "not_a_sitemap"
    TOO_LARGE_THERE = "too_large_there"
    SETTLED_ALREADY = "settled_already"
    NOT_OPEN = "not_open"
    ACCEPTED_ALREADY = "accepted_already"
    NOT_UNDERSTOOD = "not_understood"
    NOT_OFFERED = "not_offered"
    IN_THE_FUTURE = "in_the_future"
    NOT_AN_ADDRESS = "not_an_address"
    LOGGED_ALREADY = "logged_already"
    SAME_LEAD = "same_lead"
    MERGED_ALREADY = "merged_already"
    MERGED_SINCE = "merged_since"
    NO_DEFINITION = "no_definition"
    NO_SUCH_LEAD = "no_such_lead"
    NO_SUCH_USER = "no_such_user"
    NO_SUCH_KEY = "no_such_key"
    NO_SUCH_SOURCE = "no_such_source"
    NO_SUCH_VERSION = "no_such_version"
    NO_SUCH_MESSAGE = "no_such_message"
    NO_SUCH_CAMPAIGN = "no_such_campaign"
    NO_SUCH_COST = "no_such_cost"
    CORRECTED_ALREADY = "corrected_already"
    NOT_A_RECEIVER = "not_a_receiver"
    NO_SUCH_RECEIVER = "no_such_receiver"
    NOT_NOW = "not_now"
    NO_TEXT = "no_text"
    IN_THE_PAST = "in_the_past"
    NO_TIME = "no_time"
    NO_FORM = "no_form"
    NO_SUCH_FORM = "no_such_form"
    UNKNOWN_HOST = "unknown_host"
    NO_MAIL_SERVER = "no_mail_server"
    NO_IMPRINT = "no_imprint"
    NO_TEMPLATE = "no_template"
    NO_OWN_ADDRESS = "no_own_address"
    NO_MAILING = "no_mailing"
    NO_SUCH_TOPIC = "no_such_topic"
    BAD_SECRET = "bad_secret"  # noqa: S105 - a reason, no secret
    NOT_SIGNED_THERE = "not_signed_there"
    OPEN_ALREADY = "open_already"
    NOT_GIVEN_UP = "not_given_up"
    NO_SEGMENT = "no_segment"
    KNOWN_ALREADY = "known_already"
    TOO_MANY = "too_many"
    NO_WAY_TO_REACH = "no_way_to_reach"
    NO_NUMBER = "no_number"
    NO_EXPORT = "no_export"
    EXPORT_BUSY = "export_busy"
    EXPORT_ELSEWHERE = "export_elsewhere"
    EXPORT_OLD = "export_old"
    EXPORT_AHEAD = "export_ahead"
    ANSWERED_ALREADY = "answered_already"
    GIVEN_ALREADY = "given_already"
    NOT_A_REP = "not_a_rep"
    ENDS_TOO_EARLY = "ends_too_early"
    BAD_ROUTE = "bad_route"
    NO_SUCH_ROUTE = "no_such_route"
    NO_SUCH_ABSENCE = "no_such_absence"
    NO_CALENDAR = "no_calendar"
    NO_CALL = "no_call"
    ILLEGAL_MOVE = "illegal_move"
    NO_SENTENCE = "no_sentence"
    NO_COMPETITOR = "no_competitor"
    NOT_A_CUSTOMER = "not_a_customer"
    NO_ADVOCATE = "no_advocate"
    REFERRED_ALREADY = "referred_already"
    NO_SUCH_LINK = "no_such_link"
    NOT_A_SUCCESSOR = "not_a_successor"
    NO_SUCCESSOR = "no_successor"
    NO_PROOF = "no_proof"
    NO_ERASURE_LOG = "no_erasure_log"
    CLOCK_LEAPT = "clock_leapt"
    ASKED_ALREADY = "asked_already"


TEXTS: Mapping[Refusal, str] = {
    Refusal.NOT_ALLOWED: gettext("This user's role does not allow it."),
    Refusal.NO_PLAYBOOK: gettext("The text is no playbook."),
    Refusal.SCENARIO_FAILS: gettext("A scenario of the playbook fails."),
    Refusal.SIGNED_ALREADY: gettext("This side has signed the version already."),
    Refusal.SAME_PERSON: gettext("The other side was signed by the same person. Two people sign."),
    Refusal.NOT_SIGNED: gettext("Marketing and sales have not both signed the version."),
    Refusal.ACTIVE_ALREADY: gettext("This version is active already."),
    Refusal.OTHER_TYPE: gettext(
        "An attribute has another type than in a version that decided before. Give it another name."
    ),
    Refusal.NAME_TAKEN: gettext("This name is taken. Take another one."),
    Refusal.BAD_NAME: gettext("A name has letters, digits and @ . + - _ only."),
    Refusal.WEAK_PASSWORD: gettext("The password is too short or too common. Take at least 12 signs."),
    Refusal.LAST_ADMIN: gettext("This is the last administrator who is not disabled."),
    Refusal.CLOSED_ALREADY: gettext("This is closed already."),
    Refusal.OWN_SOURCE: gettext("This source belongs to Ripeline itself."),
    Refusal.NOT_AN_ORIGIN: gettext("An origin is written like https://www.example.com, without a path."),
    Refusal.BAD_CLASS: gettext("A class of content is written as in the playbook: small letters, digits and _."),
    Refusal.BAD_ITEM: gettext("An item is a path of the website or an id, of at most 500 signs."),
    Refusal.BAD_LANGUAGE: gettext("A language is written with two letters, such as de, nl, da or en."),
    Refusal.BAD_PERSONA: gettext("Personas are written as in the playbook, with | between: owner|buyer."),
    Refusal.NOT_A_PAGE: gettext("An address begins with https:// or http://."),
    Refusal.TOO_LONG: gettext("A title has at most 200 signs, a topic 100, an objection 200, an address 1,000."),
    Refusal.NOT_FOUND_THERE: gettext(
        "Nothing was found there. Give the address at which the sitemap itself answers, or save it and give the file."
    ),
    Refusal.NOT_A_SITEMAP: gettext("This is no sitemap: XML with urlset or sitemapindex, and no entities of its own."),
    Refusal.TOO_LARGE_THERE: gettext("The sitemap is too large: at most 5 MB and 10,000 pages are taken. Give a part."),
    Refusal.SETTLED_ALREADY: gettext("This message is settled already."),
    Refusal.NOT_OPEN: gettext("This hand-off is over."),
    Refusal.ACCEPTED_ALREADY: gettext("This hand-off was accepted already."),
    Refusal.NOT_UNDERSTOOD: gettext("The active definition does not know what this says."),
    Refusal.NOT_OFFERED: gettext("The active definition knows no such activity of conversations, calls and questions."),
    Refusal.IN_THE_FUTURE: gettext("That is in the future."),
    Refusal.NOT_AN_ADDRESS: gettext("This is no e-mail address."),
    Refusal.LOGGED_ALREADY: gettext("This form was sent before, and said something else. Open the page anew."),
    Refusal.SAME_LEAD: gettext("These are one lead, not two."),
    Refusal.MERGED_ALREADY: gettext("One of the leads was merged into another already."),
    Refusal.MERGED_SINCE: gettext("The kept lead was merged into another since. Undo that merge first."),
    Refusal.NO_DEFINITION: gettext("No definition was in force at that instant."),
    Refusal.NO_SUCH_LEAD: gettext("There is no such lead."),
    Refusal.NO_SUCH_USER: gettext("There is no such user."),
    Refusal.NO_SUCH_KEY: gettext("The user has no such key."),
    Refusal.NO_SUCH_SOURCE: gettext("There is no such source."),
    Refusal.NO_SUCH_VERSION: gettext("There is no such version, or more than one whose digest begins so."),
    Refusal.NO_SUCH_MESSAGE: gettext("There is no such message in quarantine."),
    Refusal.NO_SUCH_CAMPAIGN: gettext("There is no such campaign. Add it first."),
    Refusal.NO_SUCH_COST: gettext("There is no such cost."),
    Refusal.CORRECTED_ALREADY: gettext("This cost is taken back already, or takes back another one."),
    Refusal.NOT_A_RECEIVER: gettext(
        "Messages may not be sent there. Take a public address with https, or allow it in RIPELINE_ALLOWED_NETWORKS."
    ),
    Refusal.NO_SUCH_RECEIVER: gettext("There is no such receiver, or it is closed."),
    Refusal.NOT_NOW: gettext("That cannot be done with it now. Look where it stands."),
    Refusal.NO_TEXT: gettext("Say in a few words what is to be done."),
    Refusal.IN_THE_PAST: gettext("That is in the past."),
    Refusal.NO_TIME: gettext("Take a day from 1970 to 2199."),
    Refusal.NO_FORM: gettext("The text is no form."),
    Refusal.NO_SUCH_FORM: gettext("There is no such form."),
    Refusal.UNKNOWN_HOST: gettext("The network does not know this name. See whether it is spelled right."),
    Refusal.NO_MAIL_SERVER: gettext("No mail server is named. Set RIPELINE_SMTP for the server, and start it again."),
    Refusal.NO_SUCH_TOPIC: gettext("There is no such topic. See ripeline endpoint topics."),
    Refusal.BAD_SECRET: gettext("A secret is written whsec_ and 24 to 64 bytes in base64."),
    Refusal.NO_IMPRINT: gettext(
        "Mails to leads name who sends them. Set RIPELINE_COMPANY and RIPELINE_IMPRINT, and start the server again."
    ),
    Refusal.NO_TEMPLATE: gettext("There is no template of this name."),
    Refusal.NO_OWN_ADDRESS: gettext("Your user has no e-mail address to send it to."),
    Refusal.NO_MAILING: gettext("Give it a name, a template and a segment."),
    Refusal.NOT_SIGNED_THERE: gettext("Only webhooks are signed: a chat and a mailbox have no secret."),
    Refusal.OPEN_ALREADY: gettext("This receiver is open."),
    Refusal.NOT_GIVEN_UP: gettext("No such message was given up for this receiver."),
    Refusal.NO_SEGMENT: gettext("A segment has a name of at most 100 signs."),
    Refusal.KNOWN_ALREADY: gettext("This person is a lead already."),
    Refusal.TOO_MANY: gettext("These are too many leads at once. Narrow the list down to 1,000."),
    Refusal.NO_NUMBER: gettext("That is no number of a telephone. Write it with its country, such as +49 30 1234567."),
    Refusal.NO_WAY_TO_REACH: gettext("Give at least an e-mail, a telephone number or a name."),
    Refusal.NO_EXPORT: gettext("The folder holds something else than an export. Name an empty one, or a new one."),
    Refusal.EXPORT_BUSY: gettext("Another export is writing to this folder. Wait until it is done."),
    Refusal.EXPORT_ELSEWHERE: gettext("The folder holds the export of another installation. Name another folder."),
    Refusal.EXPORT_OLD: gettext("The folder holds an export of another release. Write it anew with --anew."),
    Refusal.EXPORT_AHEAD: gettext(
        "The folder holds rounds that this database does not: it was restored from a backup. Write it anew with --anew."
    ),
    Refusal.ANSWERED_ALREADY: gettext("This hand-off was answered already, or somebody else has it now."),
    Refusal.GIVEN_ALREADY: gettext("Somebody gave this hand-off to another rep just now. Look again."),
    Refusal.NOT_A_REP: gettext("Only an active user with the role sales receives hand-offs."),
    Refusal.ENDS_TOO_EARLY: gettext("The end lies before the beginning, or in the past."),
    Refusal.BAD_ROUTE: gettext("A route has a name, values and reps, and the name of an attribute if it goes by one."),
    Refusal.NO_SUCH_ROUTE: gettext("There is no such route."),
    Refusal.NO_SUCH_ABSENCE: gettext("There is no such absence, or it is over."),
    Refusal.NO_CALENDAR: gettext("The text is no calendar."),
    Refusal.NO_CALL: gettext("No call is booked."),
    Refusal.ILLEGAL_MOVE: gettext("From where the lead stands now it cannot go there."),
    Refusal.NO_SENTENCE: gettext("Say in one sentence why it was lost."),
    Refusal.NO_COMPETITOR: gettext("Name the competitor, with at most 100 signs."),
    Refusal.NOT_A_CUSTOMER: gettext("Only a customer can speak for us as one."),
    Refusal.NO_ADVOCATE: gettext("Mark the customer as an advocate first."),
    Refusal.REFERRED_ALREADY: gettext("Somebody else has brought this lead."),
    Refusal.NO_SUCH_LINK: gettext("This link was used, is too old, or is none. Ask for another one."),
    Refusal.NOT_A_SUCCESSOR: gettext("Name another active user who may act on leads; for a rep, a rep."),
    Refusal.NO_SUCCESSOR: gettext("Nobody is free to take the accepted hand-offs. Name a successor."),
    Refusal.ASKED_ALREADY: gettext("The person was asked lately, or leaves such mails unanswered."),
    Refusal.CLOCK_LEAPT: gettext(
        "Nothing has come for more than a day. See whether the clock is right: nothing goes before something comes."
    ),
    Refusal.NO_ERASURE_LOG: gettext(
        "The log of erasures cannot be written, so nobody is erased. See RIPELINE_ERASURES and who may write there."
    ),
    Refusal.NO_PROOF: gettext("What is confirmed needs a proof: say where it is."),
}
"""Each reason as people read it, in English; the catalogs translate it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What was asked for is not done, and why; nothing was changed."""

    reason: Refusal
    problems: tuple[Problem, ...] = ()
    scenarios: tuple[Played, ...] = ()
