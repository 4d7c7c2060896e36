"""Every operation, killed before each of its statements, in every phase: it goes on to the same end, or back.

The process is killed, its connection is cut, or PostgreSQL itself is; nothing of ours is left over.
"""

import itertools
import os
import random
from collections.abc import Iterator

import pytest

from platforms.schema import (
    killing,
    test_beside,
    test_changes,
    test_other_operations,
    test_partitions,
    test_primary_keys,
    test_several_columns,
    test_split_table,
    test_tables,
)
from platforms.schema.dumping import dumped, is_as_before
from platforms.schema.killing import (
    Machine,
    back,
    client,
    cut,
    killed,
    ran,
    to_the_end,
    to_the_switch,
)
from platforms.schema.states import orphans, state
from postgres import database, postgres_server, running  # noqa: F401 - fixtures
from shipway.adapters.databases import backfill
from shipway.schema.operations import NAMES

ROWS = 150
SEED, SAMPLE = os.environ.get("SHIPWAY_SEED_FROM", "1"), 2
"""PostgreSQL is killed before so many statements of each operation, since each time it needs a second or two to
come back; before every statement with `SHIPWAY_KILLS=all`."""
Scenario = tuple[tuple[str, ...], str]


def scenarios() -> dict[str, Scenario]:
    """By operation: what is there before, and the step."""
    found: dict[str, Scenario] = {}
    for name, case in test_changes.CASES.items():
        fill = test_changes.FILL[name].format(ROWS)
        found[name] = ((f"CREATE TABLE users ({case.table})", fill, "ANALYZE users"), case.step)
    for name, other in test_other_operations.CASES.items():
        found[name] = ((*test_other_operations.SETUP, other.before), other.step)
    for kind, text in test_primary_keys.NUMBERED.items():
        found[f"change_type of a {kind} key"] = (
            tuple(one.format(text).replace("5000", str(ROWS)) for one in test_primary_keys.SETUP),
            test_primary_keys.STEP,
        )
    found["rename_column beside change_type"] = (test_beside.SETUP, test_beside.STEPS)
    found["attach_partition"] = test_partitions.setup("range", is_attached=False)
    found["detach_partition"] = test_partitions.setup("range", is_attached=True)
    found["detach_partition beside a default"] = test_partitions.setup("list", is_attached=True, default=True)
    return found


def _elsewhere() -> dict[str, Scenario]:
    """Those whose processes and connections are killed beside their own tests."""
    found: dict[str, Scenario] = {}
    for name, case in test_several_columns.CASES.items():
        fill = case.fill.format(ROWS)
        found[name] = ((f"CREATE TABLE users ({case.table})", fill, "ANALYZE users"), case.step)
    found["split_table"] = (test_split_table.SETUP, test_split_table.STEP)
    found["rename_table"] = (test_tables.USERS, test_tables.RENAME)
    found["add_table"] = (test_tables.USERS, test_tables.ADD)
    return found


