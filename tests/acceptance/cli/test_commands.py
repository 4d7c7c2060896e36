"""The commands as they are typed, over the real stack."""

import asyncio
import json
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from acceptance.cli.prompt import TIMEOUT_SECONDS, Prompt
from shipway.adapters.supervisor import Supervisor
from shipway.app import CONTROLLER
from shipway.cli.render.paint import width
from shipway.errors import Exit

pytestmark = pytest.mark.real
SLOW_CANARY = {"stages": ["20%", "60%", "100%"], "bake": "10m"}


@pytest.fixture
def prompt(tmp_path: Path) -> Iterator[Prompt]:
    made = Prompt(tmp_path, strategy="canary", canary=SLOW_CANARY, rollback={"window": "10m"})
    try:
        yield made
    finally:
        made.close()


def eventually(claim: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not claim():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.1)


def pid_of(prompt: Prompt, name: str) -> int | None:
    found = asyncio.run(Supervisor(prompt.home.path).processes())
    return next((process.pid for process in found if process.name == name), None)


def fine(prompt: Prompt, *words: str) -> str:
    """A command that must go well, in 80 columns."""
    found = prompt.type(*words)
    assert found.returncode == Exit.DONE, found.stdout + found.stderr
    if words[0] != "logs" and "--json" not in words:
        assert [line for line in found.stdout.splitlines() if width(line) > 80] == []
    assert "\x1b" not in found.stdout, "no terminal, no escapes"
    return found.stdout


def test_a_release_is_watched_steered_explained_and_taken_back(prompt: Prompt) -> None:
    assert "1.8.2 has all traffic" in fine(prompt, "deploy", "1.8.2")
    watching = prompt.start("deploy", "1.9.0")
    watching.until("stage 1, canary 20%: reached")
    watching.signal(signal.SIGINT)
    assert watching.end() == Exit.INTERRUPTED
    assert "the release goes on under its guard" in " ".join(watching.text.split())
    assert prompt.status("standing") == "releasing"

    for _ in range(2):
        assert "the guard stays armed" in fine(prompt, "pause")
        assert prompt.status("standing") == "paused"
    fine(prompt, "resume")
    assert "5 replicas" not in fine(prompt, "plan", "1.9.1")
    assert "shipway abort" in fine(prompt, "status", "checkout")
    assert "rule" in fine(prompt, "why")

    watching = prompt.start("watch")
    fine(prompt, "promote")
    watching.until("stage 2, canary 60%: reached")
    assert json.loads(fine(prompt, "back", "--json"))["recovered_at"]
    assert watching.end() == Exit.HELD, "it stays there until somebody says more"
    assert "20% of traffic on 1.9.0" in fine(prompt, "back", "--stage", "1"), "asked again, nothing more happens"
    assert "goes forward again" in fine(prompt, "promote")
    watching = prompt.start("watch")
    watching.until("→ stage 1, canary 20%")
    assert "is queued" in fine(prompt, "deploy", "1.9.1", "--queue", "--detach")
    assert prompt.status("queued") == 1
    fine(prompt, "pause")
    assert "0% of traffic on 1.9.0, 100% on 1.8.2" in " ".join(fine(prompt, "abort", "-m", "wrong totals").split())
    assert watching.end() == Exit.ROLLED_BACK
    assert "wrong totals" in watching.text

    history = fine(prompt, "history")
    assert "rolled back" in history and "wrong totals" in history and "traffic back" in history
    assert "checkout 1.9.0 at" in fine(prompt, "logs", "--revision", "1.9.0")
    lines = [json.loads(line) for line in fine(prompt, "logs", "--json", "--grep", "checkout 1.[89]").splitlines()]
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    assert {line["version"] for line in lines} >= {"1.8.2", "1.9.0"}, "those that are gone too"
    assert "printed nothing of the kind" in prompt.type("logs", "--since", "2030-01-01").stderr
    assert "100% on 1.8.2" in " ".join(fine(prompt, "abort").split()), "the queued one"
    eventually(lambda: prompt.status("standing") == "live", "the queued one is taken back too")
    assert prompt.type("promote").returncode == Exit.REFUSED


def test_a_service_is_scaled_taken_down_and_brought_back_by_its_number(prompt: Prompt) -> None:
    fine(prompt, "deploy", "1.8.2")
    assert "2 → 3 replicas" in fine(prompt, "scale", "3")
    assert "3 replicas already" in fine(prompt, "scale", "3")
    eventually(lambda: prompt.status("replicas") == 3, "three replicas are wanted")
    found = prompt.type("rollback")
    assert found.returncode == Exit.REFUSED and "no former version" in found.stderr
    assert "nothing to do" in fine(prompt, "rollback", "--to-revision", "1")
    fine(prompt, "down", "--yes")
    assert "is down already" in fine(prompt, "down", "--yes")
    assert prompt.status("standing") == "down"
    fine(prompt, "rollback", "--to-revision", "1")
    assert prompt.status("standing") == "live"


def test_a_rollback_needs_no_release_file(prompt: Prompt) -> None:
    fine(prompt, "deploy", "1.8.2")
    fine(prompt, "deploy", "1.9.0", "--strategy", "blue-green")
    assert prompt.status("standing") == "released"
    prompt.file.unlink()
    assert "100% on 1.8.2" in " ".join(fine(prompt, "rollback").split())
    eventually(lambda: prompt.status("standing") == "live", "1.8.2 is live")
    assert str(prompt.status("proven")).startswith("1.8.2-")


def test_a_foreground_deploy_that_is_left_hands_its_run_over(prompt: Prompt) -> None:
    prompt.wish["platform"]["process"]["env"] = {"CHECKOUT_START_SECONDS": "4"}  # type: ignore[index]
    prompt.write(json.dumps(prompt.wish))
    running = prompt.start("deploy", "1.8.2", "--foreground")
    running.until("release begins")
    running.signal(signal.SIGTERM)
    assert running.end() == Exit.INTERRUPTED, running.text
    assert pid_of(prompt, CONTROLLER) is not None
    eventually(lambda: prompt.status("standing") == "live", "the background controller finished the release")


def test_a_controller_whose_supervisor_was_killed_gets_a_new_one(prompt: Prompt) -> None:
    fine(prompt, "deploy", "1.8.2")
    supervisor, controller = (
        int(Supervisor(prompt.home.path).places.pid_file.read_text()),
        pid_of(prompt, CONTROLLER),
    )
    psutil.Process(supervisor).kill()

    def has_a_new_one() -> bool:
        places = Supervisor(prompt.home.path).places
        if not places.pid_file.exists() or int(places.pid_file.read_text() or 0) == supervisor:
            return False
        return pid_of(prompt, CONTROLLER) not in (None, controller)

    eventually(has_a_new_one, "a new supervisor runs a new controller")
    assert "stays" not in fine(prompt, "status")
    fine(prompt, "scale", "1")
