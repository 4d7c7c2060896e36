"""YAML as plain data, quickly: libyaml's events.

It gives what `spec.tree` gives, many times faster, and gives up on everything unusual: anchors, tags, merges,
a key that stands twice, what is not YAML. Then `spec.tree` reads the text again. Places are looked up only where a
mistake has to be shown.
"""

import re

import yaml

from shipway.spec.tree import Data, Keys, Place, Plain, Tree

NODES_MAX = 500_000
DEPTH_MAX = 32
RESOLVED = re.compile(
    r"(?P<bool>true|True|TRUE|false|False|FALSE)|(?P<null>~|null|Null|NULL|)"
    r"|(?P<int>[-+]?0b[0-1_]+|[-+]?[0-9_]+|[-+]?0o[0-7_]+|[-+]?0x[0-9a-fA-F_]+)"
    r"|(?P<float>[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+"
    r"|[-+]?\.[0-9_]+(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))"
)
"""The scalars without quotes that YAML 1.2 does not read as text."""
FIRST = frozenset("+-.0123456789~nNtTfF")
UNFIT = re.compile("[\0\t\ud800-\udfff\ufeff]")


class _Unusual(Exception):
    """Something that the slow reader has to look at."""


def quickly(text: str) -> Data:
    """The data of a text. Raises `Slow` where the other reader is needed."""
    if UNFIT.search(text):
        raise Slow
    try:
        return _Reader(text).document()
    except (yaml.YAMLError, _Unusual, RecursionError) as error:
        raise Slow from error


def placed(text: str, data: Data) -> Tree:
    """What `quickly` read, with the line and column of each part."""
    places: dict[Keys, Place] = {}
    values: dict[Keys, Place] = {}
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    left: list[tuple[yaml.Node, Keys, Place | None]] = [] if root is None else [(root, (), None)]
    while left:
        node, path, key = left.pop()
        values[path] = _place(node)
        places[path] = key or values[path]
        if isinstance(node, yaml.MappingNode):
            left += [(value, (*path, name.value), _place(name)) for name, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            left += [(item, (*path, index), None) for index, item in enumerate(node.value)]
    return Tree(data, places, values)


def _place(node: yaml.Node) -> Place:
    return node.start_mark.line + 1, node.start_mark.column + 1


class Slow(Exception):
    """The text has to be read by `spec.tree`, for what it means or for what is wrong with it."""


class _Reader:
    def __init__(self, text: str) -> None:
        self.events = yaml.parse(text, Loader=yaml.CSafeLoader)
        self.nodes = 0

    def document(self) -> Data:
        next(self.events)
        if isinstance(next(self.events), yaml.StreamEndEvent):
            return None
        data = self._value(next(self.events), 0)
        next(self.events)
        if not isinstance(next(self.events), yaml.StreamEndEvent):
            raise _Unusual
        return data

    def _value(self, event: yaml.Event, depth: int) -> Data:
        self.nodes += 1
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if depth > DEPTH_MAX or self.nodes > NODES_MAX or not isinstance(event, yaml.CollectionStartEvent):
            raise _Unusual
        if event.anchor is not None or event.tag is not None:
            raise _Unusual
        return self._mapping(depth) if isinstance(event, yaml.MappingStartEvent) else self._list(depth)

    def _scalar(self, event: yaml.ScalarEvent) -> Data:
        text: str = event.value
        if event.anchor is not None or event.tag is not None:
            raise _Unusual
        if not event.implicit[0] or (text and text[0] not in FIRST):
            if text == "<<" or text == "=":
                raise _Unusual
            return text
        found = RESOLVED.fullmatch(text)
        kind = found.lastgroup if found else None
        if kind is None:
            return text
        return None if kind == "null" else Plain(text, kind)

    def _mapping(self, depth: int) -> dict[str, Data]:
        made: dict[str, Data] = {}
        for event in self.events:
            if type(event) is yaml.MappingEndEvent:
                break
            if not isinstance(event, yaml.ScalarEvent):
                raise _Unusual
            key = self._scalar(event)
            if not isinstance(key, str) or key in made:
                raise _Unusual
            made[str(key)] = self._value(next(self.events), depth + 1)
        return made

    def _list(self, depth: int) -> list[Data]:
        made: list[Data] = []
        for event in self.events:
            if type(event) is yaml.SequenceEndEvent:
                break
            made.append(self._value(event, depth + 1))
        return made
