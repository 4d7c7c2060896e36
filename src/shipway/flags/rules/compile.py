"""From a rule's tree to one closure."""

import ast
from functools import lru_cache

from shipway.flags.rules import functions
from shipway.flags.rules.comparing import compared
from shipway.flags.rules.macros import LOCAL, quantified
from shipway.flags.rules.syntax import DEPTH_MAX, PREFIX, Parsed, RuleError, parse
from shipway.flags.rules.values import MISSING, Side, Test, User, Value

SUBJECT = "user"
RULES_KEPT = 4096
"""A file is checked, compiled and read again: each rule is compiled once."""
NO_TESTS = "Compare it: user.region == 'us-west'."


@lru_cache(maxsize=RULES_KEPT)
def compile_rule(rule: str) -> Test:
    """A closure that answers the rule for a user. Raises `RuleError`."""
    parsed = parse(rule)
    return _Compiler(parsed).test(parsed.tree, 0)


class _Compiler:
    def __init__(self, parsed: Parsed) -> None:
        self.parsed = parsed
        self.item: str | None = None
        """What the macro around calls its item."""

    def test(self, node: ast.expr, depth: int) -> Test:
        """What answers yes or no."""
        self._bound(node, depth)
        match node:
            case ast.BoolOp(op=op, values=values):
                parts = tuple(self.test(value, depth + 1) for value in values)
                return _all(parts) if isinstance(op, ast.And) else _any(parts)
            case ast.UnaryOp(op=ast.Invert(), operand=operand):
                return _not(self.test(operand, depth + 1))
            case ast.Constant(value=bool() as value):
                return lambda user: value
            case ast.Compare():
                return self._compare(node, depth)
            case ast.Call():
                return self._call(node, depth)
            case ast.Attribute() | ast.Subscript() | ast.Name():
                return _boolean(self.value(node, depth))
        raise self._refused(node, "this is neither true nor false", NO_TESTS)

    def value(self, node: ast.expr, depth: int) -> Value:
        """What can be compared."""
        self._bound(node, depth)
        match node:
            case ast.Constant(value=value):
                return lambda user: value
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
                if not isinstance(value, bool):
                    return lambda user: -value
            case ast.List(elts=items):
                return _list([self.value(item, depth + 1) for item in items])
            case ast.Attribute(value=of, attr=name):
                return self._member(of, name.removeprefix(PREFIX), depth)
            case ast.Subscript(value=of, slice=ast.Constant(value=str() as name)):
                return self._member(of, name, depth)
            case ast.Name():
                return self._name(node)
            case ast.Call() if (made := self._computed(node, depth)) is not None:
                return made
            case ast.BoolOp() | ast.Compare() | ast.Call() | ast.UnaryOp(op=ast.Invert()):
                return _value_of(self.test(node, depth))
        raise self._refused(
            node, "this is not understood here", "See the subset of CEL in docs/guides/feature-flags.md."
        )

    def _name(self, node: ast.Name) -> Value:
        name = node.id.removeprefix(PREFIX)
        if node.id == self.item:
            return lambda user: user[LOCAL]
        if name == SUBJECT and self.item is None:
            return lambda user: user
        raise self._refused(node, f"`{name}` is not known", f"Write user.{name}, or '{name}' for a text.")

    def _member(self, of: ast.expr, name: str, depth: int) -> Value:
        if isinstance(of, ast.Name) and of.id == PREFIX + SUBJECT:
            return lambda user: user.get(name, MISSING)
        owner = self.value(of, depth + 1)

        def member(user: User) -> object:
            whole = owner(user)
            return whole.get(name, MISSING) if isinstance(whole, dict) else MISSING

        return member

    def _compare(self, node: ast.Compare, depth: int) -> Test:
        if len(node.ops) > 1:
            raise self._refused(node.comparators[1], "comparisons do not chain", "Write a < b && b < c.")
        return compared(node.ops[0], self._side(node.left, depth), self._side(node.comparators[0], depth))

    def _side(self, node: ast.expr, depth: int) -> Side:
        return Side(self.value(node, depth + 1), _constant(node), _attribute(node))

    def _call(self, node: ast.Call, depth: int) -> Test:
        match node:
            case ast.Call(func=ast.Name(id="_has"), args=[ast.Attribute() as member]):
                found = self.value(member, depth + 1)
                return _has(found, self._owner(member.value, depth))
            case ast.Call(
                func=ast.Attribute(value=of, attr="_exists" | "_all" as name), args=[ast.Name() as item, condition]
            ):
                return self._macro(name.removeprefix(PREFIX), of, item, (condition, depth))
            case ast.Call(func=ast.Attribute(value=of, attr=name), args=[argument]):
                return self._method(of, name.removeprefix(PREFIX), argument, depth)
        raise self._refused(node, "this is not understood here", functions.KNOWN)

    def _owner(self, node: ast.expr, depth: int) -> Value:
        if isinstance(node, ast.Name) and node.id == PREFIX + SUBJECT:
            return lambda user: user
        return self.value(node, depth + 1)

    def _macro(self, name: str, of: ast.expr, item: ast.Name, inner: tuple[ast.expr, int]) -> Test:
        condition, depth = inner
        if self.item is not None or item.id == PREFIX + SUBJECT:
            what = "one macro stands in another" if self.item is not None else "an item cannot be called user"
            raise self._refused(item, what, "Write user.tags.exists(tag, tag == 'beta').")
        whole = self.value(of, depth + 1)
        self.item = item.id
        test = self.test(condition, depth + 1)
        self.item = None
        return quantified(name, whole, test)

    def _method(self, of: ast.expr, name: str, argument: ast.expr, depth: int) -> Test:
        if name not in functions.METHODS:
            raise self._refused(of, f"there is no function `{name}`", functions.KNOWN)
        text, other = self._side(of, depth), self._side(argument, depth)
        if name == "matches" and isinstance(other.constant, str):
            return self._pattern(text, other.constant, argument)
        return functions.method(functions.METHODS[name], text, other)

    def _pattern(self, text: Side, pattern: str, node: ast.expr) -> Test:
        try:
            return functions.method(functions.searching(pattern), text, Side(lambda user: pattern, pattern))
        except ValueError as error:
            raise self._refused(node, f"the pattern is wrong: {error}", "Patterns are those of RE2.") from error

    def _computed(self, node: ast.Call, depth: int) -> Value | None:
        match node:
            case ast.Call(func=ast.Name(id="_semver" | "_size" as name), args=[argument], keywords=[]):
                return functions.computed(name.removeprefix(PREFIX), self.value(argument, depth + 1))
            case ast.Call(func=ast.Attribute(value=of, attr="_size"), args=[], keywords=[]):
                return functions.computed("size", self.value(of, depth + 1))
        return None

    def _bound(self, node: ast.expr, depth: int) -> None:
        if depth > DEPTH_MAX:
            raise self._refused(node, f"it nests deeper than {DEPTH_MAX} levels", "Divide it into several rules.")

    def _refused(self, node: ast.expr, what: str, fix: str) -> RuleError:
        return RuleError(what, column=self.parsed.column(node), fix=fix)


