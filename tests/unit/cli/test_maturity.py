"""`shipway maturity` as people see it."""

import asyncio
import json
from pathlib import Path

import pytest

from shipway.cli.maturity import maturity
from shipway.cli.render import maturity as render
from shipway.cli.render.paint import Paint, width
from shipway.errors import ShipwayError
from shipway.home import Home
from shipway.reports.maturity import Seen, claims, judged
from unit.cli.golden import same
from unit.cli.test_delivery import _released

MISSING = {"pipeline": "no step of a pipeline here deploys", "segments": "nobody was chosen"}


def test_the_ladder_fits_on_eighty_columns() -> None:
    seen = {
        one.name: Seen(one.name not in MISSING, MISSING.get(one.name, f"1.9.0 (canary, 2026-05-09), {one.name}"))
        for one in claims()
    }
    lines = render.lines(judged("checkout", seen), Paint())
    same("maturity", lines)
    assert [line for line in lines if width(line) > 80] == []


def test_the_command_reads_the_home_and_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHIPWAY_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "home").mkdir(mode=0o700)
    (tmp_path / ".gitlab-ci.yml").write_text("deploy: {script: [shipway deploy 1]}\n")
    asyncio.run(_released(Home(tmp_path / "home")))
    badge, page = tmp_path / "badge.svg", tmp_path / "page.html"
    assert maturity(json=True, service="checkout", badge=badge, page=page) == 0
    told = json.loads(capsys.readouterr().out)
    seen = {one["name"]: one for one in told["claims"]}
    assert told["level"] == 1
    assert seen["pipeline"]["is_seen"] and seen["automatic-back"]["is_seen"] and not seen["script"]["is_seen"]
    assert "level 1" in badge.read_text() and "checkout" in page.read_text()


@pytest.mark.parametrize("file", ["", "service: checkout\n"])
def test_a_repository_that_never_shipped_anything_is_judged_by_its_pipelines(
    tmp_path: Path, file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checkout = tmp_path / "shop"
    checkout.mkdir()
    if file:
        (checkout / "shipway.yaml").write_text(file)
    (checkout / ".gitlab-ci.yml").write_text("deploy: {script: [kubectl apply -f k8s]}\n")
    monkeypatch.setenv("SHIPWAY_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(checkout)
    assert maturity(json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["service"] == ("checkout" if file else "shop")
    assert {one["name"] for one in told["claims"] if one["is_seen"]} == {"pipeline"}


def test_a_service_that_is_named_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIPWAY_HOME", str(tmp_path / "home"))
    with pytest.raises(ShipwayError, match="There is no service `other`"):
        maturity(service="other")
