"""The section `auto`: what is known of a service when its strategy is chosen, and who agrees to a risky change."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from shipway.spec import units
from shipway.spec.fields import CountPositive, Section, Switch, Text
from shipway.spec.hooks import CALL, Call, Calls
from shipway.spec.problems import Wrong

USERS_MAX = 10_000_000_000


def _users(value: object) -> int:
    return units.whole(value, lowest=0, highest=USERS_MAX)


def _one(calls: tuple[Call, ...]) -> tuple[Call, ...]:
    if len(calls) == 1:
        return calls
    raise Wrong(f"has {len(calls)} calls", why="One of them answers.", fix="Put them into one script.")


Users = Annotated[
    int, BeforeValidator(_users), WithJsonSchema({"type": "integer", "minimum": 0, "maximum": USERS_MAX})
]
OneCall = Annotated[Calls, AfterValidator(_one), WithJsonSchema(CALL)]


class Gates(Section):
    """Who says that what a risky change needs is there; what nobody says, a person is asked."""

    approval: OneCall | None = None
    on_call: OneCall | None = None
    off_peak: OneCall | None = None
    team: OneCall | None = None


class Auto(Section):
    """Facts that no repository knows."""

    users: Users | None = None
    services: CountPositive = 1
    ab_test: Switch = False
    instant_rollback: Switch = False
    base: Text | None = None
    gates: Gates = Gates()
