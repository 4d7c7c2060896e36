"""From a rule's tree to one closure."""

import ast
from functools import lru_cache

from shipway.flags.rules import arithmetic, functions, logic, macros
from shipway.flags.rules.comparing import compared
from shipway.flags.rules.syntax import DEPTH_MAX, PREFIX, Parsed, RuleError, parse
from shipway.flags.rules.values import MISSING, Side, Test, User, Value, indexed
from shipway.spec.nearest import nearest

SUBJECT = "user"
RULES_KEPT = 4096
"""A file is checked, compiled and read again: each rule is compiled once."""
NO_TESTS = "Compare it: user.region == 'us-west'."
SUBSET = "docs/guides/feature-flags.md says which part of CEL is understood."
MACROS = ("filter", "map", *macros.QUANTIFIERS)


@lru_cache(maxsize=RULES_KEPT)
def compile_rule(rule: str) -> Test:
    """A closure that answers the rule for a user. Raises `RuleError`."""
    parsed = parse(rule)
    return _Compiler(parsed).test(parsed.tree, 0)


class _Compiler:
    def __init__(self, parsed: Parsed) -> None:
        self.parsed = parsed
        self.items: list[str] = []
        """What the macros around call their items, the outermost first."""

    def test(self, node: ast.expr, depth: int) -> Test:
        """What answers yes or no."""
        self._bound(node, depth)
        match node:
            case ast.BoolOp(op=op, values=values):
                parts = tuple(self.test(value, depth + 1) for value in values)
                return logic.every(parts) if isinstance(op, ast.And) else logic.either(parts)
            case ast.UnaryOp(op=ast.Invert(), operand=operand):
                return logic.opposite(self.test(operand, depth + 1))
            case ast.IfExp(body=condition, test=then, orelse=otherwise):
                return logic.chosen(*(self.test(part, depth + 1) for part in (condition, then, otherwise)))
            case ast.Constant(value=bool() as value):
                return lambda user: value
            case ast.Compare():
                return self._compare(node, depth)
            case ast.Call():
                return self._call(node, depth)
            case ast.Attribute() | ast.Subscript() | ast.Name():
                return logic.boolean(self.value(node, depth))
        raise self._refused(node, "this is neither true nor false", NO_TESTS)

    def value(self, node: ast.expr, depth: int) -> Value:
        """What can be compared."""
        self._bound(node, depth)
        match node:
            case ast.Constant() | ast.UnaryOp(op=ast.USub(), operand=ast.Constant()):
                return self._written(node)
            case ast.List(elts=items):
                return _list([self.value(item, depth + 1) for item in items])
            case ast.Attribute(value=of, attr=name):
                return self._member(of, name.removeprefix(PREFIX), depth)
            case ast.Subscript(value=of, slice=ast.Constant(value=str() as name)):
                return self._member(of, name, depth)
            case ast.Subscript(value=of, slice=key):
                return self._index(of, key, depth)
            case ast.Name():
                return self._name(node)
            case ast.Call() if (made := self._computed(node, depth)) is not None:
                return made
            case ast.IfExp(body=condition, test=then, orelse=otherwise):
                sides = (self.value(then, depth + 1), self.value(otherwise, depth + 1))
                return logic.chosen_value(self.test(condition, depth + 1), *sides)
            case ast.BoolOp() | ast.Compare() | ast.Call() | ast.UnaryOp(op=ast.Invert()):
                return logic.value_of(self.test(node, depth))
        return self._arithmetic(node, depth)

    def _written(self, node: ast.expr) -> Value:
        """A text, number or word. A whole number has 64 bits."""
        value = _constant(node)
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        if is_whole and not arithmetic.INT_MIN <= value <= arithmetic.INT_MAX:  # type: ignore[operator]
            raise self._refused(node, "this number is too large", "Whole numbers have at most 64 bits.")
        if value is MISSING:
            raise self._refused(node, "only numbers have a sign", "Write !x for the opposite of x.")
        return lambda user: value

    def _arithmetic(self, node: ast.expr, depth: int) -> Value:
        match node:
            case ast.UnaryOp(op=ast.USub(), operand=operand) if not isinstance(operand, ast.List | ast.Compare):
                return arithmetic.negative(self.value(operand, depth + 1))
            case ast.BinOp(left=left, op=sign, right=right) if type(sign) in arithmetic.OPERATIONS:
                sides = (self.value(left, depth + 1), self.value(right, depth + 1))
                return self._paid(arithmetic.computed(type(sign), *sides))
        raise self._refused(node, "this is not understood here", SUBSET)

    def _paid(self, value: Value) -> Value:
        """In a macro whatever is long costs, because it may be asked for once an item."""
        return macros.paid(value) if self.items else value

    def _name(self, node: ast.Name) -> Value:
        name = node.id.removeprefix(PREFIX)
        if node.id in self.items:
            slot = macros.LOCAL + str(len(self.items) - 1 - self.items[::-1].index(node.id))
            return lambda user: user[slot]
        if name == SUBJECT and not self.items:
            return lambda user: user
        fix = (
            "Name an attribute: user.region." if name == SUBJECT else f"Write user.{name}, or '{name}' for a text."
        )
        raise self._refused(node, f"`{name}` is not known here", fix)

    def _member(self, of: ast.expr, name: str, depth: int) -> Value:
        if isinstance(of, ast.Name) and of.id == PREFIX + SUBJECT:
            return lambda user: user.get(name, MISSING)
        owner = self.value(of, depth + 1)

        def member(user: User) -> object:
            whole = owner(user)
            return whole.get(name, MISSING) if isinstance(whole, dict) else MISSING

        return member

    def _index(self, of: ast.expr, key: ast.expr, depth: int) -> Value:
        owner, place = self._owner(of, depth), self.value(key, depth + 1)
        return lambda user: indexed(owner(user), place(user))

    def _compare(self, node: ast.Compare, depth: int) -> Test:
        if len(node.ops) > 1:
            raise self._refused(node.comparators[1], "comparisons do not chain", "Write a < b && b < c.")
        return compared(node.ops[0], self._side(node.left, depth), self._side(node.comparators[0], depth))

    def _side(self, node: ast.expr, depth: int) -> Side:
        if self.items:
            return Side(macros.paid(self.value(node, depth + 1)), _constant(node))
        return Side(self.value(node, depth + 1), _constant(node), _attribute(node))

    def _call(self, node: ast.Call, depth: int) -> Test:
        match node:
            case ast.Call(func=ast.Name(id="_has"), args=[ast.Attribute() as member]):
                found = self.value(member, depth + 1)
                return _has(found, self._owner(member.value, depth))
            case ast.Call(func=ast.Attribute(attr=name)) if name.removeprefix(PREFIX) in macros.QUANTIFIERS:
                loop, [test] = self._macro(node, (1,), depth)
                return macros.QUANTIFIERS[name.removeprefix(PREFIX)](loop, self._within(node, test, depth))
            case ast.Call(func=ast.Attribute(value=of, attr=name), args=[argument]) if name != PREFIX + "size":
                return self._method(node, of, argument, depth)
        raise self._unknown(node)

    def _owner(self, node: ast.expr, depth: int) -> Value:
        if isinstance(node, ast.Name) and node.id == PREFIX + SUBJECT:
            return lambda user: user
        return self.value(node, depth + 1)

    def _macro(
        self, node: ast.Call, counts: tuple[int, ...], depth: int
    ) -> tuple[macros.Loop, tuple[ast.expr, ...]]:
        """What it walks through, and what it asks of each item."""
        assert isinstance(node.func, ast.Attribute)
        match node.args:
            case [ast.Name(id=item), *inner] if item != PREFIX + SUBJECT and len(inner) in counts:
                slot = macros.LOCAL + str(len(self.items))
                whole = self.value(node.func.value, depth + 1)
                return macros.Loop(whole, slot, is_outermost=not self.items), tuple(inner)
        what = "an item has a name of its own, then what is asked of it"
        raise self._refused(node.func.value, what, "Write user.tags.exists(tag, tag == 'beta').")

    def _within(self, node: ast.Call, inner: ast.expr, depth: int) -> Test:
        self.items.append(_item(node))
        made = self.test(inner, depth + 1)
        self.items.pop()
        return made

    def _listed(self, node: ast.Call, name: str, depth: int) -> Value:
        """`map` and `filter`."""
        loop, inner = self._macro(node, (1,) if name == "filter" else (1, 2), depth)
        is_tested = name == "filter" or len(inner) == 2
        test: Test = self._within(node, inner[0], depth) if is_tested else lambda user: True
        self.items.append(_item(node))
        value = self.value(node.args[0] if name == "filter" else inner[-1], depth + 1)
        self.items.pop()
        return macros.mapped(loop, test, value if name == "filter" else macros.paid(value))

    def _method(self, node: ast.Call, of: ast.expr, argument: ast.expr, depth: int) -> Test:
        assert isinstance(node.func, ast.Attribute)
        name = node.func.attr.removeprefix(PREFIX)
        if name not in functions.METHODS:
            raise self._unknown(node)
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
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]):
                made = functions.FUNCTIONS.get(name.removeprefix(PREFIX))
                return None if made is None else made(self.value(argument, depth + 1))
            case ast.Call(func=ast.Attribute(value=of, attr="_size"), args=[], keywords=[]):
                return functions.FUNCTIONS["size"](self.value(of, depth + 1))
            case ast.Call(func=ast.Attribute(attr="_map" | "_filter" as name)):
                return self._listed(node, name.removeprefix(PREFIX), depth)
        return None

    def _bound(self, node: ast.expr, depth: int) -> None:
        if depth > DEPTH_MAX:
            raise self._refused(node, f"it nests deeper than {DEPTH_MAX} levels", "Divide it into several rules.")

    def _unknown(self, node: ast.Call) -> RuleError:
        """A function of CEL that is not in the subset, one that is called wrongly, or none at all."""
        match node.func:
            case ast.Name(id=name):
                known = ["has", *functions.FUNCTIONS]
            case ast.Attribute(attr=name):
                known = ["size", *functions.METHODS, *MACROS]
            case _:
                return self._refused(node, "this is not understood here", functions.KNOWN)
        name = name.removeprefix(PREFIX)
        if name in known:
            return self._refused(node, f"`{name}` is not called like this", functions.KNOWN)
        meant = nearest(name, known)
        fix = f"Did you mean `{meant}`? {functions.KNOWN}" if meant else functions.KNOWN
        return self._refused(node, f"there is no function `{name}`", fix)

    def _refused(self, node: ast.expr, what: str, fix: str) -> RuleError:
        return RuleError(what, column=self.parsed.column(node), fix=fix)


def _item(node: ast.Call) -> str:
    [item, *_] = node.args
    assert isinstance(item, ast.Name)
    return item.id


def _constant(node: ast.expr) -> object:
    """The value that is written; `MISSING` where it has to be computed."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return MISSING if isinstance(value, bool) else -value
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
