"""The JSON Schema of the playbook, from its models: what editors complete and check while one writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from ripeline.core.conditions import CONDITION_KEYS
from ripeline.core.instants import DAY, HOUR, MINUTE
from ripeline.core.playbook import Playbook
from ripeline.core.units import DURATION_PATTERN, MAX_POINTS, MICRO

if TYPE_CHECKING:
    from collections.abc import Mapping

Schema = dict[str, Any]

_RENAMED = {"Any_": "Any"}
_UNITS = ((DAY, "days"), (HOUR, "h"), (MINUTE, "min"))


def playbook_schema() -> Schema:
    """Return the JSON Schema (2020-12) of a playbook as it stands in YAML."""
    schema = Playbook.model_json_schema(by_alias=True)
    definitions = schema.pop("$defs")
    condition = {"description": "What must hold.", "oneOf": _condition_forms(definitions)}
    polished = {_RENAMED.get(name, name): _polished(part) for name, part in definitions.items()}
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_polished(schema),
        "title": "Ripeline playbook",
        "$defs": {"Condition": condition, **polished},
    }
    return cast("Schema", _renamed(whole))


def schema_text() -> str:
    """Return the schema as the file that is shipped."""
    return json.dumps(playbook_schema(), indent=1, ensure_ascii=False) + "\n"


def is_duration(schema: Mapping[str, Any]) -> bool:
    """Tell whether this is the schema of a duration."""
    return schema.get("pattern") == DURATION_PATTERN


def is_points(schema: Mapping[str, Any]) -> bool:
    """Tell whether this is the schema of a number of points."""
    return schema.get("maximum") == MAX_POINTS


def duration_text(microseconds: int) -> str:
    """Return a duration as people write it, in days, hours or minutes."""
    size, unit = next((size, unit) for size, unit in _UNITS if microseconds % size == 0)
    return f"{microseconds // size} {unit}"


def _condition_forms(definitions: Schema) -> list[Schema]:
    return definitions["All"]["properties"]["all"]["items"]["oneOf"]  # type: ignore[no-any-return]


def _polished(part: Any) -> Any:  # noqa: ANN401 - any part of a JSON document
    """Leave out what says nothing to people: null for "not given", titles that repeat the key."""
    if isinstance(part, list):
        return [_polished(item) for item in part]
    if not isinstance(part, dict):
        return part
    if len(part.get("oneOf", ())) == len(CONDITION_KEYS):
        return _with_description({"$ref": "#/$defs/Condition"}, part)
    if {"type": "null"} in part.get("anyOf", ()):
        given = [form for form in part["anyOf"] if form != {"type": "null"}]
        return _polished(_with_description(given[0] if len(given) == 1 else {"anyOf": given}, part))
    kept = {key: value for key, value in part.items() if not (key == "title" and isinstance(value, str))}
    if "default" in kept:
        kept |= _default(kept.pop("default"), part)
    if "patternProperties" in kept:
        kept["additionalProperties"] = False
    if isinstance(kept.get("description"), str):
        kept["description"] = " ".join(kept["description"].split())
    return {key: _polished(value) for key, value in kept.items()}


def _default(value: object, schema: Schema) -> Schema:
    if value is None or isinstance(value, dict | list):
        return {}
    if is_duration(schema):
        return {"default": duration_text(int(str(value)))}
    if is_points(schema):
        return {"default": int(str(value)) // MICRO}
    return {"default": str(value)[:5] if schema.get("pattern") == r"^\d\d:\d\d$" else value}


def _with_description(schema: Schema, source: Schema) -> Schema:
    return {**schema, "description": source["description"]} if "description" in source else schema


def _renamed(part: Any) -> Any:  # noqa: ANN401 - any part of a JSON document
    text = json.dumps(part)
    for old, new in _RENAMED.items():
        text = text.replace(f'"#/$defs/{old}"', f'"#/$defs/{new}"')
    return json.loads(text)
