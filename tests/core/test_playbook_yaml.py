"""A playbook's text becomes a Playbook, or all its problems with line, path, code and cure."""

from __future__ import annotations

import re
from datetime import date, time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ripeline.core import yaml_tree
from ripeline.core.conditions import AttributeTest
from ripeline.core.playbook import Playbook
from ripeline.core.playbook_yaml import load
from ripeline.core.problem_texts import MESSAGES
from ripeline.core.strict_yaml import MAX_PROBLEMS
from ripeline.core.yaml_tree import MAX_BYTES
from ripeline.language import Language

if TYPE_CHECKING:
    from ripeline.core.problems import Problem

BROKEN = sorted((Path(__file__).parent / "broken_playbooks").glob("*.yaml"))
SOUND = """\
playbook: Sound
timezone: Europe/Berlin
consent: assumed
attributes:
  employees: {type: number}
  industry: {type: text}
  founded: {type: date}
activities:
  visit: {event: page_viewed, passive: true}
  download:
    event: [whitepaper_downloaded, 'Downloaded']
    where: {property: pages, at_least: 3}
axes:
  engagement: {bands: {1: 60, 2: 30}, otherwise: 3}
rules:
  visit: {on: visit, points: 1, repeat: once_per_day}
  download:
    on: [download]
    points: 20   # half after a month
    decay: {half_life: 30 days}
  size:
    when: {all: [{attribute: employees, at_least: 50}, {not: {attribute: industry, in: [01067, public]}}]}
    points: 50
    axis: fit
  age: {when: {attribute: founded, before: 2020-01-31}, points: 5, axis: fit}
personas:
  maker: {when: {attribute: industry, matches: ^steel}, rules: {download: {points: 25}}}
gates:
  mql: {enter: {all: [{score: engagement, at_least: 30}, {did: download}]}, margin: 5}
  sales_ready: {enter: {score: engagement, at_least: 60}, dwell: 2 h}
scenarios:
  - name: One download is not enough.
    attributes: {employees: 70}
    history: [{day: 0, time: 09:30, event: whitepaper_downloaded, with: {pages: 4}}]
    expect: {stage: lead}
"""


def problems_of(text: str | bytes) -> tuple[Problem, ...]:
    """Return the problems of a text; fails if it has none."""
    found = load(text, file="playbook.yaml")
    assert not isinstance(found, Playbook)
    return found


def playbook_of(text: str) -> Playbook:
    """Return the playbook of a text; fails if it has problems."""
    found = load(text, file="playbook.yaml")
    assert isinstance(found, Playbook), [str(problem) for problem in found]
    return found


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_playbook_tells_exactly_its_problems(path: Path) -> None:
    """Each file says in its first lines which problems it has, where, and how they are cured."""
    text = path.read_text(encoding="utf-8")
    found = problems_of(text)
    expected = re.findall(r"^# expect: (\d+) (PB\d+) ?(.*)$", text, re.MULTILINE)
    assert sorted((str(p.line), p.code, p.path) for p in found) == sorted(expected), "\n".join(map(str, found))
    assert [problem.line for problem in found] == sorted(problem.line for problem in found)
    hints = "\n".join(problem.hint for problem in found)
    for hint in re.findall(r"^# hint: (.*)$", text, re.MULTILINE):
        assert hint in hints


def test_every_code_has_a_broken_playbook() -> None:
    """No problem is told that no example shows, but for those of bytes and sheer size."""
    texts = "".join(path.read_text(encoding="utf-8") for path in BROKEN)
    shown = set(re.findall(r"^# expect: \d+ (PB\d+)", texts, re.MULTILINE))
    of_playbooks = {code for code in MESSAGES if code.startswith("PB")}
    assert of_playbooks - shown == {"PB002", "PB004", "PB049"}


def test_a_problem_is_one_line_with_place_code_and_cure() -> None:
    """The text of a problem can be read by people and by editors."""
    (problem,) = problems_of(SOUND.replace("  visit: {on: visit, points: 1", "  visit: {on: visit, ponts: 1"))
    assert str(problem) == 'playbook.yaml:16: rules.visit.ponts: unknown key (PB003). Did you mean "points"?'


def test_the_texts_of_problems_can_be_translated() -> None:
    """A translation replaces the table's texts and the words in them; names are filled in afterwards."""
    (problem,) = problems_of(SOUND.replace("on: [download]", "on: [downlod]"))
    told = problem.told(Language.of("de").tell)
    assert told == ('Aktivität "downlod" ist nirgends erklärt', 'Meinten Sie "download"?')


