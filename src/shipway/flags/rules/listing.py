"""Rules that only so many values of one attribute can pass: `user.region in ['eu', 'us']`, and the like.

A data plane compares a request with values. Which a rule lets pass is found in two steps: what is written in it
bounds them, and the rule itself is asked for each.
"""

import ast
from collections.abc import Iterator

from shipway.flags.bucketing import key_of
from shipway.flags.rules.compile import SUBJECT, compile_rule
from shipway.flags.rules.syntax import PREFIX, parse

Written = bool | int | float | str


class NotListed(ValueError):
    """A rule that other values might pass, or that asks for something else too."""


def values_of(rule: str, attribute: str) -> tuple[str, ...]:
    """The attribute's values, as texts, with which the rule holds. Raises `NotListed` and `RuleError`."""
    tree, holds = parse(rule).tree, compile_rule(rule)
    others = sorted(set(_asked(tree)) - {attribute})
    if others:
        raise NotListed(f"has a rule that asks for {' and '.join(others)}")
    written = _written(tree)
    if written is None:
        raise NotListed("has a rule that other values can pass than those written in it")
    found = (key_of(value) for value in written if holds({attribute: value}))
    return tuple(dict.fromkeys(key.decode() for key in found if key))


def _asked(node: ast.AST) -> Iterator[str]:
    """The attributes of the user that a tree asks for; the user as a whole is `user`."""
    match node:
        case ast.Attribute(value=ast.Name(id=subject), attr=name) if subject == PREFIX + SUBJECT:
            yield name.removeprefix(PREFIX)
        case ast.Subscript(value=ast.Name(id=subject), slice=ast.Constant(value=str() as name)) if (
            subject == PREFIX + SUBJECT
        ):
            yield name
        case ast.Name(id=subject) if subject == PREFIX + SUBJECT:
            yield SUBJECT
        case _:
            for child in ast.iter_child_nodes(node):
                yield from _asked(child)


def _written(node: ast.expr) -> list[Written] | None:
    """Values among which are all that pass; none where there may be others. There is one attribute."""
    match node:
        case ast.BoolOp(op=ast.And(), values=parts):
            return next((found for found in map(_written, parts) if found is not None), None)
        case ast.BoolOp(op=ast.Or(), values=parts):
            found = [_written(part) for part in parts]
            return None if None in found else [value for some in found for value in some or ()]
        case ast.Compare(ops=[ast.Eq()], left=left, comparators=[right]):
            return _constants(right) if _is_attribute(left) else _constants(left) if _is_attribute(right) else None
        case ast.Compare(ops=[ast.In()], left=left, comparators=[ast.List(elts=items)]) if _is_attribute(left):
            found = [_constants(item) for item in items]
            return None if None in found else [value for some in found for value in some or ()]
    return None


def _is_attribute(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.value, ast.Name)


def _constants(node: ast.expr) -> list[Written] | None:
    match node:
        case ast.Constant(value=bool() | int() | float() | str() as value):
            return [value]
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return [-value]
    return None
