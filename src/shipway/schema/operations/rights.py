"""What roles may do with a table, given to them for what stands in for it."""

from shipway.schema.table import Table


def granted(table: Table, target: str, privileges: tuple[str, ...]) -> tuple[str, ...]:
    """The same rights on the target, in SQL, as far as they are among these."""
    return tuple(
        f"GRANT {one.privilege} ON {target} TO {one.role}{' WITH GRANT OPTION' if one.is_grantable else ''}"
        for one in table.grants
        if one.privilege in privileges
    )
