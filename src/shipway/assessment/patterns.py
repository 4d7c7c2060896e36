"""Patterns of paths, as in .gitignore: `*` within a folder, `**` across folders, a name alone at any depth.

The usual forms are looked up in sets, without an expression: a few hundred of them are asked about each file.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

SIGNS = {"/**/": "/(?:.*/)?", "**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
SPECIAL = frozenset("*?/")


class Patterns:
    """Several of them, sorted by their form."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self.names: set[str] = set()
        self.folders: set[str] = set()
        suffixes: list[str] = []
        self.halves: dict[str, list[tuple[str, str]]] = {}
        """`test_*.py`: what a name begins and ends with, by its first sign."""
        self._known: dict[str, bool] = {}
        self.deep: dict[str, list[str]] = {}
        """`**/migrations/**/*.py`: by folder, what names below it end with."""
        rest: list[str] = []
        for pattern in patterns:
            before, star, after = pattern.partition("*")
            deep = pattern.split("/") if pattern.startswith("**/") else []
            if not SPECIAL & set(pattern):
                self.names.add(pattern)
            elif pattern.endswith("/") and not SPECIAL & set(pattern[:-1]):
                self.folders.add(pattern[:-1])
            elif star and not SPECIAL & set(before + after):
                self._half(before, after, suffixes)
            elif len(deep) == 2 and not SPECIAL & set(deep[1]):
                self.names.add(deep[1])
            elif _is_deep(deep):
                self.deep.setdefault(deep[1], []).append("" if len(deep) == 3 else deep[3][1:])
            else:
                rest.append(pattern)
        self.suffixes = tuple(suffixes)
        self.rest = re.compile("|".join(f"(?:{_expression(one)})" for one in rest)) if rest else None

    def _half(self, before: str, after: str, suffixes: list[str]) -> None:
        if before:
            self.halves.setdefault(before[0], []).append((before, after))
        else:
            suffixes.append(after)

    def names_path(self, path: str) -> bool:
        """Whether any of them names the path, or a folder above it."""
        folders, name = _parts(path)
        if self._names(name) or not self.folders.isdisjoint(folders):
            return True
        for folder in folders:
            if self._names(folder) or (folder in self.deep and name.endswith(tuple(self.deep[folder]))):
                return True
        return self.rest is not None and self.rest.fullmatch(path) is not None

    def _names(self, part: str) -> bool:
        """One name, of a file or a folder; remembered, for folders are asked about again and again."""
        found = self._known.get(part)
        if found is None:
            halves = self.halves.get(part[:1], ())
            found = (
                part in self.names or part.endswith(self.suffixes) or any(_is_half(part, one) for one in halves)
            )
            self._known[part] = found
        return found


@lru_cache(maxsize=1024)
def compiled(patterns: tuple[str, ...]) -> Patterns:
    """All of them; they match nothing where there are none."""
    return Patterns(patterns)


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Whether any of the patterns names the path, or a folder above it."""
    return compiled(tuple(patterns)).names_path(path)


@lru_cache(maxsize=65_536)
def _parts(path: str) -> tuple[tuple[str, ...], str]:
    """Folders above, and the name."""
    *folders, name = path.split("/")
    return tuple(folders), name


def _is_half(name: str, half: tuple[str, str]) -> bool:
    return name.startswith(half[0]) and name.endswith(half[1]) and len(name) >= len(half[0]) + len(half[1])


def _is_deep(parts: list[str]) -> bool:
    if len(parts) not in (3, 4) or SPECIAL & set(parts[1]) or not parts[1] or parts[2] != "**":
        return False
    return len(parts) == 3 or (parts[3].startswith("*") and not SPECIAL & set(parts[3][1:]))


def _expression(pattern: str) -> str:
    anchored = pattern.startswith("/") or "/" in pattern.rstrip("/")
    body = pattern.strip("/")
    parts = [_part(part) for part in re.split(r"(/\*\*/|\*\*/|/\*\*|\*\*|\*|\?)", body)]
    deeper = "/.*" if pattern.endswith("/") else "(?:/.*)?"
    return ("" if anchored else "(?:.*/)?") + "".join(parts) + deeper


def _part(part: str) -> str:
    return SIGNS.get(part) or re.escape(part)


@lru_cache(maxsize=65_536)
def words(path: str) -> frozenset[str]:
    """The words of a path in small letters: `PaymentService.java` has `payment` and `service`."""
    return frozenset(word for part in _parts(path)[0] for word in _words(part)) | _words(_parts(path)[1])


@lru_cache(maxsize=65_536)
def _words(part: str) -> frozenset[str]:
    return frozenset(word.lower() for word in WORD.findall(part))


WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+[a-z]*")
