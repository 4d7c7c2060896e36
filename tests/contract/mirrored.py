"""Copies of requests, for data planes that make them: `MirrorContract`. `contract.traffic` says how it is used."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from contract.backends import Client, ask_many
from contract.requests import Carrier, two
from contract.stored import in_loop
from contract.traffic import A, B, route, split, until
from shipway.model.route import Mirror
from shipway.model.share import TOTAL


class MirrorContract:
    """What is copied, and to whom."""

    @pytest.fixture
    def opened(self) -> Callable[[], AbstractAsyncContextManager[Carrier]]:
        raise NotImplementedError("override it in the class that names the data plane")

    @in_loop
    async def test_mirrored_requests_reach_the_revision_and_nobody_sees_their_answers(self, opened):
        async with opened() as carrier:
            _, (candidate,) = await two(carrier)
            await route(carrier, split(0, mirror=Mirror(revision=B, share=TOTAL)), generation=2)
            answers = await ask_many(carrier.address, 50)
            assert {answer.revision for answer in answers} == {A}
            await until(lambda: len(candidate.seen) == 50)

    @in_loop
    async def test_requests_that_write_are_not_copied_unless_that_was_asked_for(self, opened):
        async with opened() as carrier:
            _, (candidate,) = await two(carrier)
            client = Client(carrier.address)
            await route(carrier, split(0, mirror=Mirror(revision=B, share=TOTAL)), generation=2)
            await client.ask("/pay", method="POST", **{"content-length": "0"})
            await client.ask("/look")
            await until(lambda: "/look" in candidate.seen)
            assert candidate.seen == ["/look"]
            await route(carrier, split(0, mirror=Mirror(revision=B, share=TOTAL, methods=())), generation=3)
            await client.ask("/pay", method="POST", **{"content-length": "0"})
            await until(lambda: "/pay" in candidate.seen)

    @in_loop
    async def test_copies_stop_with_the_route_that_names_none(self, opened):
        async with opened() as carrier:
            _, (candidate,) = await two(carrier)
            await route(carrier, split(0, mirror=Mirror(revision=B, share=TOTAL)), generation=2)
            await ask_many(carrier.address, 8)
            await until(lambda: len(candidate.seen) == 8)
            await route(carrier, split(0), generation=3)
            await ask_many(carrier.address, 50)
            assert len(candidate.seen) == 8
