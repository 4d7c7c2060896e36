"""The tables: situations with what they recommend, and what each strategy costs."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from shipway.planning.choice.situation import HIGH_TRAFFIC_USERS, MANY_SERVICES, Situation

FLAGS, EXPAND_CONTRACT = "feature-flags", "expand-contract"


class Row(Struct, frozen=True, kw_only=True):
    """One situation."""

    name: str
    strategies: tuple[str, ...]
    """Together; empty where it only adds."""
    why: str
    applies: Callable[[Situation], bool]
    adds: tuple[str, ...] = ()


SELECTION: tuple[Row, ...] = (
    Row(
        name="first deployment ever",
        strategies=("rolling",),
        why="simplest, and nothing is there to compare with",
        applies=lambda now: now.is_first,
    ),
    Row(
        name="instant rollback needed",
        strategies=("blue-green",),
        why="one switch, in less than a minute",
        applies=lambda now: now.wants_instant,
    ),
    Row(
        name="risky change, high traffic",
        strategies=("canary",),
        why="5% of users try it first",
        applies=lambda now: now.is_risky and bool(now.is_busy),
    ),
    Row(
        name="A/B test wanted",
        strategies=(FLAGS,),
        why="each user, or each share of them, is controlled",
        applies=lambda now: now.wants_ab,
    ),
    Row(
        name="schema change",
        strategies=(),
        adds=(EXPAND_CONTRACT,),
        why="the schema evolves safely, with any strategy",
        applies=lambda now: now.changes_database,
    ),
    Row(
        name=f"{MANY_SERVICES} services or more",
        strategies=("canary",),
        adds=(FLAGS,),
        why="each is deployed independently",
        applies=lambda now: now.services >= MANY_SERVICES,
    ),
)


class Cost(Struct, frozen=True, kw_only=True):
    """One strategy beside the others."""

    downtime: str
    rollback: str
    complexity: str
    cost: str


COMPARISON: Mapping[str, Cost] = {
    "rolling": Cost(downtime="none", rollback="5 to 15 min", complexity="low", cost="same"),
    "blue-green": Cost(downtime="none", rollback="under 1 min", complexity="medium", cost="twice while deploying"),
    "canary": Cost(downtime="none", rollback="under 5 min", complexity="high", cost="same"),
    FLAGS: Cost(downtime="none", rollback="at once", complexity="medium", cost="same"),
}
SHIPPED_BY: Mapping[str, str] = {FLAGS: "rolling"}
"""What a recommendation is not a strategy by itself: the code is shipped so, and flags decide who sees it."""


class Question(Struct, frozen=True, kw_only=True):
    """One turn of the tree. An answer leads to another question or to a strategy."""

    name: str
    answer: Callable[[Situation], bool | None]
    yes: str
    no: str
    yes_says: str
    no_says: str


TREE: Mapping[str, Question] = {
    "critical": Question(
        name="critical change?",
        answer=lambda now: now.is_critical or now.changes_database,
        yes="blue-green",
        no="traffic",
        yes_says="schema, authentication or payments need an instant way back",
        no_says="neither schema, authentication nor payments are touched",
    ),
    "traffic": Question(
        name="high traffic?",
        answer=lambda now: now.is_busy,
        yes="risky",
        no="rolling",
        yes_says=f"more than {HIGH_TRAFFIC_USERS:,} users",
        no_says=f"{HIGH_TRAFFIC_USERS:,} users or fewer: simple and reliable is enough",
    ),
    "risky": Question(
        name="risky or large?",
        answer=lambda now: now.is_large,
        yes="canary",
        no="ab",
        yes_says="more than 500 lines go out gradually",
        no_says="500 lines or fewer",
    ),
    "ab": Question(
        name="A/B test wanted?",
        answer=lambda now: now.wants_ab,
        yes=FLAGS,
        no="rolling",
        yes_says="flags control it for each user",
        no_says="nothing is to be compared by users",
    ),
    "database": Question(
        name="database changes?",
        answer=lambda now: now.changes_database,
        yes=EXPAND_CONTRACT,
        no="deploy",
        yes_says="the schema expands first and contracts last, without downtime",
        no_says="the database stays as it is",
    ),
}
ROOT, THEN = "critical", "database"
"""Where it begins, and what is asked whatever the strategy."""
