"""The words of the starter playbooks, and how they are collected, so that they speak all languages of the pages."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from ripeline.core import playbook_yaml
from ripeline.core.playbook import Playbook
from ripeline.language import readable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ripeline.core.playbook_nurture import NurtureTrack

_NAMED = ("attributes", "activities", "rules", "groups", "personas", "exclusions", "bant", "content")


def words_of(playbook: Playbook) -> Iterator[str]:
    """All texts of a playbook that people read, as `Language.part` and `Language.word` are asked for them."""
    for section in _NAMED:
        for name, part in getattr(playbook, section).items():
            yield getattr(part, "label", None) or readable(name)
    for item in playbook.bant.values():
        yield from filter(None, [item.question])
        yield from map(readable, item.answers)
    yield from (readable(each.kind) for each in playbook.content.values() if each.kind)
    for name, track in playbook.nurture.tracks.items() if playbook.nurture else ():
        yield track.label or readable(name)
        yield from _words_of_steps(track)


def _words_of_steps(track: NurtureTrack) -> Iterator[str]:
    yield from map(readable, track.steps)
    for deed in filter(None, (*track.steps.values(), track.repeat, track.before_call)):
        yield from filter(None, [deed.task])
        yield from (readable(name) for name in (deed.mail, deed.webhook) if name)


def extracted(file: IO[bytes], *_how: object, **_options: object) -> Iterator[tuple[int, None, str, list[str]]]:
    """The words of a starter playbook, as Babel asks for messages: line, function, text, comments."""
    playbook = playbook_yaml.load(file.read().decode(), file=file.name)
    assert isinstance(playbook, Playbook)  # noqa: S101 - what Ripeline brings has no problems
    yield from ((1, None, text, []) for text in dict.fromkeys(words_of(playbook)))
