"""Flags of a real flag server, through the contract of every flag service."""

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.flag_service import FLAG, HALF, OTHER, FlagServiceContract, expose, seen
from shipway.adapters.clock import WallClock
from shipway.adapters.context import Context
from shipway.adapters.flag_services.server import FlagServer as Adapter
from shipway.adapters.flag_services.server import build
from shipway.errors import PortError
from shipway.model.share import NONE, TOTAL
from tests.real.flag_stand import FlagServer

NAMES = (f"environment-{number}" for number in itertools.count())


class Place:
    """An environment of its own on the server that all tests share."""

    def __init__(self, server: FlagServer, folder: Path) -> None:
        self.server, self.folder, self.environment = server, folder, next(NAMES)
        self.rule(needs_approval=False)
        for flag in (FLAG, OTHER):
            self._ask("PUT", f"/flags/{flag}", {"enabled": False, "owner": "payments"})
        (folder / "token").write_text(server.admin)
        self.service = self.again()

    def again(self) -> Adapter:
        context = Context(service="checkout", home=self.folder / "home", clock=WallClock(), health={})
        options = {"url": self.server.url, "token": str(self.folder / "token"), "environment": self.environment}
        return build({**options, "flags": [FLAG, OTHER]}, context)

    def kill(self, flag: str) -> None:
        self._ask("PATCH", f"/flags/{flag}", {"kill": True})

    def set(self, flag: str, percentage: float) -> None:
        self._ask("PATCH", f"/flags/{flag}", {"enabled": True, "rollout": {"percentage": percentage}})

    def rule(self, *, needs_approval: bool) -> None:
        body = {"name": self.environment, "needs_approval": needs_approval}
        status, _, said = self.server.ask("POST", "/environments", body)
        assert status < 300, said

    def approve_all(self) -> None:
        """By somebody else."""
        other = self.server.token("second", "admin", None)
        for proposal in self._ask("GET", "/proposals"):
            if proposal["state"] == "open":
                self._ask("POST", f"/proposals/{proposal['id']}/approve", token=other)

    def _ask(self, method: str, path: str, body: object = None, token: str | None = None) -> Any:
        at = f"{path}?environment={self.environment}"
        status, _, said = self.server.ask(method, at, body, token=token)
        assert status < 300, said
        return said


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlagServer]:
    server = FlagServer(tmp_path_factory.mktemp("flags"))
    server.start()
    yield server
    server.kill()


class TestFlagsOfAServer(FlagServiceContract):
    @pytest.fixture
    def flags(self, server: FlagServer, tmp_path: Path) -> Iterator[Place]:
        yield Place(server, tmp_path)

    def test_who_changed_a_flag_after_a_ramp_is_told_with_the_reason(self, flags: Place) -> None:
        expose(flags.service, HALF, 1)
        assert asyncio.run(flags.service.observe()).by == {}
        flags.kill(FLAG)
        assert asyncio.run(flags.service.observe()).by[FLAG].startswith("killed by ")

    def test_more_users_wait_for_a_second_person_and_fewer_do_not(self, flags: Place) -> None:
        expose(flags.service, HALF, 1)
        flags.rule(needs_approval=True)
        with pytest.raises(PortError, match="second person"):
            expose(flags.service, TOTAL, 2)
        assert seen(flags.service) == (HALF, 0), "the newest wish is not in force"
        flags.approve_all()
        assert seen(flags.service) == (TOTAL, 2)
        expose(flags.service, NONE, 3)
        assert seen(flags.service) == (NONE, 3)

    def test_a_server_that_is_away_says_so(self, flags: Place) -> None:
        flags.server.kill()
        try:
            with pytest.raises(PortError, match="does not answer"):
                asyncio.run(flags.service.observe())
            with pytest.raises(PortError, match="does not answer"):
                expose(flags.service, NONE, 5)
        finally:
            flags.server.start()
        assert seen(flags.service)[0] == NONE
