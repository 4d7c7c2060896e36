"""Several services share an address: told apart by host and path, and none notices that another comes or goes."""

import asyncio
import functools
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace

from contract.backends import Client
from contract.certified import Authority, TlsClient
from contract.envoy_stand import EnvoyStand, OverEnvoy, free_ports, is_served_by, open_envoy, serving
from contract.mirrored import MirrorContract
from contract.requests import RequestsContract
from contract.stored import in_loop
from contract.traffic import A, B, TrafficContract, split, until
from shipway.adapters.supervisor import durable
from shipway.adapters.traffic.envoy import EnvoyOptions, EnvoyTraffic
from shipway.errors import PortError
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Route
from shipway.model.share import TOTAL

pytestmark = pytest.mark.real
CART = RevisionId("1.0.0-cart")


class OverShared(OverEnvoy):
    """The same suites as for a service that has its address alone; another one is beside it."""

    @pytest.fixture
    def opened(self, tmp_path):
        @asynccontextmanager
        async def open_shared():
            async with shared(tmp_path / "home", host="test") as stand:
                yield stand

        return open_shared


class TestTraffic(OverShared, TrafficContract):
    pass


class TestRequests(OverShared, RequestsContract):
    pass


class TestCopies(OverShared, MirrorContract):
    pass


@asynccontextmanager
async def shared(folder, **named: object):
    async with open_envoy(folder) as stand:
        stand.options = replace(stand.options, **named)
        stand.traffic = stand.again()
        yield stand


async def cart(
    stand: EnvoyStand, *, name: str = "cart", revision: RevisionId = CART, **named: object
) -> EnvoyTraffic:
    """A second service on the same address."""
    options = EnvoyOptions(listen=stand.address, health=stand.options.health, **named)
    other = stand.again(name, options)
    backend = await stand.backends.start(revision)
    await other.publish([Endpoint(revision=revision, address=backend.address)], generation=1)
    await other.route(Route(shares={revision: TOTAL}), generation=2)
    return other


async def asked(address: str, host: str, path: str = "/") -> str:
    """The revision that answered, or the proxy's status."""
    answer = await Client(address).ask(path, host=host)
    return answer.revision or str(answer.status)


async def is_answered(address: str, host: str, by: str, path: str = "/") -> bool:
    return await asked(address, host, path) == by


@in_loop
async def test_a_second_host_joins_and_leaves_and_requests_in_flight_live_on(tmp_path):
    async with shared(tmp_path, host="shop.example.com") as stand:
        await serving(stand)
        long = Client(stand.address)
        reader, writer = await long.upgrade("shop.example.com")
        other = await cart(stand, host="cart.example.com")
        await until(functools.partial(is_answered, stand.address, "cart.example.com:8080", CART))
        assert await asked(stand.address, "shop.example.com") == A
        assert await asked(stand.address, "example.com") == "404"
        assert (await stand.traffic.observe()).confirmed == split(0)
        assert (await stand.traffic.observe()).foreign == ()
        await other.withdraw()
        await until(functools.partial(is_answered, stand.address, "cart.example.com", "404"))
        writer.write(b"still here\n")
        assert await reader.readline() == b"still here\n"
        assert await asked(stand.address, "shop.example.com") == A
        assert len(stand.supervisor.started) == 1


@in_loop
async def test_paths_of_one_host_belong_to_the_longest_that_fits(tmp_path):
    async with shared(tmp_path, host="shop.example.com") as stand:
        await serving(stand)
        await cart(stand, host="shop.example.com", path="/cart")
        await until(functools.partial(is_answered, stand.address, "shop.example.com", CART, "/cart"))
        assert await asked(stand.address, "shop.example.com", "/cart/items?a=1") == CART
        assert await asked(stand.address, "shop.example.com", "/carts") == A
        assert await asked(stand.address, "shop.example.com", "/") == A


@in_loop
async def test_a_path_alone_is_for_every_host(tmp_path):
    async with shared(tmp_path, path="/shop") as stand:
        await serving(stand)
        await cart(stand, path="/cart")
        await until(functools.partial(is_answered, stand.address, "a.example.com", CART, "/cart"))
        assert await asked(stand.address, "b.example.com", "/shop") == A
        assert await asked(stand.address, "b.example.com", "/") == "404"


@in_loop
async def test_hosts_of_one_port_have_certificates_of_their_own(tmp_path):
    shop, other = Authority(tmp_path / "shop"), Authority(tmp_path / "cart")
    shop.issue("shop.example.com")
    other.issue("cart.example.com")
    async with shared(tmp_path / "home", host="shop.example.com", tls=shop.tls) as stand:
        await serving(stand)
        kept = TlsClient(stand.address, shop.context("http/1.1"), "shop.example.com")
        await kept.connect()
        leaving = await cart(stand, host="cart.example.com", tls=other.tls)
        at_cart = TlsClient(stand.address, other.context("http/1.1"), "cart.example.com")

        async def is_there() -> bool:
            try:
                await at_cart.connect()
                return True
            except OSError:
                return False

        await until(is_there)
        assert (await at_cart.ask(host="cart.example.com")).revision == CART
        await leaving.withdraw()
        assert (await kept.ask(host="shop.example.com")).revision == A
        assert not stand.home.certificate(other.tls).exists()


