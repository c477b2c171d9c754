"""All tables, where Django looks for them; each is at home in its noun's file."""

from __future__ import annotations

from ripeline.server.absences import Absence
from ripeline.server.accounts import Account
from ripeline.server.campaigns import Campaign, Cost
from ripeline.server.catalogue import ContentItem, ContentWorth
from ripeline.server.clicks import Click, MailLink
from ripeline.server.confirmations import Confirmation
from ripeline.server.consents import Wording
from ripeline.server.decisions import Decision
from ripeline.server.endpoints import Endpoint
from ripeline.server.enrollments import Enrollment, StepDone
from ripeline.server.erasures import ErasedMove, Erasure
from ripeline.server.events import Conflict, Event, Rejected
from ripeline.server.forgotten import Forgotten
from ripeline.server.forms import Form, FormVersion
from ripeline.server.handoffs import Assignment, Handoff
from ripeline.server.installations import Installation
from ripeline.server.invitations import Link
from ripeline.server.leads import Attachment, Identifier, Lead, Membership, Unit
from ripeline.server.logins import BadLogin
from ripeline.server.mail_templates import MailTemplate
from ripeline.server.mailboxes import Mailbox
from ripeline.server.mailings import Mailing
from ripeline.server.mails import Mail
from ripeline.server.merges import Doubt, Merge
from ripeline.server.nurture_pauses import NurturePause
from ripeline.server.outbox import Delivery, Outgoing
from ripeline.server.outcomes import Competitor, Outcome
from ripeline.server.person_requests import Asking, PersonRequest
from ripeline.server.playbooks import PlaybookVersion, Publication, Signature
from ripeline.server.qualification.reviews import Review
from ripeline.server.referrals import Referral
from ripeline.server.requests import Request
from ripeline.server.retention import RetentionRun
from ripeline.server.rounds import Round
from ripeline.server.routes import Route
from ripeline.server.segments import Segment
from ripeline.server.sessions import Login
from ripeline.server.sources import Source
from ripeline.server.suppressions import Suppression
from ripeline.server.tasks import Task
from ripeline.server.terms import Term
from ripeline.server.users import ApiKey, User

__all__ = [
    "Absence",
    "Account",
    "ApiKey",
    "Asking",
    "Assignment",
    "Attachment",
    "BadLogin",
    "Campaign",
    "Click",
    "Competitor",
    "Confirmation",
    "Conflict",
    "ContentItem",
    "ContentWorth",
    "Cost",
    "Decision",
    "Delivery",
    "Doubt",
    "Endpoint",
    "Enrollment",
    "ErasedMove",
    "Erasure",
    "Event",
    "Forgotten",
    "Form",
    "FormVersion",
    "Handoff",
    "Identifier",
    "Installation",
    "Lead",
    "Link",
    "Login",
    "Mail",
    "MailLink",
    "MailTemplate",
    "Mailbox",
    "Mailing",
    "Membership",
    "Merge",
    "NurturePause",
    "Outcome",
    "Outgoing",
    "PersonRequest",
    "PlaybookVersion",
    "Publication",
    "Referral",
    "Rejected",
    "Request",
    "RetentionRun",
    "Review",
    "Round",
    "Route",
    "Segment",
    "Signature",
    "Source",
    "StepDone",
    "Suppression",
    "Task",
    "Term",
    "Unit",
    "User",
    "Wording",
]
