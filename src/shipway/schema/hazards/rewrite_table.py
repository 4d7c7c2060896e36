"""Whatever writes a table anew without changing it."""

from collections.abc import Iterator

from shipway.schema.lint.hazard import Found, Hazard
from shipway.schema.lint.step import Step, alterations
from shipway.schema.lock import Duration, Lock
from shipway.schema.sql.names import relation

PARTS = {
    "AT_SetLogged": "SET LOGGED",
    "AT_SetUnLogged": "SET UNLOGGED",
    "AT_SetTableSpace": "SET TABLESPACE",
    "AT_SetAccessMethod": "SET ACCESS METHOD",
}
REPACK_SINCE = 19


def find(step: Step) -> Iterator[Found]:
    """VACUUM FULL, CLUSTER, SET LOGGED, SET TABLESPACE, SET ACCESS METHOD."""
    for word, target in _targets(step):
        repack = f"REPACK (CONCURRENTLY) {target};"
        yield Found(
            what=f"Nobody reads or writes {target or 'any table'} until {word} has written it anew.",
            fix=(repack,)
            if step.server.version >= REPACK_SINCE
            else ("-- pg_repack or pg_squeeze do it while everybody works",),
            table=target,
        )


def _targets(step: Step) -> Iterator[tuple[str, str]]:
    if step.kind == "VacuumStmt" and any(one.text("defname") == "full" for one in step.node.nodes("options")):
        relations = [relation(one.node("relation")) for one in step.node.nodes("rels")]
        yield from (("VACUUM FULL", name) for name in relations or [""])
    if step.kind in ("ClusterStmt", "RepackStmt"):
        yield "CLUSTER", relation(step.node.node("relation"))
    for one in alterations(step, *PARTS):
        yield PARTS[one.command.text("subtype")], one.table


HAZARD = Hazard(
    name="rewrite-table",
    title="VACUUM FULL, CLUSTER, SET LOGGED, SET TABLESPACE, SET ACCESS METHOD",
    why="They copy the whole table and its indexes under an ACCESS EXCLUSIVE lock.",
    lock=Lock.ACCESS_EXCLUSIVE,
    duration=Duration.REWRITE,
    find=find,
)