@pytest.fixture(autouse=True)
def _equally_many_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, so that a statement of one run is there in the next."""
    monkeypatch.setattr(backfill, "ROWS_MIN", backfill.ROWS_FIRST)
    monkeypatch.setattr(backfill, "ROWS_MAX", backfill.ROWS_FIRST)


SCENARIOS = scenarios()
ELSEWHERE = {"split_column", "merge_column", "add_table", "rename_table", "split_table", "sql"}
"""Killed beside their own tests."""
WITHOUT_A_WAY_BACK = ("set_not_null", "add_enum_value")
"""What was filled stays, and so does what bars a value that PostgreSQL cannot drop."""


def test_every_operation_is_killed() -> None:
    assert {name for name in NAMES if any(key.startswith(name) for key in SCENARIOS)} == set(NAMES) - ELSEWHERE
    assert {name for name in NAMES if any(key.startswith(name) for key in SERVERS)} == set(NAMES)


def again(uri: str, name: str) -> str:
    """As it was before anything happened; the step."""
    setup, step = SERVERS[name]
    killing.prepared(uri, *setup)
    return step


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", SCENARIOS)
def test_killed_anywhere_it_goes_on_to_the_same_end_or_back(name: str, database: str) -> None:  # noqa: F811
    """The process and the connection, before every statement. From each state that is left it goes both ways."""
    step = again(database, name)
    before, is_same = dumped(database), name.split()[0] not in WITHOUT_A_WAY_BACK
    ran(database, step, to_the_switch)
    ran(database, step, back)
    assert (dumped(database) == before, orphans(database)) == (is_same, [])
    again(database, name)
    total = ran(database, step, to_the_end)
    end, seen = _shape(database), set[str]()
    again(database, name)
    assert total > 10
    for at, kill in itertools.product(range(1, total + 1), (client, cut)):
        killed(database, step, to_the_end, at, kill=kill)
        left = state(database)
        is_known = left.text in seen
        seen.add(left.text)
        if left.has_way_back:
            ran(database, step, back)
            assert is_known or orphans(database) == [], at
            assert is_known or not is_same or is_as_before(dumped(database), before), at
        if not is_known:
            again(database, name)
            killed(database, step, to_the_end, at, kill=kill)
            ran(database, step, to_the_end)
            assert (_shape(database), orphans(database)) == (end, []), at
        if not (is_known and left.has_way_back and is_same):
            again(database, name)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", SCENARIOS)
def test_killed_while_it_is_taken_back_it_goes_back(name: str, database: str) -> None:  # noqa: F811
    step = again(database, name)
    ran(database, step, to_the_switch)
    total = ran(database, step, back)
    there, seen, is_same = dumped(database), set[str](), name.split()[0] not in WITHOUT_A_WAY_BACK
    for at, kill in itertools.product(range(1, total + 1), (client, cut)):
        if not is_same:
            again(database, name)
        ran(database, step, to_the_switch)
        killed(database, step, back, at, kill=kill)
        left = state(database).text
        ran(database, step, back)
        assert left in seen or (is_as_before(dumped(database), there) and orphans(database) == []), at
        seen.add(left)


@pytest.fixture(scope="module")
def mortal() -> Iterator[Machine]:
    """A server that nobody else uses. What it has said is done is on its disk."""
    with running(("fsync = off", "restart_after_crash = on")) as uri:
        machine = Machine(uri)
        yield machine
        machine.end()


SERVERS = {**SCENARIOS, **_elsewhere()}


def drawn(name: str, total: int) -> list[int]:
    """The statements before which PostgreSQL is killed: some of each operation, by a seed, or all of them."""
    chance = random.Random(f"{SEED} {name}")
    every = range(1, total + 1)
    return [*every] if killing.KILLS == "all" else sorted(chance.sample(every, min(total, SAMPLE)))


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", SERVERS)
def test_postgresql_is_killed_anywhere_and_it_goes_on_or_back(name: str, mortal: Machine) -> None:
    """By turns its first process, which has to be started again, and one that takes all others with it.

    From the same state it goes on once, and back once.
    """
    killing.forgotten(mortal.where)
    uri, step = mortal.where, again(mortal.where, name)
    before = _shape(uri)
    total = ran(uri, step, to_the_end)
    end = _shape(uri)
    is_same = name.split()[0] not in WITHOUT_A_WAY_BACK
    done = set[tuple[str, bool]]()
    for turn, at in enumerate(drawn(name, total)):
        said = f"seed {SEED}, killed at {at} of {total}"
        again(uri, name)
        killed(uri, step, to_the_end, at, kill=killing.server if turn % 2 else mortal.kill)
        left = state(uri)
        ways = [is_back for is_back in (at % 2 == 1, at % 2 == 0) if left.has_way_back or not is_back]
        is_back = next((way for way in ways if (left.text, way) not in done), None)
        if is_back is None:
            continue
        done.add((left.text, is_back))
        if is_back:
            ran(uri, step, back)
            assert orphans(uri) == [] and (not is_same or _shape(uri) == before), said
        ran(uri, step, to_the_end)
        assert (_shape(uri), orphans(uri)) == (end, []), said


def _shape(uri: str) -> str:
    """Without values that differ from run to run: random UUIDs, and sequences, which leap in a crash."""
    return "\n".join(line for line in dumped(uri).splitlines() if "-4" not in line and "setval" not in line)
