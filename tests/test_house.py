"""The rules of the house that no other tool checks: sizes, purity, words, links, pins, translations."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from babel.messages.catalog import Catalog

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src" / "ripeline"
CORE = SRC / "core"
LOCALE = SRC / "locale"
METHODS = [("**.py", "python"), ("playbooks/*.yaml", "ripeline.starter_words:extracted")]  # as in babel.cfg
CODE = sorted(
    path
    for folder in ("src", "tests", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
    if path.parent.name != "migrations"  # written by Django
)

TRANSLATIONS = ("de", "nl", "da")

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60

# Longer than the house allows, each with its reason: path, or path:function.
LONG_ON_PURPOSE: dict[str, str] = {}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _tracked() -> Iterator[tuple[str, str]]:
    """Every text file that is in git or about to be, as path and text."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            data = (ROOT / name).read_bytes()
            if b"\0" not in data:
                yield name, data.decode("utf-8")


# --- Sizes ----------------------------------------------------------------------------------------


def test_no_file_is_longer_than_a_reader_likes() -> None:
    """A file that passes 400 lines is split."""
    lengths = {_shown(path): len(path.read_text("utf-8").splitlines()) for path in CODE}
    assert {name: n for name, n in lengths.items() if n > MAX_FILE_LINES and name not in LONG_ON_PURPOSE} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    """A function that passes 60 lines is split."""
    lengths = {
        f"{_shown(path)}:{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in CODE
        for node in ast.walk(_tree(path))
        if isinstance(node, Function)
    }
    assert {name: n for name, n in lengths.items() if n > MAX_FUNCTION_LINES and name not in LONG_ON_PURPOSE} == {}


# --- Words ----------------------------------------------------------------------------------------


def _public(body: list[ast.stmt]) -> Iterator[Function | ast.ClassDef]:
    for node in body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body)


def test_everything_public_says_what_it_promises() -> None:
    """Every public module, class and function of the package has a docstring."""
    silent = []
    for path in [path for path in CODE if path.is_relative_to(SRC)]:
        tree = _tree(path)
        silent += [_shown(path)] * (ast.get_docstring(tree) is None)
        silent += [f"{_shown(path)}:{node.name}" for node in _public(tree.body) if ast.get_docstring(node) is None]
    assert silent == []


def test_nothing_is_left_to_do() -> None:
    """What is not done stands in the issues, not in the files."""
    marks = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b")
    assert [name for name, text in _tracked() if marks.search(text)] == []


def test_the_files_speak_of_no_one_machine() -> None:
    """No package index, no path of a builder's machine, and real data only by its one variable."""
    index = "|".join(("pypi" + r"\.org", "python" + "hosted", "index" + "-url", "/sim" + "ple/"))
    machine = "|".join(("/wo" + "rk/", "/t" + "mp/v"))
    data = "sha" + "red/"
    found = [name for name, text in _tracked() if re.search(f"{index}|{machine}", text)]
    found += [name for name, text in _tracked() if data in text and name != "Makefile"]
    assert found == []


def test_every_link_between_the_documents_leads_somewhere() -> None:
    """A relative link in a Markdown file names a file that is there."""
    link = re.compile(r"\]\((?![a-z]+:|#)([^)#\s]+)")
    documents = [(name, text) for name, text in _tracked() if name.endswith(".md")]
    targets = [(name, target) for name, text in documents for target in link.findall(text)]
    assert [(name, target) for name, target in targets if not (ROOT / name).parent.joinpath(target).exists()] == []


# --- Purity ---------------------------------------------------------------------------------------

# tables.py and files.py read and write the open data format; playbook_reference.py writes the reference.
# exported.py reads what an export has written.
# compiling.py: what has been compiled is kept on disk, by the state of the sources.
MAY_TOUCH_FILES = {"compiling.py", "exported.py", "tables.py", "files.py", "playbook_reference.py"}
FILE_CALLS = re.compile(
    r"open|(read|write)_(text|bytes|csv|json|ndjson|parquet|ipc)|(scan|sink)_\w+|mkdir|unlink|rename|iterdir|glob|rglob|touch"
)


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def test_the_core_touches_files_in_one_place_only() -> None:
    """Files are read and written by the tables, and by nothing else in the core."""
    touching = [
        f"{_shown(path)}:{node.lineno} {_called(node)}"
        for path in sorted(CORE.rglob("*.py"))
        if path.name not in MAY_TOUCH_FILES
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Call) and FILE_CALLS.fullmatch(_called(node))
    ]
    assert touching == []


