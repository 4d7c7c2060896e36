"""The house style, counted. Limits only ever go down."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py")) + sorted((ROOT / "benchmarks").rglob("*.py"))

FUNCTION_LINES_MAX = 60
FUNCTION_LINES_MEDIAN_MAX = 8
FUNCTION_LINES_P90_MAX = 25
FILE_LINES_MAX = 400
FILE_LINES_MEDIAN_MAX = 150
PARAMETERS_MAX = 5
VAGUE = re.compile(r"(Manager|Helper|Util|Utils|Impl)$|^(Base|Abstract)[A-Z]|^I[A-Z][a-z]")
WIDE = {"__init__", "__call__", "__exit__", "__aexit__"}
"""Constructors take what they are made of, the rest is Python's."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, Function):
            yield node


def lines_of(function: Function) -> int:
    """Lines from the signature to the end, without the docstring."""
    documented = ast.get_docstring(function, clean=False)
    docstring = function.body[0] if documented is not None else None
    hidden = docstring.end_lineno - docstring.lineno + 1 if docstring and docstring.end_lineno else 0
    return (function.end_lineno or function.lineno) - function.lineno + 1 - hidden


def parameters_of(function: Function) -> int:
    names = [
        argument.arg for argument in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    ]
    return len([name for name in names if name not in ("self", "cls")])


def shown(path: Path, function: Function) -> str:
    return f"{path.relative_to(ROOT)}:{function.lineno} {function.name}"


def test_no_function_is_long() -> None:
    long = [
        f"{shown(path, function)}: {lines_of(function)} lines"
        for path in (*SOURCES, *TESTS)
        for function in functions(path)
        if lines_of(function) > FUNCTION_LINES_MAX
    ]
    assert not long, "\n".join(long)


def test_functions_are_small_by_default() -> None:
    lengths = [lines_of(function) for path in SOURCES for function in functions(path)]
    assert median(lengths) <= FUNCTION_LINES_MEDIAN_MAX
    assert quantiles(lengths, n=10)[-1] <= FUNCTION_LINES_P90_MAX


def test_no_file_is_long() -> None:
    sizes = {path: len(path.read_text().splitlines()) for path in (*SOURCES, *TESTS)}
    long = [f"{path.relative_to(ROOT)}: {size} lines" for path, size in sizes.items() if size > FILE_LINES_MAX]
    assert not long, "\n".join(long)
    assert median(size for path, size in sizes.items() if path in SOURCES) <= FILE_LINES_MEDIAN_MAX


def test_signatures_are_narrow() -> None:
    wide = [
        f"{shown(path, function)}: {parameters_of(function)} parameters"
        for path in SOURCES
        for function in functions(path)
        if parameters_of(function) > PARAMETERS_MAX and function.name not in WIDE
    ]
    assert not wide, "\n".join(wide)


def test_names_say_something() -> None:
    vague = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and VAGUE.search(node.name)
    ]
    files = [
        str(path.relative_to(ROOT)) for path in SOURCES if path.stem in ("util", "utils", "helpers", "common")
    ]
    assert not vague + files, "\n".join(vague + files)


def test_what_is_public_is_documented() -> None:
    bare = [
        f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)} {getattr(node, 'name', 'module')}"
        for path in SOURCES
        for node in public(path)
        if not ast.get_docstring(node)
    ]
    assert not bare, "\n".join(bare)


def public(path: Path) -> Iterator[ast.Module | ast.ClassDef | Function]:
    """The module, and its classes and functions whose names do not begin with an underscore."""
    module = ast.parse(path.read_text())
    yield module
    for node in module.body:
        if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_"):
            yield node
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from (
                inner for inner in node.body if isinstance(inner, Function) and not inner.name.startswith("_")
            )


@pytest.mark.parametrize("word", ["TODO", "FIXME", "XXX"])
def test_nothing_is_left_for_later(word: str) -> None:
    left = [str(path.relative_to(ROOT)) for path in SOURCES if re.search(rf"\b{word}\b", path.read_text())]
    assert not left, "\n".join(left)
