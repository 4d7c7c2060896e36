"""Replicas that fetch jobs, as processes: ready and alive by a heartbeat."""

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.platform import Scenes, ready, until
from contract.process_stand import ProcessStand
from shipway.model.fleet import Fleet, Usage
from shipway.model.metric import Metric
from shipway.model.revision import Revision, RevisionId

pytestmark = pytest.mark.real

WORKER = """
import os, pathlib, signal, sys, time
behaviour, home = sys.argv[1], pathlib.Path(sys.argv[2])
told = []
signal.signal(signal.SIGTERM, lambda *_: (told.append(1), (home / "told").touch()))
print("listening on nothing", flush=True)
while not told:
    quiet = (home / "quiet").exists() and behaviour == "falls-silent"
    pathlib.Path(os.environ["SHIPWAY_JOBS"]).write_text("shipway_queue_age_seconds 7.5\\n")
    if behaviour != "never-beats" and not quiet:
        pathlib.Path(os.environ["SHIPWAY_HEARTBEAT"]).touch()
    time.sleep(0.05)
time.sleep(0.5)
(home / "finished").touch()
"""


AGE = Metric(name="queue", resource="queue-age", at_most=60.0)


def _age(fleet: Fleet, revision: RevisionId) -> float | None:
    return fleet.usage.get(revision, Usage()).queue_age_seconds


class WorkerStand(ProcessStand):
    """Revisions whose replicas beat in a file, or are told by a command."""

    def worker(self, behaviour: str, **heartbeat: object) -> Revision:
        script = self.work / "worker.py"
        script.write_text(WORKER)
        revision = self.revision("1.0")
        command = shlex.join([sys.executable, "-I", "-S", str(script), behaviour, str(self.work)])
        platform = {**revision.platform, "command": command, "heartbeat": {"within": 1.0, **heartbeat}}
        return Revision(id=revision.id, service=revision.service, version="1.0", platform=platform, health={})


class TestHeartbeats(Scenes):
    @pytest.fixture
    def stand(self, tmp_path: Path) -> Iterator[WorkerStand]:
        stand = WorkerStand(tmp_path)
        yield stand
        stand.close()

    def test_a_worker_that_beats_is_ready_and_ends_with_the_job_in_hand(self, stand: WorkerStand) -> None:
        revision = stand.worker("beats")

        async def scenario() -> None:
            platform = stand.platform()
            await platform.scale(revision, 1, generation=2)
            fleet = await until(stand, platform, ready(1))
            (replica,) = fleet.replicas
            await platform.drain(revision.id, [replica.id], generation=3)
            assert (await platform.observe()).replicas[0].ready, "it works until it is told to stop"
            await platform.stop(revision.id, [replica.id], generation=4)
            await until(stand, platform, lambda fleet: not fleet.replicas)
            assert (stand.work / "finished").exists()

        stand.run(scenario())

    def test_a_file_of_ones_own_is_told_to_the_worker(self, stand: WorkerStand) -> None:
        revision = stand.worker("beats", file="{replica}.beat")

        async def scenario() -> None:
            platform = stand.platform()
            await platform.scale(revision, 2, generation=2)
            fleet = await until(stand, platform, ready(2))
            await until(stand, platform, lambda fleet: _age(fleet, revision.id) == 7.5)
            found = await platform.resources.measure([AGE], [revision.id])
            assert found["queue"][revision.id].value == 7.5
            beats = {path.stem for path in stand.work.glob("*.beat")}
            assert beats == {replica.id for replica in fleet.replicas}

        stand.run(scenario())

    def test_without_a_beat_it_is_not_ready_and_says_which_file_is_missing(self, stand: WorkerStand) -> None:
        revision = stand.worker("never-beats")

        async def scenario() -> None:
            platform = stand.platform()
            await platform.scale(revision, 1, generation=2)
            fleet = await until(stand, platform, lambda fleet: "heartbeat" in fleet.replicas[0].detail)
            assert not fleet.replicas[0].ready and "is not there" in fleet.replicas[0].detail

        stand.run(scenario())

    def test_one_that_falls_silent_is_unready_and_then_started_again(self, stand: WorkerStand) -> None:
        revision = stand.worker("falls-silent")

        async def scenario() -> None:
            platform = stand.platform()
            await platform.scale(revision, 1, generation=2)
            await until(stand, platform, ready(1))
            (stand.work / "quiet").touch()
            fleet = await until(stand, platform, ready(0))
            assert "the last heartbeat was" in fleet.replicas[0].detail
            await until(stand, platform, lambda fleet: (stand.work / "told").exists())
            (stand.work / "quiet").unlink()
            fleet = await until(stand, platform, ready(1))
            assert fleet.replicas[0].restarts == 1

        stand.run(scenario())

    def test_a_command_may_say_it_instead(self, stand: WorkerStand) -> None:
        well = stand.work / "well"
        revision = stand.worker("never-beats", command=f"test -e {well}")

        async def scenario() -> None:
            platform = stand.platform()
            await platform.scale(revision, 1, generation=2)
            await until(stand, platform, lambda fleet: "ended with 1" in fleet.replicas[0].detail)
            well.touch()
            await until(stand, platform, ready(1))

        stand.run(scenario())
