"""SQL that stands as text in a program: `RunSQL("…")` of Django, `execute("…")` of any other."""

import ast
from collections.abc import Iterator
from pathlib import Path

from shipway.schema.lint.hazard import Finding
from shipway.schema.lint.migration import Migration, blind
from shipway.schema.sql.parse import Source

CALLS = ("execute", "RunSQL", "executescript", "execute_sql")
QUIET = ("SeparateDatabaseAndState", "swappable_dependency", "RunSQL")
"""Of `migrations.…`: what runs no SQL of its own, or is read here."""


def of_python(name: str, tree: ast.Module, *, is_django: bool) -> Migration:
    """What can be read without running it; where it cannot be read, that is said."""
    sources: list[Source] = []
    unread: list[Finding] = []
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        word = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if word in CALLS and call.args:
            found = list(_texts(call.args[0]))
            sources += [Source(text, name, first_line=line) for line, text in found]
            if not found:
                unread.append(
                    blind(
                        name,
                        call.lineno,
                        why="this SQL is put together while it runs.",
                        fix="-- write it as one text",
                    )
                )
        elif is_django and _is_operation(call):
            unread.append(
                blind(name, call.lineno, why=f"{word} is turned into SQL by Django.", fix=_by_django(name))
            )
    return Migration(
        name=name, sources=tuple(sources), is_wrapped=is_django and _is_atomic(tree), blind=tuple(unread)
    )


def _texts(node: ast.expr) -> Iterator[tuple[int, str]]:
    """A text, a text in a call such as `text("…")`, or a list of them; of pairs only the SQL."""
    match node:
        case ast.Constant(value=str() as text):
            yield node.lineno, text
        case ast.Call(args=[inner, *_]):
            yield from _texts(inner)
        case ast.List(elts=parts):
            for part in parts:
                yield from _texts(part.elts[0] if isinstance(part, ast.Tuple) and part.elts else part)


def _is_operation(call: ast.Call) -> bool:
    function = call.func
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "migrations"
        and function.attr not in QUIET
    )


def _is_atomic(tree: ast.Module) -> bool:
    """`atomic = False` in the class."""
    return not any(
        isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == "atomic" for target in node.targets)
        and isinstance(node.value, ast.Constant)
        and node.value.value is False
        for node in ast.walk(tree)
    )


def _by_django(name: str) -> str:
    path = Path(name).absolute()
    return f"python manage.py sqlmigrate {path.parent.parent.name} {path.stem} | shipway schema lint -"
