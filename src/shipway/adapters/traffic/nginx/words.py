"""Words of nginx's configuration (nginx.org/en/docs/syntax.html), safe against what people write."""

import re
from collections.abc import Iterable


def quoted(text: str) -> str:
    """As one word that is taken literally, `$` apart: a value with a variable is one too."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'


def exactly(value: str) -> str:
    """A map's pattern for this value and no other. Plain words would match in any case."""
    return quoted(rf"~\A{re.escape(value)}\z")


def block(head: str, lines: Iterable[str]) -> list[str]:
    """`head { … }`, its lines indented."""
    return [f"{head} {{", *(f"  {line}" for line in lines), "}"]


def header_variable(name: str) -> str:
    """Where nginx keeps a request's header."""
    return "$http_" + name.lower().replace("-", "_")


def milliseconds(seconds: float) -> str:
    """A time as nginx reads it."""
    return f"{round(seconds * 1000)}ms"
