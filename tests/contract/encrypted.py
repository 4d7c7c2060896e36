"""Users' connections are encrypted, and a certificate is swapped under them: `EncryptedContract`.

A test module names its data plane by overriding `opens`.
"""

import ssl
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from contract.backends import Client
from contract.certified import HOST, Authority, TlsClient, serial
from contract.envoy_stand import serving
from contract.stored import in_loop
from contract.traffic import A, split, until
from shipway.errors import PortError
from shipway.model.route import Route
from tests.real.ports import free_port, free_ports


class EncryptedContract:
    """What TLS is for users, over a stand with a data plane."""

    opens: Callable[[Path], AbstractAsyncContextManager[Any]]
    """From the home to its stand."""
    options: Mapping[str, object]
    """More than one thread."""
    newest = "h2"
    """What is spoken with users who speak everything."""

    @asynccontextmanager
    async def encrypted(self, folder: Path, **named: object):
        """The stand with a certificate, and who issued it."""
        authority = Authority(folder / "pem")
        authority.issue()
        async with type(self).opens(folder / "home") as stand:
            tls = replace(authority.tls, **named)
            stand.options = replace(stand.options, host=HOST, tls=tls, **self.options)
            stand.traffic = stand.again()
            yield stand, authority

    @in_loop
    async def test_http_2_and_http_1_1_are_offered_and_old_tls_is_refused(self, tmp_path):
        async with self.encrypted(tmp_path, min_version="1.3") as (stand, authority):
            await serving(stand)
            client = TlsClient(stand.address, authority.context("http/1.1"))
            spoken = await client.connect()
            assert (spoken.version(), spoken.selected_alpn_protocol()) == ("TLSv1.3", "http/1.1")
            assert (await client.ask(host=HOST)).revision == A
            newest = await TlsClient(stand.address, authority.context("h2", "http/1.1")).connect()
            assert newest.selected_alpn_protocol() == type(self).newest
            old = authority.context()
            old.maximum_version = ssl.TLSVersion.TLSv1_2
            with pytest.raises((ssl.SSLError, ConnectionError)):
                await TlsClient(stand.address, old).connect()

    @in_loop
    async def test_a_renewed_certificate_is_taken_up_and_open_connections_go_on(self, tmp_path):
        async with self.encrypted(tmp_path) as (stand, authority):
            await serving(stand)
            kept = TlsClient(stand.address, authority.context("http/1.1"))
            await kept.connect()
            before = await serial(stand.address, authority)
            authority.issue()
            await stand.traffic.tend()
            assert await serial(stand.address, authority) != before
            assert (await kept.ask(host=HOST)).status == 200
            seen = await stand.traffic.observe()
            assert seen.certificate and seen.certificate.names == (HOST,) and not seen.certificate.problem
            assert (seen.generation, seen.confirmed, seen.foreign) == (2, split(0), ())

    @in_loop
    async def test_what_browsers_would_refuse_is_not_taken_up_and_told_until_it_is_mended(self, tmp_path):
        async with self.encrypted(tmp_path) as (stand, authority):
            await serving(stand)
            before = await serial(stand.address, authority)
            key = authority.key.read_bytes()
            authority.issue()
            authority.key.write_bytes(key)
            await _told(stand, "the key does not belong to the certificate")
            authority.issue("other.example.com")
            await _told(stand, f"the certificate is not for {HOST}")
            authority.cert.unlink()
            await _told(stand, "the certificate cannot be read")
            assert await serial(stand.address, authority) == before
            authority.issue()
            await _told(stand, "")
            assert await serial(stand.address, authority) != before

    @in_loop
    async def test_a_service_without_a_certificate_does_not_begin_to_listen(self, tmp_path):
        async with self.encrypted(tmp_path) as (stand, authority):
            authority.key.unlink()
            with pytest.raises(PortError, match="key cannot be read"):
                await stand.traffic.route(split(0), generation=1)

    @in_loop
    async def test_plain_http_is_sent_on_and_other_services_share_that(self, tmp_path):
        plain, there = free_ports(2)
        async with self.encrypted(tmp_path, redirect_from=f"127.0.0.1:{plain}") as (stand, _):
            await serving(stand)
            port = stand.address.rpartition(":")[2]
            answer = await Client(f"127.0.0.1:{plain}").ask("/cart?a=1", method="POST", host=HOST)
            assert (answer.status, answer.headers["location"]) == (308, f"https://{HOST}:{port}/cart?a=1")
            elsewhere = stand.again("cart", replace(stand.options, listen=f"127.0.0.1:{there}", preview=None))
            with pytest.raises(PortError, match=f"sent on to port {port} already"):
                await elsewhere.route(split(0), generation=1)

    @in_loop
    async def test_the_key_goes_with_the_last_service_that_is_served_with_it(self, tmp_path):
        async with self.encrypted(tmp_path) as (stand, authority):
            await serving(stand)
            path = stand.home.certificate(authority.tls)
            assert path.stat().st_mode & 0o777 == 0o600
            other = stand.again("cart", replace(stand.options, listen=f"127.0.0.1:{free_port()}", preview=None))
            await other.route(Route(preview=A), generation=1)
            await stand.traffic.withdraw()
            assert path.exists()
            await other.withdraw()
            assert not path.exists()

    @in_loop
    async def test_the_former_key_goes_when_the_service_names_another_one(self, tmp_path):
        async with self.encrypted(tmp_path) as (stand, authority):
            await serving(stand)
            other = stand.again("cart", replace(stand.options, listen=f"127.0.0.1:{free_port()}", preview=None))
            await other.route(Route(preview=A), generation=1)
            newer = Authority(tmp_path / "newer")
            newer.issue()
            stand.options = replace(stand.options, tls=newer.tls)
            stand.traffic = stand.again()
            await stand.traffic.route(split(0), generation=3)
            former, present = stand.home.certificate(authority.tls), stand.home.certificate(newer.tls)
            await self.let_handshakes_end(stand)
            assert former.exists() and present.exists()
            await other.withdraw()
            await self.let_handshakes_end(stand)
            assert present.exists() and not former.exists()
            await _met(stand, newer)

    @in_loop
    async def test_a_key_that_was_left_behind_goes_with_the_next_change(self, tmp_path):
        async with self.encrypted(tmp_path) as (stand, authority):
            await serving(stand)
            present = stand.home.certificate(authority.tls)
            left = present.with_name(f"left{present.suffix}")
            left.write_bytes(present.read_bytes())
            await stand.traffic.route(split(0), generation=3)
            await self.let_handshakes_end(stand)
            assert present.exists() and not left.exists()

    async def let_handshakes_end(self, stand) -> None:
        """Those that may still read the former key."""

    @in_loop
    async def test_tls_is_turned_on_where_the_service_listened_without(self, tmp_path):
        async with self.encrypted(tmp_path) as (stand, authority):
            encrypted_options, stand.options = stand.options, replace(stand.options, tls=None)
            stand.traffic = stand.again()
            await serving(stand)
            assert (await Client(stand.address).ask(host=HOST)).status == 200
            await stand.again(options=encrypted_options).route(split(0), generation=3)
            await _met(stand, authority)


async def _met(stand, authority: Authority) -> None:
    """Wait until new connections meet a certificate of theirs."""

    async def is_met() -> bool:
        try:
            return bool(await serial(stand.address, authority))
        except OSError:
            return False

    await until(is_met)


async def _told(stand, problem: str) -> None:
    for _ in range(2):
        await stand.traffic.tend()
        seen = (await stand.traffic.observe()).certificate
        assert seen and seen.problem.startswith(problem) and bool(seen.problem) == bool(problem)
