"""Values with units: `15m`, `5%`, `">= 99%"`. Each parser says exactly what is wrong and how to write it."""

import re
from decimal import Decimal

from shipway.model.share import Share
from shipway.spec.problems import Wrong, WrongUnitHere
from shipway.spec.tree import Plain

SECONDS = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600), "d": Decimal(86400)}
SPELLINGS = {
    "ms": ("msec", "milli"),
    "s": ("sec",),
    "m": ("min",),
    "h": ("hour", "hr"),
    "d": ("day",),
}
DAYS_MAX = 3650
DURATION = r"^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$"
SHARE = r"^[0-9]+(\.[0-9]+)?%$"
SHARE_OF_TRAFFIC = r"^(100(\.0{1,3})?|[0-9]{1,2}(\.[0-9]{1,3})?)%$"
AT_LEAST = r"^>=\s*[0-9]+(\.[0-9]+)?%$"
AT_MOST = r"^<=\s*[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$"
NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)


def quoted(value: object) -> str:
    """A value as an error shows it: short, and named when it is no text."""
    match value:
        case str():
            return f"`{value}`" if len(value) <= 40 else f"`{value[:37]}...`"
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case None:
            return "nothing"
        case _:
            return f"`{value}`"


def seconds(value: object) -> float:
    """A duration in seconds. Raises `Wrong` or `WrongUnitHere`."""
    text = _text(value, "a duration", "15s")
    if found := re.fullmatch(DURATION, text, re.ASCII):
        return _in_range(Decimal(text[: found.start(2)]) * SECONDS[found[2]], text)
    raise _no_duration(text)


def seconds_positive(value: object) -> float:
    """A duration longer than nothing."""
    if found := seconds(value):
        return found
    raise Wrong(f"{quoted(value)} is no time at all", why="This has to take a while.", fix="Write 1s or more.")


def _in_range(amount: Decimal, text: str) -> float:
    if amount <= DAYS_MAX * SECONDS["d"]:
        return float(amount)
    raise Wrong(
        f"{quoted(text)} is too long", why=f"The longest duration is {DAYS_MAX}d.", fix="Write a shorter one."
    )


def _no_duration(text: str) -> Wrong:
    if NUMBER.fullmatch(text):
        return WrongUnitHere(
            f"`{text}` has no unit",
            why="A duration says its unit: ms, s, m, h or d.",
            fix=f"Write {text}s, {text}m or {text}h.",
        )
    meant = _respelled(text)
    return WrongUnitHere(
        f"{quoted(text)} is not a duration",
        why="A duration is one number and one unit: ms, s, m, h or d.",
        fix=f"Write {meant}." if meant else "Write 500ms, 5s, 15m, 1h or 14d.",
    )


