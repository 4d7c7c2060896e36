"""Types of a Compose file's values. More than in a release file may be written in two ways."""

import re
import shlex
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator

from shipway.spec import units
from shipway.spec.problems import Wrong

DURATION = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:us|ms|s|m|h|d|w))+", re.ASCII)
PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(us|ms|s|m|h|d|w)", re.ASCII)
SECONDS = {"us": Decimal("0.000001"), **units.SECONDS, "w": Decimal(604_800)}
SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(b|k|kb|m|mb|g|gb)?", re.ASCII | re.IGNORECASE)
SIZES = {"": 1, "b": 1, "k": 2**10, "kb": 2**10, "m": 2**20, "mb": 2**20, "g": 2**30, "gb": 2**30}


def _words(value: object) -> object:
    """A line is split as a shell would; no shell runs it."""
    if not isinstance(value, str):
        return value
    try:
        return shlex.split(value)
    except ValueError as error:
        raise Wrong("a quote is not closed", why="It is split into words.", fix="Close it.") from error


def _texts(value: object) -> object:
    """One, or a list of them."""
    return [value] if isinstance(value, str) else value


def _named(value: object, sign: str = "=") -> object:
    """`NAME=value` in a list, or a mapping."""
    if not isinstance(value, list):
        return value
    pairs = (units.text_of(one).partition(sign) for one in value)
    return {name: text if found else None for name, found, text in pairs}


def _hosts(value: object) -> object:
    """`name:address`, `name=address`, or a mapping; an address of IPv6 may stand in brackets."""
    if isinstance(value, dict):
        return value
    named = _named(value, "=") if all("=" in str(one) for one in _listed(value)) else _named(value, ":")
    return named if isinstance(named, dict) else value


def _listed(value: object) -> Iterable[object]:
    return value if isinstance(value, list) else ()


def _seconds(value: object) -> float:
    text = units.text_of(value)
    if DURATION.fullmatch(text):
        return float(sum(Decimal(number) * SECONDS[unit] for number, unit in PART.findall(text)))
    raise Wrong(f"{units.quoted(text)} is not a duration", why="It has units.", fix="Write 10s or 1m30s.")


def bytes_of(value: object) -> int:
    """`64m`. Raises `Wrong`."""
    text = units.text_of(value)
    if found := SIZE.fullmatch(text):
        return int(Decimal(found[1]) * SIZES[(found[2] or "").lower()])
    raise Wrong(f"{units.quoted(text)} is not a size", why="It is a number and b, k, m or g.", fix="Write 512m.")


def _number(value: object) -> float:
    text = units.text_of(value)
    if units.NUMBER.fullmatch(text.removeprefix("-")):
        return float(text)
    raise Wrong(f"{units.quoted(text)} is not a number", why="This counts something.", fix="Write 2 or 0.5.")


def _whole(value: object) -> int:
    found = _number(value)
    if found == int(found):
        return int(found)
    raise Wrong(f"{units.quoted(value)} is not a whole number", why="This counts something.", fix="Write 2.")


def _switch(value: object) -> bool:
    text = str(value).lower()
    if text in ("true", "false"):
        return text == "true"
    return units.switch(value)


def each(read: Callable[[object], object]) -> Callable[[object], object]:
    """Read every item of a list; what is wrong with one is said at its place."""

    def listed(value: object) -> object:
        if not isinstance(value, list):
            return value
        return [_placed(read, item, index) for index, item in enumerate(value)]

    return listed


def _placed(read: Callable[[object], object], item: object, index: int) -> object:
    try:
        return read(item)
    except Wrong as wrong:
        raise Wrong(wrong.what, why=wrong.why, fix=wrong.fix, at=(index, *wrong.at)) from wrong


def _mode(value: object) -> int:
    """As YAML 1.1 has it, which Docker reads: what begins with 0 is octal."""
    text = units.text_of(value)
    try:
        return int(text, 8 if text.startswith("0") else 10)
    except ValueError:
        raise Wrong(f"{units.quoted(text)} is no mode of a file", why="It is octal.", fix="Write 0440.") from None


Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Named = Annotated[dict[str, str | None], BeforeValidator(_named)]
Hosts = Annotated[dict[str, str], BeforeValidator(_hosts)]
Seconds = Annotated[float, BeforeValidator(_seconds)]
Bytes = Annotated[int, BeforeValidator(bytes_of)]
Number = Annotated[float, BeforeValidator(_number)]
Whole = Annotated[int, BeforeValidator(_whole)]
Mode = Annotated[int, BeforeValidator(_mode)]
Switch = Annotated[bool, BeforeValidator(_switch)]
