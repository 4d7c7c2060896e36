"""Two flag servers over one PostgreSQL database: either may be asked, either may die."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contract.test_flag_stores import as_url
from shipway.flags import FeatureFlags
from tests.postgres import database, postgres_server
from tests.real.flag_stand import FlagServer

__all__ = ["database", "postgres_server"]
DEADLINE_SECONDS = 60.0


@pytest.fixture
def servers(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[FlagServer, FlagServer]]:
    """Each with a home of its own; the first has made the administrator, whose token both take."""
    monkeypatch.setenv("SHIPWAY_FLAGS_DATABASE", as_url(database))
    made = FlagServer(tmp_path / "one"), FlagServer(tmp_path / "two")
    for server in made:
        server.start()
    yield made
    for server in made:
        server.kill()


def test_a_change_on_one_server_reaches_the_readers_of_the_other(servers: tuple[FlagServer, FlagServer]) -> None:
    one, two = servers
    admin = one.admin
    assert not (two.home / "flags-token").exists() and not (two.home / "flags.db").exists()
    assert one.ask("PUT", "/flags/cart", {"enabled": False}, token=admin)[0] == 200
    token = one.token("shop", "server")
    until(lambda: two.ask("GET", "/flags/cart", token=admin)[0] == 200)
    flags = FeatureFlags(two.url, token=token, cache=None)
    assert not flags.is_enabled("cart", user_id=1)
    assert one.ask("PATCH", "/flags/cart", {"enabled": True}, token=admin)[0] == 200
    until(lambda: flags.is_enabled("cart", user_id=1))
    one.kill()
    assert two.ask("PATCH", "/flags/cart", {"kill": True}, token=admin)[0] == 200
    until(lambda: not flags.is_enabled("cart", user_id=1))
    trail = two.ask("GET", "/audit?name=cart", token=admin)[2]
    assert [line["revision"] for line in trail] == [3, 2, 1]
    flags.close()
    one.start()


def until(claim: Callable[[], bool]) -> None:
    """Wait for it; nothing is asserted about how long it takes."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not claim():
        assert time.monotonic() < deadline, "it does not become so"
        time.sleep(0.05)
