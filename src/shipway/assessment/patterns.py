"""Patterns of paths, as in .gitignore: `*` within a folder, `**` across folders, a name alone at any depth.

The usual forms are looked up in sets, without an expression: a few hundred of them are asked about each file.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

SIGNS = {"/**/": "/(?:.*/)?", "**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
SPECIAL = frozenset("*?/")
NONE: frozenset[str] = frozenset()


class Patterns:
    """Several lists of them, each under a name; a path is looked up in all lists at once."""

    def __init__(self, lists: Mapping[str, Iterable[str]]) -> None:
        self._names: dict[str, list[str]] = {}
        self._folders: dict[str, list[str]] = {}
        self._ends: dict[str, list[Half]] = {}
        """`*_test.go`, `test_*.py`: what a name begins and ends with, by what follows its last dot."""
        self._halves: dict[str, list[Half]] = {}
        """`LICENSE*`: those whose end has no dot, by the first sign; `*Test` under none."""
        self._deep: dict[str, list[tuple[str, str]]] = {}
        """`**/migrations/**/*.py`: by folder, what names below it end with."""
        self._rest: list[Rest] = []
        for name, patterns in lists.items():
            for pattern in patterns:
                if not self._keep(pattern, name):
                    self._rest.append(Rest(pattern, name))
        self._known: dict[str, frozenset[str]] = {}

    def _keep(self, pattern: str, name: str) -> bool:
        """Under its form, where it has one of the usual ones."""
        before, star, after = pattern.partition("*")
        deep = pattern.split("/") if pattern.startswith("**/") else []
        if not SPECIAL & set(pattern):
            self._names.setdefault(pattern, []).append(name)
        elif pattern.endswith("/") and not SPECIAL & set(pattern[:-1]):
            self._folders.setdefault(pattern[:-1], []).append(name)
        elif star and not SPECIAL & set(before + after):
            self._half(Half(before, after, name))
        elif len(deep) == 2 and not SPECIAL & set(deep[1]):
            self._names.setdefault(deep[1], []).append(name)
        elif _is_deep(deep):
            self._deep.setdefault(deep[1], []).append(("" if len(deep) == 3 else deep[3][1:], name))
        else:
            return False
        return True

    def _half(self, half: "Half") -> None:
        _, dot, extension = half.after.rpartition(".")
        if dot:
            self._ends.setdefault(extension, []).append(half)
        else:
            self._halves.setdefault(half.before[:1], []).append(half)

    def named(self, path: str) -> frozenset[str]:
        """The lists that name the path, or a folder above it."""
        folder, _, name = path.rpartition("/")
        found = self._part(name)
        if folder:
            found |= self._above(folder)
            if self._deep:
                found |= self._below(folder, name)
        rest = [one.name for one in self._rest if one.literal in path and one.fits(path)]
        return found.union(rest) if rest else found

    def _above(self, folder: str) -> frozenset[str]:
        """By a folder and those above it; remembered, for each is asked about again and again."""
        key = f"{folder}/"
        found = self._known.get(key)
        if found is None:
            over, _, name = folder.rpartition("/")
            found = (
                self._part(name) | frozenset(self._folders.get(name, ())) | (self._above(over) if over else NONE)
            )
            self._known[key] = found
        return found

    def _below(self, folder: str, name: str) -> set[str]:
        deep = [one for part in folder.split("/") for one in self._deep.get(part, ())]
        return {found for end, found in deep if name.endswith(end)}

    def _part(self, part: str) -> frozenset[str]:
        """One name, of a file or a folder."""
        found = self._known.get(part)
        if found is None:
            named = self._names.get(part, [])
            extension = part.rpartition(".")[2]
            halves = (self._ends.get(extension, ()), self._halves.get(part[:1], ()), self._halves.get("", ()))
            found = frozenset((*named, *(one.name for some in halves for one in some if one.fits(part))))
            self._known[part] = found
        return found


class Half:
    """A name's begin and end, of the list of that name."""

    def __init__(self, before: str, after: str, name: str) -> None:
        self.before, self.after, self.name = before, after, name
        self._least = len(before) + len(after)

    def fits(self, part: str) -> bool:
        """Whether a name is one of these."""
        return len(part) >= self._least and part.endswith(self.after) and part.startswith(self.before)


@lru_cache(maxsize=1024)
def _compiled(patterns: tuple[str, ...]) -> Patterns:
    return Patterns({"": patterns})


class Rest:
    """Any other pattern, of the list of that name. Its expression is made once a path holds its longest text."""

    def __init__(self, pattern: str, name: str) -> None:
        self._pattern, self.name = pattern, name
        self.literal = max(re.split(r"[*?]+", pattern.strip("/")), key=len).strip("/")
        self._expression: re.Pattern[str] | None = None

    def fits(self, path: str) -> bool:
        """Whether the path, or a folder above it, is one of these."""
        if self._expression is None:
            self._expression = re.compile(_expression(self._pattern))
        return self._expression.fullmatch(path) is not None


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Whether any of the patterns names the path, or a folder above it."""
    return bool(_compiled(tuple(patterns)).named(path))


def is_exactly(path: str, pattern: str) -> bool:
    """Whether the pattern names the path itself, not a folder above it."""
    return _exactly(pattern).fullmatch(path) is not None


@lru_cache(maxsize=1024)
def _exactly(pattern: str) -> re.Pattern[str]:
    return re.compile(_expression(pattern, deeper=""))


def _is_deep(parts: list[str]) -> bool:
    if len(parts) not in (3, 4) or SPECIAL & set(parts[1]) or not parts[1] or parts[2] != "**":
        return False
    return len(parts) == 3 or (parts[3].startswith("*") and not SPECIAL & set(parts[3][1:]))


def _expression(pattern: str, *, deeper: str = "(?:/.*)?") -> str:
    anchored = pattern.startswith("/") or "/" in pattern.rstrip("/")
    body = pattern.strip("/")
    parts = [_part(part) for part in re.split(r"(/\*\*/|\*\*/|/\*\*|\*\*|\*|\?)", body)]
    below = "/.*" if pattern.endswith("/") else deeper
    return ("" if anchored else "(?:.*/)?") + "".join(parts) + below


def _part(part: str) -> str:
    return SIGNS.get(part) or re.escape(part)


def words(path: str) -> frozenset[str]:
    """The words of a path in small letters: `PaymentService.java` has `payment` and `service`."""
    folder, _, name = path.rpartition("/")
    return frozenset(word.lower() for word in WORD.findall(name)).union(_words(folder) if folder else ())


@lru_cache(maxsize=4096)
def _words(folder: str) -> frozenset[str]:
    return frozenset(word.lower() for word in WORD.findall(folder))


WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+[a-z]*")