def test_a_sound_playbook_is_read_as_yaml_1_2() -> None:
    """`on` is a key, days and times without quotes are what the model wants, leading zeros stay."""
    playbook = playbook_of(SOUND)
    assert playbook.rules["visit"].on == ("visit",)
    assert playbook.axes["engagement"].bands == {"1": 60_000_000, "2": 30_000_000}
    assert playbook.scenarios[0].history[0].time == time(9, 30)
    age = playbook.rules["age"].when
    assert isinstance(age, AttributeTest)
    assert age.before == date(2020, 1, 31)
    assert "('01067', 'public')" in repr(playbook.rules["size"].when)


def test_bytes_and_a_byte_order_mark_are_read_alike() -> None:
    """What an editor puts before the text changes nothing."""
    assert load(b"\xef\xbb\xbf" + SOUND.encode(), file="a") == load(SOUND, file="b")


def test_bytes_that_are_no_utf_8_are_told_with_their_line() -> None:
    """A file in another encoding is refused before anything is guessed."""
    (problem,) = problems_of(SOUND.encode().replace(b"Sound\n", b"Sound\nlabel: \xfc\n"))
    assert (problem.line, problem.code) == (2, "PB002")


def test_a_huge_text_is_refused_unread() -> None:
    """A megabyte is more than any definition."""
    (problem,) = problems_of("a" * (MAX_BYTES + 1))
    assert problem.code == "PB004"


def test_deep_nesting_is_refused_however_it_is_written() -> None:
    """A hundred thousand brackets are refused after a few."""
    assert problems_of("[" * 100_000)[0].code == "PB010"
    assert problems_of("".join(" " * i + "a:\n" for i in range(500)))[0].code == "PB010"


def test_a_text_full_of_problems_tells_the_first_ones() -> None:
    """Nobody reads ten thousand problems."""
    lines = "".join(f"unknown_{i}: 1\n" for i in range(10_000))
    assert len(problems_of(lines)) == MAX_PROBLEMS


def test_both_yaml_readers_read_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyYAML comes without libyaml, its own reader gives the same playbook and the same lines."""
    fast = playbook_of(SOUND), problems_of(SOUND.replace("30 days", "30 dogs"))
    monkeypatch.setattr(yaml_tree, "_LOADER", yaml.SafeLoader)
    assert (playbook_of(SOUND), problems_of(SOUND.replace("30 days", "30 dogs"))) == fast


SNIPPETS = ("", " ", "\n", ": ", "- ", "{", "}", "[", "]", "&a ", "*a", "!!x ", "'", '"', "#", "|", "9" * 40, "on")
WORDS = tuple(sorted(set(re.findall(r"[\w/.]+", SOUND))))
EDITS = st.lists(
    st.tuples(
        st.integers(0, len(SOUND)),
        st.integers(0, 30),
        st.sampled_from(SNIPPETS + WORDS) | st.text(max_size=5),
    ),
    min_size=1,
    max_size=6,
)


@given(EDITS)
@settings(max_examples=300, deadline=None)
def test_no_text_raises_anything(edits: list[tuple[int, int, str]]) -> None:
    """However a text is mangled, there is a playbook or a problem that can be told."""
    text = SOUND
    for start, length, inserted in edits:
        text = text[:start] + inserted + text[start + length :]
    found = load(text, file="playbook.yaml")
    assert isinstance(found, Playbook) or (found and all(str(problem) for problem in found))


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_no_swapped_word_raises_anything(data: st.DataObject) -> None:
    """Words in the place of others keep the YAML whole and try the models and the checks."""
    text = SOUND
    for _ in range(data.draw(st.integers(1, 4))):
        spans = [match.span() for match in re.finditer(r"[\w/.]+", text)]
        start, end = data.draw(st.sampled_from(spans))
        text = text[:start] + data.draw(st.sampled_from([*WORDS, ".nan", "[]", "{}", "null", "-1"])) + text[end:]
    found = load(text, file="playbook.yaml")
    assert isinstance(found, Playbook) or (found and all(str(problem) for problem in found))


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_no_bytes_raise_anything(noise: bytes) -> None:
    """Bytes of any kind are told as problems."""
    assert problems_of(noise)
