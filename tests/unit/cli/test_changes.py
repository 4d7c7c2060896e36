"""A schema that moves with a release, as people see it."""

import pytest
from msgspec.structs import replace

from shipway.cli.render import plan, service, why
from shipway.cli.render.paint import Paint, width
from shipway.model.phase import Phase
from shipway.model.plan import Plan, Stage
from shipway.model.release import SchemaChange
from shipway.model.view import ChangeView, View
from shipway.model.wait import Wait
from shipway.planning.changes import contracted, prepared, switched
from shipway.planning.facts import Facts
from shipway.planning.strategies import Written
from unit.cli import views
from unit.cli.golden import same
from unit.planning.test_changes import release_with

PLAIN = Paint()
WISH = release_with(SchemaChange(change="email_address", contract=True), strategy="canary")


def rows() -> tuple[Stage, ...]:
    """The rows of a canary with those of a schema change."""
    canary = views.CANARY
    facts = Facts(base=canary.base, replicas=4, schema={"email_address": Phase.ABSENT})
    written = prepared(Written(rows=canary.stages, promoted=canary.promoted), WISH, facts)
    return contracted(switched(written.rows, WISH, facts, by_flag=False), WISH)


PLAN: Plan = replace(views.CANARY, stages=rows(), promoted=views.CANARY.promoted + 1)


def at(row: int, seen: ChangeView, **run: object) -> View:
    begun = replace(views.RUN, plan=PLAN, row=row, verdict=None, **run)
    return replace(views.LIVE, run=begun, schema=(seen,))


def change(phase: str, wanted: str, **more: object) -> ChangeView:
    return replace(ChangeView(change="email_address", phase=phase, wanted=wanted), **more)


LAST = len(PLAN.stages) - 2
USED = "letters uses the old column; the hold of email_address lasts until 2026-05-23 12:03 UTC"
SINCE = views.NOW - 200.0
VIEWS = {
    "filling": at(
        1,
        change("dual-writing", "backfilled", filled=0.45, seconds_left=2_580.0),
        rule="converging",
        reason="moving to expand",
        settled_at=None,
        stays_until=None,
    ),
    "paused": at(
        1,
        change(
            "dual-writing",
            "backfilled",
            filled=0.45,
            seconds_left=2_580.0,
            waits=Wait(why="users suffer: 12% of requests take more than 250 ms, usually 0.4%", since=SINCE),
        ),
        rule="backfill-paused",
        reason="the backfill of email_address is paused since 2026-05-09 11:59 UTC: users suffer: 12% of requests "
        "take more than 250 ms, usually 0.4%",
        settled_at=None,
        stays_until=None,
    ),
    "refused": at(
        1,
        change("absent", "backfilled", said="users.email cannot be exchanged in place. A policy needs it."),
        rule="converging",
        reason="moving to expand",
        settled_at=None,
        stays_until=None,
    ),
    "waiting": at(LAST, change("switched", "switched"), rule="contract-waits", reason=USED, stays_until=None),
    "asking": at(
        LAST,
        change("switched", "switched"),
        hold="nothing needs the old shape of email_address; dropping it has no way back",
        hold_rule="contract-asks",
        stays_until=None,
    ),
}


def fits(lines: list[str]) -> None:
    assert [line for line in lines if width(line) > 80] == []


def test_the_plan_has_the_schema_and_the_point_of_no_return() -> None:
    lines = plan.lines(PLAN, PLAIN, start_seconds=4.4, is_measured=True)
    same("plan-schema", lines)
    assert any("Point of no return: stage" in line for line in lines)


@pytest.mark.parametrize("name", VIEWS)
def test_status_and_why_say_how_far_it_is_and_what_it_waits_for(name: str) -> None:
    lines = service.lines(VIEWS[name], PLAIN, now=views.NOW)
    fits(lines)
    reasons = why.lines(VIEWS[name], PLAIN, now=views.NOW)
    fits(reasons)
    same(f"schema-{name}", [*lines, "", "-- why", "", *reasons])


def test_a_plan_that_keeps_both_shapes_says_that_nothing_is_final() -> None:
    kept = replace(PLAN, stages=PLAN.stages[:-1])
    said = plan.lines(kept, PLAIN, start_seconds=4.4, is_measured=True)
    assert "Point of no return: none. Every stage keeps both shapes of the schema." in said