IMPORT_THE_CORE_ALONE = """
import importlib, pkgutil, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"django", "typer", "click", "rich", "httpx", "requests", "babel", "pytest"}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
import ripeline.core
for module in pkgutil.walk_packages(ripeline.core.__path__, "ripeline.core."):
    importlib.import_module(module.name)
"""


def test_the_core_can_be_imported_alone() -> None:
    """The core needs no web framework, no command line and no network client."""
    done = subprocess.run([sys.executable, "-c", IMPORT_THE_CORE_ALONE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# --- Dependencies ---------------------------------------------------------------------------------

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
USED_WITHOUT_IMPORT = {"tzdata"}  # zoneinfo finds it by itself


def _names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in requirements}


def _pins() -> dict[str, Requirement]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(pin.name): pin for pin in pins}


def test_every_dependency_is_pinned() -> None:
    """The constraints hold one exact version for each direct dependency."""
    assert {str(pin) for pin in _pins().values() if not str(pin.specifier).startswith("==")} == set()
    extras = [line for group in PROJECT["optional-dependencies"].values() for line in group]
    assert _names(PROJECT["dependencies"]) | _names(extras) <= set(_pins())


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.partition(".")[0]


def test_every_import_is_a_declared_dependency() -> None:
    """The package imports only the standard library, itself, and what pyproject.toml declares."""
    owners = packages_distributions()
    foreign = {name for path in SRC.rglob("*.py") for name in _imported(path)} - sys.stdlib_module_names - {"ripeline"}
    used = {canonicalize_name(owner) for name in foreign for owner in owners.get(name, [name])}
    assert used - _names(PROJECT["dependencies"]) == set()


# --- Languages ------------------------------------------------------------------------------------


def _catalog(language: str) -> Catalog:
    return read_po(io.BytesIO((LOCALE / language / "LC_MESSAGES" / "ripeline.po").read_bytes()), locale=language)


def _forms(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or ())


def _details(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_every_message_is_translated(language: str) -> None:
    """Every message in the code stands in every catalog, in all its plural forms, and none is a guess."""
    wanted = {_forms(found[2])[0] for found in extract_from_dir(SRC, METHODS)}
    told = [message for message in _catalog(language) if message.id and all(_forms(message.string))]
    assert wanted == {_forms(message.id)[0] for message in told}
    assert [message.id for message in told if message.fuzzy] == []
    assert {len(_forms(message.string)) for message in told if message.pluralizable} == {_catalog(language).num_plurals}


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_a_translation_names_the_details_of_its_message(language: str) -> None:
    """No detail is lost, and none is asked for that the message does not have."""
    differ = [
        (message.id, form)
        for message in _catalog(language)
        if message.id
        for form, source in zip(_forms(message.string), _forms(message.id), strict=True)
        if _details(form) != _details(source)
    ]
    assert differ == []


def test_english_is_the_language_of_the_code() -> None:
    """Its catalog changes nothing."""
    assert [message.id for message in _catalog("en") if message.id and any(_forms(message.string))] == []


def test_the_compiled_messages_are_up_to_date() -> None:
    """Each compiled catalog is what its text compiles to; `make messages` makes it so."""
    stale = []
    for catalog in LOCALE.glob("*/LC_MESSAGES/ripeline.po"):
        compiled = io.BytesIO()
        write_mo(compiled, read_po(io.BytesIO(catalog.read_bytes()), locale=catalog.parent.parent.name))
        stale += [_shown(catalog)] * (catalog.with_suffix(".mo").read_bytes() != compiled.getvalue())
    assert stale == []


# --- Real data ------------------------------------------------------------------------------------


@pytest.mark.real
def test_the_real_data_can_be_read(real_data: Path) -> None:
    """The folder of the real data holds data sets."""
    assert [folder for folder in real_data.iterdir() if folder.is_dir()] != []
