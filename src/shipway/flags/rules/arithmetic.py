"""Arithmetic of rules, as CEL defines it: whole numbers of 64 bits, fractions of IEEE 754, and nothing in between.

What has no answer (a whole number and a fraction, a division by zero, a number that is too large) is `MISSING`.
"""

import ast
import operator
import re
from collections.abc import Callable
from math import copysign, inf, isfinite, isnan, nan

from shipway.flags.rules.values import MISSING, User, Value, is_list

INT_MIN, INT_MAX = -(2**63), 2**63 - 1
TEXT_MAX = 100_000
LIST_MAX = 10_000
"""Longer sums of texts and lists have no answer, so that a rule cannot fill the memory."""
WHOLE = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)
FRACTION = re.compile(r"[+-]?[0-9]{1,19}(\.[0-9]{1,19})?([eE][+-]?[0-9]{1,3})?", re.ASCII)

Whole = Callable[[int, int], int]
Fraction = Callable[[float, float], float]
Operation = Callable[[object, object], object]


def computed(sign: type[ast.operator], left: Value, right: Value) -> Value:
    """The closure of one operation."""
    operation = OPERATIONS[sign]
    return lambda user: operation(left(user), right(user))


def negative(value: Value) -> Value:
    """A number with its other sign."""

    def ask(user: User) -> object:
        found = value(user)
        match found:
            case bool():
                return MISSING
            case float():
                return -found
            case int():
                return _bounded(-found)
            case _:
                return MISSING

    return ask


def whole(value: Value) -> Value:
    """`int(x)`: a fraction loses what is behind its point, a text has digits alone."""

    def ask(user: User) -> object:
        match value(user):
            case float() as found:
                return _bounded(int(found)) if isfinite(found) else MISSING
            case int() as found:
                return _bounded(int(found))
            case str() as text if WHOLE.fullmatch(text):
                return _bounded(int(text))
            case _:
                return MISSING

    return ask


def fraction(value: Value) -> Value:
    """`double(x)` of a number, or of a text that is one."""

    def ask(user: User) -> object:
        match value(user):
            case bool():
                return MISSING
            case float() as found:
                return found
            case int() as found:
                return MISSING if _bounded(found) is MISSING else float(found)
            case str() as text if FRACTION.fullmatch(text):
                return float(text)
            case _:
                return MISSING

    return ask


def _numbers(of_whole: Whole, of_fractions: Fraction | None) -> Operation:
    def operate(left: object, right: object) -> object:
        if isinstance(left, bool) or isinstance(right, bool):
            return MISSING
        if isinstance(left, int) and isinstance(right, int):
            if _bounded(left) is MISSING or _bounded(right) is MISSING:
                return MISSING
            try:
                return _bounded(of_whole(left, right))
            except ZeroDivisionError:
                return MISSING
        if of_fractions is not None and isinstance(left, float) and isinstance(right, float):
            return of_fractions(left, right)
        return MISSING

    return operate


def _bounded(found: int) -> object:
    return found if INT_MIN <= found <= INT_MAX else MISSING


def _toward_zero(left: int, right: int) -> int:
    found = abs(left) // abs(right)
    return found if (left < 0) == (right < 0) else -found


def _remainder(left: int, right: int) -> int:
    if right == -1 and left == INT_MIN:
        return INT_MAX + 1  # what a processor cannot divide has no remainder either
    found = abs(left) % abs(right)
    return -found if left < 0 else found


def _quotient(left: float, right: float) -> float:
    try:
        return left / right
    except ZeroDivisionError:
        return nan if left == 0 or isnan(left) else copysign(inf, left) * copysign(1.0, right)


_sum = _numbers(operator.add, operator.add)


def _added(left: object, right: object) -> object:
    if isinstance(left, str) and isinstance(right, str):
        return left + right if len(left) + len(right) <= TEXT_MAX else MISSING
    if is_list(left) and is_list(right):
        return [*left, *right] if len(left) + len(right) <= LIST_MAX else MISSING
    return _sum(left, right)


OPERATIONS: dict[type[ast.operator], Operation] = {
    ast.Add: _added,
    ast.Sub: _numbers(operator.sub, operator.sub),
    ast.Mult: _numbers(operator.mul, operator.mul),
    ast.Div: _numbers(_toward_zero, _quotient),
    ast.Mod: _numbers(_remainder, None),
}
