"""Rules answer as the whole of CEL does: random rules and users, and Google's own implementation as the oracle."""

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shipway.flags.rules import RuleError, compile_rule

cel: Any = pytest.importorskip("cel_expr_python.cel")

TEXTS = ("us-west", "eu", "us", "", "ü", "a@acme.com", "it's", "a\\b\n", "12", "-7.5")
NUMBERS = (0, 1, -3, 65, 2**40, 2**63 - 1, -(2**63), 0.0, 0.5, 1.0, -2.5, 1e300)
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
conversions = st.builds("{}({})".format, st.sampled_from(("int", "double")), attributes)
indexed = st.builds("user.tags[{}]".format, st.sampled_from(("0", "1", "-1", "9", "1.0", "user.age", "'id'")))
terms = st.one_of(attributes, attributes, attributes, literals, sizes, conversions, indexed)
signs = st.sampled_from(("+", "-", "*", "/", "%"))


def joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Sums of sums; without brackets, so that the order of operations is CEL's too."""
    return st.one_of(
        st.builds("{} {} {}".format, inner, signs, inner),
        st.builds("({} {} {})".format, inner, signs, inner),
        st.builds("-{}".format, attributes),
        st.builds("({} ? {} : {})".format, st.sampled_from(("user.beta", "user.age > 0")), inner, inner),
    )


operands = st.one_of(terms, terms, st.recursive(terms, joined, max_leaves=4))
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
ranges = st.sampled_from(("user.tags", "user.tags", "user.org", "user.age", "[1, 'eu']", "[[1], [2, 'eu']]"))
quantifiers = st.sampled_from(("exists", "all", "exists_one"))
inner_ranges = st.one_of(ranges, st.sampled_from(("t", "[t, 1]", "user.tags.filter(u, u != t)", "[t].map(u, u)")))
inner_items = st.sampled_from(
    (
        "u == t",
        "u != t",
        "u > 0",
        "t in [u, 1]",
        "u == user.region || t == u",
        "u + 1 > t",
        "has(t.id)",
        "t",
        "t == 1",
    )
)
nested = st.builds("{}.{}({}, {})".format, inner_ranges, quantifiers, st.sampled_from(("u", "t")), inner_items)
macros = st.builds("{}.{}(t, {})".format, ranges, quantifiers, st.one_of(items, nested, items.map("!({})".format)))
lists_made = st.one_of(
    st.builds(
        "{}.filter(t, {})".format, st.sampled_from(("user.tags", "[1, 'eu', 2.5]")), st.one_of(items, nested)
    ),
    st.builds("user.tags.map(t, {})".format, st.sampled_from(("t", "t + 1", "t == 1", "[t]", "size(t)", "-t"))),
    st.builds("[1, 2].map(t, {}, t * 2)".format, items),
    st.builds("user.tags + {}".format, lists),
)
of_lists = st.one_of(
    st.builds("{} == {}".format, lists_made, st.one_of(attributes, lists, lists_made)),
    st.builds("size({}) > 1".format, lists_made),
    st.builds("{} in {}".format, terms, lists_made),
)
presence = attributes.filter(lambda name: "[" not in name).map("has({})".format)
tests = st.one_of(
    comparisons,
    comparisons,
    memberships,
    methods,
    macros,
    of_lists,
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
        st.builds("{} ? {} : {}".format, inner, wrapped, inner),
        st.builds("({} ? {} : {}) == {}".format, wrapped, attributes, terms, terms),
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


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@settings(max_examples=1000)
@given(rules.filter(is_cel), users)
def test_a_rule_answers_as_the_whole_of_cel_does(rule: str, user: dict[str, object]) -> None:
    assert compile_rule(rule)(user) is whole_cel(rule, user)


WHOLE = st.sampled_from((0, 1, 2, -3, 7, -8, 65, 2**62, 2**63 - 1, -(2**63)))
FRACTIONS = st.sampled_from((0.0, -0.0, 0.5, 1.0, -2.5, 1e300, -1e-300))
typed_users = st.fixed_dictionaries(
    {
        "age": WHOLE,
        "score": WHOLE,
        "ratio": FRACTIONS,
        "region": texts,
        "beta": st.booleans(),
        "tags": st.lists(WHOLE, max_size=4),
    }
)


@st.composite
def whole(draw: st.DrawFn, names: tuple[str, ...] = (), depth: int = 2) -> str:
    """A whole number; names are those of items."""
    kind = draw(st.integers(0, 9 if depth else 3))
    match kind:
        case 0 | 1:
            return draw(st.sampled_from(("user.age", "user.score", *names, *names)))
        case 2:
            return str(draw(st.integers(-9, 9)))
        case 3:
            return draw(st.sampled_from(("size(user.tags)", "int(user.ratio)", "user.tags[0]", "int('12')")))
        case 4:
            return f"(user.beta ? {draw(whole(names, depth - 1))} : {draw(whole(names, depth - 1))})"
        case 5:
            return f"-({draw(whole(names, depth - 1))})"
        case _:
            sign = draw(st.sampled_from("+-*/%"))
            made = f"{draw(whole(names, depth - 1))} {sign} {draw(whole(names, depth - 1))}"
            return draw(st.sampled_from((made, f"({made})")))


@st.composite
def fraction(draw: st.DrawFn, depth: int = 2) -> str:
    if draw(st.booleans()) and depth:
        sign = draw(st.sampled_from("+-*/"))
        return f"({draw(fraction(depth - 1))} {sign} {draw(fraction(depth - 1))})"
    return draw(st.sampled_from(("user.ratio", "-user.ratio", "0.5", "0.0", "double(user.age)", "double('-7.5')")))


@st.composite
def question(draw: st.DrawFn, names: tuple[str, ...] = ()) -> str:
    """A test that most users can be asked; macros stand in macros."""
    sign = draw(st.sampled_from(("==", "!=", "<", ">=")))
    kind = draw(st.integers(0, 5 if len(names) < 2 else 1))
    if kind < 2:
        return f"{draw(whole(names))} {sign} {draw(whole(names))}"
    if kind == 2:
        return f"{draw(fraction())} {sign} {draw(fraction())}"
    item = draw(st.sampled_from("tu"))
    inner = draw(question((*names, item)))
    ranges = ("user.tags", "user.tags", "[1, 2]", "user.tags.map(x, x % 3)", "user.tags.filter(x, x > 0)")
    over = draw(st.sampled_from(ranges))
    if kind == 3:
        quantifier = draw(st.sampled_from(("exists", "all", "exists_one")))
        return f"{over}.{quantifier}({item}, {inner})"
    if kind == 4:
        return f"size({over}.filter({item}, {inner})) {sign} {draw(whole(names))}"
    value = draw(whole((*names, item)))
    return f"{over}.map({item}, {inner}, {value}) {sign if sign in '!==' else '=='} [{draw(whole(names))}]"


@settings(max_examples=600)
@given(question().filter(is_cel), typed_users)
def test_arithmetic_and_macros_answer_as_the_whole_of_cel_does(rule: str, user: dict[str, object]) -> None:
    assert compile_rule(rule)(user) is whole_cel(rule, user)


@settings(max_examples=500)
@given(st.text(alphabet="user.ab1 '\"()[]!&|=<>,-\\xin+*/%?:", max_size=40))
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
