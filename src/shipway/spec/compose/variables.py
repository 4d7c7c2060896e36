"""What `${NAME}` stands for, and files of `NAME=value` lines."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from shipway.spec.compose.interpolation import interpolated

LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*(?:=\s*(.*))?", re.ASCII)
COMMENT = re.compile(r"\s+#.*$")
DOTENV = ".env"


def variables_of(folder: Path, environ: Mapping[str, str], said: Mapping[str, str]) -> dict[str, str]:
    """The release file's own win over the shell's, and those over `.env`."""
    path = folder / DOTENV
    beside = dict(lines(path.read_text(encoding="utf-8"), environ)) if path.is_file() else {}
    return {**beside, **environ, **said}


def lines(text: str, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each variable with its value. Raises `Wrong` for a `$` that says nothing.

    In single quotes a value is as it stands; in double quotes or none, variables above it are filled in. A name
    without a sign is one of the shell's.
    """
    known = dict(environ)
    for line in text.splitlines():
        found = LINE.fullmatch(line.strip())
        if found is None or line.lstrip().startswith("#"):
            continue
        name, written = found[1], found[2]
        if written is None and name not in environ:
            continue
        known[name] = environ[name] if written is None else _value(written, known)
        yield name, known[name]


def _value(written: str, known: Mapping[str, str]) -> str:
    if len(written) >= 2 and written[0] == "'" and written.endswith("'"):
        return written[1:-1]
    if len(written) >= 2 and written[0] == '"' and written.endswith('"'):
        inside = written[1:-1].replace('\\"', '"').replace("\\n", "\n")
        return interpolated(inside, known)
    return interpolated(COMMENT.sub("", written).strip(), known)
