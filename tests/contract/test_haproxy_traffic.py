"""HAProxy keeps the contract of traffic, and promises of its own."""

import pytest

from contract.haproxy_stand import OverHaproxy, needs_haproxy
from contract.requests import RequestsContract
from contract.traffic import TrafficContract

pytestmark = [pytest.mark.real, needs_haproxy]


class TestTraffic(OverHaproxy, TrafficContract):
    copies = False


class TestRequests(OverHaproxy, RequestsContract):
    pass
