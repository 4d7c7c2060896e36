"""Whether an object is as it was asked for, though the API server completed it. Pure."""

from typing import Any


def covers(found: Any, wanted: Any) -> bool:
    """Whether all that is wanted is there; mappings may have more, lists may not."""
    match wanted:
        case dict():
            return isinstance(found, dict) and all(
                key in found and covers(found[key], value) for key, value in wanted.items()
            )
        case list():
            is_list = isinstance(found, list) and len(found) == len(wanted)
            return is_list and all(map(covers, found, wanted))
        case _:
            return bool(found == wanted)


def writer(found: dict[str, Any], *path: str) -> str:
    """Who wrote a field last, other than Shipway: `f:spec`, `f:rules`."""
    entries = [each for each in found["metadata"].get("managedFields") or () if _wrote(each, path)]
    newest = max(entries, key=lambda each: str(each.get("time", "")), default=None)
    return str(newest["manager"]) if newest else "somebody"


def _wrote(entry: dict[str, Any], path: tuple[str, ...]) -> bool:
    fields: Any = entry.get("fieldsV1") or {}
    for part in path:
        if part not in fields:
            return False
        fields = fields[part]
    return bool(entry["manager"] != "shipway")
