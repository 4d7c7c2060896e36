"""Where a ramp stands in a plan, where it begins, and where it goes back to."""

import pytest

from kernel import V1, V2, case, harm, plan_of, release, replicas, seen
from shipway.engine.case import Move
from shipway.engine.decide import decide
from shipway.errors import ShipwayError
from shipway.model.plan import Plan
from shipway.model.release import Ramp
from shipway.model.share import NONE, TOTAL, Share
from shipway.model.verdict import Severity
from shipway.planning.facts import Facts
from shipway.planning.plan import FLAG_RAMP, plan

HALF = Share(50_000)
CART = Ramp(flag="cart", shares=(Share(5_000), HALF, TOTAL), bake=60.0)


def names(written: Plan) -> list[str]:
    return [row.name for row in written.stages]


@pytest.mark.parametrize("strategy", ["rolling", "blue-green", "canary"])
def test_features_are_shown_when_nothing_but_the_new_code_is_left(strategy: str) -> None:
    written = plan_of(strategy, ramps=(CART,))
    assert names(written)[-3:] == ["cart 5%", "cart 50%", "cart 100%"]
    before = len(written.stages) - 4
    for row in written.stages[before:]:
        assert row.capacity == {V2: 4} and row.route.shares == {V2: TOTAL}
    assert {row.back for row in written.stages[-3:]} == {before}
    assert all(row.flags == {"cart": NONE} and not row.ramp for row in written.stages[: before + 1])


def test_a_second_ramp_begins_where_the_first_ended_and_goes_back_to_there() -> None:
    written = plan_of("canary", ramps=(CART, Ramp(flag="map", shares=(TOTAL,))))
    last = written.stages[-1]
    assert last.flags == {"cart": TOTAL, "map": TOTAL} and last.ramp == "map"
    assert written.stages[last.back or 0].flags == {"cart": TOTAL, "map": NONE}


def test_what_is_shown_already_stays_where_the_live_code_has_it() -> None:
    wish = release("canary", ramps=(Ramp(flag="cart", shares=CART.shares, shown=HALF),))
    carried = plan(wish, Facts(base=V1, replicas=4, carries={V1: ("cart",), V2: ("cart",)}))
    assert carried.stages[0].flags == {"cart": HALF} and names(carried)[-1:] == ["cart 100%"]
    unknown = plan(wish, Facts(base=V1, replicas=4, carries={V2: ("cart",)}))
    assert unknown.stages[0].flags == {"cart": NONE} and "cart 5%" in names(unknown)


def test_a_ramp_that_is_over_adds_nothing() -> None:
    facts = Facts(base=V1, replicas=4, carries={V1: ("cart",)})
    over = plan(release("canary", ramps=(Ramp(flag="cart", shares=(HALF, TOTAL), shown=TOTAL),)), facts)
    assert not any(row.ramp for row in over.stages) and over.stages[0].flags == {"cart": TOTAL}


def test_a_ramp_of_its_own_moves_nothing_but_the_flag() -> None:
    facts = Facts(base=V2, replicas=4, carries={V2: ("cart",)})
    written = plan(release(FLAG_RAMP, ramps=(CART,)), facts)
    assert names(written) == ["now", "cart 5%", "cart 50%", "cart 100%"]
    assert {row.back for row in written.stages} == {0}
    with pytest.raises(ShipwayError, match="not what all users are on"):
        plan(release(FLAG_RAMP, ramps=(CART,)), Facts(base=V1, replicas=4))


def test_at_the_first_deployment_a_ramp_goes_back_to_the_code_that_is_there_and_no_further() -> None:
    written = plan_of("canary", first=True, ramps=(CART,))
    ramp = names(written).index("cart 50%")
    observed = seen(replicas(V2, 4), {V2: 100}, exposed={"cart": 50})
    every = names(written).index("all")
    assert decide(case(written, ramp, observed, verdict=harm(Severity.CRITICAL))).row == every
    asked = decide(case(written, ramp, observed, back_to=0, back_reason="asked by ana"))
    assert (asked.move, asked.row) == (Move.BACK, every)
