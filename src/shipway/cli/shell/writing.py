"""Writes the file of a new change."""

import re
from pathlib import Path

from shipway.errors import ShipwayError, UnknownName
from shipway.schema.change_file import NAME
from shipway.schema.operations import NAMES, named
from shipway.spec.nearest import listed, nearest
from shipway.spec.problems import WrongValue

NUMBER = re.compile(r"^(\d{1,9})_")
WORDS = {"table": "users", "from": "email", "to": "email_address", "column": "total", "as": "total_cents"}
OWN = {
    ("change_type", "to"): "bigint",
    ("add_table", "table"): "invoices",
    ("add_table", "columns"): "id bigint PRIMARY KEY, note text",
    ("rename_table", "to"): "accounts",
    ("split_column", "column"): "name",
    ("split_column", "into"): "{first_name: text, last_name: text}",
    ("split_column", "up"): "{first_name: \"split_part(name, ' ', 1)\", last_name: \"split_part(name, ' ', 2)\"}",
    ("split_column", "down"): "concat_ws(' ', first_name, last_name)",
    ("split_table", "columns"): "street, city",
    ("split_table", "into"): "addresses",
    ("sql", "expand"): "ALTER TABLE users ADD COLUMN plan text",
    ("sql", "backfill"): "UPDATE users SET plan = 'free' WHERE plan IS NULL",
    ("sql", "revert"): "ALTER TABLE users DROP COLUMN IF EXISTS plan",
    ("merge_column", "columns"): "first_name, last_name",
    ("merge_column", "into"): "name",
    ("merge_column", "type"): "text",
    ("merge_column", "up"): "concat_ws(' ', first_name, last_name)",
    (
        "merge_column",
        "down",
    ): "{first_name: \"split_part(name, ' ', 1)\", last_name: \"split_part(name, ' ', 2)\"}",
}
"""What an operation calls something else than the others."""
TEXT = """# {operation}: docs/guides/schema-change.md says what each phase does.
change: {name}
steps:
  - {operation}:
{options}
# How long the old shape stays after the switch, before contract may drop it.
hold: 14d
# How long nobody may use it then, before it is dropped; it is back at once if anyone fails.
freeze: 1h
"""


class FileThere(ShipwayError):
    """A change of that name was written already."""

    code = "change-there"


def written(name: str, operation: str, folder: Path) -> Path:
    """The new file. Raises `ShipwayError`."""
    if not NAME.fullmatch(name):
        raise WrongValue(
            f"`{name}` is no name for a change",
            where="NAME",
            why="A change is named by small letters, digits and underscores, at most 40.",
            fix="Write a name such as email_address.",
        )
    if operation not in NAMES:
        meant = nearest(operation, NAMES)
        fix = f"Did you mean `{meant}`?" if meant else "Take one of these."
        raise UnknownName(
            f"There is no operation `{operation}`", where="OPERATION", why=f"Known here: {listed(NAMES)}.", fix=fix
        )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{_number(folder):04}_{name}.yaml"
    there = next(folder.glob(f"*_{name}.yaml"), None)
    if there is not None:
        raise FileThere(
            f"{there} is there already",
            where=str(there),
            why="Two changes cannot have one name.",
            fix="Choose another.",
        )
    path.write_text(TEXT.format(name=name, operation=operation, options=_options(operation)), encoding="utf-8")
    return path


def _number(folder: Path) -> int:
    """One more than the highest number of any migration there."""
    found = [int(sign[1]) for path in folder.iterdir() if (sign := NUMBER.match(path.name))]
    return max(found, default=0) + 1


def _options(operation: str) -> str:
    named_too = (key for of, key in OWN if of == operation)
    keys = dict.fromkeys((*named(operation).REQUIRED, *named_too))
    return "\n".join(f"      {key}: {OWN.get((operation, key), WORDS.get(key, '…'))}" for key in keys)
