"""Rules that only so many values of one attribute can pass are known by these values."""

import pytest

from shipway.flags.rules.listing import NotListed, values_of


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("user.id == 'a'", ("a",)),
        ("'a' == user.id", ("a",)),
        ("user['id'] == 'a'", ("a",)),
        ("user.id in ['b', 'a', 'b']", ("b", "a")),
        ("user.id == 7 || user.id == '42' || user.id in [-1, 2.0, true]", ("7", "42", "-1", "2", "true")),
        ("user.id in ['eu-1', 'us-1'] && user.id.startsWith('eu')", ("eu-1",)),
        ("user.id.startsWith('eu') && (user.id == 'eu-1' || user.id == 'us-1')", ("eu-1",)),
        ("user.id in ['a', 'b'] && !(user.id == 'a')", ("b",)),
        ("has(user.id) && user.id == 'a'", ("a",)),
        ("user.id == 'a' && user.id == 'b'", ()),
        ("user.id == ''", ()),
    ],
)
def test_what_passes_is_found(rule: str, values: tuple[str, ...]) -> None:
    assert values_of(rule, "id") == values


@pytest.mark.parametrize(
    "rule",
    [
        "true",
        "user.id != 'a'",
        "!(user.id == 'a')",
        "user.id > 7",
        "user.id.endsWith('@example.com')",
        "user.id == 'a' || user.id.startsWith('b')",
        "'a' in user.id",
        "user.id == user.id",
        "user.id.name == 'a'",
        "int(user.id) == 7",
        "user.id == 'a' ? true : false",
    ],
)
def test_a_rule_that_other_values_may_pass_is_not_taken_by_half(rule: str) -> None:
    with pytest.raises(NotListed, match="other values can pass"):
        values_of(rule, "id")


@pytest.mark.parametrize(
    ("rule", "asks"),
    [
        ("user.id == 'a' && user.tier == 'beta'", "tier"),
        ("user.id == 'a' || user['b'] == 1 && user.a == 2", "a and b"),
        ("user.id == 'a' && has(user.plan)", "plan"),
    ],
)
def test_a_rule_that_asks_for_more_says_for_what(rule: str, asks: str) -> None:
    with pytest.raises(NotListed, match=f"asks for {asks}$"):
        values_of(rule, "id")
