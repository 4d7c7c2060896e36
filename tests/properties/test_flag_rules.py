"""Rules answer as the whole of CEL does: random rules and users, and Google's own implementation as the oracle."""

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shipway.flags.rules import RuleError, compile_rule

cel: Any = pytest.importorskip("cel_expr_python.cel")

TEXTS = ("us-west", "eu", "us", "", "ü", "a@acme.com", "it's", "a\\b\n")
NUMBERS = (0, 1, -3, 65, 2**40, 0.5, 1.0, -2.5)
ATTRIBUTES = ("region", "age", "plan", "ratio", "beta", "tags", "org", "class", "nobody")

texts, numbers = st.sampled_from(TEXTS), st.sampled_from(NUMBERS)
scalars = st.one_of(texts, numbers, st.booleans(), st.none())
values = st.one_of(scalars, st.lists(scalars, max_size=3), st.dictionaries(st.sampled_from(("id", "eu")), scalars))
users = st.dictionaries(st.sampled_from(ATTRIBUTES[:-1]), values)


def literal(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            quote = "'" if "'" not in value else '"'
            return quote + value.replace("\\", "\\\\").replace("\n", "\\n") + quote
        case _:
            return repr(value)


attributes = st.sampled_from([f"user.{name}" for name in ATTRIBUTES] + ["user.org.id", "user['org']"])
literals = scalars.map(literal)
lists = st.lists(literals, max_size=3).map(lambda items: f"[{', '.join(items)}]")
sizes = st.one_of(attributes, st.just("'ü'")).map(lambda of: f"size({of})")
operands = st.one_of(attributes, attributes, literals, sizes)
comparisons = st.builds("{} {} {}".format, operands, st.sampled_from(("==", "!=", "<", "<=", ">", ">=")), operands)
memberships = st.builds("{} in {}".format, operands, st.one_of(lists, attributes))
methods = st.builds(
    "{}.{}({})".format,
    attributes,
    st.sampled_from(("startsWith", "endsWith", "contains", "matches")),
    st.one_of(texts.filter(lambda text: "\\" not in text).map(literal), attributes),
)
items = st.one_of(
    st.builds("t {} {}".format, st.sampled_from(("==", "!=", "<", ">=")), operands),
    st.builds(
        "t.{}({})".format, st.sampled_from(("startsWith", "contains")), st.sampled_from(("'e'", "user.region"))
    ),
    st.sampled_from(
        ("t", "t in user.org", "has(user.region)", "t.id == 1", "has(t.id)", "t != user.age && t > 0")
    ),
    st.builds("(t == {} || user.beta)".format, operands),
)
macros = st.builds(
    "{}.{}(t, {})".format,
    st.sampled_from(("user.tags", "user.org", "user.age", "[1, 'eu']")),
    st.sampled_from(("exists", "all")),
    items,
)
presence = attributes.filter(lambda name: "[" not in name).map("has({})".format)
tests = st.one_of(
    comparisons,
    comparisons,
    memberships,
    methods,
    macros,
    presence,
    attributes,
    st.sampled_from(("true", "false")),
)


def combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    wrapped = inner.map("({})".format)
    return st.one_of(
        st.builds("{} && {}".format, wrapped, inner),
        st.builds("{} || {}".format, inner, wrapped),
        wrapped.map("!{}".format),
        st.builds("{} == {}".format, wrapped, wrapped),
    )


rules = st.recursive(tests, combined, max_leaves=5)


@cache
def environment() -> Any:
    return cel.NewEnv(variables={"user": cel.Type.Map(cel.Type.STRING, cel.Type.DYN)})


def whole_cel(rule: str, user: dict[str, object]) -> bool | None:
    """The answer; none for an error, and for what is no answer."""
    found = environment().compile(rule).eval(data={"user": user}).plain_value()
    return found if isinstance(found, bool) else None


def is_cel(rule: str) -> bool:
    """Whether the oracle's type checker takes it: it refuses what can only fail."""
    try:
        environment().compile(rule)
    except Exception:  # noqa: BLE001 - the library raises what it likes
        return False
    return True


@settings(max_examples=1500)
@given(rules.filter(is_cel), users)
def test_a_rule_answers_as_the_whole_of_cel_does(rule: str, user: dict[str, object]) -> None:
    assert compile_rule(rule)(user) is whole_cel(rule, user)


@settings(max_examples=500)
@given(st.text(alphabet="user.ab1 '\"()[]!&|=<>,-\\xin", max_size=40))
def test_what_compiles_here_is_cel(rule: str) -> None:
    """A subset: nothing is taken for a rule that CEL would not read, except names of nobody."""
    try:
        compile_rule(rule)
    except RuleError:
        return
    assert is_cel(rule) or "size" in rule or _can_only_fail(rule)


def _can_only_fail(rule: str) -> bool:
    """CEL's checker refuses comparisons of written values of different types, which here are just not equal."""
    with pytest.raises(Exception, match=r"no matching overload|undeclared"):
        environment().compile(rule)
    return True
