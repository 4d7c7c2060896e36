"""Envoy keeps the contracts of TLS and, over it, of traffic."""

from contextlib import asynccontextmanager

import pytest

from contract.encrypted import EncryptedContract
from contract.envoy_stand import open_envoy
from contract.traffic import TrafficContract

pytestmark = pytest.mark.real


class TestTls(EncryptedContract):
    opens = open_envoy
    options = {"concurrency": 2}  # noqa: RUF012 - nobody changes it


class TestTraffic(TrafficContract):
    """Over TLS the values of the port are as without."""

    @pytest.fixture
    def opened(self, tmp_path):
        @asynccontextmanager
        async def open_encrypted():
            async with TestTls().encrypted(tmp_path) as (stand, _):
                yield stand

        return open_encrypted
