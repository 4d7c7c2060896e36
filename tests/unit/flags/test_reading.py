"""The quick reader and the exact one read the same."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.flags.reading import Slow, placed, quickly
from shipway.spec.problems import NotYaml
from shipway.spec.tree import Data, Plain, parse

NUMBERS = ["1", "-1", "+2", "1.5", ".5", "1e3", "1E-3", "0x1F", "0o17", "0b11", "1_000", "1.", ".inf", "-.INF"]
NO_NUMBERS = ["1a", "-", "+", ".", "12:30", "1.2.3", "2027-03-01", "2027-03-01T09:00:00Z", "a", "a:b", "no", "on"]
WORDS = [
    "~",
    "null",
    "Null",
    "true",
    "True",
    "TRUE",
    "tRUE",
    "yes",
    "'x'",
    '"y\\n"',
    "''",
    ".nan",
    "0",
    "00",
    "-0",
]
SCALARS = [*NUMBERS, *NO_NUMBERS, *WORDS, "08", "1__2"]


def kinds(data: Data) -> Any:
    """The data with what each scalar is."""
    match data:
        case Plain():
            return (data.kind, str(data))
        case dict():
            return {key: kinds(value) for key, value in data.items()}
        case list():
            return [kinds(item) for item in data]
        case _:
            return data


def at(data: Any, path: tuple[str | int, ...]) -> Any:
    """The part of the data that a path leads to."""
    for part in path:
        data = data[part]
    return data


def agrees(text: str) -> bool:
    """Whether both give the same; false where the quick one passes."""
    try:
        found = quickly(text)
    except Slow:
        return False
    try:
        tree = parse(text, file="f")
    except NotYaml:  # libyaml allows a little more, such as `[a:]`; what that means, both agree on elsewhere
        return True
    assert not tree.errors
    assert kinds(found) == kinds(tree.data)
    if found is not None:
        again = placed(text, found)
        assert again.places.keys() == tree.places.keys()
        for path in tree.values:
            if at(found, path) not in (None, ""):  # where nothing stands, both may point beside it
                assert (again.places[path], again.values[path]) == (tree.places[path], tree.values[path])
    return True


@pytest.mark.parametrize("scalar", SCALARS)
def test_scalars_are_what_yaml_1_2_says(scalar: str) -> None:
    assert scalar in ("-", "+", ".") or agrees(f"a: {scalar}\nb: [{scalar}, {{c: {scalar}}}]\n")


@pytest.mark.parametrize(
    "text",
    ["a: &x 1\nb: *x\n", "a: !t 1\n", "a: 1\na: 2\n", "a: {<<: {b: 1}}\n", "a: [", "a: 1\n---\nb: 2\n", "~: 1\n"],
)
def test_what_is_unusual_is_left_to_the_exact_reader(text: str) -> None:
    with pytest.raises(Slow):
        quickly(text)


@given(st.text(alphabet="ab1-:[]{},'\"#\n \t&*!|>.~", max_size=60))
def test_whatever_is_read_is_read_the_same(text: str) -> None:
    """Below a key: of a file that is no mapping, ruamel.yaml reads `>` with a comment below it differently."""
    agrees(f"a:\n  b: {text}\n")
