"""`${NAME:-text}` in the values of a Compose file. Pure.

https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md
"""

import re
from collections.abc import Mapping

from shipway.spec.problems import Wrong
from shipway.spec.units import quoted

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
OPERATORS = (":-", ":?", ":+", "-", "?", "+")
"""With a colon, an empty value counts as none."""
DEPTH_MAX = 10


def interpolated(text: str, variables: Mapping[str, str], depth: int = 0) -> str:
    """The text with each variable's value in its place; `$$` is one dollar. Raises `Wrong`."""
    found, position = [], 0
    while (sign := text.find("$", position)) >= 0:
        found.append(text[position:sign])
        value, position = _at(text, sign + 1, variables, depth)
        found.append(value)
    return "".join([*found, text[position:]])


def _at(text: str, start: int, variables: Mapping[str, str], depth: int) -> tuple[str, int]:
    """What a dollar stands for, and where the text goes on."""
    if text.startswith("$", start):
        return "$", start + 1
    if text.startswith("{", start):
        end = _closing(text, start)
        return _braced(text[start + 1 : end], variables, depth), end + 1
    if name := NAME.match(text, start):
        return _value(name[0], variables), name.end()
    raise _unfinished(text)


def _closing(text: str, start: int) -> int:
    """Where the brace is closed that opens at `start`; a default may hold others."""
    depth = 0
    for index in range(start, len(text)):
        opens = text[index] == "{" and text[index - 1] == "$"
        depth += opens - (text[index] == "}")
        if depth == 0:
            return index
    raise _unfinished(text)


def _braced(inside: str, variables: Mapping[str, str], depth: int) -> str:
    name = NAME.match(inside)
    if name is None or depth > DEPTH_MAX:
        raise _unfinished(f"${{{inside}}}")
    rest = inside[name.end() :]
    operator = next((sign for sign in OPERATORS if rest.startswith(sign)), "")
    if rest and not operator:
        raise _unfinished(f"${{{inside}}}")
    return _decided(name[0], operator, rest[len(operator) :], variables, depth)


def _decided(name: str, operator: str, word: str, variables: Mapping[str, str], depth: int) -> str:
    value = variables.get(name)
    is_there = bool(value) if operator.startswith(":") else value is not None
    match operator[-1:]:
        case "-":
            return str(value) if is_there else interpolated(word, variables, depth + 1)
        case "+":
            return interpolated(word, variables, depth + 1) if is_there else ""
        case "?" if not is_there:
            raise _not_set(name, interpolated(word, variables, depth + 1))
        case _:
            return _value(name, variables)


def _value(name: str, variables: Mapping[str, str]) -> str:
    """A text with a hole in it would start something else than was meant, so it has to be set."""
    if name in variables:
        return variables[name]
    raise _not_set(name, "")


def _not_set(name: str, said: str) -> Wrong:
    return Wrong(
        f"{name} is not set",
        why=f"{said.rstrip('.')}."
        if said
        else "Neither this shell, nor `.env`, nor `variables:` says what it is.",
        fix=f"Set it, or write `variables: {{{name}: …}}` in the release file; ${{{name}:-}} takes it as empty.",
    )


def _unfinished(text: str) -> Wrong:
    return Wrong(
        f"{quoted(text)} is not a variable",
        why="A dollar begins $NAME, ${NAME} or ${NAME:-default}; two of them are one dollar.",
        fix="Close the brace, or write $$.",
    )
