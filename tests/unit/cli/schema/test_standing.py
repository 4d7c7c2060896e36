"""How far changes are, as people read it."""

from shipway.adapters.databases.exact import Exact
from shipway.adapters.databases.journal import Record, Walk
from shipway.cli.render import standing_changes as render
from shipway.cli.render.paint import Paint
from shipway.cli.shell.looking_at_changes import Standing
from shipway.model.phase import Phase
from shipway.model.wait import Wait
from unit.cli.golden import same
from unit.cli.test_golden import fits

WALK = Walk(
    last=[900_000],
    upper=[2_000_000],
    rows_walked=900_000,
    rows_written=880_000,
    rows_total=2_000_000,
    seconds=36.0,
    is_done=False,
)


def record(name: str, phase: Phase, age: float) -> Record:
    file = f"migrations/{name}.yaml"
    return Record(name=name, file=file, digest="", phase=phase, tables=(), phase_at=0.0, age_seconds=age)


FOUND = [
    Standing(record=record("plan_required", Phase.CONTRACTED, 900_000.0), walks=()),
    Standing(record=record("email_address", Phase.DUAL_WRITING, 90.0), walks=(WALK,)),
]
PAUSED = [
    Standing(
        record=record("email_address", Phase.DUAL_WRITING, 90.0),
        walks=(WALK,),
        waits=Wait(why="replicas are 9 s behind", since=1_000_000_000.0),
    )
]
EXACT = [
    Standing(
        record=record("email_address", Phase.DUAL_WRITING, 90.0),
        walks=(WALK,),
        exact=(Exact(table="public.users", total=2_001_500, left=1_101_000),),
    ),
    Standing(
        record=record("wide_ids", Phase.SWITCHED, 4000.0),
        walks=(),
        exact=(Exact(table="public.orders", total=1, left=0),),
    ),
    Standing(
        record=record("gone", Phase.SWITCHED, 4000.0), walks=(), uncounted="migrations/gone.yaml cannot be read"
    ),
]


def test_status_has_rows_percent_and_time_left() -> None:
    paused = ["-- paused", *render.status(PAUSED, Paint())]
    lines = [*render.status(FOUND, Paint()), *paused, "-- --exact", *render.status(EXACT, Paint())]
    same("schema-status", lines)
    fits(lines)


def test_a_few_rows_that_are_left_are_never_called_all() -> None:
    said = render.exactly(Exact(table="t", total=1_000_000, left=1), (WALK,))
    assert "99%" in said and "999,999 of 1,000,000 rows" in said


def test_programs_get_the_same() -> None:
    data = render.as_data(FOUND[1])
    assert data["backfills"] == [
        {
            "rows": 900_000,
            "written": 880_000,
            "total": 2_000_000,
            "done": False,
            "share": 0.45,
            "seconds_left": 44.0,
        }
    ]
    assert render.as_data(EXACT[0])["exact"] == [
        {"table": "public.users", "migrated": 900_500, "total": 2_001_500}
    ]
