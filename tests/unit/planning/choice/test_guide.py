"""The guide's tables and tree: a test for each row, turn and figure."""

import pytest

from shipway.model.risk import Risk
from shipway.planning.choice.choose import Choice, choose
from shipway.planning.choice.situation import Situation
from shipway.planning.choice.tables import COMPARISON, FLAGS, SELECTION, Cost

BUSY, CALM = 10_001, 10_000
SELECTION_ROWS = [
    ("First deployment ever", {"is_first": True}, "rolling"),
    ("Need instant rollback", {"wants_instant": True}, "blue-green"),
    ("Risky change, high traffic", {"is_large": True, "users": BUSY}, "canary"),
    ("A/B testing needed", {"wants_ab": True}, "rolling + feature-flags"),
    ("Database schema change", {"changes_database": True}, "blue-green + expand-contract"),
    ("Microservices (10+ services)", {"services": 10}, "canary + feature-flags"),
]


@pytest.mark.parametrize(("situation", "facts", "strategy"), SELECTION_ROWS)
def test_the_selection_guide(situation: str, facts: dict[str, object], strategy: str) -> None:
    assert choose(Situation(**facts)).words == strategy, situation  # type: ignore[arg-type]


def test_the_selection_guide_has_these_rows_and_no_others() -> None:
    assert [(row.strategies, row.adds) for row in SELECTION] == [
        (("rolling",), ()),
        (("blue-green",), ()),
        (("canary",), ()),
        (("feature-flags",), ()),
        ((), ("expand-contract",)),
        (("canary",), ("feature-flags",)),
    ]


COMPARISON_ROWS = [
    ("rolling", Cost(downtime="none", rollback="5 to 15 min", complexity="low", cost="same")),
    (
        "blue-green",
        Cost(downtime="none", rollback="under 1 min", complexity="medium", cost="twice while deploying"),
    ),
    ("canary", Cost(downtime="none", rollback="under 5 min", complexity="high", cost="same")),
    (FLAGS, Cost(downtime="none", rollback="at once", complexity="medium", cost="same")),
]


@pytest.mark.parametrize(("strategy", "cost"), COMPARISON_ROWS)
def test_the_comparison(strategy: str, cost: Cost) -> None:
    assert COMPARISON[strategy] == cost


RISK_ROWS = [
    (Risk.LOW, "rolling", ()),
    (Risk.MEDIUM, "canary", ()),
    (Risk.HIGH, "blue-green", ("approval",)),
    (Risk.CRITICAL, "blue-green", ("approval", "on-call", "off-peak", "team")),
]


@pytest.mark.parametrize(("risk", "strategy", "needs"), RISK_ROWS)
def test_the_table_of_risks_where_nothing_else_is_known(risk: Risk, strategy: str, needs: tuple[str, ...]) -> None:
    found = choose(Situation(risk=risk))
    assert (found.strategy, found.needs) == (strategy, needs)


TREE_LEAVES = [
    ({"is_critical": True}, "blue-green"),
    ({"users": CALM}, "rolling"),
    ({"users": BUSY, "is_large": True}, "canary"),
    ({"users": BUSY, "wants_ab": True}, "rolling + feature-flags"),
    ({"users": BUSY}, "rolling"),
    ({"users": CALM, "changes_database": True}, "blue-green + expand-contract"),
]


@pytest.mark.parametrize(("facts", "strategy"), TREE_LEAVES)
def test_the_tree(facts: dict[str, object], strategy: str) -> None:
    found = choose(Situation(**facts))  # type: ignore[arg-type]
    assert (found.words, found.by) == (strategy, "tree")


def turns(found: Choice) -> list[tuple[str, str]]:
    return [(one.question, one.answer) for one in found.path]


def test_the_path_has_each_turn_with_its_sentence() -> None:
    found = choose(Situation(risk=Risk.MEDIUM, users=BUSY, is_large=True))
    assert turns(found) == [
        ("first deployment?", "no"),
        ("risk?", "medium"),
        ("critical change?", "no"),
        ("high traffic?", "yes"),
        ("risky or large?", "yes"),
        ("database changes?", "no"),
    ]
    assert all(one.says for one in found.path)


def test_precedence_is_first_deployment_risk_tree_table() -> None:
    everything = {"is_critical": True, "is_large": True, "users": BUSY, "wants_ab": True, "services": 12}
    by = [
        choose(Situation(is_first=True, risk=Risk.CRITICAL, **everything)).by,  # type: ignore[arg-type]
        choose(Situation(risk=Risk.HIGH, **everything)).by,  # type: ignore[arg-type]
        choose(Situation(risk=Risk.MEDIUM, **everything)).by,  # type: ignore[arg-type]
        choose(Situation(risk=Risk.MEDIUM, services=12)).by,
        choose(Situation(risk=Risk.MEDIUM)).by,
    ]
    assert by == ["first deployment", "risk", "tree", "table", "level"]


def test_traffic_that_nobody_knows_is_not_guessed() -> None:
    found = choose(Situation(risk=Risk.MEDIUM, is_large=True))
    assert ("high traffic?", "unknown") in turns(found)
    assert (found.strategy, found.by) == ("canary", "level")


def test_rows_that_disagree_are_named() -> None:
    payments = choose(Situation(risk=Risk.HIGH, is_critical=True, is_large=True, users=BUSY, wants_ab=True))
    assert [(one.row, one.strategies) for one in payments.others] == [
        ("high risk", "canary + feature-flags"),
        ("risky change, high traffic", "canary"),
        ("A/B test wanted", "feature-flags"),
    ]
    broken = choose(Situation(risk=Risk.HIGH, users=CALM))
    assert [(one.row, one.strategies) for one in broken.others] == [
        ("high risk", "canary + feature-flags"),
        ("tree", "rolling"),
    ]
    calm = choose(Situation(risk=Risk.MEDIUM, users=CALM))
    assert [(one.row, one.strategies) for one in calm.others] == [("medium risk", "canary")]


def test_what_cannot_be_done_is_replaced_and_said() -> None:
    cron = choose(Situation(risk=Risk.HIGH, possible=("rolling", "canary")))
    assert cron.words == "canary + feature-flags"
    swarm = choose(Situation(risk=Risk.CRITICAL, possible=("rolling",)))
    assert (swarm.strategy, turns(swarm)[-2]) == ("rolling", ("blue-green possible?", "no"))
    assert swarm.needs == ("approval", "on-call", "off-peak", "team")
