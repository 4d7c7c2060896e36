"""Rights that reach a column, and the SQL that takes them from it and gives them back."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from shipway.schema.sql.names import quoted

OF_COLUMNS = ("SELECT", "INSERT", "UPDATE")


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One right of one role, as the catalog has it."""

    role: str
    """In SQL; `PUBLIC` is everybody."""
    right: str
    """SELECT, INSERT or UPDATE; of whole tables also DELETE."""
    column: str = ""
    """Empty where it is on the whole table."""
    may_pass_on: bool = False
    is_movable: bool = True
    """Whether the owner gave it and nobody has passed it on: otherwise REVOKE would take other rights, or none."""


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What taking them needs, and what brings them back; harmless to repeat."""

    take: tuple[str, ...]
    back: tuple[str, ...]
    roles: tuple[str, ...]
    """Who loses a right."""


def taken(table: str, columns: Sequence[str], old: Iterable[str], grants: Iterable[Grant]) -> Taken:
    """Rights on `old` columns of a table, in SQL; those on all other columns stay.

    PostgreSQL has no right on "all columns but one": the table's right goes, and one for each other column
    comes, in one transaction. REVOKE of the table's right takes the columns' rights with it.
    """
    gone = frozenset(old)
    movable = [one for one in grants if one.is_movable and one.right in OF_COLUMNS]
    take: list[str] = []
    back: list[str] = []
    roles: list[str] = []
    for role, right in sorted({(one.role, one.right) for one in movable}):
        held = [one for one in movable if (one.role, one.right) == (role, right)]
        if not any(not one.column or one.column in gone for one in held):
            continue
        rest = [name for name in columns if name not in gone]
        own = [one.column for one in held if one.column and one.column not in gone]
        revoke = f"REVOKE {right} ON {table} FROM {role}"
        whole = next((one for one in held if not one.column), None)
        take += [revoke, *_on(table, right, role, rest if whole else own, whole is not None and whole.may_pass_on)]
        back += [revoke, *_again(table, held)]
        roles += [role] if role not in roles else []
    return Taken(take=tuple(take), back=tuple(back), roles=tuple(roles))


def taken_whole(table: str, grants: Iterable[Grant]) -> Taken:
    """Rights on the table by its own name; what rests on single columns goes with them."""
    movable = [one for one in grants if one.is_movable]
    take: list[str] = []
    back: list[str] = []
    for role, right in sorted({(one.role, one.right) for one in movable}):
        held = [one for one in movable if (one.role, one.right) == (role, right)]
        revoke = f"REVOKE {right} ON {table} FROM {role}"
        take.append(revoke)
        back += [revoke, *_again(table, held)]
    return Taken(
        take=tuple(take), back=tuple(back), roles=tuple(dict.fromkeys(sorted(one.role for one in movable)))
    )


def _on(table: str, right: str, role: str, columns: Sequence[str], may_pass_on: bool) -> Iterator[str]:
    if columns:
        names = ", ".join(quoted(one) for one in columns)
        yield f"GRANT {right} ({names}) ON {table} TO {role}{' WITH GRANT OPTION' if may_pass_on else ''}"


def _again(table: str, held: Sequence[Grant]) -> Iterator[str]:
    for may_pass_on in (False, True):
        same = [one for one in held if one.may_pass_on == may_pass_on]
        suffix = " WITH GRANT OPTION" if may_pass_on else ""
        if any(not one.column for one in same):
            yield f"GRANT {same[0].right} ON {table} TO {same[0].role}{suffix}"
        columns = [one.column for one in same if one.column]
        yield from _on(table, held[0].right, held[0].role, columns, may_pass_on)
