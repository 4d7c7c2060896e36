"""Alembic's migrations, by their offline SQL: each is run without a database, in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import cast

from shipway.schema.lint.migration import Migration, Recorded, blind

SECONDS_MAX = 120.0
Answer = dict[str, object]
BY_HAND = "alembic upgrade FROM:TO --sql | shipway schema lint -"


def of_alembic(names: Sequence[str]) -> Iterator[Migration]:
    """In the order of the names; one that needs a database says so."""
    if not names:
        return
    for name, answer in zip(names, _answers(names), strict=True):
        error = answer.get("error")
        if error is None:
            pieces = cast(list[tuple[int, str]], answer["pieces"])
            yield Migration(name=name, sources=(Recorded(pieces, name),) if pieces else ())
        else:
            line = answer.get("line")
            unread = blind(name, line if isinstance(line, int) else 1, why=f"{error}", fix=BY_HAND)
            yield Migration(name=name, blind=(unread,))


def _answers(names: Sequence[str]) -> list[Answer]:
    command = [sys.executable, "-m", "shipway.schema.lint.offline"]
    try:
        ran = subprocess.run(
            command,
            input=json.dumps(list(names)),
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return [{"error": f"it ran for {SECONDS_MAX:.0f} s without an end."} for _ in names]
    lines = ran.stdout.strip().splitlines()
    if ran.returncode or not lines:
        said = (ran.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        return [{"error": f"{said}."} for _ in names]
    return cast(list[Answer], json.loads(lines[-1]))
