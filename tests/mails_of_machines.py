"""Mails that no person wrote: automatic replies, reports of delivery, lists; each with what it is."""

from __future__ import annotations

from mails import Case, mail, multipart, recipient, report

AUTO = {"Auto_Submitted": "auto-replied"}
ADDRESS = "ada@engine.example"


def _absent(name: str, subject: str, text: str, until: str | None = None, **headers: str) -> Case:
    said = {"subject": subject} | ({"away_until": until} if until else {})
    return Case(f"absent: {name}", mail(text, subject=subject, **headers), "automatic_reply_received", said=said)


def _bounce(name: str, raw: bytes, kind: str, code: str) -> Case:
    return Case(f"bounce: {name}", raw, "email_bounced", said={"kind": kind, "code": code})


ABSENT = [
    _absent("en", "Automatic reply: Your offer", "I am back on 12 January 2026.", "2026-01-12", **AUTO),
    _absent("de", "Automatische Antwort: Ihr Angebot", "Ich bin bis zum 16.01.2026 im Urlaub.", "2026-01-16", **AUTO),
    _absent("nl", "Automatisch antwoord: Uw offerte", "Ik ben terug op 19 januari.", "2026-01-19", **AUTO),
    _absent("da", "Automatisk svar: Jeres tilbud", "Jeg er tilbage den 12. januar 2026.", "2026-01-12", **AUTO),
    _absent("en, by its subject", "Out of office: back in May", "Not here."),
    _absent("de, by its subject", "Abwesenheitsnotiz", "Ich bin wieder ab dem 2026-02-02 da.", "2026-02-02"),
    _absent("nl, by its subject", "Afwezig: Uw offerte", "Ik ben er niet."),
    _absent("da, by its subject", "Fravær: Jeres tilbud", "Jeg er her ikke."),
    _absent("I am away", "I am out of the office until January 20, 2026", "Bye.", "2026-01-20"),
    _absent("12/01 may be December", "Automatic reply: Hi", "Back on 12/01/2026.", **AUTO),
    _absent("31/01 may not", "Automatic reply: Hi", "Back on 31/01/2026.", "2026-01-31", **AUTO),
    _absent("across the year", "Automatic reply: Hi", "Until December 1st.", "2026-12-01", **AUTO),
    _absent("Exchange", "Re: Your offer", "Thanks for your mail.", X_Auto_Response_Suppress="All"),
    _absent("cPanel", "Re: Your offer", "Thanks for your mail.", X_Autorespond="Re"),
    _absent("vacation", "Re: Your offer", "Thanks for your mail.", Precedence="auto_reply"),
    _absent("X-Autoreply", "Re: Your offer", "Thanks for your mail.", X_Autoreply="yes"),
    _absent("no return path", "Re: Your offer", "Thanks for your mail.", Return_Path="<>"),
    _absent("a ticket system", "[#4711] Your request", "We received it.", Auto_Submitted="auto-generated"),
]

GMAIL_TEXT = (
    "** Address not found **\n\nYour message wasn't delivered to ada@engine.example because it couldn't be found."
)
QMAIL = """Hi. This is the qmail-send program at mx.engine.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ada@engine.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.
"""
EXIM = """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its recipients.

  ada@engine.example
    550 5.1.1 <ada@engine.example>: User unknown
"""
GERMAN = report(
    recipient(ADDRESS, "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound"), Subject="Unzustellbar: Angebot"
)
RETURNED = (
    "From: rosa@ripe.example\nTo: ada@engine.example\nMessage-ID: <offer-1@ripe.example>\nSubject: Offer\n\nHello"
)
DAEMON = {"From": "Mail Delivery System <MAILER-DAEMON@mx.engine.example>", "Return_Path": "<>"}

