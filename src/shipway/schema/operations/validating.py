"""How a constraint is added without a scan under a lock."""

from shipway.schema.operations.built import Batch, Built, Check
from shipway.schema.sql.names import quoted
from shipway.schema.table import Table


def validated(table: Table, name: str, definition: str, *, broken: str) -> Built:
    """`definition` is what follows the constraint's name; `broken` a query that counts rows which break it."""
    own = quoted(name)
    add = f"ALTER TABLE {table.sql} ADD CONSTRAINT {own} {definition} NOT VALID"
    drop = f"ALTER TABLE {table.sql} DROP CONSTRAINT IF EXISTS {own}"
    validate = f"ALTER TABLE {table.sql} VALIDATE CONSTRAINT {own}"
    return Built(
        finish=(
            Batch(statements=(add,), what=f"add {name} for new rows"),
            Batch(statements=(validate,), what=f"check {name} for old rows", is_long=True),
        ),
        verify=(Check(what=f"no row breaks {name}", query=broken),),
        revert=(Batch(statements=(drop,), what=f"drop {name}", undoes=("finish", 0)),),
    )
