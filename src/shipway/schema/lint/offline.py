"""Runs Alembic's migrations without a database and prints the SQL: `python -m shipway.schema.lint.offline`.

Standard input is a JSON list of files, each with whose SQL is wanted; the last line of the output is one of
answers: pieces of SQL with the line that wrote each, or an error. Everything else that a migration prints stays
above it.
"""

import io
import json
import runpy
import sys
from pathlib import Path
from types import FrameType

POSTGRES = "postgres"
CALLED = {POSTGRES: "postgresql"}
"""As SQLAlchemy has it."""


class Recorder(io.TextIOBase):
    """A stream that notes which line of the migration wrote to it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.pieces: list[tuple[int, str]] = []

    def write(self, text: str) -> int:
        """Keep the text with its line; what Alembic writes by itself belongs to the line before."""
        before = self.pieces[-1][0] if self.pieces else 1
        self.pieces.append((_line(self.name, sys._getframe()) or before, text))
        return len(text)


def _line(name: str, frame: FrameType | None) -> int:
    while frame is not None:
        if frame.f_code.co_filename == name:
            return frame.f_lineno
        frame = frame.f_back
    return 0


def recorded(name: str, dialect: str) -> list[tuple[int, str]]:
    """The SQL of a migration's `upgrade`. Raises whatever the migration does."""
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    recorder = Recorder(name)
    options = {"as_sql": True, "output_buffer": recorder, "transactional_ddl": dialect == POSTGRES}
    context = MigrationContext.configure(dialect_name=CALLED.get(dialect, dialect), opts=options)
    with Operations.context(context), context.begin_transaction():
        runpy.run_path(name)["upgrade"]()
    return recorder.pieces


def main() -> None:
    """Answer for every file; one that fails does not stop the others."""
    answers: list[dict[str, object]] = []
    for name, dialect in json.loads(sys.stdin.read()):
        sys.path.insert(0, str(Path(name).absolute().parent))
        try:
            answers.append({"pieces": recorded(name, dialect)})
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's program may fail in any way
            trace, line = error.__traceback__, 1
            while trace is not None:
                line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == name else line
                trace = trace.tb_next
            said = " ".join(f"{error}".split())[:200]
            answers.append({"error": f"{type(error).__name__}: {said}", "line": line})
    print()
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
