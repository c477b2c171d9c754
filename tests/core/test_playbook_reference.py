"""The reference is written from the models, is up to date, and shows only what may be written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema  # type: ignore[import-untyped]
import pytest

import ripeline
from ripeline.core.playbook import Playbook
from ripeline.core.playbook_reference import examples_of, keys_of, models, reference_files, yaml_of
from ripeline.core.playbook_schema import playbook_schema
from ripeline.core.playbook_yaml import load
from ripeline.core.yaml_tree import read_tree

if TYPE_CHECKING:
    from ripeline.core.units import Frozen

DOCS = Path(__file__).parents[2] / "docs" / "reference"
EXAMPLE = (DOCS / "example.yaml").read_text(encoding="utf-8")
STARTERS = sorted((Path(ripeline.__file__).parent / "playbooks").glob("*.yaml"))
VALIDATOR = jsonschema.Draft202012Validator(playbook_schema())
BROKEN = Path(__file__).parent / "broken_playbooks"


def plain(text: str) -> Any:  # noqa: ANN401 - any value of YAML
    """Return the values of a YAML text."""
    return read_tree(text).root.plain


@pytest.mark.parametrize("path", reference_files(DOCS), ids=lambda path: path.name)
def test_the_generated_files_are_up_to_date(path: Path) -> None:
    """After a change of the models, `make reference` writes them anew."""
    assert path.read_text(encoding="utf-8") == reference_files(DOCS)[path]


def test_the_example_has_every_key_and_no_problem() -> None:
    """What the reference shows can be written, and nothing is left out."""
    assert isinstance(load(EXAMPLE, file="example.yaml"), Playbook)
    shown = examples_of(EXAMPLE)
    assert [
        f"{model.__name__}.{key}" for model in models() for key in keys_of(model) if (model, key) not in shown
    ] == []


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_every_key_and_every_model_is_described(model: type[Frozen]) -> None:
    """Nobody has to guess what a key is for."""
    assert model.__doc__
    assert [name for name, field in model.model_fields.items() if not field.description] == []


def test_examples_are_printed_as_they_are_read() -> None:
    """Broken over lines or not, an example says what the example playbook says."""
    for (_, key), value in examples_of(EXAMPLE).items():
        lines = yaml_of({key: value})
        assert plain("\n".join(lines)) == {key: value}


@pytest.mark.parametrize("text", [EXAMPLE, *(path.read_text(encoding="utf-8") for path in STARTERS)])
def test_editors_find_nothing_wrong_with_a_sound_playbook(text: str) -> None:
    """The schema accepts what the models accept."""
    assert [error.message for error in VALIDATOR.iter_errors(plain(text))] == []


@pytest.mark.parametrize(
    "name", ["unknown_key", "unknown_key_in_a_condition", "missing_keys", "bad_names", "wrong_types", "bad_account"]
)
def test_editors_find_what_is_wrong_at_one_place(name: str) -> None:
    """The schema refuses unknown, missing and ill-typed keys, as the models do."""
    assert not VALIDATOR.is_valid(plain((BROKEN / f"{name}.yaml").read_text(encoding="utf-8")))
