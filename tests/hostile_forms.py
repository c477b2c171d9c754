"""Submissions as nobody means them, each with its verdict beside it.

A verdict is what the sender gets and what becomes of it: `stored`, `spam` and `too_often` lead back with 303; `422` names
what is to be mended; `400` is not read at all. What is stored may hold only what is written beside it.
"""

# ruff: noqa: E501 - a case is a line

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, urlencode

from website_forms import OTHER, THANKS

URLENCODED = "application/x-www-form-urlencoded"
EDGE = "----edge"
MULTIPART = f"multipart/form-data; boundary={EDGE}"
XSS = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}"
OWN_PAGE = "/f/contact/thanks"
ADA = "email=ada%40example.com"


class Hostile(NamedTuple):
    """One submission, and what must become of it."""

    name: str
    verdict: str
    body: bytes
    kind: str = URLENCODED
    back_to: str = THANKS
    told: dict[str, str] = {}  # noqa: RUF012 - never changed  # what attributes and properties are stored besides the address


def _plain(name: str, verdict: str, body: str | bytes, back_to: str = THANKS, **told: str) -> Hostile:
    return Hostile(name, verdict, body if isinstance(body, bytes) else body.encode(), URLENCODED, back_to, told)


def _filled(name: str, verdict: str, fields: dict[str, str], back_to: str = THANKS, **told: str) -> Hostile:
    return _plain(name, verdict, urlencode({"email": "ada@example.com"} | fields), back_to, **told)


