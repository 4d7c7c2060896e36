"""The figures of a period as people see them."""

import asyncio
import json
from pathlib import Path

import pytest

from shipway.adapters.stores.sqlite import open_store
from shipway.cli.render import delivery as render
from shipway.cli.render.paint import Paint, width
from shipway.cli.report import Of, report
from shipway.cli.shell.delivering import drawn
from shipway.errors import ShipwayError
from shipway.home import Home
from shipway.model import event
from shipway.reports.delivery import Delivery, Deployment, Exposure
from unit.cli import views
from unit.cli.golden import same

BEGIN = 1_700_000_000.0
DAY = 86_400.0


def _deployment(number: int) -> Deployment:
    at = BEGIN + 3 * DAY * number
    failed = number in (4, 9)
    return Deployment(
        run=number,
        version=f"1.{number}.0",
        began_at=at,
        reached_at=None if number == 4 else at + 4_000,
        failed=failed,
        restored_in=7.3 + number if failed else None,
        leads=() if number in (2, 4) else (9_000.0 + 3_000 * number, 200_000.0),
    )


FOUND = Delivery(
    service="checkout",
    since_at=BEGIN,
    until_at=BEGIN + 40 * DAY,
    is_cut=True,
    deployments=tuple(_deployment(number) for number in range(13)),
    exposure=Exposure(requests=1_203, errors=611, uncounted=1, full_minutes=0.4),
    extra_replica_hours=14.2,
    price=1.704,
)


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.localtime", __import__("time").gmtime)


def test_a_period_is_told_on_eighty_columns() -> None:
    lines = render.lines(FOUND, Paint(), Path("dora.svg"))
    same("report-dora", lines)
    assert [line for line in lines if width(line) > 80] == []


def test_another_picture_than_svg_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ShipwayError, match="no name of a picture of a period"):
        drawn(FOUND, tmp_path / "dora.png")


async def _released(home: Home) -> None:
    with open_store(home.store) as store:
        lease = await store.leases.acquire("checkout", "me", seconds=60.0)
        assert lease is not None
        events: list[event.Event] = [
            event.RunStarted(plan=views.CANARY, by="ana"),
            event.StageEntered(row=2, rule="proven"),
            event.WentBack(row=0, rule="critical", reason="errors"),
            event.Recovered(),
            event.RunEnded(outcome="rolled-back", reason="errors"),
            event.RunStarted(plan=views.CANARY, by="ana"),
            event.StageEntered(row=len(views.CANARY.stages) - 1, rule="proven"),
        ]
        await store.journal.append("checkout", events, length=0, token=lease.token)


def test_the_command_reads_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHIPWAY_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    Path(tmp_path / "home").mkdir(mode=0o700)
    asyncio.run(_released(Home(tmp_path / "home")))
    assert report(of=Of(dora=True), json=True, service="checkout", picture=tmp_path / "dora.svg") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["deployments"] == 1, "the one under way has all users"
    assert told["change_fail_rate"] == 0.5
    assert told["without_commits"] == ["1.9.0"]
    assert (tmp_path / "dora.svg").read_text().startswith("<svg")
    with pytest.raises(ShipwayError, match="no time to look back"):
        report(of=Of(dora=True, since="soon"), service="checkout")


def test_a_period_is_told_unless_a_release_is_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Home(tmp_path / "home")
    monkeypatch.setenv("SHIPWAY_HOME", str(home.path))
    monkeypatch.chdir(tmp_path)
    home.path.mkdir(mode=0o700)
    asyncio.run(_released(home))
    assert report(service="checkout") == 0, "one is under way, and nothing of it is recorded"
    assert "deployment frequency" in capsys.readouterr().out
    home.recordings("checkout").mkdir(parents=True)
    (home.recordings("checkout") / "1.9.0-aa-1.jsonl").write_text("")
    with pytest.raises(ShipwayError):  # it is this recording that is asked for
        report(service="checkout")
    assert report(of=Of(since="30d"), service="checkout") == 0 == report(of=Of(dora=True), service="checkout")
    with pytest.raises(ShipwayError, match="do not go together"):
        report(of=Of(since="30d", release="newest"), service="checkout")
