"""An HAProxy that somebody else runs keeps the contract of traffic, but for what weights of servers cannot say."""

import pytest

from contract.existing_haproxy_stand import OverExistingHaproxy
from contract.haproxy_stand import needs_haproxy
from contract.requests import CarryingContract
from contract.traffic import TrafficContract

pytestmark = [pytest.mark.real, needs_haproxy]


class TestTraffic(OverExistingHaproxy, TrafficContract):
    copies = False
    tells_users_apart = False
    keeps_users = False


class TestRequests(OverExistingHaproxy, CarryingContract):
    pass
