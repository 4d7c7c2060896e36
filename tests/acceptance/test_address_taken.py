"""Somebody takes the port after the deploy has looked: the release is held at once, and says who has it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from acceptance.asking import version_at
from acceptance.stand import HOST, Stand, on_a_stand
from shipway.engine.state import ServiceState
from shipway.model.command import Rollback


@contextmanager
def taken(port: int) -> Iterator[None]:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((HOST, port))
        other.listen()
        yield


def is_held(state: ServiceState) -> bool:
    return bool(state.run and state.run.hold and state.run.hold.rule == "blocked")


@on_a_stand()
async def test_it_is_held_with_who_has_the_port_and_goes_on_once_it_is_free(stand: Stand) -> None:
    with taken(stand.port):
        await stand.submit("1.8.2")
        state = await stand.until(is_held, "the release is held")
        assert state.run and state.run.hold
        for part in (f"port {stand.port} cannot be used", "listens there", "Stop that program"):
            assert part in state.run.hold.reason
    assert (await stand.ended()).outcome == "finished"
    assert await version_at(stand.port) == "1.8.2"


@on_a_stand()
async def test_it_can_be_taken_back_while_the_port_is_taken(stand: Stand) -> None:
    with taken(stand.port):
        await stand.submit("1.8.2")
        await stand.until(is_held, "the release is held")
        await stand.ask(Rollback())
        assert (await stand.ended()).outcome == "rolled-back"
