"""Values for programs: as they are, with every time in UTC."""

import json

import msgspec
from msgspec import Struct

from shipway.cli.render.words import iso

TIMES = ("at", "stays_until")


def text(value: object) -> str:
    """Indented JSON. Times end in `_at` and are ISO 8601 in UTC; durations are seconds; shares are of 100,000."""
    return json.dumps(_timed(msgspec.to_builtins(value)), indent=2, ensure_ascii=False)


def line(value: object) -> str:
    """As `text`, on one line."""
    return json.dumps(_timed(msgspec.to_builtins(value)), ensure_ascii=False)


def plain(value: Struct) -> dict[str, object]:
    """A value's fields, to be added to."""
    found: dict[str, object] = msgspec.to_builtins(value)
    return found


def _timed(value: object) -> object:
    if isinstance(value, dict):
        return {name: _time(part) if _is_time(name, part) else _timed(part) for name, part in value.items()}
    return [_timed(part) for part in value] if isinstance(value, list | tuple) else value


def _is_time(name: object, part: object) -> bool:
    return isinstance(part, int | float) and (name in TIMES or str(name).endswith("_at"))


def _time(part: float) -> str:
    return iso(part)
