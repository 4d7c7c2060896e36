"""Options that several operations have."""

from collections.abc import Mapping

from shipway.schema.operations.built import Unfit
from shipway.schema.operations.finding import column_of
from shipway.schema.sql.names import quoted
from shipway.schema.sql.rewrite import read_expression, read_type
from shipway.schema.table import Table
from shipway.spec.nearest import listed

YES, NO = ("true", "yes"), ("false", "no")


def switch(options: Mapping[str, str], name: str, *, where: str) -> bool:
    """Off where it is not there. Raises `Unfit`."""
    said = options.get(name, NO[0]).lower()
    if said not in (*YES, *NO):
        raise _wrong(f"`{name}: {options[name]}` is neither true nor false", where, f"Write `{name}: true`.")
    return said in YES


def expression(options: Mapping[str, str], name: str, *, where: str) -> str:
    """As PostgreSQL prints it; empty where it is not there. Raises `Unfit`."""
    return _expression(options[name], name, where) if name in options else ""


def expressions(options: Mapping[str, str], name: str, *, where: str) -> dict[str, str]:
    """Of an option that is a mapping, by its keys. Raises `Unfit`."""
    return {key: _expression(text, f"{name}.{key}", where) for key, text in mapped(options, name).items()}


def type_of(options: Mapping[str, str], name: str, *, where: str) -> str:
    """As PostgreSQL prints it. Raises `Unfit`."""
    return _type(options[name], where)


def types(options: Mapping[str, str], name: str, *, where: str) -> dict[str, str]:
    """Of an option that is a mapping, by its keys. Raises `Unfit`."""
    return {key: _type(text, where) for key, text in mapped(options, name).items()}


def mapped(options: Mapping[str, str], name: str) -> dict[str, str]:
    """An option that is a mapping: its parts have its name, a dot and their key."""
    return {key.removeprefix(f"{name}."): text for key, text in options.items() if key.startswith(f"{name}.")}


def words(options: Mapping[str, str], name: str, known: tuple[str, ...], *, where: str) -> tuple[str, ...]:
    """Names with commas between them, each of them known; none where it is not there. Raises `Unfit`."""
    found = tuple(word.strip() for word in options[name].split(",")) if name in options else ()
    for word in found:
        if word not in known:
            raise Unfit(
                f"`{name}: {options[name]}` names {word}",
                where=where,
                why=f"It may name {listed(known)}.",
                fix="Name one of these.",
            )
    return found


def columns(options: Mapping[str, str], name: str, table: Table, *, where: str) -> tuple[str, ...]:
    """Names with commas between them, each of a column that is there. Raises `Unfit`."""
    words = tuple(word.strip() for word in options[name].split(","))
    for word in words:
        column_of(table, word, where=where)
    return words


def joined(words: tuple[str, ...]) -> str:
    """In SQL."""
    return ", ".join(quoted(word) for word in words)


def _expression(text: str, name: str, where: str) -> str:
    found = read_expression(text)
    if found is None:
        raise _wrong(f"`{name}: {text}` is no expression", where, "Write one, such as lower(email).")
    return found


def _type(text: str, where: str) -> str:
    found = read_type(text)
    if found is None:
        raise _wrong(f"`{text}` is no type", where, "Write a type such as bigint.")
    return found


def _wrong(what: str, where: str, fix: str) -> Unfit:
    return Unfit(what, where=where, why="PostgreSQL does not read it as what belongs there.", fix=fix)
