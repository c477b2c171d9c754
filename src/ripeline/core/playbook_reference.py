"""The reference of the playbook language, written from the models: its schema, its keys, its problems.

``python -m ripeline.core.playbook_reference`` writes the files anew; a test fails when they are stale.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_origin

from ripeline.core.conditions import CONDITION_KEYS, ValueTest
from ripeline.core.playbook import Playbook
from ripeline.core.playbook_schema import is_duration, is_points, playbook_schema, schema_text
from ripeline.core.playbook_shape import fields_of, forms_of, is_model
from ripeline.core.problem_texts import DID_YOU_MEAN, MESSAGES
from ripeline.core.yaml_tree import read_tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ripeline.core.playbook_shape import Form
    from ripeline.core.units import Frozen

    Examples = dict[tuple[type[Frozen], str], Any]

SCHEMA_FILE = Path(__file__).with_name("playbook.schema.json")

_WIDTH = 100
_INTRO = """\
# The playbook, key by key

This page is written from the code. What the keys mean for the points of a lead is said in
[What the evaluator means](../meaning.md); [example.yaml](example.yaml) is a whole playbook with every key in it,
from which the examples here are taken. Each line under *Examples* shows one key for itself.

Editors complete and check the keys if the first line of a playbook is
`# yaml-language-server: $schema=playbook.schema.json`, with the path of `playbook.schema.json` in the package.

A *name* is made of small letters, digits and underscores, a letter first. A *duration* is a whole number and a unit:
`15 min`, `24 h`, `30 days`, `2 weeks`. *Points* have six decimals at most and lie between -10,000 and 10,000.
A *condition* is one of the sections whose heading says so.
"""
_PROBLEMS_INTRO = f"""\
# The problems of playbooks

This page is written from the code. A problem is told with its file, line and path, its code, and what would cure it.
Where something known is spelt nearly alike, the cure is `{DID_YOU_MEAN.replace("{near}", "…")}` instead.
Words in braces are filled in.

| code | what is wrong | what cures it |
|---|---|---|
"""
_KINDS = {
    r"^[a-z][a-z0-9_]{0,62}$": "name",
    r"^\d\d:\d\d$": "time of day",
    r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$": "country code",
}
_PLAIN = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "`true` or `false`",
    "object": "keys with values",
}


def reference_files(docs: Path) -> dict[Path, str]:
    """Return the text of each generated file by its path, given the folder of the reference pages."""
    example = (docs / "example.yaml").read_text(encoding="utf-8")
    return {
        SCHEMA_FILE: schema_text(),
        docs / "playbook.md": reference_page(example),
        docs / "problems.md": problems_page(),
    }


def reference_page(example: str) -> str:
    """Return the page with every key: what may stand there, its default, its meaning and an example."""
    schema, examples = playbook_schema(), examples_of(example)
    sections = [_section(model, schema, examples) for model in models()]
    return "\n".join([_INTRO, *sections])


def problems_page() -> str:
    """Return the page with every code of a problem and its cure."""
    rows = [f"| {code} | {_cell(message.what)} | {_cell(message.cure)} |" for code, message in sorted(MESSAGES.items())]
    return _PROBLEMS_INTRO + "\n".join(rows) + "\n"


def models() -> list[type[Frozen]]:
    """Return the models of the playbook in the order of reading: what a section mentions comes after it."""
    found: dict[type[Frozen], None] = {}

    def visit(model: type[Frozen]) -> None:
        if model not in found:
            found[model] = None
            if issubclass(model, ValueTest):
                visit(ValueTest)
            for field in fields_of(model).values():
                for inner in _models_in(forms_of(field.annotation)):
                    visit(inner)

    visit(Playbook)
    return list(found)


def keys_of(model: type[Frozen]) -> list[str]:
    """Return the keys that the section of a model explains; operators are explained once, under tests."""
    inherited = fields_of(ValueTest) if issubclass(model, ValueTest) and model is not ValueTest else {}
    return [key for key in fields_of(model) if key not in inherited]


def examples_of(text: str) -> Examples:
    """Return an example of each key of each model, as the given playbook has it first."""
    found: Examples = {}
    _collect([*forms_of(Playbook)], read_tree(text).root.plain, found)
    return found


def yaml_of(value: Any) -> list[str]:  # noqa: ANN401 - any value of YAML
    """Return the lines of YAML for a value, a single one where that is short."""
    flow = _flow(value)
    if len(flow) <= _WIDTH or not isinstance(value, dict | list):
        return [flow]
    if isinstance(value, list):
        return [f"{'  ' if row else '- '}{line}" for part in value for row, line in enumerate(yaml_of(part))]
    lines: list[str] = []
    for key, part in value.items():
        inner = yaml_of(part)
        lines += [f"{key}: {inner[0]}"] if inner == [_flow(part)] else [f"{key}:", *(f"  {line}" for line in inner)]
    return lines


def _models_in(forms: Iterable[Form]) -> Iterator[type[Frozen]]:
    for form in forms:
        if is_model(form.type):
            yield form.type
        for inner in get_args(form.type) if get_origin(form.type) in (dict, tuple) else ():
            yield from _models_in(forms_of(inner))


def _collect(forms: list[Form], value: object, found: Examples) -> None:
    for form in forms:
        if is_model(form.type) and isinstance(value, dict) and value.keys() <= fields_of(form.type).keys():
            for key, part in value.items():
                inner = [*forms_of(fields_of(form.type)[key].annotation)]
                owner = form.type if key in keys_of(form.type) else ValueTest
                found.setdefault((owner, key), _first(inner, part))
                _collect(inner, part, found)
        elif get_origin(form.type) is dict and isinstance(value, dict):
            for part in value.values():
                _collect([*forms_of(get_args(form.type)[1])], part, found)
        elif get_origin(form.type) is tuple and isinstance(value, list):
            for part in value:
                _collect([*forms_of(get_args(form.type)[0])], part, found)


def _first(forms: list[Form], value: object) -> object:
    """Return the value with only the first of its named or listed parts, if these have sections of their own."""
    has_parts = any(get_origin(form.type) in (dict, tuple) and [*_models_in([form])] for form in forms)
    if has_parts and isinstance(value, dict) and not {*CONDITION_KEYS} & {*value}:
        return dict([next(iter(value.items()))])
    return value[:1] if has_parts and isinstance(value, list) else value


# --- the text of a section --------------------------------------------------------------------------


def _section(model: type[Frozen], schema: Mapping[str, Any], examples: Examples) -> str:
    definitions = schema["$defs"]
    # Operators have no schema of their own: any kind of test has them.
    name = "AttributeTest" if model is ValueTest else model.__name__.rstrip("_")
    own = schema if model is Playbook else definitions[name]
    keys = keys_of(model)
    lines = [f"## {title(model)}", "", _doc(model), ""]
    if issubclass(model, ValueTest) and model is not ValueTest:
        lines += [f"Besides, one [operator](#{_anchor(title(ValueTest))}).", ""]
    lines += ["| key | what may stand there | if left out | meaning |", "|---|---|---|---|"]
    lines += [_row(key, own["properties"][key], key in own.get("required", ())) for key in keys]
    shown = [line for key in keys for line in yaml_of({key: examples[model, key]})]
    return "\n".join(
        [*lines, "", "Examples:", "", "```yaml", *(line[1:-1] if line[0] == "{" else line for line in shown), "```", ""]
    )


def title(model: type[Frozen]) -> str:
    """Return the heading of a model's section."""
    if model is ValueTest:
        return "Operators"
    name = model.__name__.rstrip("_")
    if keys_of(model)[0] in CONDITION_KEYS and (name.endswith("Test") or len(keys_of(model)) == 1):
        return f"Condition {keys_of(model)[0]}"
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


