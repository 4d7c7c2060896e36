"""One file for each way to change a schema. The word is the path."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Protocol, cast

from shipway.schema.operations.built import Built
from shipway.schema.table import Table

NAMES = (
    "add_check",
    "add_column",
    "add_enum_value",
    "add_exclusion",
    "add_foreign_key",
    "add_index",
    "add_primary_key",
    "add_table",
    "add_unique",
    "attach_partition",
    "change_type",
    "detach_partition",
    "drop_column",
    "drop_default",
    "drop_not_null",
    "merge_column",
    "rename_column",
    "rename_table",
    "set_default",
    "set_not_null",
    "split_column",
    "split_table",
    "sql",
)


class Operation(Protocol):
    """A module of this folder."""

    REQUIRED: tuple[str, ...]
    OPTIONAL: tuple[str, ...]

    def build(self, options: Mapping[str, str], table: Table, *, change: str, where: str) -> Built:
        """SQL for every phase; runs nothing. Raises `Unfit`."""
        ...


def named(name: str) -> Operation:
    """One of `NAMES`; another one is a mistake of ours."""
    return cast(Operation, import_module(f"shipway.schema.operations.{name}"))


def mappings(name: str) -> tuple[str, ...]:
    """Options of an operation that are mappings themselves."""
    return tuple(getattr(named(name), "MAPPED", ()))


def finds_table(name: str) -> Callable[[Mapping[str, str]], Mapping[str, str]] | None:
    """How an operation that need not name its table finds it; none for the others."""
    return getattr(named(name), "table_of", None)


def makes_table(operation: Operation) -> bool:
    """Whether its table is not there before it."""
    return bool(getattr(operation, "MAKES_TABLE", False))


def others(name: str) -> tuple[str, ...]:
    """Options of an operation that name another table, which it looks at too."""
    return tuple(getattr(named(name), "OTHERS", ()))
