"""A mail's page: sections of MJML within our frame, made HTML and text; what may stand in them is a closed list."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape, unescape
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

from mjml import mjml2html

from ripeline.integrations.mail.html import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MOST = 100_000
"""So many signs a mail's sections have at most; larger mails are cut by the programs that show them."""
_DEEP = 20
_LAYOUT = frozenset(
    {"mj-section", "mj-column", "mj-group", "mj-text", "mj-button", "mj-image", "mj-divider", "mj-spacer"}
)
_WORDS = frozenset({"a", "b", "br", "em", "h1", "h2", "h3", "i", "li", "ol", "p", "span", "strong", "u", "ul"})
TAGS = (*sorted(_LAYOUT), *sorted(_WORDS))
"""All tags that may stand in a mail."""
_FORBIDDEN = frozenset({"style", "css-class", "path", "background-url", "srcset", "usemap"})
_ADDRESSES = frozenset({"href", "src"})
_INK, _PAPER, _LINK = "#1f2a24", "#ffffff", "#1d6b43"
_FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"
_COMPILED = 200
_GAPS = re.compile(r"\n{3,}")
_HREF = re.compile(r'href="([^"]*)"')
_WEB = re.compile(r"https?://[^|}\s]+")


class Foot(NamedTuple):
    """A line below the mail: its words, and where they lead, if anywhere."""

    words: str
    address: str = ""


def unfit(sections: str) -> Iterator[tuple[str, str]]:
    """What is wrong with sections, each with the place that it is about.

    Closed list: `too_long`, `unreadable`, `no_section`, `forbidden_tag`, `forbidden_attribute`, `forbidden_address`.
    """
    if len(sections) > MOST:
        yield "too_long", str(MOST)
        return
    try:
        # A definition of entities could make a few signs as long as a book; a mail needs none.
        root = _parsed(sections) if "<!" not in sections else None
    except ET.ParseError as error:
        line, column = error.position
        yield "unreadable", f"{line}:{column}"
        return
    if root is None:
        yield "unreadable", "<!"
    elif len(root) == 0 or any(child.tag != "mj-section" for child in root):
        yield "no_section", "mj-section"
    else:
        yield from _unfit(root, 0)


def html(sections: str, *, title: str, language: str, sender: str, foot: Sequence[Foot]) -> str:
    """The page of sections that are `fit`, with alternatives still in it; the sender above, the foot below."""
    return _compiled(sections, title, language, sender, tuple(foot))


def text(page: str) -> str:
    """The same as plain text, with each address behind its words."""
    return _GAPS.sub("\n\n", text_of(page, with_addresses=True)).strip() + "\n"


def paragraphs(words: Sequence[str], *, button: str, address: str) -> str:
    """Sections of plain paragraphs and one button."""
    said = "".join(f"<mj-text>{escape(one)}</mj-text>" for one in words)
    link = f'<mj-button href="{escape(address)}">{escape(button)}</mj-button>'
    return f"<mj-section><mj-column>{said}{link}</mj-column></mj-section>"


def _parsed(sections: str) -> ET.Element:
    return ET.fromstring(f"<mail>{sections}</mail>")  # noqa: S314 - without entities there is nothing to expand


def _unfit(element: ET.Element, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEEP:
        yield "forbidden_tag", element.tag
        return
    for child in element:
        if child.tag not in _LAYOUT | _WORDS:
            yield "forbidden_tag", child.tag
        for name, value in child.attrib.items():
            if name in _FORBIDDEN or name.startswith("on") or ":" in name or "{" in name:
                yield "forbidden_attribute", name
            elif name in _ADDRESSES and not _leads_out(value):
                yield "forbidden_address", value[:100]
        yield from _unfit(child, depth + 1)


def _leads_out(address: str) -> bool:
    """Whether an address, or each alternative of one, is of the web or of a mailbox, or is one that we fill in."""
    whole = address.strip()
    each = whole[2:-2].split("|") if whole.startswith("{{") and whole.endswith("}}") else [whole]
    return all((one.startswith(_ABROAD) and "{" not in one) or one in _FILLED_IN for one in each)


_ABROAD = ("https://", "http://", "mailto:")
_FILLED_IN = ("{content_address}",)
"""Whole addresses that come from us, and not from what a lead says."""


def addresses(sections: str) -> tuple[str, ...]:
    """The pages of the web that links in sections lead to, as they stand there; each once."""
    return tuple(dict.fromkeys(unescape(one) for words in _HREF.findall(sections) for one in _WEB.findall(words)))


def relinked(page: str, links: Mapping[str, str]) -> str:
    """A mail whose links lead to other addresses: by the address, the one in its place."""
    return _HREF.sub(lambda match: f'href="{escape(links.get(own := unescape(match[1]), own))}"', page)


@lru_cache(maxsize=_COMPILED)
def _compiled(sections: str, title: str, language: str, sender: str, foot: tuple[Foot, ...]) -> str:
    lines = "<br/>".join(_line(one) for one in foot)
    return mjml2html(
        f"""<mjml lang="{escape(language)}"><mj-head><mj-title>{escape(title)}</mj-title><mj-attributes>
<mj-all font-family="{_FONT}"/><mj-text font-size="16px" line-height="1.5" color="{_INK}"/>
<mj-button background-color="{_LINK}" color="#ffffff" border-radius="6px" font-size="16px" inner-padding="12px 24px"/>
</mj-attributes></mj-head><mj-body background-color="#f4f6f5" width="600px">
<mj-section background-color="{_PAPER}" padding="24px 0 0"><mj-column>
<mj-text font-weight="700">{escape(sender)}</mj-text></mj-column></mj-section>
<mj-wrapper background-color="{_PAPER}" padding="0 0 16px">{sections}</mj-wrapper>
<mj-section padding="16px 0"><mj-column><mj-text font-size="13px" color="#5b665f">{lines}</mj-text></mj-column>
</mj-section></mj-body></mjml>""",
        disable_comments=False,
        fonts={},
    )


def _line(foot: Foot) -> str:
    words = escape(foot.words)
    return f'<a href="{escape(foot.address)}" style="color:{_LINK}">{words}</a>' if foot.address else words
