"""Mails that nobody should send: broken, huge, nested, misleading; each with what it is taken for."""

from __future__ import annotations

from mails import Case, mail, multipart, packed

MB = 1024 * 1024
NESTED = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (one, one) for one in range(10_000))
FEW_NESTED = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (one, one) for one in range(60))
WHO = b"From: ada@engine.example\nMessage-ID: <hostile@engine.example>\nSubject: Hello\n"
ZIPPED = [
    ("text/plain; charset=utf-8", "Look at this."),
    ('application/zip; name="bomb.zip"\nContent-Transfer-Encoding: base64', "UEsDBBQAAAAIAAAAIQ" * 50_000),
]
BAD_CHARSETS = ["nonsense", "utf-7", "idna", "punycode", "zlib", "unicode_escape", "utf-16", "x" * 3_000, '"', "rot13"]
HALF = "+2AA-half"  # half of a character, in UTF-7
INJECTED = "Hello\n X-Spam-Flag: NO\n\t=?utf-8?Q?Bcc:_x=40y.example=0D=0AX-Evil:_1?="
FORGED = {"Authentication_Results": "mx.ripe.example; spf=pass; dmarc=fail header.from=engine.example"}
FAILED_THEN_FINE = (
    "From: ada@engine.example\nAuthentication-Results: mx.ripe.example; dmarc=fail\n"
    "Authentication-Results: mx.ripe.example; dmarc=pass\nSubject: Hi\n\nHi"
)
OPENING = "On " + "a " * 30_000 + "\n" + "On Monday wrote\n" * 5_000
HTML_MESS = "<div " * 5_000 + "<!" * 1_500 + "&" * 5_000 + "<blockquote>" * 5_000 + "Hello" + "</p" * 5_000

PIECES = "text/plain" + "".join(f"; a{number}*{number}*=x" for number in range(6_000))
STRANGERS = [
    Case("nothing", b"", "unreadable_mail"),
    Case("one line", b"hello", "unreadable_mail"),
    Case("noise", bytes(range(256)) * 4_000, "unreadable_mail"),
    Case("NUL", WHO + b"\nHel\0lo", "question_asked", "Hel\N{REPLACEMENT CHARACTER}lo"),
    Case("10,000 parts in each other", WHO + NESTED, "unreadable_mail"),
    Case("60 parts in each other", WHO + FEW_NESTED + b"\nHello", "question_asked", "Hello"),
    Case(
        "100,000 parts",
        WHO + b'Content-Type: multipart/mixed; boundary="a"\n\n' + b"--a\n\nx\n" * 100_000,
        "unreadable_mail",
    ),
    Case("no end of headers", WHO + b"X: y\n" * 200_000, "question_asked", ""),
    Case("one endless header", WHO + b"X: " + b"y" * MB + b"\n\nHello", "question_asked", "Hello"),
    Case("one endless line", WHO + b"\n" + b"x" * MB, "question_asked"),
    Case("short lines for ever", WHO + b"\n" + b"a\n" * (4 * MB), "question_asked"),
    Case(
        "12 MB of attachment",
        multipart(("text/plain", "Look."), ("application/x-a", "A" * 76 + ("\n" + "A" * 76) * 160_000)),
        "email_replied",
        "Look.",
    ),
    Case("a zip bomb", multipart(*ZIPPED), "email_replied", "Look at this.", {"attachments": ["bomb.zip"]}),
    *(
        Case(f"charset {name[:12]}", mail("Hello", Content_Type=f"text/plain; charset={name}"), "email_replied")
        for name in BAD_CHARSETS
    ),
    Case("half a character", mail(HALF, Content_Type="text/plain; charset=utf-7"), "email_replied", "?half"),
    Case("bad base64", mail("====\x01", Content_Transfer_Encoding="base64"), "email_replied"),
    Case("an injected header", mail("Hello", subject=INJECTED), "question_asked", "Hello"),
    Case(
        "a boundary that never comes",
        multipart(("text/plain", "Hello"), Content_Type="multipart/mixed; boundary=z"),
        "email_replied",
    ),
    Case("no sender", mail("Hello", sender=""), "no_identity"),
    Case("no address", mail("Hello", sender="Ada, at the office"), "no_identity"),
    Case("two senders", mail("Hello", sender="ada@engine.example, bob@engine.example"), "email_replied"),
    Case("a sender in brackets of brackets", mail("Hello", sender="(" * 3_000 + "ada@engine.example"), "no_identity"),
    Case("forged", mail("Pay me", **FORGED), "forged"),
    Case("a forged bounce", mail("550 ada@engine.example unknown", subject="Undeliverable", **FORGED), "forged"),
    Case("passed after it failed", FAILED_THEN_FINE.encode(), "forged"),
    Case("spam", mail("Buy!", subject="Offer", X_Spam_Flag="YES"), "mail_spam"),
    Case("no attribution after all", mail(OPENING), "email_replied"),
    Case("HTML that never ends", mail(HTML_MESS, Content_Type="text/html"), "email_replied"),
    Case(
        "a mail within a mail",
        multipart(("text/plain", "See below."), ("message/rfc822", "From: x@y.example\n\nBuy!")),
        "email_replied",
        "See below.",
    ),
    Case("a type of 6,000 pieces", mail("Hello", Content_Type=PIECES), "email_replied", "Hello"),
    Case("packed text", mail(packed("x" * MB, "utf-8"), Content_Transfer_Encoding="base64"), "email_replied"),
    Case("an id of 5,000 signs", mail("Hello", id_="i" * 5_000), "email_replied"),
]
