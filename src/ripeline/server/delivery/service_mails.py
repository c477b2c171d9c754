"""Mails that a person has asked for, such as the one by which an address is confirmed: no advertising is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ripeline.language import Language
    from ripeline.server.mails import Mail


class Words(NamedTuple):
    """What a mail says: its subject, its paragraphs, and the link that it is about, with what stands on its button."""

    subject: str
    paragraphs: tuple[str, ...]
    button: str = ""
    address: str = ""

    @property
    def text(self) -> str:
        """The mail as plain text."""
        link = f"{self.button}:\n{self.address}" if self.address else ""
        return "\n\n".join(filter(None, (*self.paragraphs, link))) + "\n"


SERVICES: Mapping[str, Callable[[Mail, Language], Words]] = {}
"""By what a service mail is about, what it says."""


def words(mail: Mail, language: Language) -> Words:
    """What a mail says in a language."""
    return SERVICES[mail.about](mail, language)