CONFLICTS = {
    "is the service checkout's alone": ({}, {"host": "cart.example.com"}),
    "/ is the service checkout's on port": ({"host": "a.example.com"}, {"host": "a.example.com"}),
    "/api is the service checkout's on port": (
        {"host": "a.example.com", "path": "/api"},
        {"host": "a.example.com", "path": "/api"},
    ),
}


@in_loop
@pytest.mark.parametrize("said", CONFLICTS)
async def test_what_belongs_to_another_service_is_refused_with_its_name(tmp_path, said):
    first, second = CONFLICTS[said]
    async with shared(tmp_path, **first) as stand:
        await serving(stand)
        with pytest.raises(PortError, match=said) as caught:
            await cart(stand, **second)
        assert caught.value.where and caught.value.why and caught.value.fix
        assert await is_served_by(stand.address, A) or first
        assert (await stand.traffic.observe()).confirmed == split(0)
        assert (await stand.again("cart", stand.options).observe()).endpoints == ()


@in_loop
async def test_plain_and_tls_do_not_share_a_port_nor_two_certificates_a_host(tmp_path):
    authority, other = Authority(tmp_path / "a"), Authority(tmp_path / "b")
    authority.issue("shop.example.com")
    other.issue("shop.example.com")
    async with shared(tmp_path / "home", host="shop.example.com", tls=authority.tls) as stand:
        await serving(stand)
        with pytest.raises(PortError, match="speaks TLS for the service checkout"):
            await cart(stand, host="cart.example.com")
        with pytest.raises(PortError, match=r"has the certificate of the service checkout"):
            await cart(stand, host="shop.example.com", path="/cart", tls=other.tls)


@in_loop
async def test_a_service_moves_from_an_address_of_its_own_to_a_shared_one_and_on(tmp_path):
    async with shared(tmp_path) as stand:
        await serving(stand)
        first, address = stand.address, f"127.0.0.1:{free_ports(1)[0]}"
        for generation, options in enumerate(
            (
                replace(stand.options, listen=address, host="a.example.com"),
                replace(stand.options, listen=address, host="b.example.com"),
                replace(stand.options, listen=first),
            ),
            3,
        ):
            moved = stand.again(options=options)
            await moved.route(split(100), generation=generation)
            host = options.host or "test"
            await until(functools.partial(is_answered, options.listen, host, B))
            assert (await moved.observe()).confirmed == split(100)
        assert list(stand.home.routes.iterdir()) == []


@in_loop
async def test_under_load_nobody_notices_that_others_come_and_go(tmp_path):
    authority, other = Authority(tmp_path / "shop"), Authority(tmp_path / "cart")
    authority.issue("shop.example.com")
    other.issue("cart.example.com")
    async with shared(tmp_path / "home", host="shop.example.com", tls=authority.tls) as stand:
        await serving(stand)
        answered, is_over = [], False

        async def user() -> None:
            client = TlsClient(stand.address, authority.context("http/1.1"), "shop.example.com")
            await client.connect()
            while not is_over:
                answered.append((await client.ask("/slow/0.05", host="shop.example.com")).revision)

        users = [asyncio.create_task(user()) for _ in range(4)]
        for turn in range(3):
            beside = await cart(stand, name=f"cart-{turn}", host="cart.example.com", tls=other.tls)
            below = await cart(stand, name=f"api-{turn}", host="shop.example.com", path="/api", tls=authority.tls)
            await until(functools.partial(_grows, answered, len(answered)))
            await below.withdraw()
            await beside.withdraw()
        await until(functools.partial(_grows, answered, len(answered)))
        is_over = True
        await asyncio.gather(*users)
        assert set(answered) == {A}


async def _grows(answered: list[str], before: int) -> bool:
    return len(answered) > before + 4


@in_loop
async def test_other_hands_on_a_shared_route_are_told(tmp_path):
    async with shared(tmp_path, host="shop.example.com") as stand:
        await serving(stand)
        path = stand.home.shared_route(stand.address)
        durable.replace(path, path.read_bytes().replace(b"shop.example.com", b"evil.example.com"))

        async def is_told() -> bool:
            seen = await stand.traffic.observe()
            return seen.confirmed is None and any("changed by other hands" in one for one in seen.foreign)

        await until(is_told)
        await stand.traffic.route(split(0), generation=3)
        assert (await stand.traffic.observe()).confirmed == split(0)
        assert await asked(stand.address, "shop.example.com") == A
