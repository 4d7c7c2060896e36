"""Chosen users by a claim: of tokens that were verified, and of no others. Nobody is refused for their token."""

import asyncio
import functools
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from msgspec.structs import replace

from contract import test_envoy_tls
from contract.backends import Client
from contract.certified import HOST, TlsClient
from contract.envoy_stand import EnvoyStand, open_envoy, serving
from contract.stored import in_loop
from contract.tokens import ISSUER, Login
from contract.traffic import A, B, split, until
from shipway.adapters.traffic.envoy.options import Tokens
from shipway.errors import PortError
from shipway.model.route import UserRule

pytestmark = pytest.mark.real
BETA = split(0, users=(UserRule(kind="claim", name="group", value="beta", revision=B),))


@asynccontextmanager
async def open_believing(folder, *, jwks: str = "", **named: object) -> AsyncIterator[tuple[EnvoyStand, Login]]:
    """An Envoy that believes one login service."""
    login = Login()
    login.write(folder / "jwks.json")
    async with open_envoy(folder / "home") as stand:
        tokens = Tokens(issuer=ISSUER, jwks=jwks or str(folder / "jwks.json"), **named)  # type: ignore[arg-type]
        stand.options = replace(stand.options, tokens=tokens)
        stand.traffic = stand.again()
        yield stand, login


@pytest.fixture
def opened(tmp_path):
    return functools.partial(open_believing, tmp_path)


async def revision(stand: EnvoyStand, **headers: str) -> str:
    answer = await Client(stand.address).ask(**headers)
    assert answer.status == 200
    return answer.revision


async def is_chosen(stand: EnvoyStand, **headers: str) -> bool:
    return await revision(stand, **headers) == B


class TestTokens:
    @in_loop
    async def test_a_verified_claim_chooses_and_all_others_go_the_ordinary_way(self, opened):
        async with opened() as (stand, login):
            await serving(stand, BETA)
            assert await revision(stand, **login.bearer(group="beta")) == B
            assert await revision(stand) == A, "no token"
            for named in ({"group": "staff"}, {"seconds": -120.0}, {"issuer": "https://else.example.com"}):
                assert await revision(stand, **login.bearer(**{"group": "beta", **named})) == A, named
            assert await revision(stand, **Login().bearer(group="beta")) == A, "another's key"
            assert await revision(stand, authorization="Bearer beta") == A, "no token at all"
            header, _, signature = login.token(group="staff").split(".")
            body = login.token(group="beta").split(".")[1]
            assert await revision(stand, authorization=f"Bearer {header}.{body}.{signature}") == A, "altered"

    @in_loop
    async def test_a_claim_is_a_text_a_number_a_truth_value_or_in_a_list(self, opened):
        async with opened() as (stand, login):
            rules = {"group": "beta", "beta": "true", "tenant": "7"}
            users = tuple(UserRule(kind="claim", name=n, value=v, revision=B) for n, v in rules.items())
            await serving(stand, split(0, users=users))
            for claims in ({"group": ["staff", "beta"]}, {"beta": True}, {"tenant": 7}, {"tenant": "7"}):
                assert await revision(stand, **login.bearer(**claims)) == B, claims
            for claims in ({"group": ["staff"]}, {"beta": False}, {"tenant": 8}, {"group": {"beta": 1}}):
                assert await revision(stand, **login.bearer(**claims)) == A, claims

    @in_loop
    async def test_a_cookie_may_carry_the_token_and_the_audience_must_fit(self, opened):
        async with opened(cookie="session", audiences=("shop",)) as (stand, login):
            await serving(stand, BETA)
            token = login.token(group="beta", aud=["shop", "forum"])
            assert await revision(stand, cookie=f"session={token}") == B
            assert await revision(stand, cookie=f"other={token}") == A
            assert await revision(stand, cookie=f"session={login.token(group='beta', aud='forum')}") == A

    @in_loop
    async def test_new_keys_are_taken_up_without_a_cut_and_bad_ones_are_told(self, opened, tmp_path):
        async with opened() as (stand, login):
            await serving(stand, BETA)
            client, other = Client(stand.address), Login("two")
            assert (await client.ask(**login.bearer(group="beta"))).revision == B
            other.write(tmp_path / "jwks.json")
            await stand.traffic.tend()
            assert (await client.ask(**other.bearer(group="beta"))).revision == B
            assert (await client.ask(**login.bearer(group="beta"))).revision == A
            (tmp_path / "jwks.json").write_text("{}")
            await stand.traffic.tend()
            [problem] = (await stand.traffic.observe()).problems
            assert "the keys of tokens are not a JWKS" in problem
            assert (await client.ask(**other.bearer(group="beta"))).revision == B, "the former ones stay"
            other.write(tmp_path / "jwks.json")
            await stand.traffic.tend()
            assert (await stand.traffic.observe()).problems == ()

    @in_loop
    async def test_without_keys_nothing_begins(self, opened):
        async with opened(jwks="/nowhere/jwks.json") as (stand, _):
            with pytest.raises(PortError, match="the keys of tokens cannot be read"):
                await serving(stand, BETA)

    @in_loop
    async def test_a_service_may_begin_and_cease_to_believe_tokens(self, opened):
        async with opened() as (stand, login):
            believing, stand.options = stand.options, replace(stand.options, tokens=None)
            stand.traffic = stand.again()
            await serving(stand, BETA)
            assert not await is_chosen(stand, **login.bearer(group="beta"))
            for generation, options in ((3, believing), (4, stand.options)):
                await stand.again(options=options).route(BETA, generation=generation)
                expected = options is believing

                async def is_so(expected: bool = expected) -> bool:
                    return await is_chosen(stand, **login.bearer(group="beta")) is expected

                await until(is_so, stand)


@contextmanager
def published(login: Login) -> Iterator[str]:
    """The keys at an address."""

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = json.dumps(login.jwks).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/keys"
    finally:
        server.shutdown()
        server.server_close()


@in_loop
async def test_keys_may_be_at_an_address_that_envoy_asks(tmp_path):
    login = Login()
    with published(login) as address:
        async with open_believing(tmp_path, jwks=address) as (stand, _):
            await serving(stand, BETA)
            assert await asyncio.wait_for(revision(stand, **login.bearer(group="beta")), 20.0) == B
            assert await revision(stand, **Login().bearer(group="beta")) == A


@in_loop
async def test_a_host_with_tls_has_tokens_of_its_own_on_a_shared_port(tmp_path):
    async with test_envoy_tls.TestTls().encrypted(tmp_path) as (stand, authority):
        login = Login()
        login.write(tmp_path / "jwks.json")
        stand.options = replace(
            stand.options, tokens=Tokens(issuer=ISSUER, jwks=str(tmp_path / "jwks.json")), preview=None
        )
        stand.traffic = stand.again()
        await serving(stand, BETA)
        client = TlsClient(stand.address, authority.context())
        await client.connect()
        assert (await client.ask(host=HOST, **login.bearer(group="beta"))).revision == B
        assert (await client.ask(host=HOST, **Login().bearer(group="beta"))).revision == A
        below = replace(stand.options, path="/cart", tokens=None)
        with pytest.raises(PortError, match="tokens are verified there"):
            await stand.again("cart", below).route(split(0), generation=1)
