"""Mails that people wrote, in the manners of their programs and in four languages; each with what it says."""

from __future__ import annotations

from mails import ADA, Case, mail, multipart, packed

ANSWER = {"In_Reply_To": "<offer-1@ripe.example>"}
GMAIL = """{words}

{wrote}

> Hello Ada,
>
> here is our offer.
> Rosa
"""
OUTLOOK = """{words}

{closing}
Ada Lovelace
Engine Ltd | 12 Mill Lane

________________________________
{of}: Rosa <rosa@ripe.example>
{sent}: Monday, 5 January 2026 09:00
{to}: Ada Lovelace
{subject}: Your offer

Hello Ada,

here is our offer.
Rosa
"""
HTML = (
    "<html><head><style>p {{ margin: 0 }}</style></head><body><p>{words}</p><p>{more}</p>"
    '<div class="gmail_quote"><div class="gmail_attr">{wrote}<br></div>'
    "<blockquote><p>Hello Ada,</p><p>here is our offer.</p></blockquote></div></body></html>"
)
WROTE = {
    "gmail en": "On Mon, 5 Jan 2026 at 09:00, Rosa <rosa@ripe.example> wrote:",
    "gmail de": "Am Mo., 5. Jan. 2026 um 09:00 Uhr schrieb Rosa <rosa@ripe.example>:",
    "gmail nl": "Op ma 5 jan 2026 om 09:00 schreef Rosa <rosa@ripe.example>:",
    "gmail da": "Den man. 5. jan. 2026 kl. 09.00 skrev Rosa <rosa@ripe.example>:",
    "apple en": "On 5. Jan 2026, at 09:00, Rosa <rosa@ripe.example> wrote:",
    "apple de": "Am 05.01.2026 um 09:00 schrieb Rosa <rosa@ripe.example>:",
    "apple nl": "Op 5 jan. 2026, om 09:00 heeft Rosa <rosa@ripe.example> het volgende geschreven:",
    "apple da": "Den 5. jan. 2026 kl. 09.00 skrev Rosa <rosa@ripe.example>:",
    "thunderbird en": "On 1/5/26 09:00, Rosa wrote:",
    "thunderbird de": "Am 05.01.26 um 09:00 schrieb Rosa:",
    "thunderbird nl": "Rosa schreef op 05-01-2026 om 09:00:",
    "thunderbird da": "Den 05.01.2026 09.00, skrev Rosa:",
    "wrapped": "On Mon, Jan 5, 2026 at 9:00 AM Rosa from Ripe with a long name\n<rosa@ripe.example> wrote:",
}
WORDS = {
    "en": "Thanks, we like it. What would forty seats cost?",
    "de": "Das gefällt uns. Was würden vierzig Plätze kosten?",
    "nl": "Dat ziet er goed uit. Wat kosten veertig plaatsen?",
    "da": "Det ser godt ud. Hvad koster fyrre pladser på årsbasis?",
}
OUTLOOK_WORDS = {
    "en": {"closing": "Kind regards", "of": "From", "sent": "Sent", "to": "To", "subject": "Subject"},
    "de": {"closing": "Mit freundlichen Grüßen", "of": "Von", "sent": "Gesendet", "to": "An", "subject": "Betreff"},
    "nl": {"closing": "Met vriendelijke groet,", "of": "Van", "sent": "Verzonden", "to": "Aan", "subject": "Onderwerp"},
    "da": {"closing": "Med venlig hilsen", "of": "Fra", "sent": "Sendt", "to": "Til", "subject": "Emne"},
}
PREFIX = {"en": "Re", "de": "AW", "nl": "Antw", "da": "SV"}
DEVICES = {
    "en": "Sent from my iPhone",
    "de": "Von meinem iPhone gesendet",
    "nl": "Verstuurd vanaf mijn iPhone",
    "da": "Sendt fra min iPhone",
}


def _in_all_manners() -> list[Case]:
    cases = []
    for name, wrote in WROTE.items():
        words = WORDS.get(name[-2:], WORDS["en"])
        cases.append(Case(name, mail(GMAIL.format(words=words, wrote=wrote), **ANSWER), "email_replied", words))
    for code, said in OUTLOOK_WORDS.items():
        raw = mail(OUTLOOK.format(words=WORDS[code], **said), subject=f"{PREFIX[code]}: Your offer")
        cases.append(Case(f"outlook {code}", raw, "email_replied", WORDS[code]))
        page = HTML.format(words=WORDS[code], more="Ada", wrote=WROTE[f"gmail {code}"])
        raw = mail(page, Content_Type="text/html; charset=utf-8", **ANSWER)
        cases.append(Case(f"html {code}", raw, "email_replied", f"{WORDS[code]}\n\nAda"))
        raw = mail(
            f"{WORDS[code]}\n\n{DEVICES[code]}\n\n{GMAIL.format(words='', wrote=WROTE[f'apple {code}'])}", **ANSWER
        )
        cases.append(Case(f"phone {code}", raw, "email_replied", WORDS[code]))
        raw = mail(f"{WORDS[code]}\n\n{said['closing']}\nAda\n\nPS: Until Friday.", subject="Seats")
        cases.append(Case(f"question {code}", raw, "question_asked", f"{WORDS[code]}\n\nPS: Until Friday."))
    return cases


