"""Where the schema stands in a plan: ready before the code starts, switched behind it, contracted at the end."""

import pytest

from kernel import V1, V2, plan_of, release
from shipway.model.phase import Phase
from shipway.model.plan import Plan
from shipway.model.release import Ramp, Release, SchemaChange
from shipway.model.revision import SchemaRange
from shipway.model.share import TOTAL, Share
from shipway.planning.changes import OldShapeGone
from shipway.planning.facts import Facts
from shipway.planning.plan import plan

NAME = "email_address"
NEW = {NAME: SchemaRange(Phase.BACKFILLED, Phase.CONTRACTED)}
MOVED = SchemaChange(change=NAME)
ENDED = SchemaChange(change=NAME, contract=True)


def release_with(*changes: SchemaChange, strategy: str = "canary", **more: object) -> Release:
    return release(strategy, schema=changes, **more)


def facts(phase: Phase = Phase.ABSENT, *, base: object = V1) -> Facts:
    schema = {NAME: phase} if phase else {}
    return Facts(base=base, replicas=4, schema=schema, supports={V1: {}, V2: NEW})  # type: ignore[arg-type]


def phases(written: Plan) -> list[str]:
    return [f"{row.name} {row.schema.get(NAME, Phase.ABSENT).label}" for row in written.stages]


@pytest.mark.parametrize("strategy", ["rolling", "blue-green", "canary"])
def test_the_schema_is_ready_before_the_code_has_any_replica(strategy: str) -> None:
    written = plan(release_with(MOVED, strategy=strategy), facts())
    now, expand, *others = written.stages
    assert (now.schema[NAME], expand.schema[NAME], expand.name) == (Phase.ABSENT, Phase.BACKFILLED, "expand")
    assert expand.capacity == now.capacity and expand.route == now.route and expand.back == 0
    assert all(row.schema[NAME] >= Phase.BACKFILLED for row in others)
    assert written.stages[written.promoted].route.shares == {V2: TOTAL}


def test_it_is_switched_once_nothing_but_the_new_code_is_left_and_goes_back_one_row_only() -> None:
    written = plan(release_with(MOVED), facts())
    last = written.stages[-1]
    assert (last.name, last.schema, last.capacity) == ("switch", {NAME: Phase.SWITCHED}, {V2: 4})
    assert last.back == len(written.stages) - 2


def test_a_switch_that_the_former_code_does_not_stand_has_no_way_back() -> None:
    stands = {V1: {NAME: SchemaRange(Phase.ABSENT, Phase.BACKFILLED)}, V2: NEW}
    written = plan(release_with(MOVED), Facts(base=V1, replicas=4, supports=stands))
    assert (written.stages[-1].name, written.stages[-1].back) == ("switch", None)
    assert all(row.back is not None for row in written.stages[:-1])


def test_the_end_of_the_old_shape_is_the_last_row_and_the_only_one_without_a_way_back() -> None:
    written = plan(release_with(ENDED), facts())
    assert phases(written)[-2:] == ["switch switched", "contract contracted"]
    assert [row.back is None for row in written.stages].index(True) == len(written.stages) - 1


def test_a_flag_carries_the_switch_of_readers() -> None:
    ramp = Ramp(flag="cart", shares=(Share(50_000), TOTAL))
    led = SchemaChange(change=NAME, flag="cart")
    written = plan(release_with(led, ramps=(ramp,)), facts())
    assert phases(written)[-3:] == ["cart 50% backfilled", "cart 100% backfilled", "switch switched"]
    by_itself = plan(release_with(MOVED, ramps=(ramp,)), facts())
    assert phases(by_itself)[-3:] == ["switch switched", "cart 50% switched", "cart 100% switched"]


def test_what_is_reached_already_has_no_row_of_its_own() -> None:
    written = plan(release_with(MOVED), facts(Phase.SWITCHED))
    assert not {"expand", "switch"} & {row.name for row in written.stages}
    assert {row.schema[NAME] for row in written.stages} == {Phase.SWITCHED}


def test_code_that_says_nothing_stands_every_phase_but_the_last() -> None:
    supports = plan(release_with(MOVED), facts()).supports
    assert supports[V1] == {NAME: SchemaRange(Phase.ABSENT, Phase.SWITCHED)} and supports[V2] == NEW


def test_a_live_version_may_only_end_an_old_shape() -> None:
    written = plan(release_with(ENDED), facts(Phase.SWITCHED, base=V2))
    assert phases(written) == ["now switched", "hold switched", "contract contracted"]


@pytest.mark.parametrize("strategy", ["back", "flag-ramp"])
def test_a_take_back_and_a_ramp_of_its_own_touch_no_schema(strategy: str) -> None:
    base = V2 if strategy == "flag-ramp" else V1
    written = plan(release_with(ENDED, strategy=strategy), facts(base=base))
    assert not any(row.schema for row in written.stages)


def test_what_needs_a_shape_that_is_gone_is_refused_before_anything_happens() -> None:
    gone = Facts(base=V1, replicas=4, schema={NAME: Phase.CONTRACTED}, supports={V1: NEW, V2: {}})
    with pytest.raises(OldShapeGone, match=NAME):
        plan(release("back"), gone)
    assert plan(release("canary"), Facts(base=V1, replicas=4, schema=gone.schema, supports={V1: {}, V2: NEW}))


def test_a_release_without_changes_is_what_it_was() -> None:
    assert not any(row.schema for row in plan_of("canary").stages)
