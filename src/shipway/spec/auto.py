"""The section `auto`: what is known of a service when its strategy is chosen, and who agrees to a risky change."""

from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from shipway.spec import units
from shipway.spec.fields import CountPositive, Section, Switch, Text
from shipway.spec.hooks import CALL, Calls, one_call
from shipway.spec.off_peak import OffPeak

USERS_MAX = 10_000_000_000


def _users(value: object) -> int:
    return units.whole(value, lowest=0, highest=USERS_MAX)


Users = Annotated[
    int, BeforeValidator(_users), WithJsonSchema({"type": "integer", "minimum": 0, "maximum": USERS_MAX})
]
OneCall = Annotated[Calls, one_call, WithJsonSchema(CALL)]


class Gates(Section):
    """Who says that what a risky change needs is there; what nobody says, a person is asked."""

    approval: OneCall | None = None
    on_call: OneCall | None = None
    off_peak: OffPeak | None = None
    team: OneCall | None = None


class Auto(Section):
    """Facts that no repository knows."""

    users: Users | None = None
    services: CountPositive = 1
    ab_test: Switch = False
    instant_rollback: Switch = False
    base: Text | None = None
    gates: Gates = Gates()