INLINE = """Dear Rosa,

On 5 Jan 2026 at 09:00 Rosa wrote:
> When could you start?
In March.
> How many seats?
Forty, and we need:
- single sign-on
- a server in Europe
--
Ada
"""
LIST = "We need:\n- a pilot in May\n- a price for 20 seats\n\nThanks, that would help us.\nWhen can you call?"
FORWARD = """What do you think of this?

---------- Forwarded message ---------
From: Bob <bob@elsewhere.example>
Subject: Cheaper
Buy here.
"""
OUTLOOK_OLD = (
    "Ja, gern.\n\n-----Ursprüngliche Nachricht-----\nVon: Rosa\nGesendet: Montag\nAn: Ada\nBetreff: Angebot\n\nHallo"
)
BANNER = "CAUTION: This email originated from outside of the organization.\n\nWe would like a demo.\n\nBest,\nAda"
LEGAL = "Bitte rufen Sie uns an.\n\nDiese E-Mail ist vertraulich und nur für den Empfänger bestimmt."
APPLE = [
    ("text/plain; charset=utf-8", "See the plan."),
    ('application/pdf; name="plan.pdf"\nContent-Disposition: attachment', "JVBERi0="),
    ("text/plain; charset=utf-8", "Does it fit?"),
]
BOTH = [("text/plain; charset=utf-8", "Plain words."), ("text/html; charset=utf-8", "<p>Other words.</p>")]
UMLAUTS = packed("Können Sie am Dienstag? Grüße aus Köln", "iso-8859-1")

PEOPLE = [
    *_in_all_manners(),
    Case(
        "answers in between",
        mail(INLINE, **ANSWER),
        "email_replied",
        "Dear Rosa,\n\nIn March.\nForty, and we need:\n- single sign-on\n- a server in Europe",
    ),
    Case("a list is no signature", mail(LIST, **ANSWER), "email_replied", LIST),
    Case("forwarded", mail(FORWARD, subject="Fwd: Cheaper"), "question_asked", "What do you think of this?"),
    Case("old Outlook", mail(OUTLOOK_OLD, subject="AW: Angebot"), "email_replied", "Ja, gern."),
    Case("a banner on top", mail(BANNER), "email_replied", "We would like a demo."),
    Case("a notice below", mail(LEGAL, subject="Termin"), "question_asked", "Bitte rufen Sie uns an."),
    Case(
        "text around an attachment",
        multipart(*APPLE, **ANSWER),
        "email_replied",
        "See the plan.\nDoes it fit?",
        {"attachments": ["plan.pdf"], "name": "Ada Lovelace"},
    ),
    Case("the plain of two", multipart(*BOTH, kind="alternative", **ANSWER), "email_replied", "Plain words."),
    Case(
        "Latin-1 in base64",
        mail(
            UMLAUTS,
            subject="=?iso-8859-1?Q?Pl=E4tze?=",
            Content_Transfer_Encoding="base64",
            Content_Type="text/plain; charset=iso-8859-1",
        ),
        "question_asked",
        "Können Sie am Dienstag? Grüße aus Köln",
        {"subject": "Plätze", "by": "mail"},
    ),
    Case("only thanks", mail("Thanks,\nAda", **ANSWER), "email_replied", "Thanks,\nAda"),
    Case(
        "a name in quotes",
        mail("Hi", sender='"Lovelace, Ada" <ADA@Engine.Example>'),
        "email_replied",
        "Hi",
        {"name": "Lovelace, Ada"},
    ),
    Case("no name and no date", mail("Hi", sender="ada@engine.example", Date="", subject=""), "question_asked", "Hi"),
    Case("about furniture", mail("We want desks.", subject="Out of office furniture"), "question_asked"),
    Case("about autonomy", mail("We want more.", subject="Autonomous cars"), "question_asked"),
    Case("through our own list", mail("Hello", List_Id="<sales.ripe.example>", Precedence="list"), "email_replied"),
    Case(
        "vouched for",
        mail("Hi", Authentication_Results="mx.ripe.example; dmarc=pass header.from=engine.example"),
        "email_replied",
    ),
    Case(
        "a stranger's word on senders",
        mail("Hi", Authentication_Results="mx.other.example; dmarc=fail"),
        "email_replied",
    ),
    Case("with a return path", mail("Hi", Return_Path="<ada@engine.example>", sender=ADA), "email_replied"),
]
