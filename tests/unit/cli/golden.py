"""Compares lines with a file. `GOLDEN=write pytest …` writes the files anew; look at what changed then."""

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def same(name: str, lines: list[str]) -> None:
    path = FOLDER / f"{name}.txt"
    text = "\n".join(lines) + "\n"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text
