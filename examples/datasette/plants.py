"""Makes the database that Datasette publishes: `python plants.py plants.db`. One that is there stays."""

import os
import sqlite3
import sys
from pathlib import Path

PLANTS = (("Acer campestre", 15.0), ("Fagus sylvatica", 40.0), ("Quercus robur", 35.0), ("Tilia cordata", 30.0))


def main(path: Path) -> None:
    """Written aside and moved, so that nobody reads half of it."""
    if path.exists():
        return
    new = path.with_name(f"{path.name}.{os.getpid()}")
    with sqlite3.connect(new) as database:
        database.execute("create table plants (name text primary key, height_metres real)")
        database.executemany("insert into plants values (?, ?)", PLANTS)
    database.close()
    new.replace(path)


main(Path(sys.argv[1]))
