"""What rules compute with: CEL's equality and order over Python's values.

A test answers yes, no, or `None`: it cannot be answered for this user, because an attribute is missing or of
another type. `&&` and `||` are CEL's: what decides the answer alone does, whatever the other side is.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeGuard

User = Mapping[str, object]
Test = Callable[[User], "bool | None"]
Value = Callable[[User], object]

VERSION = re.compile(
    r"v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?", re.ASCII
)
VERSION_LENGTH_MAX = 256


class Missing:
    """The attribute is not there, or the function has no answer."""


MISSING: Final = Missing()


class Side(NamedTuple):
    """One side of a comparison."""

    value: Value
    constant: object = MISSING
    """What is written there, where it is."""
    attribute: str | None = None
    """Where it is `user.attribute`: its name, so that it need not be called for."""


class Version(NamedTuple):
    """What semver.org says about precedence: numbers first, and a pre-release before its release."""

    numbers: tuple[int, int, int]
    is_release: bool
    prerelease: tuple[tuple[bool, int, str], ...]


def version(value: object) -> Version | Missing:
    """The version that a text names; none for any other text."""
    return _version(value) if isinstance(value, str) and len(value) <= VERSION_LENGTH_MAX else MISSING


@lru_cache(maxsize=1024)
def _version(text: str) -> Version | Missing:
    found = VERSION.fullmatch(text)
    if found is None:
        return MISSING
    major, minor, patch, prerelease = found.groups()
    parts = tuple(
        (False, int(part[:18]), "") if part.isdigit() else (True, 0, part)
        for part in (prerelease.split(".") if prerelease else ())
    )
    return Version((int(major), int(minor), int(patch)), prerelease is None, parts)


def is_list(value: object) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    """Whether a value is a list; a version is none, though it is a tuple here."""
    return isinstance(value, list | tuple) and not isinstance(value, Version)


def indexed(whole: object, key: object) -> object:
    """`whole[key]`: an item of a list by its number, a value of a mapping by its name."""
    if isinstance(whole, Mapping):
        return whole.get(key, MISSING) if isinstance(key, str) else MISSING
    if isinstance(key, float) and key.is_integer():
        key = int(key)
    if not is_list(whole) or isinstance(key, bool) or not isinstance(key, int):
        return MISSING
    return whole[key] if 0 <= key < len(whole) else MISSING


def kind(value: object) -> type | None:
    """Values of one kind have an order."""
    match value:
        case bool():
            return bool
        case int() | float():
            return float
        case str():
            return str
        case Version():
            return Version
        case datetime():
            return datetime
        case _:
            return None


def equal(left: object, right: object) -> bool:
    """Values of different kinds are never equal; whole numbers and fractions are one kind."""
    if left is None or right is None:
        return left is right
    if is_list(left) and is_list(right):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    return kind(left) is kind(right) and kind(left) is not None and bool(left == right)


def within(value: object, whole: object) -> bool | None:
    """Whether a list has the value, or a mapping the key; none where there is neither."""
    if isinstance(whole, Mapping):
        return value in whole if isinstance(value, str | int | float) else None
    if isinstance(whole, list | tuple | set | frozenset):
        return any(equal(value, item) for item in whole)
    return None
