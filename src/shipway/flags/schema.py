"""JSON Schema of a file of flags, for editors. Its words come from `reference.yaml`.

`python -m shipway.flags.schema > feature-flags.schema.json`
"""

import json
from collections.abc import Mapping
from typing import Any

from shipway.flags.fields import ATTRIBUTE, NAME
from shipway.flags.reference import entries

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]
Path = tuple[str, ...]

SWITCH: Schema = {"type": "boolean"}
TEXT: Schema = {"type": "string", "pattern": r"\S"}
NAMED: Schema = {"type": "string", "pattern": f"^{NAME}$"}
ATTRIBUTED: Schema = {"type": "string", "pattern": f"^{ATTRIBUTE}$"}
PERCENTAGE: Schema = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": 100},
        {"type": "string", "pattern": r"^(100(\.0{1,3})?|[0-9]{1,2}(\.[0-9]{1,3})?)%?$"},
    ]
}
WEIGHT: Schema = {"type": "number", "minimum": 0}
VALUE: Schema = {}
DAY: Schema = {"type": "string", "format": "date"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
IDENTITY: Schema = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": f"^{ATTRIBUTE}$"},
    "additionalProperties": {"type": ["string", "number", "boolean"]},
}
NAMES: Schema = {"type": "array", "items": NAMED}
USERS: Schema = {"type": "array", "items": IDENTITY}
FLAG: Path = ("features", "new-checkout")
"""Where the sample shows a flag."""


def schema() -> Schema:
    """The schema, draft 2020-12."""
    parts = {
        "features": _named(("features",), _flag()),
        "segments": _named(("segments",), _section(("segments", "staff"), {"rule": TEXT, "users": USERS})),
        "exclusive": _named(("exclusive",), _exclusive()),
        "holdouts": _named(("holdouts",), _holdout()),
    }
    return {"$schema": DIALECT, "title": "Shipway feature flags", **_object(parts)}


def text() -> str:
    """As a file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _flag() -> Schema:
    return _section(
        FLAG,
        {
            "kill": SWITCH,
            "requires": NAMES,
            "blocklist": USERS,
            "allowlist": USERS,
            "enabled": SWITCH,
            "targeting": {"type": "array", "items": _target()},
            "rollout": _section((*FLAG, "rollout"), {"percentage": PERCENTAGE, "by": ATTRIBUTED}),
            "cohort": {"type": "string", "enum": ["own", "release"]},
            "variants": _named((*FLAG, "variants"), _variant()),
            "value": VALUE,
            "schedule": {"type": "array", "items": _change()},
            "owner": TEXT,
            "expires": DAY,
        },
    )


def _target() -> Schema:
    keys = {"rule": TEXT, "segment": NAMED, "enabled": SWITCH, "variant": NAMED}
    choice = {"oneOf": [{"required": ["rule"]}, {"required": ["segment"]}]}
    return _section((*FLAG, "targeting"), keys) | choice


def _variant() -> Schema:
    keys = {"weight": WEIGHT, "value": VALUE}
    return {"anyOf": [WEIGHT, _section((*FLAG, "variants", "control"), keys) | {"required": ["weight"]}]}


def _change() -> Schema:
    keys = {"at": MOMENT, "enabled": SWITCH, "percentage": PERCENTAGE}
    choice = {"required": ["at"], "anyOf": [{"required": ["enabled"]}, {"required": ["percentage"]}]}
    return _section((*FLAG, "schedule"), keys) | choice


def _exclusive() -> Schema:
    shares = _named(("exclusive", "checkout-experiments", "flags"), PERCENTAGE)
    made = _section(("exclusive", "checkout-experiments"), {"flags": shares, "by": ATTRIBUTED})
    return made | {"required": ["flags"]}


def _holdout() -> Schema:
    made = _section(("holdouts", "winter"), {"percentage": PERCENTAGE, "flags": NAMES, "by": ATTRIBUTED})
    return made | {"required": ["percentage"]}


def _named(path: Path, of: Schema) -> Schema:
    """A mapping of the user's own names."""
    nothing_too = {"anyOf": [of, {"type": "null"}]} if of.get("type") == "object" and "required" not in of else of
    return _object({}) | {
        "additionalProperties": nothing_too,
        "propertyNames": {"pattern": f"^{NAME}$"},
        "description": entries()[path].meaning,
    }


def _section(path: Path, keys: Mapping[str, Schema]) -> Schema:
    """A mapping of known keys, each with what the reference says about it."""
    known = entries()
    return _object({key: made | {"description": known[(*path, key)].meaning} for key, made in keys.items()})


def _object(properties: Mapping[str, Schema]) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": dict(properties)}


if __name__ == "__main__":
    print(text(), end="")