def _parts(*parts: bytes, end: bytes = b"--\r\n") -> bytes:
    return b"".join(b"--" + EDGE.encode() + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + EDGE.encode() + end


def _part(name: str, value: bytes, more: str = "", head: str = "") -> bytes:
    return f'Content-Disposition: form-data; name="{name}"{more}\r\n{head}\r\n'.encode() + value


def _multipart(name: str, verdict: str, body: bytes, kind: str = MULTIPART, **told: str) -> Hostile:
    return Hostile(name, verdict, body, kind, THANKS, told)


EMAIL = _part("email", b"ada@example.com")

TEXTS = [
    _filled("a script in the need", "stored", {"need": XSS}, need=XSS),
    _filled("a script in the company", "stored", {"company": XSS}, company=XSS),
    _filled("a template in the company", "stored", {"company": "{% debug %}{{ settings.SECRET_KEY }}"}, company="{% debug %}{{ settings.SECRET_KEY }}"),
    _filled("a formula", "stored", {"company": "=HYPERLINK(A1)"}, company="=HYPERLINK(A1)"),
    _filled("SQL", "stored", {"company": "'; DROP TABLE server_event; --"}, company="'; DROP TABLE server_event; --"),
    _filled("headers of a mail", "stored", {"company": "x\r\nBcc: all@example.com"}, company="x Bcc: all@example.com"),
    _plain("NUL", "stored", ADA + "&need=a%00b", need="a\ufffdb"),
    _plain("an escape of the terminal", "stored", ADA + "&need=%1b%5b31m", need="\ufffd[31m"),
    _plain("half a pair", "stored", ADA + "&need=%ed%a0%bd", need="\ufffd\ufffd\ufffd"),
    _plain("Latin-1", "stored", ADA + "&company=M%fchle", company="M\ufffdhle"),
    _plain("overlong UTF-8", "stored", ADA + "&company=%c0%af", company="\ufffd\ufffd"),
    _plain("bytes that are not escaped", "stored", ADA.encode() + b"&company=\xff\xfe", company="\xff\xfe"),
    _plain("broken escapes", "stored", ADA + "&company=%zz%u0041%", company="%zz%u0041%"),
    _plain("text from right to left", "stored", ADA + "&company=" + quote("\u202egnp.exe"), company="\u202egnp.exe"),
    _filled("nothing but spaces", "stored", {"company": " \t\r\n "}),
    _filled("a line that is too long", "422", {"company": "x" * 301}),
    _filled("a text that is too long", "422", {"need": "x" * 10_001}),
    _filled("the longest line and text", "stored", {"company": "x" * 300, "need": "y" * 10_000}, company="x" * 300, need="y" * 10_000),
    _filled("a megabyte of company", "422", {"company": "x" * 1_000_000}),
    _filled("three megabytes", "400", {"company": "x" * 3_000_000}),
    _filled("no choice of the list", "422", {"start": "yesterday"}),
    _filled("a choice in capitals", "422", {"start": "NOW"}),
]  # fmt: skip

ADDRESSES = [
    _plain("nothing", "422", ""),
    _plain("no address", "422", "company=Mill"),
    _plain("an empty address", "422", "email=&company=Mill"),
    *(
        _plain(f"the address {text[:40]!r}", "422", urlencode({"email": text}))
        for text in ("ada", "ada@", "@example.com", "ada@example", "ada@@example.com", "a da@example.com", "<ada@example.com>", "ada@example.com, eve@example.com", "ada@example.com\r\nBcc: x@example.com", "x" * 300 + "@example.com", "null", "javascript:alert(1)@x.y(", "ada@example.com\0")
    ),
    _plain("two addresses", "422", ADA + "&email=eve%40example.com"),
    _plain("the same address twice", "stored", ADA + "&" + ADA),
    _plain("a list of addresses", "422", "email[]=ada%40example.com"),
    _plain("an object", "422", "email[address]=ada%40example.com"),
]  # fmt: skip

NAMES = [
    _filled("fields that nobody declared", "stored", {"stage": "customer", "points": "1000", "is_admin": "true", "__proto__": "x"}),
    _filled("reserved names", "stored", {"lead_id": "1", "account_id": "1", "created_at": "0", "event": "stage_set", "purpose": "x", "by": "anna", "voids": "x"}),
    _filled("what the form says itself", "stored", {"fields_filled": "99", "text_length": "99", "form": "other", "source": "1", "key": "x", "at": "0"}),
    _filled("names of attributes that no field fills", "stored", {"company_size": "1000", "budget": "1", "email_status": "deliverable"}),
    _filled("names in capitals", "stored", {"COMPANY": "Mill"}),
    _filled("a name with spaces", "stored", {" company ": "Mill"}),
    _filled("a claim", "stored", {"user_id": "ada", "lead": "1", "external": "crm:1", "account": "mill", "previous": "eve"}),
    _filled("a token of Django's", "stored", {"csrfmiddlewaretoken": "x", "_method": "DELETE"}),
    _plain("200 inputs", "stored", ADA + "&x=1" * 199),
    _plain("201 inputs", "400", ADA + "&x=1" * 200),
    _plain("10,000 inputs", "400", ADA + "".join(f"&x{n}=1" for n in range(10_000))),
    _plain("100,000 signs of &", "400", ADA + "&" * 100_000),
]  # fmt: skip

CONSENTS = [
    *(
        _filled(f"a box that says {value!r}", "stored", {"newsletter": value})
        for value in ("", "0", "no", "false", "off", "maybe", "yesyes", "null", "2", XSS)
    ),
    _plain("a box that says both", "stored", ADA + "&newsletter=yes&newsletter=no"),
    _filled("a purpose instead of a box", "stored", {"purpose": "newsletter", "consents": "newsletter", "tracking": "yes"}),
    _filled("other words", "stored", {"wording": "I give you my house", "newsletter.wording": "x"}),
]  # fmt: skip

BACK = [
    _filled("the other page", "stored", {"return_to": OTHER}, OTHER),
    *(
        _filled(f"back to {address[:40]!r}", "stored", {"return_to": address}, OWN_PAGE)
        for address in (
            "https://www.example.com/dankf",
            "https://www.example.com/danke/",
            "https://www.example.com/danke?x",
            "HTTPS://www.example.com/danke",
            "http://www.example.com/danke",
            "https://www.example.com@evil.example/danke",
            "https://evil.example/",
            "//evil.example",
            "///evil.example",
            "\\evil.example",
            "/\\evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "/admin/",
            f"{THANKS}\r\nSet-Cookie: x=1",
            f"{THANKS}\0",
        )
    ),
    _plain("back to nowhere", "stored", ADA + "&return_to="),
    _plain("back to two places", "stored", ADA + f"&return_to={quote(OTHER)}&return_to=%2F%2Fevil", OTHER),
]  # fmt: skip

BESIDE = [
    *(
        _filled(f"the visitor {value[:30]!r}", "stored", {"anonymous_id": value})
        for value in ("", "null", "undefined", "0", "x", "ada@example.com", XSS, "x" * 5_000, "a b c d e f g h", "\0" * 10, "{}")
    ),
    *(
        _filled(f"the page {value[:30]!r}", "stored", {"page": value})
        for value in ("javascript:alert(1)", "//evil.example", "x" * 5_000, XSS, "https://", "https://[::1", "https://a:99999999/", "ftp://example.com/")
    ),
    _filled("odd seconds", "stored", {"seconds_open": "-1e999"}),
    _filled("seconds that are no number", "stored", {"seconds_open": "NaN"}),
]  # fmt: skip

MACHINES = [
    _filled("the trap", "spam", {"website": "x"}),
    _filled("the trap with a space", "stored", {"website": " "}),
    _filled("sent at once", "spam", {"seconds_open": "1.9"}),
    _filled("sent after a while", "stored", {"seconds_open": "2"}),
    _filled("a link in the company", "spam", {"company": "http://spam.example"}),
    _filled("a link and words on a line", "spam", {"company": "The good people of the mill and bakery https://spam.example"}),
    _filled("links and nothing else", "spam", {"need": "https://a.example www.b.example [url=c] <a href=d>"}),
    _filled("a link and four words", "spam", {"need": "We sell on https://mill.example daily"}),
    _filled("a link and five words", "stored", {"need": "We sell bread on https://mill.example daily"}, need="We sell bread on https://mill.example daily"),
    _filled("a link with words around it", "stored", {"need": "We sell bread on https://mill.example and want more customers in spring."}, need="We sell bread on https://mill.example and want more customers in spring."),
]  # fmt: skip

PARTS = [
    _multipart("parts", "stored", _parts(EMAIL, _part("company", b"Mill")), company="Mill"),
    _multipart("a file", "400", _parts(EMAIL, _part("company", b"x", '; filename="x.exe"', "Content-Type: application/octet-stream\r\n"))),
    _multipart("a file that nobody asked for", "400", _parts(EMAIL, _part("cv", b"%PDF", '; filename="../../etc/passwd"'))),
    _multipart("a field for files, left empty", "stored", _parts(EMAIL, _part("cv", b"", '; filename=""', "Content-Type: application/octet-stream\r\n"))),
    _multipart("parts in UTF-16", "stored", _parts(EMAIL, _part("company", "M".encode("utf-16"))), MULTIPART + "; charset=utf-16", company="\ufffd\ufffdM\ufffd"),
    *(
        _multipart(f"parts in {charset}", "stored", _parts(EMAIL), f"{MULTIPART}; charset={charset}")
        for charset in ("hex", "rot13", "idna", "utf-7", "undefined", "nonsense")
    ),
    _multipart("parts in no encoding", "400", _parts(EMAIL), f"{MULTIPART}; charset=\N{SNOWMAN}"),
    _multipart("parts in base64", "stored", _parts(EMAIL, _part("company", b"TWlsbA==", head="Content-Transfer-Encoding: base64\r\n")), company="Mill"),
    _multipart("parts in broken base64", "stored", _parts(EMAIL, _part("company", b"!", head="Content-Transfer-Encoding: base64\r\n"))),
    _multipart("parts without an end", "stored", _parts(EMAIL, end=b"")),
    _multipart("parts cut short", "422", b"--" + EDGE.encode() + b'\r\nContent-Disposition: form-data; name="email"'),
    _multipart("no parts", "422", b""),
    _multipart("a part without a name", "422", _parts(b"Content-Disposition: form-data\r\n\r\nada@example.com")),
    _multipart("a part in parts", "422", _parts(b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n" + EMAIL + b"\r\n--x--")),
    _multipart("no boundary", "400", _parts(EMAIL), "multipart/form-data"),
    _multipart("a broken boundary", "400", _parts(EMAIL), "multipart/form-data; boundary=\N{SNOWMAN}"),
    _multipart("a long boundary", "400", _parts(EMAIL), "multipart/form-data; boundary=" + "x" * 500),
    _multipart("10,000 parts", "400", _parts(EMAIL, *[_part("x", b"1")] * 10_000)),
]  # fmt: skip

KINDS = [
    Hostile(f"a body of {kind[:30]!r}", "400", b'{"email":"ada@example.com"}', kind)
    for kind in ("application/json", "text/plain", "", "multipart/mixed; boundary=x", "application/xml", "x" * 5_000)
] + [
    Hostile("urlencoded that says Latin-1", "stored", ADA.encode(), URLENCODED + "; charset=iso-8859-1"),
    Hostile("urlencoded that says nonsense", "stored", ADA.encode(), URLENCODED + "; charset=\N{SNOWMAN}"),
]

HOSTILE = [*TEXTS, *ADDRESSES, *NAMES, *CONSENTS, *BACK, *BESIDE, *MACHINES, *PARTS, *KINDS]
