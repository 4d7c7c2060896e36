"""YAML text as plain data, with the line and column of every key and value.

Nothing is constructed from tags, so no text can do more than be read. A scalar keeps the text that was written:
`1.10` in an environment stays `1.10`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from shipway.errors import ShipwayError
from shipway.spec.problems import DuplicateKey, NotYaml, WrongValue
from shipway.spec.syntax import DEPTH_MAX, explain, place_in, too_deep, unreadable

NODES_MAX = 20_000
"""A file that is larger once its aliases are followed is an attack or an accident."""

Key = str | int
Keys = tuple[Key, ...]
Place = tuple[int, int]
"""Line and column, both from 1."""

PREFIX = "tag:yaml.org,2002:"
MERGE = PREFIX + "merge"
BRACKETS = re.compile(rf"(?:[\[{{]\s*){{{DEPTH_MAX + 1}}}")
"""Found before the scanner looks: its time grows with the square of the depth."""
UNFIT = re.compile("[\0\ud800-\udfff]")
FOLD = "\a"
"""Where ruamel.yaml notes that a line of folded text was joined to the next; YAML allows no such sign there."""
KINDS = {PREFIX + kind: kind for kind in ("int", "float", "bool", "null", "str", "timestamp")}


class Plain(str):
    """A scalar without quotes that YAML reads as a number or a boolean: its text, and which."""

    kind: str

    def __new__(cls, text: str, kind: str) -> "Plain":
        made = super().__new__(cls, text)
        made.kind = kind
        return made


Data = str | None | list["Data"] | dict[str, "Data"]


@dataclass(frozen=True)
class Tree:
    """What a text says, where each part of it stands, and what is wrong with its form."""

    data: Data
    places: dict[Keys, Place]
    """By path: a key's place for what stands in a mapping, the item's for what stands in a list."""
    values: dict[Keys, Place]
    """By path: where the value itself begins."""
    errors: tuple[ShipwayError, ...] = ()


def parse(text: str, *, file: str, nodes_max: int = NODES_MAX) -> Tree:
    """Read one YAML document. Raises `NotYaml` where the text cannot be read any further."""
    node = _compose(text, file)
    if node is None:
        return Tree(None, {}, {})
    builder = _Builder(file, nodes_max)
    data = builder.build(node, (), 0)
    return Tree(data, builder.places, builder.values, tuple(builder.errors))


def _compose(text: str, file: str) -> Node | None:
    if deep := BRACKETS.search(text):
        raise too_deep(place_in(text, deep.end() - 1, file=file))
    yaml = YAML(typ="rt")
    yaml.composer.warn_double_anchors = False
    try:
        return yaml.compose(text)  # type: ignore[no-any-return]
    except MarkedYAMLError as error:
        raise explain(error, file=file) from error
    except ReaderError as error:
        raise unreadable(error, text, file=file) from error
    except RecursionError as error:
        raise too_deep(f"{file}:1:1") from error
    except YAMLError as error:
        raise NotYaml("This is not YAML", where=f"{file}:1:1", why=str(error)) from error


@dataclass
class _Builder:
    """Turns nodes into data. Duplicates and tags are noted, and reading goes on."""

    file: str
    nodes_max: int
    places: dict[Keys, Place] = field(default_factory=dict)
    values: dict[Keys, Place] = field(default_factory=dict)
    errors: list[ShipwayError] = field(default_factory=list)
    nodes: int = 0

    def build(self, node: Node, path: Keys, depth: int) -> Data:
        self.values.setdefault(path, _place(node))
        self.places.setdefault(path, _place(node))
        self._count(node, depth)
        match node:
            case MappingNode():
                return self._mapping(node, path, depth)
            case SequenceNode():
                return [self.build(item, (*path, index), depth + 1) for index, item in enumerate(node.value)]
            case _:
                return self._scalar(node)

    def _count(self, node: Node, depth: int) -> None:
        self.nodes += 1
        if depth > DEPTH_MAX:
            raise too_deep(self._where(node))
        if self.nodes > self.nodes_max:
            raise NotYaml(
                "The file is far too large",
                where=self._where(node),
                why=f"With its aliases followed it has more than {self.nodes_max} values.",
                fix="Remove aliases that repeat each other.",
            )

    def _mapping(self, node: MappingNode, path: Keys, depth: int) -> Data:
        own: dict[str, Data] = {}
        merges = [value for key, value in node.value if key.tag == MERGE]
        for key, value in node.value:
            if key.tag == MERGE:
                continue
            if (name := self._key(key, own)) is not None:
                self.places.setdefault((*path, name), _place(key))
                own[name] = self.build(value, (*path, name), depth + 1)
        for merge in merges:
            for name, part in self._merge(merge, path, depth + 1):
                own.setdefault(name, part)
        return own

    def _merge(self, node: Node, path: Keys, depth: int) -> Iterator[tuple[str, Data]]:
        """What `<<` brings in; the keys beside it win."""
        if isinstance(node, SequenceNode):
            for part in node.value:
                self._count(part, depth)
                yield from self._merge(part, path, depth + 1)
        elif isinstance(node, MappingNode):
            brought = self.build(node, path, depth)
            assert isinstance(brought, dict)
            yield from brought.items()
        else:
            self._note(
                node,
                "`<<` merges nothing here",
                "It takes a mapping, or a list of mappings.",
                "Write `<<: *name`, with &name on a mapping above.",
            )

    def _key(self, key: Node, siblings: dict[str, Data]) -> str | None:
        if not isinstance(key, ScalarNode) or key.tag == PREFIX + "null":
            self._note(
                key,
                "A key that is not a word",
                "Keys are names; a { or [ at a value's start needs quotes.",
                "Name the key, or put the value in quotes.",
            )
            return None
        name = self._text(key)
        if name in siblings:
            self.errors.append(_twice(name, where=self._where(key)))
            return None
        return name

    def _scalar(self, node: Node) -> Data:
        kind = KINDS.get(str(node.tag))
        text = self._text(node)
        match kind:
            case None:
                self._note(
                    node,
                    f"The tag {str(node.tag).replace(PREFIX, '!!')[:40]} is not understood",
                    "A release file is plain text, numbers and lists.",
                    "Remove the tag, or put the value in quotes.",
                )
                return text
            case "null":
                return None
            case "int" | "float" | "bool":
                return Plain(text, kind)
            case _:
                return text

    def _text(self, node: Node) -> str:
        """Pairs of escapes, as JSON writes what lies beyond 16 bits, become one character."""
        text = str(node.value)
        if isinstance(node, ScalarNode) and node.style == ">":
            text = text.replace(FOLD, "")
        if not UNFIT.search(text):
            return text
        joined = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if "\0" in joined or joined.count("\ufffd") > text.count("\ufffd"):
            self._note(
                node,
                "An escape that stands for no character",
                "NUL and half of a surrogate pair cannot be passed to any program.",
                "Remove the escape.",
            )
        return joined

    def _note(self, node: Node, what: str, why: str, fix: str) -> None:
        self.errors.append(WrongValue(what, where=self._where(node), why=why, fix=fix))

    def _where(self, node: Node) -> str:
        line, column = _place(node)
        return f"{self.file}:{line}:{column}"


def _twice(name: str, *, where: str) -> DuplicateKey:
    return DuplicateKey(
        f"`{name}` stands twice",
        where=where,
        why="Only one of the two could count, and nobody could tell which.",
        fix="Keep one of them.",
    )


def _place(node: Any) -> Place:
    return node.start_mark.line + 1, node.start_mark.column + 1
