"""Changes one value of a YAML text and leaves everything else as people wrote it, comments too.

The place is found with libyaml and only its characters change. What cannot be changed so, because of anchors or
merges, goes through ruamel.yaml, which keeps comments but may move spaces. Either way the result is read again.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO

import yaml
from ruamel.yaml import YAML

from shipway.errors import ShipwayError
from shipway.flags.reading import NODES_MAX, Slow, quickly
from shipway.spec.tree import Data, parse

Path = tuple[str, ...]
WIDTH_MAX = 10_000


class NotEdited(ShipwayError):
    """The file is written in a way that does not let one value be changed alone."""

    code = "flags-not-edited"


def changed(text: str, changes: Mapping[Path, str], *, file: str) -> str:
    """The text with a value of YAML (`true`, `25`, `[a, b]`) at each path. Raises `NotEdited`."""
    for path, value in changes.items():
        wanted = _with(_data(text), path, value)
        text = next((made for made in _ways(text, path, value) if _means(made, wanted)), "")
        if not text:
            raise NotEdited(
                f"`{'.'.join(path)}` cannot be set to {value} alone",
                where=file,
                why="What the file says there is shared with another part of it, or is no mapping.",
                fix=f"Set it to {value} by hand.",
            )
    return text


def _ways(text: str, path: Path, value: str) -> Iterator[str]:
    """Texts that may be meant, the most careful one first."""
    with suppress(yaml.YAMLError, TypeError):
        yield _spliced(text, path, value)
    with suppress(TypeError):
        yield _through_ruamel(text, path, value)


def _means(text: str, wanted: Data) -> bool:
    try:
        return _data(text) == wanted
    except ShipwayError:
        return False


def _data(text: str) -> Data:
    try:
        return quickly(text)
    except Slow:
        return parse(text, file="", nodes_max=NODES_MAX).data


def _with(data: Data, path: Path, value: str) -> Data:
    """The data as it shall be."""
    if not path:
        return _data(value)
    whole = dict(data) if isinstance(data, dict) else {}
    whole[path[0]] = _with(whole.get(path[0]), path[1:], value)
    return whole


@dataclass(frozen=True)
class _Splice:
    begin: int
    end: int
    text: str


def _spliced(text: str, path: Path, value: str) -> str:
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    if root is None:
        return f"{text.rstrip()}\n{_nested(path, value)}\n".lstrip()
    splice = _splice(root, path, value, newline="\r\n" if "\r\n" in text else "\n")
    return text[: splice.begin] + splice.text + text[splice.end :]


def _splice(node: yaml.Node, path: Path, value: str, *, newline: str) -> _Splice:
    while path:
        if not isinstance(node, yaml.MappingNode):
            return _in_place(node, f"{{{_nested(path, value)}}}")
        inner = next((found for key, found in node.value if key.value == path[0]), None)
        if inner is None:
            return _added(node, _nested(path, value), newline=newline)
        node, path = inner, path[1:]
    return _in_place(node, value)


def _in_place(node: yaml.Node, value: str) -> _Splice:
    """Instead of a scalar; an empty one stands directly behind its colon."""
    if not isinstance(node, yaml.ScalarNode):
        raise TypeError("only a plain value is replaced")
    begin, end = node.start_mark.index, node.end_mark.index
    return _Splice(begin, end, value if begin < end else f" {value}")


def _added(node: yaml.MappingNode, entry: str, *, newline: str) -> _Splice:
    """As the first key of a mapping: what stands above and below keeps its place."""
    if node.flow_style:
        begin = node.start_mark.index + 1
        return _Splice(begin, begin, f"{entry}, " if node.value else entry)
    mark = node.value[0][0].start_mark
    return _Splice(mark.index, mark.index, f"{entry}{newline}{' ' * mark.column}")


def _nested(path: Path, value: str) -> str:
    """`rollout: {percentage: 25}`."""
    inner = f"{path[-1]}: {value}"
    for part in reversed(path[:-1]):
        inner = f"{part}: {{{inner}}}"
    return inner


def _through_ruamel(text: str, path: Path, value: str) -> str:
    round_trip = YAML()
    round_trip.preserve_quotes = True
    round_trip.width = WIDTH_MAX
    round_trip.indent(mapping=2, sequence=4, offset=2)
    whole = round_trip.load(text)
    here = whole
    for part in path[:-1]:
        if not isinstance(here, dict):
            raise TypeError("only a mapping has keys")
        here = here.setdefault(part, {})
    here[path[-1]] = yaml.safe_load(value)
    made = StringIO()
    round_trip.dump(whole, made)
    return made.getvalue()
