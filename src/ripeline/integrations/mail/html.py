"""The text of a mail that is written in HTML, with quoted parts marked as plain mails mark them."""

from __future__ import annotations

from html.parser import HTMLParser

_MAX = 128 * 1024
_BLOCKS = frozenset({"p", "div", "br", "tr", "li", "hr", "ul", "ol", "table", "blockquote", "pre"}) | {
    f"h{level}" for level in range(1, 7)
}
_HIDDEN = frozenset({"style", "script", "head", "title", "template"})
_FEW = 2_000


def text_of(page: str, *, with_addresses: bool = False) -> str:
    """The text of an HTML page, a line for each block; lines within a quotation begin with ``>``.

    With addresses, where a link leads stands behind its words.
    """
    parser = _Text(with_addresses=with_addresses)
    # An unclosed comment or tag is looked for to the end each time: few of them are enough to take long.
    if page.count("<!") + page.count("<?") <= _FEW:
        parser.feed(page[:_MAX])
        parser.close()
    return parser.text()


class _Text(HTMLParser):
    def __init__(self, *, with_addresses: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._with_addresses = with_addresses
        self._address: str | None = None
        self._lines: list[str] = []
        self._words: list[str] = []
        self._quoted = self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a" and self._with_addresses:
            self._address = dict(attrs).get("href")
        if tag in _BLOCKS:
            self._end_line()
        self._quoted += tag == "blockquote"
        self._hidden = 0 if tag == "body" else self._hidden + (tag in _HIDDEN)
        if tag == "li":
            self._words.append("- ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._address:
            self._words.append(f" {self._address}")
            self._address = None
        if tag in _BLOCKS:
            self._end_line()
        self._quoted = max(0, self._quoted - (tag == "blockquote"))
        self._hidden = max(0, self._hidden - (tag in _HIDDEN))
        if tag in ("p", "ul", "ol", "table"):
            self._lines.append("")
        elif tag == "td":
            self._words.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._words.append(data)

    def _end_line(self) -> None:
        line = " ".join("".join(self._words).split())
        self._words.clear()
        if line:
            self._lines.append(f"> {line}" if self._quoted else line)

    def text(self) -> str:
        """What was read so far."""
        self._end_line()
        return "\n".join(self._lines)
