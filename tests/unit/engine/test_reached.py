"""What keeps a stage from being reached is told by whoever knows it."""

from msgspec.structs import replace

from kernel import V1, V2, plan_of, replicas, seen, world
from shipway.engine.reached import is_reached, missing
from shipway.model.fleet import Replica

PLAN = plan_of("rolling")
ROW = 1
SILENT = "the routing mesh carries no requests on 10.0.0.2:8080: refused connection on 10.0.0.2:8080"


def told(fleet: tuple[Replica, ...], *, is_silent: bool) -> str:
    """Of the first batch, which has one of four; empty where it is reached."""
    observed = seen(fleet, {V1: 75.0, V2: 25.0})
    assert observed.routing is not None
    away = tuple(replica.address for replica in fleet) if is_silent else ()
    route = PLAN.stages[ROW].route
    routing = replace(observed.routing, confirmed=route, unhealthy=away, problems=(SILENT,) if is_silent else ())
    here = world(replace(observed, routing=routing), PLAN.stages[ROW])
    return "" if is_reached(PLAN, ROW, here) else missing(PLAN, PLAN.stages[ROW], here)


def test_a_data_plane_that_carries_nothing_says_why_replicas_that_are_well_do_not_count() -> None:
    fleet = (*replicas(V1, 3), *replicas(V2, 1))
    assert told(fleet, is_silent=False) == ""
    assert told(fleet, is_silent=True) == f"0 of 1 replicas are ready; {SILENT}"


def test_a_replica_that_is_not_well_says_so_itself() -> None:
    (new,) = replicas(V2, 1)
    ill = replace(new, ready=False, ready_since=None, detail="503 failing: db")
    assert told((*replicas(V1, 3), ill), is_silent=True) == "0 of 1 replicas are ready (503 failing: db)"
