"""What is known of a Service that was tried from where its pods may not be reached."""

import asyncio
from typing import Any

import pytest

from contract.memory_cluster import MemoryCluster
from contract.stored import in_loop
from shipway.adapters.traffic.service import probing
from shipway.adapters.traffic.service.options import ServiceOptions
from shipway.adapters.traffic.service.probing import Probing


def service(host: str, port: int = 80) -> dict[str, Any]:
    return {"metadata": {"name": "checkout"}, "spec": {"clusterIP": host, "ports": [{"port": port}]}}


async def problem(found: dict[str, Any], **said: Any) -> str:
    options = ServiceOptions(name="checkout", **said)
    return await Probing(MemoryCluster(), options).problem(found, 1, is_served=True)


@in_loop
@pytest.mark.parametrize("protocol", ["h2c", "grpc"])
async def test_what_speaks_no_http1_and_is_not_reached_was_not_tried(protocol: str) -> None:
    told = "Service checkout cannot be tried from here: write traffic.service.url"
    assert await problem(service("127.0.0.1", 1), protocol=protocol) == told
    assert await problem(service("None"), protocol=protocol) == told


@in_loop
async def test_a_connection_is_enough_for_what_speaks_no_http1() -> None:
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await problem(service("127.0.0.1", port), protocol="grpc") == ""


@in_loop
@pytest.mark.parametrize(
    ("url", "port"), [("http://shop.test", 80), ("https://shop.test/", 443), ("http://[::1]:81", 81)]
)
async def test_an_address_without_a_port_has_that_of_its_scheme(
    url: str, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    async def refuse(_: str, port: int) -> None:
        asked.append(port)
        raise OSError

    monkeypatch.setattr(probing.asyncio, "open_connection", refuse)
    assert await problem(service("None"), protocol="grpc", url=url) == "Service checkout does not answer"
    assert set(asked) == {port}
