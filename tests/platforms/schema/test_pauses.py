"""A backfill waits while somebody says so or users suffer, and goes on when all is calm: a release under load."""

import asyncio
import json
from pathlib import Path

from acceptance.stand import Stand, open_stand
from platforms.schema.test_in_a_release import APP, CHANGE, DIFFERENT, SHORT, STEP, filled
from postgres import database, postgres_server, rows, run  # noqa: F401 - fixtures
from shipway.demo.load import Load
from shipway.engine.state import ServiceState

FILE = f"change: {CHANGE}\nsteps:\n  - {STEP}\nhold: 0s\npause: SELECT max(why) FROM gate\n"
ENOUGH = 600
"""Requests after which the guard knows how it usually is."""


def test_a_backfill_waits_for_whoever_is_hurt_and_goes_on(database: str, tmp_path: Path) -> None:  # noqa: F811
    asyncio.run(_told(database, tmp_path))


async def _told(uri: str, folder: Path) -> None:
    filled(uri)
    run(uri, "CREATE TABLE gate (why text)", "INSERT INTO gate VALUES ('lunch')")
    trouble = folder / "trouble"
    async with open_stand(folder, **SHORT) as stand:
        stand.control()
        stand.command(APP, COLUMN="email", DATABASE_URL=uri, TROUBLE=str(trouble))
        await stand.ship_first("1.8.2")
        users = stand.users(rate=60.0, connections=6)
        await _answered(stand, users, ENOUGH)
        _new_version(stand, uri, trouble)
        await stand.submit("1.9.0", strategy="canary")
        await waits(stand, "`pause` answers lunch")
        written = rows(uri, "SELECT sum(rows_written) FROM shipway.backfills")
        trouble.touch()
        await waits(stand, "users suffer")
        run(uri, "DELETE FROM gate")
        await waits(stand, "100.0% of requests fail")
        assert rows(uri, "SELECT sum(rows_written) FROM shipway.backfills") == written
        assert [why for (why,) in rows(uri, "SELECT why FROM shipway.pauses")] != []
        trouble.unlink()
        assert (await stand.ended()).outcome == "finished"
        await users.stop()
    assert rows(uri, DIFFERENT) == [(0,)]
    assert rows(uri, "SELECT count(*) FROM shipway.pauses") == [(0,)]


def _new_version(stand: Stand, uri: str, trouble: Path) -> None:
    """It has half a minute to expand, and pauses do not count."""
    stand.command(APP, COLUMN="email_address", DATABASE_URL=uri, TROUBLE=str(trouble))
    (stand.folder / "database").write_text(uri)
    (stand.folder / "0007.yaml").write_text(FILE)
    change = {"file": "0007.yaml", "needs": "backfilled"}
    stand.wish["schema"] = {"database": "file:database", "within": "30s", "changes": {CHANGE: change}}


async def _answered(stand: Stand, users: Load, count: int) -> None:
    async def are_enough() -> bool:
        return sum(users.counts.answered.values()) >= count

    await stand.eventually(are_enough, "the guard knows how it usually is")


async def waits(stand: Stand, why: str) -> None:
    """The stage waits and says so, in what people are shown."""

    def is_said(_: ServiceState) -> bool:
        status = json.loads(stand.home.status(stand.service).read_bytes())
        shown = [one["waits"]["why"] for one in status.get("schema", ()) if one.get("waits")]
        said = status["run"] or {}
        return said.get("rule") == "backfill-paused" and why in said["reason"] and why in "".join(shown)

    await stand.until(is_said, f"it says that {why}")