def _row(key: str, schema: Mapping[str, Any], required: bool) -> str:  # noqa: FBT001 - a column of the table
    default = schema.get("default")
    left_out = "must be given" if required else f"`{_flow(default)}`" if default is not None else ""
    return f"| `{key}` | {_cell(_kind(schema))} | {left_out} | {_cell(schema.get('description', ''))} |"


def _kind(schema: Mapping[str, Any]) -> str:  # noqa: PLR0911 - one answer for each form of schema
    if "$ref" in schema:
        return _link(schema["$ref"].rsplit("/", 1)[1])
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return ", or ".join(dict.fromkeys(_kind(form) for form in schema[word]))
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    if is_duration(schema) or is_points(schema):
        return "duration" if is_duration(schema) else "points"
    if schema.get("type") == "array":
        items = schema.get("items") or {"type": "string"} | schema["prefixItems"][0]
        return f"list of: {_kind(items)}"
    inner = next(iter(schema.get("patternProperties", {}).values()), schema.get("additionalProperties"))
    if isinstance(inner, dict):
        return f"by name: {_kind(inner)}"
    if schema.get("format") == "date":
        return "day"
    type_name = schema.get("type", "object")
    return _KINDS.get(
        schema.get("pattern", ""), _PLAIN.get(type_name, "text") if isinstance(type_name, str) else "label"
    )


def _link(name: str) -> str:
    if name == "Condition":
        return "condition"
    model = next(model for model in models() if model.__name__.rstrip("_") == name)
    return f"[{title(model).lower()}](#{_anchor(title(model))})"


def _anchor(heading: str) -> str:
    return heading.lower().replace(" ", "-")


def _doc(model: type[Frozen]) -> str:
    return "\n".join(line.strip() for line in (model.__doc__ or "").strip().splitlines())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _flow(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    plain = isinstance(value, int | float) or re.fullmatch(r"[\w/][\w/. -]*|\d\d:\d\d", text)
    return text if plain and not (isinstance(value, str) and text[0].isdigit() and ":" in text) else f'"{text}"'


def main() -> None:
    """Write the schema and the reference pages anew."""
    docs = Path(__file__).parents[3] / "docs" / "reference"
    for path, text in reference_files(docs).items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
