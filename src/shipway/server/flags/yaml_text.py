"""Between a file of flags and JSON."""

from io import StringIO

from ruamel.yaml import YAML

from shipway.flags.fields import json
from shipway.flags.load import data_and_places, parse_flags
from shipway.flags.model import Json
from shipway.flags.state import KINDS, Document
from shipway.server.flags.calls import wrong_body
from shipway.spec.tree import Data, Plain

WIDTH = 110
COUNTED = frozenset({"variants", "percentage", "weight"})
"""Keys below which a number is one."""


def document_of(raw: bytes) -> Json:
    """The document of a file's text; JSON is YAML too. Raises `InputErrors` with lines and columns."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise wrong_body(f"It is not UTF-8 text: {error.reason}.") from error
    parse_flags(text, file="the file")
    data, _ = data_and_places(text, "the file")
    return _json({} if data is None else data, ())


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
    made = StringIO()
    yaml = YAML()
    yaml.default_flow_style = None
    yaml.width = WIDTH
    yaml.dump(said, made)
    return made.getvalue()
