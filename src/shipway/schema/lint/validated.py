"""How a constraint is added without stopping anybody; shared by the hazards of constraints."""

from typing import Any

from shipway.schema.lint.step import Alteration
from shipway.schema.sql.names import quoted, shortened
from shipway.schema.sql.rewrite import printed_constraint

ENDINGS = {
    "CONSTR_CHECK": "_check",
    "CONSTR_FOREIGN": "_fkey",
    "CONSTR_UNIQUE": "_key",
    "CONSTR_PRIMARY": "_pkey",
    "CONSTR_EXCLUSION": "_excl",
    "CONSTR_NOTNULL": "_not_null",
}
"""As PostgreSQL ends the names that it chooses."""


def name_of(one: Alteration) -> str:
    """The constraint's name in quotes where it needs them; the one that PostgreSQL would choose."""
    return quoted(_name(one))


def _name(one: Alteration) -> str:
    constraint = one.definition
    kind = constraint.text("contype")
    columns = constraint.words("keys") or constraint.words("fk_attrs")
    middle = "" if kind == "CONSTR_PRIMARY" else "".join(f"_{column}" for column in columns)
    return constraint.text("conname") or shortened(f"{one.name}{middle}", ENDINGS[kind])


def two_steps(one: Alteration) -> tuple[str, ...]:
    """NOT VALID, then VALIDATE in another transaction."""

    def later(message: Any) -> None:
        message.skip_validation, message.initially_valid, message.conname = True, False, _name(one)

    return (
        f"ALTER TABLE {one.table} ADD {printed_constraint(one.definition, later)};",
        "-- in another transaction",
        f"ALTER TABLE {one.table} VALIDATE CONSTRAINT {name_of(one)};",
    )


def over_index(one: Alteration, word: str) -> tuple[str, ...]:
    """The index concurrently, then the constraint over it."""
    columns = ", ".join(quoted(column) for column in one.definition.words("keys"))
    return (
        "-- outside of a transaction",
        f"CREATE UNIQUE INDEX CONCURRENTLY {name_of(one)} ON {one.table} ({columns});",
        f"ALTER TABLE {one.table} ADD CONSTRAINT {name_of(one)} {word} USING INDEX {name_of(one)};",
    )
