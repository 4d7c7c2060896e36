"""The end of an old shape: it waits for whoever needs it, then for a person's word; and a take-back for nobody."""

import asyncio

import pytest
from msgspec.structs import replace

from kernel import NOW, V1, V2, case, replicas, seen
from shipway.engine.case import Case, Move
from shipway.engine.decide import decide
from shipway.engine.fold import fold
from shipway.engine.obey import obey
from shipway.engine.observe import observe
from shipway.engine.ports import Ports
from shipway.engine.state import Hold, Run, ServiceState, TurnedBack
from shipway.model.command import Promote, Request
from shipway.model.event import CommandRead, Entry, Event, RunStarted, StageEntered, StageSettled
from shipway.model.fleet import Fleet
from shipway.model.observed import SchemaState
from shipway.model.phase import Phase
from shipway.model.plan import Plan
from shipway.model.release import SchemaChange
from shipway.planning.plan import plan
from unit.planning.test_changes import ENDED, NAME, facts, release_with

PLAN = plan(release_with(ENDED), facts())
HOLD, CONTRACT = len(PLAN.stages) - 2, len(PLAN.stages) - 1


def at_hold(needed_by: tuple[str, ...] | None = (), *, old: int = 0, **run: object) -> Case:
    """At the row before the contract, with so many replicas of the former version left."""
    found = seen((*replicas(V1, old), *replicas(V2, 4)), {V2: 100}, phases={NAME: Phase.SWITCHED})
    found = replace(found, needed_by={} if needed_by is None else {NAME: needed_by})
    made = case(PLAN, HOLD, found, **run)
    made.world.knowing(PLAN.supports, PLAN.carries, {})
    return made


@pytest.mark.parametrize("promote", ["", "stage"])
@pytest.mark.parametrize(
    ("needed_by", "old", "said"),
    [
        (("a view uses the old column",), 0, "a view uses"),
        (None, 0, "not seen yet"),
        ((), 1, f"{V1} runs, or may, and needs the old shape"),
    ],
)
def test_it_waits_while_something_needs_the_old_shape(
    needed_by: tuple[str, ...] | None, old: int, said: str, promote: str
) -> None:
    decision = decide(at_hold(needed_by, old=old, promote=promote))
    assert (decision.move, decision.rule) == (Move.STAY, "contract-waits") and said in decision.reason


def test_it_asks_when_nothing_needs_it_and_goes_on_a_persons_word_alone() -> None:
    asked = decide(at_hold())
    assert (asked.move, asked.rule) == (Move.HOLD, "contract-asks")
    agreed = decide(at_hold(promote="stage"))
    assert (agreed.move, agreed.rule, agreed.row) == (Move.FORWARD, "asked", CONTRACT)


def word(run: Run) -> Event:
    state = replace(ServiceState(service="checkout"), run=run)
    request = Request(id=1, service="checkout", at=NOW, by="ana", command=Promote())
    return obey(state, request, {})[0]


def test_a_word_that_is_given_before_it_is_asked_for_is_refused() -> None:
    waiting = at_hold(("a view uses the old column",)).run
    early = word(waiting)
    assert isinstance(early, CommandRead) and "still needed" in early.refused
    asked = word(replace(waiting, hold=Hold(rule="contract-asks", reason="", at=NOW)))
    assert isinstance(asked, CommandRead) and not asked.refused


def test_a_contract_under_way_is_not_taken_back_and_says_why() -> None:
    found = seen(replicas(V2, 4), {V2: 100}, phases={NAME: Phase.SWITCHED})
    decision = decide(case(PLAN, CONTRACT, found, back_to=0))
    assert decision.rule == "asked-no-way-back" and "nothing brings it back" in decision.reason


def test_what_is_behind_is_told_when_a_stage_is_late() -> None:
    found = seen(replicas(V1, 4), {V1: 100}, phases={NAME: Phase.DUAL_WRITING})
    assert found.schema is not None
    found = replace(found, schema=replace(found.schema, said={NAME: "no lock for 15 minutes"}))
    late = decide(case(PLAN, 1, found, settled_at=None, entered_at=NOW - 100_000.0))
    assert late.move == Move.BACK and f"{NAME} is dual-writing: no lock for 15 minutes" in late.reason


class Silent:
    """A database that must not be asked."""

    def __init__(self) -> None:
        self.rests = 0

    async def observe(self) -> SchemaState:
        raise AssertionError("asked")

    async def usage(self, change: str) -> tuple[str, ...]:
        raise AssertionError("asked")

    def hold(self, why: str) -> None:
        """Not told in these tests."""

    def rest(self) -> None:
        self.rests += 1


class Nothing:
    """A platform without replicas."""

    async def observe(self) -> Fleet:
        return Fleet(at=NOW)


def test_a_take_back_and_a_service_at_rest_ask_no_database_and_let_its_jobs_end() -> None:
    database = Silent()
    ports = Ports(platform=Nothing(), traffic=None, database=database)  # type: ignore[arg-type]
    back = replace(at_hold().run, back=TurnedBack(row=0, rule="asked", reason="", at=NOW))
    for run in (back, None):
        assert asyncio.run(observe(ports, run, now=NOW)).schema is None
    assert database.rests == 2


def told(written: Plan, *events: object) -> ServiceState:
    begun = (RunStarted(plan=written, by="ana", command=1), *events)
    entries = [Entry(position=n, at=NOW, event=one) for n, one in enumerate(begun, 1)]  # type: ignore[arg-type]
    return fold(ServiceState(service="checkout"), entries)


def test_how_far_the_schema_was_seen_is_remembered_beyond_the_run() -> None:
    reached = told(PLAN, StageSettled(row=1), StageEntered(row=2, rule="stayed", reason=""))
    assert reached.schema == {NAME: Phase.BACKFILLED}
    assert told(PLAN).schema == {}


def test_a_change_of_another_release_is_not_forgotten() -> None:
    other = plan(release_with(SchemaChange(change="other")), facts())
    before = told(PLAN, StageSettled(row=1))
    begun = Entry(position=9, at=NOW, event=RunStarted(plan=other, by="ana", command=2))
    after = fold(before, [begun, Entry(position=10, at=NOW, event=StageSettled(row=1))])
    assert after.schema == {NAME: Phase.BACKFILLED, "other": Phase.BACKFILLED}
