"""Patterns of paths, as in .gitignore: `*` within a folder, `**` across folders, a name alone at any depth."""

import re
from collections.abc import Iterable
from functools import lru_cache

SIGNS = {"/**/": "/(?:.*/)?", "**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+[a-z]*")


@lru_cache(maxsize=1024)
def compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """One expression for all of them; it matches nothing where there are none."""
    return re.compile("|".join(f"(?:{_expression(one)})" for one in patterns) or r"(?!)")


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Whether any of the patterns names the path, or a folder above it."""
    return compiled(tuple(patterns)).fullmatch(path) is not None


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
    return frozenset(word.lower() for word in WORD.findall(path))