def _respelled(text: str) -> str | None:
    """`5 minutes` as 5m; none where no unit can be guessed."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([a-z]+)", text.lower(), re.ASCII)
    for unit, spellings in SPELLINGS.items():
        if found and (found[2] == unit or found[2].startswith(spellings)):
            return found[1] + unit
    return None


def percentage(value: object) -> Decimal:
    """The number before the percent sign, 0 to 100. Raises `Wrong` or `WrongUnitHere`."""
    text = _text(value, "a share", "5%")
    if not re.fullmatch(SHARE, text, re.ASCII):
        raise _no_share(text)
    number = Decimal(text[:-1])
    if number > 100:
        raise Wrong(f"{quoted(text)} is more than 100%", why="A share is a part.", fix="Write 0% to 100%.")
    return number


def share(value: object) -> Share:
    """A share of traffic or users. Raises `Wrong` or `WrongUnitHere`."""
    thousandths = percentage(value) * 1000
    if thousandths != int(thousandths):
        raise Wrong(
            f"{quoted(value)} is too fine",
            why="Traffic is divided in steps of 0.001%.",
            fix="Write at most three digits after the point.",
        )
    return Share(int(thousandths))


def fraction(value: object) -> float:
    """A share as a number from 0 to 1."""
    return float(percentage(value) / 100)


SIZES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
PRICE = r"^[0-9]{1,9}(\.[0-9]{1,9})?$"
AMOUNT = r"^[0-9]+(\.[0-9]+)?(%|ms|s|m|h|d|B|KB|MB|GB|KiB|MiB|GiB)?$"
MARGIN = r"^[0-9]+(\.[0-9]+)?%$"
SIZE = r"^[0-9]+(\.[0-9]+)?(KB|MB|GB|KiB|MiB|GiB)$"


def margin(value: object) -> float:
    """`20%` as 0.2; more than 100% is a margin too. Raises `Wrong` or `WrongUnitHere`."""
    text = _text(value, "a margin", "20%")
    if re.fullmatch(MARGIN, text, re.ASCII):
        return float(Decimal(text[:-1]) / 100)
    raise _no_share(text)


def amount(value: object) -> float:
    """A bound: a number, a part in percent, a size in bytes or a time in seconds. Raises `Wrong`."""
    text = str(value) if isinstance(value, int | float) else _text(value, "an amount", "5%")
    if not re.fullmatch(AMOUNT, text, re.ASCII):
        raise Wrong(
            f"{quoted(text)} is not an amount",
            why="A bound is one number, with a unit where it has one: %, a time or a size.",
            fix="Write 0.2, 5%, 250ms or 512MiB.",
        )
    number = NUMBER.match(text)
    assert number
    unit, written = text[number.end() :], Decimal(number[0])
    if unit == "%":
        return float(written / 100)
    return float(written * (SECONDS.get(unit) or SIZES.get(unit) or 1))


def size(value: object) -> int:
    """`512MiB` in bytes. Raises `Wrong` or `WrongUnitHere`."""
    text = _text(value, "a size", "512MiB")
    if re.fullmatch(SIZE, text, re.ASCII):
        return int(amount(text))
    number = NUMBER.fullmatch(text)
    raise WrongUnitHere(
        f"`{text}` has no unit" if number else f"{quoted(text)} is not a size",
        why="A size is one number and one unit: KB, MB, GB, KiB, MiB or GiB.",
        fix=f"Write {text}MiB." if number else "Write 512MiB or 2GiB.",
    )


def price(value: object) -> float:
    """A plain number, in whatever currency is meant."""
    text = text_of(value)
    if re.fullmatch(PRICE, text, re.ASCII):
        return float(text)
    raise Wrong(
        f"{quoted(text)} is not a price",
        why="It is a number in one currency for all of your services, without its sign.",
        fix="Write 0.12.",
    )


def _no_share(text: str) -> Wrong:
    if NUMBER.fullmatch(text):
        return WrongUnitHere(
            f"`{text}` has no percent sign", why="A share is written in percent.", fix=f"Write {text}%."
        )
    return WrongUnitHere(
        f"{quoted(text)} is not a share",
        why="A share is a number and a percent sign.",
        fix="Write 5%, 25% or 0.25%.",
    )


def fraction_min(value: object) -> float:
    """`>= 99%` as 0.99."""
    return fraction(_compared(value, ">=", "99%"))


def seconds_max(value: object) -> float:
    """`<= 500ms` as 0.5."""
    return seconds_positive(_compared(value, "<=", "500ms"))


def _compared(value: object, sign: str, example: str) -> str:
    text = _text(value, "a limit", f'"{sign} {example}"')
    found = re.match(r"^(>=|<=|==|=|>|<|)\s*(.*)$", text, re.DOTALL)
    assert found
    if found[1] == sign:
        return found[2]
    rest = found[2] if found[1] and len(found[2]) <= 20 else example
    raise Wrong(
        f"{quoted(text)} does not begin with {sign}",
        why=f"This limit is {'a least' if sign == '>=' else 'a greatest'} value, and says so.",
        fix=f'Write "{sign} {rest}", with the quotes.',
    )


def whole(value: object, *, lowest: int, highest: int) -> int:
    """A count. Raises `Wrong` for anything but digits in the range."""
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, Plain) and re.fullmatch(r"-?[0-9]{1,18}", value, re.ASCII):
        number = int(value)
    else:
        raise Wrong(
            f"{quoted(value)} is not a whole number",
            why="A count has digits only: no quotes, no unit, no point.",
            fix=f"Write a number from {lowest} to {highest}.",
        )
    if lowest <= number <= highest:
        return number
    raise Wrong(
        f"`{number}` is out of range",
        why=f"The least is {lowest}, the greatest is {highest}.",
        fix=f"Write a number from {lowest} to {highest}.",
    )


def switch(value: object) -> bool:
    """`true` or `false`."""
    known = {"true": True, "false": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, Plain) and value.lower() in known:
        return known[value.lower()]
    raise Wrong(f"{quoted(value)} is neither true nor false", why="This is a switch.", fix="Write true or false.")


def text_of(value: object) -> str:
    """Text that says something."""
    text = _text(value, "text", "it")
    if text.strip():
        return text
    raise Wrong("there is nothing in the quotes", why="This needs a text.", fix="Write it, or remove the key.")


def _text(value: object, kind: str, example: str) -> str:
    if isinstance(value, str):
        return str(value)
    braces = "A value that begins with { or [ is text only in quotes."
    raise Wrong(
        f"{quoted(value)} stands where {kind} belongs",
        why=braces if isinstance(value, dict | list) else f"This key takes {kind}.",
        fix="Put the value in quotes." if kind == "text" else f"Write {example}.",
    )
