"""Whatever stands in the file, only errors for people come out, each with four lines and a place in the file."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shipway.spec import reference
from shipway.spec.load import parse_release
from shipway.spec.problems import InputErrors

REFERENCE = reference.text()
LINES = tuple(line for line in REFERENCE.splitlines() if line.strip() and not line.strip().startswith("#"))
SIGNS = "{}[]:,#&*!|>'\"%@`-?\t\n \\<=~.0159exyn\x00\u2028é"
FEW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check(text: str) -> None:
    lines = len(text.splitlines()) + 1
    try:
        parse_release(text, path=Path("shipway.yaml"))
    except InputErrors as found:
        assert found.errors
        for error in found.errors:
            file, line, column = error.where.split(":")
            assert file == "shipway.yaml" and 1 <= int(line) <= lines + 1 and int(column) >= 1, error.where
            assert error.what and error.why and error.fix
            assert len(str(error).splitlines()) >= 4


@FEW
@given(st.text(alphabet=st.sampled_from(SIGNS), max_size=80))
def test_any_signs(text: str) -> None:
    check(text)


@FEW
@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    check(text)


@FEW
@given(st.integers(0, len(REFERENCE)), st.integers(0, 12), st.text(alphabet=st.sampled_from(SIGNS), max_size=6))
def test_the_reference_with_a_part_overwritten(start: int, length: int, text: str) -> None:
    check(REFERENCE[:start] + text + REFERENCE[start + length :])


@FEW
@given(st.lists(st.sampled_from(LINES), max_size=25))
def test_lines_of_the_reference_in_any_order(lines: list[str]) -> None:
    check("\n".join(lines))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | st.sampled_from(("5%", "5s")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
PATHS = tuple(reference.entries())


@FEW
@given(st.lists(st.tuples(st.sampled_from(PATHS), VALUES), min_size=1, max_size=5))
def test_any_value_at_any_key(changes: list[tuple[tuple[str, ...], object]]) -> None:
    import json

    tree: dict[str, object] = {"service": "a", "platform": {"process": {"command": "run {port}"}}}
    for path, value in changes:
        _put(tree, path, value)
    check(json.dumps(tree))


def _put(tree: dict[str, object], path: tuple[str, ...], value: object) -> None:
    for part in path[:-1]:
        below = tree.get(part)
        if not isinstance(below, dict):
            below = tree[part] = {}
        tree = below
    tree[path[-1]] = value


@pytest.mark.parametrize("name", ["NEL\x85", "a\u2028b: c", "\ufeffa: 1", "%YAML 9.9\n---\na: 1"])
def test_oddities_of_unicode_and_directives(name: str) -> None:
    check(name)


@pytest.mark.parametrize("value", ["[]", "{}", "perhaps", "3", "1.5"])
def test_what_is_neither_true_nor_false_is_told(value: str) -> None:
    pods = f"{{manifests: [k8s], image: 'a:{{version}}', copy_secrets: {value}}}"
    text = f"service: a\nplatform: {{kubernetes: {pods}}}\n"
    with pytest.raises(InputErrors, match="where true or false belongs"):
        parse_release(text, path=Path("shipway.yaml"))
