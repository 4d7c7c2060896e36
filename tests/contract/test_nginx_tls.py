"""nginx keeps the contract of TLS."""

import asyncio
import os
import time
from collections import Counter

import pytest
from msgspec.structs import replace

from contract.backends import Client
from contract.certified import HOST, TlsClient
from contract.encrypted import EncryptedContract
from contract.envoy_stand import serving
from contract.nginx_stand import needs_nginx, open_nginx
from contract.stored import in_loop
from contract.traffic import A, B, route, split
from shipway.adapters.traffic.nginx.certificate_files import HANDSHAKE_SECONDS
from tests.real.ports import free_port

pytestmark = [pytest.mark.real, needs_nginx]
USERS = 8


class TestTls(EncryptedContract):
    opens = open_nginx
    options = {"concurrency": 2}  # noqa: RUF012 - nobody changes it
    newest = "http/1.1"

    async def let_handshakes_end(self, stand) -> None:
        """A configuration that is old enough."""
        long_ago = time.time() - HANDSHAKE_SECONDS - 1
        os.utime(stand.home.configuration, (long_ago, long_ago))
        await stand.traffic.tend()

    @in_loop
    async def test_a_key_is_there_for_handshakes_that_began_before_it_was_changed(self, tmp_path):
        async with self.encrypted(tmp_path) as (stand, authority):
            await serving(stand)
            stand.options = replace(stand.options, tls=None)
            stand.traffic = stand.again()
            await stand.traffic.route(split(0), generation=3)
            await stand.traffic.tend()
            assert stand.home.certificate(authority.tls).exists()
            await self.let_handshakes_end(stand)
            assert not stand.home.certificate(authority.tls).exists()

    @in_loop
    async def test_changes_of_shares_lose_no_request_of_users_with_tls(self, tmp_path):
        async with self.encrypted(tmp_path) as (stand, authority):
            await serving(stand)
            users = [TlsClient(stand.address, authority.context("http/1.1")) for _ in range(USERS)]
            seen, is_over = Counter[str](), asyncio.Event()

            async def use(user: TlsClient) -> None:
                while not is_over.is_set():
                    if user._streams is None or user._streams[0].at_eof():
                        await user.connect()
                    answer = await user.ask(host=HOST)
                    assert answer.status == 200
                    seen[str(answer.revision)] += 1
                    await asyncio.sleep(0.01)

            async with asyncio.TaskGroup() as group:
                for user in users:
                    group.create_task(use(user))
                for generation, share in enumerate((10, 50, 100), start=3):
                    await route(stand, split(share), generation=generation)
                    await asyncio.sleep(0.2)
                is_over.set()
            assert set(seen) == {A, B}

    @in_loop
    async def test_no_connection_is_kept_for_plain_http_that_a_reload_would_close(self, tmp_path):
        plain = free_port()
        async with self.encrypted(tmp_path, redirect_from=f"127.0.0.1:{plain}") as (stand, _):
            await serving(stand)
            answer = await Client(f"127.0.0.1:{plain}").ask("/cart", host=HOST)
            assert (answer.status, answer.headers.get("connection")) == (308, "close")