def _constant(node: ast.expr) -> object:
    """The value that is written; `MISSING` where it has to be computed."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.List(elts=items):
            found = tuple(_constant(item) for item in items)
            return found if MISSING not in found else MISSING
        case _:
            return MISSING


def _attribute(node: ast.expr) -> str | None:
    match node:
        case ast.Attribute(value=ast.Name(id=subject), attr=name) if subject == PREFIX + SUBJECT:
            return name.removeprefix(PREFIX)
        case _:
            return None


def _all(parts: tuple[Test, ...]) -> Test:
    if len(parts) == 2:
        return _both(*parts)

    def test(user: User) -> bool | None:
        answer: bool | None = True
        for part in parts:
            found = part(user)
            if found is False:
                return False
            if found is None:
                answer = None
        return answer

    return test


def _both(first: Test, second: Test) -> Test:
    def test(user: User) -> bool | None:
        one = first(user)
        if one is False:
            return False
        other = second(user)
        return other if one else None if other is not False else False

    return test


def _any(parts: tuple[Test, ...]) -> Test:
    def test(user: User) -> bool | None:
        answer: bool | None = False
        for part in parts:
            found = part(user)
            if found is True:
                return True
            if found is None:
                answer = None
        return answer

    return test


def _not(part: Test) -> Test:
    def test(user: User) -> bool | None:
        found = part(user)
        return None if found is None else not found

    return test


def _boolean(value: Value) -> Test:
    def test(user: User) -> bool | None:
        found = value(user)
        return found if found is True or found is False else None

    return test


def _value_of(test: Test) -> Value:
    def value(user: User) -> object:
        found = test(user)
        return MISSING if found is None else found

    return value


def _has(found: Value, owner: Value) -> Test:
    def test(user: User) -> bool | None:
        if found(user) is not MISSING:
            return True
        return False if isinstance(owner(user), dict) else None

    return test


def _list(items: list[Value]) -> Value:
    def value(user: User) -> object:
        found = [item(user) for item in items]
        return MISSING if any(item is MISSING for item in found) else found

    return value
