"""The comparisons of rules. Those of an attribute with something written have closures of their own: they are
most of all comparisons.
"""

import ast
import operator
from collections.abc import Callable

from shipway.flags.rules.values import MISSING, Side, Test, User, Value, equal, kind, within

Order = Callable[[object, object], bool]
ORDER: dict[type[ast.cmpop], Order] = {
    ast.Lt: operator.lt,  # type: ignore[dict-item]
    ast.LtE: operator.le,  # type: ignore[dict-item]
    ast.Gt: operator.gt,  # type: ignore[dict-item]
    ast.GtE: operator.ge,  # type: ignore[dict-item]
}


def compared(sign: ast.cmpop, left: Side, right: Side) -> Test:
    """The closure of one comparison."""
    match sign:
        case ast.Eq():
            return _equal(left, right)
        case ast.NotEq():
            return _negated(_equal(left, right))
        case ast.In():
            return _in(left, right)
        case _:
            return _ordered(ORDER[type(sign)], left, right)


def _equal(left: Side, right: Side) -> Test:
    if isinstance(left.constant, str):
        left, right = right, left
    if isinstance(right.constant, str):
        return _one_of(left, frozenset({right.constant}))
    one, other = left.value, right.value

    def test(user: User) -> bool | None:
        first, second = one(user), other(user)
        return None if first is MISSING or second is MISSING else equal(first, second)

    return test


def _negated(part: Test) -> Test:
    def test(user: User) -> bool | None:
        found = part(user)
        return None if found is None else not found

    return test


def _in(left: Side, right: Side) -> Test:
    if isinstance(right.constant, tuple) and all(isinstance(item, str) for item in right.constant):
        return _one_of(left, frozenset(right.constant))
    one, other = left.value, right.value

    def test(user: User) -> bool | None:
        first, second = one(user), other(user)
        return None if first is MISSING or second is MISSING else within(first, second)

    return test


def _one_of(side: Side, texts: frozenset[object]) -> Test:
    if side.attribute is not None:
        return _attribute_is_one_of(side.attribute, texts)
    value = side.value

    def test(user: User) -> bool | None:
        found = value(user)
        return None if found is MISSING else isinstance(found, str) and found in texts

    return test


def _attribute_is_one_of(name: str, texts: frozenset[object]) -> Test:
    def test(user: User) -> bool | None:
        if name in user:
            found = user[name]
            return isinstance(found, str) and found in texts
        return None

    return test


def _ordered(order: Order, left: Side, right: Side) -> Test:
    if type(right.constant) in (int, float):
        if left.attribute is not None:
            return _attribute_by_number(order, left.attribute, right.constant)
        return _ordered_by_number(order, left.value, right.constant)
    one, other = left.value, right.value

    def test(user: User) -> bool | None:
        first, second = one(user), other(user)
        same = kind(first)
        return order(first, second) if same is not None and same is kind(second) else None

    return test


def _attribute_by_number(order: Order, name: str, number: object) -> Test:
    def test(user: User) -> bool | None:
        found = user.get(name)
        kind_found = type(found)
        return order(found, number) if kind_found is int or kind_found is float else None

    return test


def _ordered_by_number(order: Order, value: Value, number: object) -> Test:
    def test(user: User) -> bool | None:
        found = value(user)
        return order(found, number) if type(found) in (int, float) else None

    return test
