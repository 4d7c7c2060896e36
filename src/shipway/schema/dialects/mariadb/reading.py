"""Expressions and types as people write them: the only place here that knows the parser, `sqlglot`.

What is read is kept as it was written: the parser only says whether it is one expression, and where columns are.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from shipway.schema.dialects.mariadb.missing import missing
from shipway.schema.dialects.mariadb.names import quoted
from shipway.schema.operations.built import Unfit
from shipway.schema.table import Table

HEAD = "SELECT ("


def library() -> Any:
    """The parser. Raises `NoMariadb`."""
    try:
        import sqlglot
    except ImportError as error:
        raise missing("sqlglot", "reads SQL as MariaDB does") from error
    return sqlglot


def expression(options: Mapping[str, str], name: str, *, where: str) -> str:
    """As it is written; empty where it is not there. Raises `Unfit`."""
    text = options.get(name, "").strip()
    if text and _tree(text) is None:
        fix = "Write one, such as lower(email), without comments."
        raise _wrong(f"`{name}: {text}` is no expression", where, fix)
    return text


def type_of(options: Mapping[str, str], name: str, *, where: str) -> str:
    """As it is written. Raises `Unfit`."""
    text = options[name].strip()
    trees = _parsed(f"CREATE TABLE t (c {text})")
    exp = library().exp
    columns = [*trees[0].find_all(exp.ColumnDef)] if len(trees) == 1 and trees[0] is not None else []
    said = [type(one.kind) for one in columns[0].args.get("constraints") or ()] if len(columns) == 1 else []
    allowed = (exp.CharacterSetColumnConstraint, exp.CollateColumnConstraint)
    is_whole = len(columns) == 1 and columns[0].kind is not None and not _has_comments(trees[0])
    if not is_whole or any(one not in allowed for one in said) or ";" in text:
        raise _wrong(f"`{text}` is no type", where, "Write a type alone, such as bigint or varchar(80).")
    return text


def bound(text: str, table: Table, *, row: str, also: str = "") -> str:
    """An expression over the columns of a row: each column gets `NEW.` or `OLD.` before it."""
    tree = _tree(text)
    assert tree is not None
    known = {one.name.lower() for one in table.columns} | {also.lower()}
    for start, end, name in sorted(_columns(tree), reverse=True):
        if name.lower() in known:
            text = f"{text[:start]}{row}.{quoted(name)}{text[end:]}"
    return text


def is_constant(text: str) -> bool:
    """Whether it is one literal, the same for every row."""
    tree, exp = _tree(text), library().exp
    while isinstance(tree, exp.Paren | exp.Neg):
        tree = tree.this
    return isinstance(tree, exp.Literal | exp.Null | exp.Boolean | exp.HexString)


def columns_of(text: str) -> frozenset[str]:
    """The columns that an expression names."""
    tree = _tree(text)
    return frozenset(name for _, _, name in _columns(tree)) if tree is not None else frozenset()


def _columns(tree: Any) -> Iterator[tuple[int, int, str]]:
    for column in tree.find_all(library().exp.Column):
        meta = column.this.meta
        yield meta["start"] - len(HEAD), meta["end"] + 1 - len(HEAD), column.name


def _tree(text: str) -> Any:
    """What stands in the brackets; none where it is not one expression, or has a comment."""
    exp = library().exp
    trees = _parsed(f"{HEAD}{text})")
    select = trees[0] if len(trees) == 1 else None
    if not isinstance(select, exp.Select) or len(select.expressions) != 1 or _has_comments(select):
        return None
    only = [key for key, value in select.args.items() if value and key not in ("expressions", "kind")]
    inner = select.expressions[0]
    is_more = any(True for _ in inner.find_all(exp.Query, exp.Alias, exp.Aliases))
    return inner if isinstance(inner, exp.Paren) and not only and not is_more else None


def _parsed(text: str) -> list[Any]:
    errors = library().errors
    try:
        return list(library().parse(text, read="mysql"))
    except (errors.ParseError, errors.TokenError):
        return []


def _has_comments(tree: Any) -> bool:
    return any(node.comments for node in tree.walk())


def _wrong(what: str, where: str, fix: str) -> Unfit:
    return Unfit(what, where=where, why="MariaDB does not read it as what belongs there.", fix=fix)
