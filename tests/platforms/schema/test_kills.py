"""Every operation, killed before each of its statements, in every phase: it goes on to the same end, or back.

The process is killed, its connection is cut, or PostgreSQL itself is; nothing of ours is left over.
"""

from collections.abc import Iterator

import pytest

from platforms.schema import (
    killing,
    test_changes,
    test_other_operations,
    test_partitions,
    test_primary_keys,
)
from platforms.schema.dumping import dumped
from platforms.schema.killing import back, killed, orphans, ran, to_the_end, to_the_switch
from postgres import database, postgres_server, running  # noqa: F401 - fixtures
from shipway.schema.operations import NAMES

ROWS = 150
STRIDE = 3
"""PostgreSQL is killed before every third statement: each time it needs a second to come back."""
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
    found["attach_partition"] = test_partitions.setup("range", is_attached=False)
    found["detach_partition"] = test_partitions.setup("range", is_attached=True)
    found["detach_partition beside a default"] = test_partitions.setup("list", is_attached=True, default=True)
    return found


SCENARIOS = scenarios()
ELSEWHERE = {"split_column", "merge_column", "add_table", "rename_table", "split_table", "sql"}
"""Killed beside their own tests."""
WITHOUT_A_WAY_BACK = ("set_not_null", "add_enum_value")
"""What was filled stays, and so does what bars a value that PostgreSQL cannot drop."""


def test_every_operation_is_killed() -> None:
    assert {name for name in NAMES if any(key.startswith(name) for key in SCENARIOS)} == set(NAMES) - ELSEWHERE


def again(uri: str, name: str) -> str:
    """As it was before anything happened; the step."""
    setup, step = SCENARIOS[name]
    killing.prepared(uri, *setup)
    return step


@pytest.mark.parametrize("name", SCENARIOS)
def test_killed_anywhere_it_goes_on_to_the_same_end(name: str, database: str) -> None:  # noqa: F811
    step = again(database, name)
    total = ran(database, step, to_the_end)
    end = _shape(database)
    assert total > 10
    for at in range(1, total + 1):
        again(database, name)
        killed(database, step, to_the_end, at, kill=killing.client if at % 2 else killing.cut)
        ran(database, step, to_the_end)
        assert (_shape(database), orphans(database)) == (end, []), at


@pytest.mark.parametrize("name", SCENARIOS)
def test_killed_anywhere_before_its_contract_it_goes_back(name: str, database: str) -> None:  # noqa: F811
    step = again(database, name)
    before = dumped(database)
    total = ran(database, step, to_the_switch)
    ran(database, step, back)
    is_same = name.split()[0] not in WITHOUT_A_WAY_BACK
    assert (dumped(database) == before, orphans(database)) == (is_same, [])
    for at in range(1, total + 1):
        again(database, name)
        killed(database, step, to_the_switch, at, kill=killing.cut if at % 2 else killing.client)
        ran(database, step, back)
        assert orphans(database) == [], at
        assert not is_same or dumped(database) == before, at


@pytest.mark.parametrize("name", SCENARIOS)
def test_killed_while_it_is_taken_back_it_goes_back(name: str, database: str) -> None:  # noqa: F811
    step = again(database, name)
    ran(database, step, to_the_switch)
    total = ran(database, step, back)
    there = dumped(database)
    for at in range(1, total + 1):
        again(database, name)
        ran(database, step, to_the_switch)
        killed(database, step, back, at, kill=killing.client if at % 2 else killing.cut)
        ran(database, step, back)
        assert (dumped(database), orphans(database)) == (there, []), at


@pytest.fixture(scope="module")
def mortal() -> Iterator[str]:
    """A server that nobody else uses. What it has said is done is on its disk."""
    with running(("fsync = off", "restart_after_crash = on")) as uri:
        yield uri


@pytest.mark.parametrize("name", ["rename_column", "change_type of a serial key", "detach_partition"])
def test_postgresql_is_killed_anywhere_and_it_goes_on_or_back(name: str, mortal: str) -> None:
    step = again(mortal, name)
    before = _shape(mortal)
    total = ran(mortal, step, to_the_end)
    end = _shape(mortal)
    for at in range(1, total + 1, STRIDE):
        again(mortal, name)
        killed(mortal, step, to_the_end, at, kill=killing.server)
        if at % 2 and not killing.is_contracting(mortal, step):
            ran(mortal, step, back)
            assert (_shape(mortal), orphans(mortal)) == (before, []), at
        ran(mortal, step, to_the_end)
        assert (_shape(mortal), orphans(mortal)) == (end, []), at


def _shape(uri: str) -> str:
    """Without values that differ from run to run: random UUIDs, and sequences, which leap in a crash."""
    return "\n".join(line for line in dumped(uri).splitlines() if "-4" not in line and "setval" not in line)
