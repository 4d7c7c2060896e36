"""`strategy: auto` from the command line: the change since the live version, the file's facts, the gates."""

import asyncio
import json
from pathlib import Path

import pytest

from shipway.adapters.stores.sqlite import open_store
from shipway.app import Shipway
from shipway.cli import main
from shipway.cli.render.paint import width
from shipway.cli.shell.checklist.subject import subject
from shipway.cli.shell.checklist.way_back import way_back
from shipway.cli.shell.choosing import NoBase, resolved
from shipway.errors import Exit
from shipway.home import VARIABLE, Home
from shipway.model import event
from shipway.model.plan import Need
from shipway.simulation.rehearse import Rehearsal, rehearse
from shipway.spec.load import load
from shipway.spec.problems import InputErrors
from shipway.wishing import wished
from unit.adapters.git.repository import Repository
from unit.cli.golden import same

RELEASE = """service: shop
platform: {process: {command: "python -m http.server {port}", replicas: 4}}
strategy: auto
traffic: {envoy: {listen: 18999}}
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "home"))
    made = Repository(tmp_path / "shop")
    monkeypatch.chdir(made.path)
    made.commit("begin", {"src/cart.py": "x = 1\n", "shipway.yaml": RELEASE})
    made.git("tag", "v1.0")
    return made


def facts(repository: Repository, lines: str) -> None:
    repository.write("shipway.yaml", f"{RELEASE}auto:\n{lines}")


async def release(home: Home, version: str) -> None:
    """As if this version had been shipped to its end."""
    loaded = load(Path("shipway.yaml"))
    loaded, _ = resolved(home, loaded, version, strategy="rolling")
    with Shipway(home) as shipway:
        revision, wish = wished(home, loaded, version, strategy="rolling")
        plan = await shipway.planned(wish, revision)
        await shipway.keep(revision, wish)
    with open_store(home.store) as store:
        lease = await store.leases.acquire("shop", "me", seconds=60.0)
        assert lease is not None
        events: list[event.Event] = [
            event.RunStarted(plan=plan, by="ana"),
            event.StageEntered(row=len(plan.stages) - 1, rule="proven"),
            event.Proven(revision=revision.id),
            event.RunEnded(outcome="finished", reason=""),
        ]
        await store.journal.append("shop", events, length=0, token=lease.token)


@pytest.fixture
def live(repository: Repository, tmp_path: Path) -> Repository:
    home = Home(tmp_path / "home")
    home.path.mkdir(mode=0o700)
    asyncio.run(release(home, "1.0"))
    return repository


def planned(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    capsys.readouterr()
    assert main(["plan", "1.1", "--json", *words]) == Exit.DONE
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def test_a_first_deployment_is_rolling_and_needs_no_git(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    found = planned(capsys)
    assert (found["strategy"], found["auto"]["by"]) == ("rolling", "first deployment")  # type: ignore[index]


def test_payments_are_blue_green_and_a_person_agrees(live: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    facts(live, "  users: 20000\n")
    live.commit("charge", {"src/payments/charge.py": "y = 1\n" * 600})
    found = planned(capsys)
    assert (found["strategy"], found["auto"]["needs"]) == ("blue-green", ["approval"])  # type: ignore[index]
    assert [row["stage"] for row in found["stages"]][:3] == ["now", "approval", "green"]  # type: ignore[attr-defined]
    assert main(["plan", "1.1"]) == Exit.DONE
    lines = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("Guard")]
    same(
        "plan-auto",
        lines[: lines.index(next(line for line in lines if line.startswith("! ")))]
        if any(line.startswith("! ") for line in lines)
        else lines,
    )
    assert [line for line in lines if width(line) > 80] == []


def test_the_file_names_who_agrees_and_the_rest_is_asked(live: Repository, tmp_path: Path) -> None:
    facts(live, "  gates: {on_call: ./on-call, off_peak: {url: 'http://x/peak', timeout: 1m}}\n")
    live.commit("network", {"terraform/network.tf": "a = 1\n"})
    loaded, found = resolved(Home(tmp_path / "home"), load(Path("shipway.yaml")), "1.1", strategy=None)
    assert found is not None
    assert loaded.approval is not None
    assert found.choice.needs == ("approval", "on-call", "off-peak", "team")
    assert loaded.approval.gates == (
        Need(kind="command", target="./on-call", timeout=300.0),
        Need(kind="http", target="http://x/peak", timeout=60.0),
    )
    assert loaded.approval.asks == "critical risk: touches core infrastructure; agree when the full team is told"


def test_off_peak_may_be_hours_of_the_week(live: Repository, tmp_path: Path) -> None:
    facts(live, "  gates: {off_peak: {hours: 22:00-06:00  Europe/Berlin mon-fri}}\n")
    live.commit("network", {"terraform/network.tf": "a = 1\n"})
    loaded, _ = resolved(Home(tmp_path / "home"), load(Path("shipway.yaml")), "1.1", strategy=None)
    assert loaded.approval is not None and loaded.approval.gates == ()
    assert loaded.approval.hours == Need(kind="hours", target="22:00-06:00 Europe/Berlin mon-fri")
    assert "off-peak" not in loaded.approval.asks


@pytest.mark.parametrize("written", ["{hours: tonight}", "{hours: 22:00-06:00, timeout: 1m}"])
def test_hours_that_are_none_are_refused_where_they_stand(live: Repository, written: str) -> None:
    facts(live, f"  gates: {{off_peak: {written}}}\n")
    with pytest.raises(InputErrors) as caught:
        load(Path("shipway.yaml"))
    assert "auto.gates.off_peak" in caught.value.errors[0].what


def test_where_all_gates_are_named_nobody_is_asked(live: Repository, tmp_path: Path) -> None:
    facts(live, "  gates: {approval: ./approved}\n")
    live.commit("sign in", {"src/auth/token.py": "a = 1\n"})
    loaded, _ = resolved(Home(tmp_path / "home"), load(Path("shipway.yaml")), "1.1", strategy=None)
    assert loaded.approval is not None
    assert (loaded.approval.asks, len(loaded.approval.gates)) == ("", 1)


def test_a_strategy_of_the_command_line_wins_and_the_gates_stay(
    live: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    live.commit("charge", {"src/payments/charge.py": "y = 1\n"})
    found = planned(capsys, "--strategy", "canary")
    assert (found["strategy"], found["auto"]["strategy"]) == ("canary", "blue-green")  # type: ignore[index]
    assert [row["stage"] for row in found["stages"]][1] == "approval"  # type: ignore[attr-defined]


def test_auto_may_be_asked_for_on_the_command_line(live: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    live.commit("small", {"src/cart.py": "x = 2\n"})
    live.write("shipway.yaml", RELEASE.replace("auto", "canary"))
    assert planned(capsys)["strategy"] == "canary"
    found = planned(capsys, "--strategy", "auto")
    assert (found["strategy"], found["auto"]["by"]) == ("rolling", "level")  # type: ignore[index]


def test_the_commit_of_the_version_is_the_end_of_the_change(
    live: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    live.commit("small", {"src/cart.py": "x = 2\n"})
    live.git("tag", "1.1")
    live.commit("charge", {"src/payments/charge.py": "y = 1\n"})
    assert planned(capsys)["auto"]["range"] == "v1.0..1.1"  # type: ignore[index]
    assert planned(capsys)["strategy"] == "rolling"


def test_a_live_version_without_a_tag_is_refused_and_a_base_helps(
    live: Repository, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    live.commit("small", {"src/cart.py": "x = 2\n"})
    live.git("tag", "-d", "v1.0")
    with pytest.raises(NoBase) as raised:
        resolved(Home(tmp_path / "home"), load(Path("shipway.yaml")), "1.1", strategy=None)
    assert all((raised.value.what, raised.value.where, raised.value.why, raised.value.fix))
    assert main(["check", "1.1", "--no-start", "--json"]) == Exit.REFUSED
    assert "No tag says it" in capsys.readouterr().out
    facts(live, "  base: HEAD~1\n")
    assert planned(capsys)["strategy"] == "rolling"


def test_check_says_what_is_chosen(live: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    live.commit("charge", {"src/payments/charge.py": "y = 1\n"})
    main(["check", "1.1", "--no-start", "--json"])
    found = {one["name"]: one["said"] for one in json.loads(capsys.readouterr().out)}
    assert found["auto"] == "high risk, blue-green by risk"


def test_a_rehearsal_plays_what_would_be_shipped(live: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    live.commit("charge", {"src/payments/charge.py": "y = 1\n"})
    assert main(["rehearse", "1.1", "--fault", "crash-loop", "--json"]) == Exit.DONE
    assert "approval" not in capsys.readouterr().out


def test_a_checklist_is_about_what_would_be_shipped_and_rehearses_it_without_the_approval(
    live: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.commit("charge", {"src/payments/charge.py": "y = 1\n"})
    home, loaded = Home(tmp_path / "home"), load(Path("shipway.yaml"))
    found = subject(home, loaded, "1.1", starts=True)
    assert (found.made.plan.strategy, found.made.release.approval) == ("blue-green", None)
    played: list[str] = []

    def noted(*words: object, **given: object) -> Rehearsal:
        ended = rehearse(*words, **given)  # type: ignore[arg-type]
        played.append(ended.outcome)
        return ended

    monkeypatch.setattr(f"{way_back.__module__}.rehearse", noted)
    assert way_back(found).is_so
    assert played == ["rolled-back", "rolled-back"]
    shipped, _ = wished(home, resolved(home, loaded, "1.1", strategy=None)[0], "1.1", strategy=None)
    assert found.made.revision.id == shipped.id


def test_the_release_that_is_kept_waits_for_the_same_people(live: Repository, tmp_path: Path) -> None:
    live.commit("charge", {"src/payments/charge.py": "y = 1\n"})
    home = Home(tmp_path / "home")
    loaded, _ = resolved(home, load(Path("shipway.yaml")), "1.1", strategy=None)
    _, wish = wished(home, loaded, "1.1", strategy=None)
    assert (wish.strategy, wish.approval) == ("blue-green", loaded.approval)
