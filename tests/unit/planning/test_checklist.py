"""The ten items before a release, and who may settle what."""

import pytest

from shipway.model.checklist import Item, State
from shipway.planning.checklist import NAMES, POINTS, answered, is_complete

GUIDE = [
    ("All tests passing in CI/CD", "tests"),
    ("Staging deployment successful", "staging"),
    ("Database migrations tested in staging", "migrations"),
    ("Rollback plan documented", "rollback"),
    ("Monitoring dashboards ready", "dashboards"),
    ("Team notified (#deployments channel)", "team"),
    ("Feature flags configured (if applicable)", "flags"),
    ("Health checks verified", "health"),
    ("Load testing completed (for major changes)", "load-test"),
    ("Runbook updated with new endpoints/features", "runbook"),
]
"""What teams tick by hand, in this order, and the item that stands for it."""


def item(name: str, state: State) -> Item:
    return Item(name=name, state=state, said="found")


def items(**changed: State) -> list[Item]:
    return [item(name, changed.get(name.replace("-", "_"), State.DONE)) for name in NAMES]


@pytest.mark.parametrize(("row", "name"), GUIDE, ids=[row for row, _ in GUIDE])
@pytest.mark.parametrize("state", State)
def test_the_list_is_complete_when_each_item_is_settled(row: str, name: str, state: State) -> None:
    settled = state in (State.DONE, State.CONFIRMED, State.WAIVED)
    assert is_complete(items(**{name.replace("-", "_"): state})) is settled


def test_the_items_are_these_ten_in_this_order() -> None:
    assert [name for _, name in GUIDE] == list(NAMES)
    assert all(point.words for point in POINTS)
    assert not is_complete(items()[:9]) and not is_complete([])


@pytest.mark.parametrize(
    ("state", "confirmed", "waived"),
    [
        (State.OPEN, State.CONFIRMED, State.WAIVED),
        (State.FAILED, State.FAILED, State.WAIVED),
        (State.DONE, State.DONE, State.DONE),
    ],
)
def test_what_failed_can_only_be_waived(state: State, confirmed: State, waived: State) -> None:
    [said] = answered([item("runbook", state)], {"runbook": "I know"}, {})
    assert said.state == confirmed and said.note == ("I know" if confirmed == State.CONFIRMED else "")
    [said] = answered([item("runbook", state)], {}, {"runbook": "urgent"})
    assert said.state == waived
    [said] = answered([item("runbook", state)], {"tests": "I know"}, {"tests": "urgent"})
    assert said.state == state
