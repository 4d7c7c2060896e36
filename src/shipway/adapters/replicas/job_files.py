"""The small file in which a worker counts its jobs, line by line: Prometheus' text format.

The format: https://prometheus.io/docs/instrumenting/exposition_formats/.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from shipway.errors import PortError

LINE = re.compile(r"^(shipway_\w+)(?:\{([^}]*)\})? (\S+)$", re.MULTILINE)
LABEL = re.compile(r'(\w+)="([^"]*)"')
FILE_BYTES_MAX = 65_536
QUEUE_AGE = "shipway_queue_age_seconds"
Line = tuple[str, Mapping[str, str], float]
"""A name, its labels, its value."""


def lines(path: Path) -> Sequence[Line]:
    """Those that are ours; none of a file that is not there. Raises `PortError` for a value that is no number."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(FILE_BYTES_MAX)
        return [(found[1], dict(LABEL.findall(found[2] or "")), float(found[3])) for found in LINE.finditer(text)]
    except FileNotFoundError:
        return ()
    except ValueError as error:
        raise PortError(
            "a worker's counts cannot be read",
            where=str(path),
            why=f"{error}.",
            fix='Write lines such as `shipway_jobs_total{result="ok"} 12`.',
        ) from error


def queue_age(path: Path) -> float | None:
    """Seconds that the oldest job has waited, if this worker told it; one that cannot be read tells nothing."""
    try:
        return next((value for name, _, value in lines(path) if name == QUEUE_AGE), None)
    except PortError:
        return None
