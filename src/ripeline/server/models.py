"""All tables, where Django looks for them; each is at home in its noun's file."""

from __future__ import annotations

from ripeline.server.accounts import Account
from ripeline.server.consent.consents import Wording
from ripeline.server.consent.suppressions import Suppression
from ripeline.server.content.catalogue import ContentItem, ContentWorth
from ripeline.server.decisions import Decision
from ripeline.server.delivery.endpoints import Endpoint
from ripeline.server.delivery.outbox import Delivery, Outgoing
from ripeline.server.events import Conflict, Event, Rejected
from ripeline.server.installations import Installation
from ripeline.server.intake.forms import Form, FormVersion
from ripeline.server.leadmail.clicks import Click, MailLink
from ripeline.server.leadmail.confirmations import Confirmation
from ripeline.server.leadmail.mail_templates import MailTemplate
from ripeline.server.leadmail.mailings import Mailing
from ripeline.server.leadmail.mails import Mail
from ripeline.server.leads import Attachment, Identifier, Lead, Membership, Unit
from ripeline.server.mail.mailboxes import Mailbox
from ripeline.server.marketing.campaigns import Campaign, Cost
from ripeline.server.marketing.segments import Segment
from ripeline.server.merges import Doubt, Merge
from ripeline.server.nurture.enrollments import Enrollment, StepDone
from ripeline.server.nurture.pauses import NurturePause
from ripeline.server.playbooks import PlaybookVersion, Publication, Signature
from ripeline.server.qualification.reviews import Review
from ripeline.server.requests import Request
from ripeline.server.rights.erasures import ErasedMove, Erasure
from ripeline.server.rights.forgotten import Forgotten
from ripeline.server.rights.person_requests import Asking, PersonRequest
from ripeline.server.rights.retention import RetentionRun
from ripeline.server.rounds import Round
from ripeline.server.sales.handoffs import Assignment, Handoff
from ripeline.server.sales.outcomes import Competitor, Outcome
from ripeline.server.sales.referrals import Referral
from ripeline.server.sales.routes import Route
from ripeline.server.sales.tasks import Task
from ripeline.server.sources import Source
from ripeline.server.staff.absences import Absence
from ripeline.server.staff.invitations import Link
from ripeline.server.staff.logins import BadLogin
from ripeline.server.staff.sessions import Login
from ripeline.server.staff.users import ApiKey, User
from ripeline.server.terms import Term

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
