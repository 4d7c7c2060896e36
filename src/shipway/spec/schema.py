"""JSON Schema of the release file, for editors: `shipway config schema`. Its words come from `reference.yaml`."""

import json
from typing import Any, get_origin

from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from shipway.spec.choice import Choice
from shipway.spec.complaints import section_of
from shipway.spec.fields import Section
from shipway.spec.reference import Entry, entries
from shipway.spec.release import ReleaseFile
from shipway.spec.tree import Data, Plain, parse

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


def schema() -> Schema:
    """The schema, draft 2020-12."""
    return {"$schema": DIALECT, "title": "Shipway release file", **_section(ReleaseFile, ())}


def text() -> str:
    """As a file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _section(model: type[Section], path: tuple[str, ...]) -> Schema:
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    made: Schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _field(field, (*path, name)) for name, field in fields.items()},
    }
    if required := [name for name, field in fields.items() if field.is_required()]:
        made["required"] = required
    if model.SHORT:
        made |= {"type": ["object", "string"], "pattern": f"^{model.SHORT}$"}
    if issubclass(model, Choice):
        made |= {"minProperties": 1, "maxProperties": 1}
    return made


def _field(field: FieldInfo, path: tuple[str, ...]) -> Schema:
    section = section_of(field.annotation)
    if section and get_origin(field.annotation) is dict:
        made = _named(section, path)
    elif section and get_origin(field.annotation) is tuple:
        made = {"type": "array", "items": _section(section, path)}
    else:
        made = _section(section, path) if section else _value(field)
    return (made if field.is_required() else _or_nothing(made)) | _words(entries()[path], bool(section))


def _named(model: type[Section], path: tuple[str, ...]) -> Schema:
    """A mapping whose keys are the user's own, as one of them in the reference."""
    sample = next(entry for entry in entries() if entry[:-1] == path)
    return {"type": "object", "additionalProperties": _section(model, sample)}


def _or_nothing(made: Schema) -> Schema:
    """A key with nothing after it counts as not written."""
    types = made["type"] if isinstance(made["type"], list) else [made["type"]]
    return made | {"type": [*types, "null"]} | ({"enum": [*made["enum"], None]} if "enum" in made else {})


def _value(field: FieldInfo) -> Schema:
    """A value's own schema."""
    whole: Schema = TypeAdapter(field.rebuild_annotation()).json_schema()
    parts = [part for part in whole.pop("anyOf", []) if part.get("type") != "null"]
    made = parts[0] if parts else whole
    return {key: value for key, value in made.items() if key != "default"}


def _words(entry: Entry, is_section: bool) -> Schema:
    said: Schema = {"description": entry.meaning}
    if entry.default is not None:
        said["default"] = _json(entry.default)
    if entry.sample is not None and not is_section:
        said["examples"] = [_json(entry.sample)]
    return said


def _json(written: str) -> Any:
    """A value of the sample as JSON."""
    data = parse(f"value: {written}", file="reference.yaml").data
    assert isinstance(data, dict)
    return as_json(data["value"])


def as_json(data: Data) -> Any:
    """What an editor makes of the same text: numbers and booleans where they have no quotes."""
    match data:
        case Plain(kind="bool"):
            return data.lower() == "true"
        case Plain(kind="int"):
            return int(data)
        case Plain():
            return float(data)
        case dict():
            return {key: as_json(value) for key, value in data.items()}
        case list():
            return [as_json(value) for value in data]
        case _:
            return data
