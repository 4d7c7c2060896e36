"""Between a file of flags and JSON."""

from io import StringIO

from shipway.flags.fields import json
from shipway.flags.load import data_and_places, parse_flags
from shipway.flags.model import Json
from shipway.flags.state import KINDS, Document
from shipway.spec.tree import Data, Plain

WIDTH = 110
COUNTED = frozenset({"variants", "percentage", "weight"})
"""Keys below which a number is one."""


def document_of(text: str, *, file: str) -> dict[str, dict[str, Json]]:
    """The document of a file's text; JSON is YAML too. Raises `InputErrors` with lines and columns."""
    parse_flags(text, file=file)
    data, _ = data_and_places(text, file)
    read = _json({} if data is None else data, ())
    return {kind: read.get(kind) or {} for kind in KINDS}


def _json(data: Data, path: tuple[str, ...]) -> Json:
    """As `fields.json`, but a number that names somebody stays as it is written: user 007 is not user 7."""
    if "value" in path[2:]:
        return json(data)
    if isinstance(data, dict):
        return {key: _json(inner, (*path, key)) for key, inner in data.items()}
    if isinstance(data, list):
        return [_json(inner, path) for inner in data]
    if not isinstance(data, Plain) or data.kind == "bool":
        return json(data)
    number = json(data)
    return number if repr(number) == data or COUNTED & set(path[2:]) else str(data)


def text_of(document: Document) -> str:
    """A file of flags; sections that say nothing are left out."""
    said = {kind: document[kind] for kind in KINDS if document[kind] or kind == "features"}
    from ruamel.yaml import YAML

    made = StringIO()
    yaml = YAML()
    yaml.default_flow_style = None
    yaml.width = WIDTH
    yaml.dump(said, made)
    return made.getvalue()
