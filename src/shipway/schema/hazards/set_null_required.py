"""ON DELETE SET NULL on a column that must not be null."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step, alterations
from shipway.schema.sql.names import quoted
from shipway.schema.sql.node import Node


def find(step: Step) -> Iterator[Found]:
    """The delete of the other row fails, at run time."""
    table = step.node.node("relation").text("relname")
    for key, columns in _keys(step):
        required = [name for name in columns if _is_required(step, table, name)]
        if key.text("fk_del_action") == "n" and required:
            yield Found(
                what=f"Deleting a row that is pointed to will fail: {quoted(required[0])} must not become null.",
                fix=("-- ON DELETE CASCADE or RESTRICT, or let the column be null",),
                table=table,
                at=key,
            )


def _keys(step: Step) -> Iterator[tuple[Node, tuple[str, ...]]]:
    columns = [one.definition for one in alterations(step, "AT_AddColumn", with_new=True)]
    columns += [one for one in step.node.nodes("table_elts") if one.kind == "ColumnDef"]
    for column in columns:
        kinds = {one.text("contype"): one for one in column.nodes("constraints")}
        if "CONSTR_FOREIGN" in kinds and ("CONSTR_NOTNULL" in kinds or "CONSTR_PRIMARY" in kinds):
            yield kinds["CONSTR_FOREIGN"], ("",)
    tables = [one.definition for one in alterations(step, "AT_AddConstraint", with_new=True)]
    tables += [one for one in step.node.nodes("table_elts") if one.kind == "Constraint"]
    yield from ((one, one.words("fk_attrs")) for one in tables if one.text("contype") == "CONSTR_FOREIGN")


def _is_required(step: Step, table: str, column: str) -> bool:
    known = step.known(table)
    own = {
        one.text("colname")
        for one in step.node.nodes("table_elts")
        if any(part.text("contype") == "CONSTR_NOTNULL" for part in one.nodes("constraints"))
    }
    return (
        not column
        or column in own
        or (table, column) in step.before.required
        or (known is not None and column in known.required)
    )


HAZARD = Hazard(
    name="set-null-required",
    title="ON DELETE SET NULL on a column that is NOT NULL",
    why="Nothing complains until somebody deletes, and then the delete fails.",
    find=find,
)
