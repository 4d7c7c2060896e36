"""How much room the disk of SHIPWAY_HOME has. Nothing here is slow to load."""

import shutil
from pathlib import Path

FULL_BYTES = 2_000_000
"""With less the disk counts as full: a look, an intent and the files of one take-back are smaller."""


def free_bytes(folder: Path) -> int:
    """What this user may still write below a folder, which need not exist yet."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def is_full(home: Path) -> bool:
    """Whether even a take-back could hardly be written down."""
    return home.exists() and free_bytes(home) < FULL_BYTES