BOUNCED = [
    _bounce(
        "Postfix",
        report(recipient(ADDRESS, "5.1.1", "550 5.1.1 <ada@engine.example>: Recipient address rejected")),
        "hard",
        "5.1.1",
    ),
    _bounce("Exchange, in German", GERMAN, "hard", "5.1.10"),
    _bounce(
        "Gmail",
        report(
            recipient(ADDRESS, "5.1.1", "550-5.1.1 The email account that you tried to reach"),
            text=GMAIL_TEXT,
            Subject="Delivery Status Notification (Failure)",
        ),
        "hard",
        "5.1.1",
    ),
    _bounce("no such domain", report(recipient(ADDRESS, "5.4.4", "Host or domain name not found")), "hard", "5.4.4"),
    _bounce(
        "Exchange denies",
        report(recipient(ADDRESS, "5.4.1", "550 5.4.1 Recipient address rejected: Access denied")),
        "hard",
        "5.4.1",
    ),
    _bounce("disabled", report(recipient(ADDRESS, "5.2.1", "550 5.2.1 account is disabled")), "hard", "5.2.1"),
    _bounce("said in words only", report(recipient(ADDRESS, "5.0.0", "550 No such user here")), "hard", "5.0.0"),
    _bounce("full", report(recipient(ADDRESS, "5.2.2", "552 5.2.2 mailbox is full")), "soft", "5.2.2"),
    _bounce("full, though permanent", report(recipient(ADDRESS, "5.1.1", "550 5.1.1 over quota")), "soft", "5.1.1"),
    _bounce("later", report(recipient(ADDRESS, "4.4.1", "connect timed out", action="delayed")), "soft", "4.4.1"),
    _bounce("grey", report(recipient(ADDRESS, "4.2.0", "450 4.2.0 try later")), "soft", "4.2.0"),
    _bounce("our fault", report(recipient(ADDRESS, "5.7.1", "550 5.7.1 blocked by policy")), "soft", "5.7.1"),
    _bounce("too large", report(recipient(ADDRESS, "5.3.4", "552 5.3.4 message too big")), "soft", "5.3.4"),
    Case(
        "bounce: with our mail",
        report(recipient(ADDRESS, "5.1.1", "550 User unknown"), returned=RETURNED),
        "email_bounced",
        said={"kind": "hard", "code": "5.1.1", "reason": "550 User unknown", "message_id": "offer-1@ripe.example"},
    ),
    _bounce("qmail", mail(QMAIL, subject="failure notice", **DAEMON), "hard", "5.1.1"),
    _bounce(
        "Exim",
        mail(EXIM, subject="Mail delivery failed: returning message to sender", X_Failed_Recipients=ADDRESS, **DAEMON),
        "hard",
        "5.1.1",
    ),
    Case("bounce: arrived", report(recipient(ADDRESS, "2.0.0", "250 ok", action="delivered")), "delivered"),
    Case(
        "bounce: of nobody", mail("Something went wrong.", subject="Undeliverable: Offer", **DAEMON), "unclear_bounce"
    ),
]

RECEIPT = 'multipart/report; report-type=disposition-notification; boundary="cut"'
COMPLAINT = 'multipart/report; report-type=feedback-report; boundary="cut"'
FEEDBACK = [("text/plain", "This is a report."), ("message/feedback-report", "Feedback-Type: abuse\nVersion: 1")]
READ = [("text/plain", "Read."), ("message/disposition-notification", "Disposition: manual-action; displayed")]

IGNORED = [
    Case("a newsletter", mail("Buy!", subject="News", List_Unsubscribe="<https://x.example/u>"), "list"),
    Case("a list", mail("Hello all", List_Id="<dev.lists.example>"), "list"),
    Case("to many", mail("Hello all", Precedence="bulk"), "list"),
    Case("a receipt", multipart(*READ, kind="report", Content_Type=RECEIPT), "receipt"),
    Case("a complaint", multipart(*FEEDBACK, kind="report", Content_Type=COMPLAINT), "complaint"),
    Case("an appointment", mail("BEGIN:VCALENDAR", Content_Type="text/calendar; method=REPLY"), "calendar"),
    Case("our own", mail("Hello", sender="Rosa <rosa@ripe.example>"), "own"),
    Case("our own people", mail("Hello", sender="Max <max@gmail.example>"), "own"),
    Case("nobody reads answers", mail("Your invoice", sender="no-reply@shop.example"), "machine"),
]

MACHINES = [*ABSENT, *BOUNCED, *IGNORED]
