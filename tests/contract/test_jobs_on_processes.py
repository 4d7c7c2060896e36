"""The jobs contract over real processes, and what only they suffer: killed runners and supervisors, and crashes
between a file and the hand-over."""

import os
import shlex
import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from contract.jobs import FIRST, SECOND, JobsContract, ended, job, runs, until
from contract.process_stand import ProcessStand, works
from shipway.adapters.platforms.process.jobs import ProcessJobs
from shipway.adapters.supervisor import Process
from shipway.errors import PortError, StaleGeneration
from shipway.model.job import JobsSeen, Outcome
from shipway.model.revision import Revision, RevisionId
from shipway.model.schedule import Schedule

pytestmark = pytest.mark.real

JOB = """
import os, sys, time
with open(sys.argv[2], "a") as file:
    file.write(f"{os.environ['SHIPWAY_JOB']} {os.environ['SHIPWAY_VERSION']} {os.getpid()}\\n")
print("working for", os.environ["SHIPWAY_JOB_AT"], flush=True)
if sys.argv[1] == "badly":
    print("no such table", flush=True)
    sys.exit(3)
time.sleep(60.0 if sys.argv[1] == "hang" else 0.05)
"""


class JobsStand(ProcessStand):
    service = "report"
    limit = 1.5

    def jobs(self) -> ProcessJobs:
        return self.platform().jobs

    def revision(self, version: str, *, behaviour: str = "well", **options: object) -> Revision:  # type: ignore[override]
        script = self.work / "job.py"
        script.write_text(JOB)
        command = shlex.join([sys.executable, "-I", "-S", str(script), behaviour, str(self.work / "begun")])
        return Revision(
            id=RevisionId(f"{version}-7f3a91c2"),
            service=self.service,
            version=version,
            platform={"command": command, "directory": str(self.work), "stop_grace": 1.0, **options},
            schedule=Schedule(every=600.0, time_limit=self.limit, keep_ok=2, keep_failed=1),
        )

    def _marks(self) -> list[list[str]]:
        path = self.work / "begun"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    def begun(self, job: str) -> list[str]:
        return [version for name, version, _ in self._marks() if name == job]

    def command_of(self, job: str) -> int:
        """Its process."""
        return next(int(pid) for name, _, pid in self._marks() if name == job)


class TestProcessJobs(JobsContract):
    @pytest.fixture
    def stand(self, tmp_path: Path) -> Iterator[JobsStand]:
        stand = JobsStand(tmp_path)
        yield stand
        stand.close()


class Long(JobsStand):
    limit = 60.0


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Long]:
    stand = Long(tmp_path)
    yield stand
    stand.close()


def _last_words(seen: JobsSeen) -> str:
    found = job(seen)
    assert found is not None
    return found.detail


def half_started(jobs: ProcessJobs) -> ProcessJobs:
    """Of a controller that dies between writing what is to run and handing it over."""

    async def put(*_: object) -> None:
        raise PortError("the controller died here", why="a test")

    jobs.supervisor.put = put  # type: ignore[method-assign]
    return jobs


class TestWhatMachinesDo:
    def test_a_job_outlives_its_supervisor_and_its_end_is_seen(self, stand: Long) -> None:
        async def scenario() -> None:
            await stand.jobs().start(stand.revision("1.0", behaviour="hang"), FIRST, generation=1)
            await until(stand, stand.jobs(), lambda seen: runs(seen) and stand.begun(FIRST) != [])
            stand.kill_supervisor()
            for _ in range(20):
                assert runs(await stand.jobs().observe())
                await stand.let_time_pass()
            os.kill(stand.command_of(FIRST), signal.SIGKILL)
            found = job(await until(stand, stand.jobs(), ended(Outcome.FAILED)))
            assert found is not None and found.exit_code == -signal.SIGKILL
            assert stand.begun(FIRST) == ["1.0"]

        stand.run(scenario())

    def test_one_whose_runner_is_killed_is_interrupted_and_nothing_of_it_works_on(self, stand: Long) -> None:
        async def scenario() -> None:
            await stand.jobs().start(stand.revision("1.0", behaviour="hang"), FIRST, generation=1)
            await until(stand, stand.jobs(), lambda seen: runs(seen) and stand.begun(FIRST) != [])
            command = stand.command_of(FIRST)
            os.kill(psutil.Process(command).ppid(), signal.SIGKILL)
            await until(stand, stand.jobs(), ended(Outcome.INTERRUPTED))
            for _ in range(200):
                if not works(command):
                    break
                await stand.let_time_pass()
            assert not works(command)

        stand.run(scenario())

    def test_after_a_restart_of_the_machine_it_is_not_begun_again(self, stand: Long) -> None:
        async def scenario() -> None:
            await stand.jobs().start(stand.revision("1.0", behaviour="hang"), FIRST, generation=1)
            await until(stand, stand.jobs(), lambda seen: runs(seen) and stand.begun(FIRST) != [])
            runner = psutil.Process(stand.command_of(FIRST)).ppid()
            stand.kill_supervisor()
            os.kill(runner, signal.SIGKILL)
            await until(stand, stand.jobs(), ended(Outcome.INTERRUPTED))
            await stand.jobs().start(stand.revision("1.0"), SECOND, generation=2)
            await until(stand, stand.jobs(), ended(Outcome.OK, SECOND))
            assert stand.begun(FIRST) == ["1.0"]

        stand.run(scenario())


class TestLooks:
    def test_one_that_begins_between_the_looks_at_processes_and_at_files_is_not_called_interrupted(
        self, stand: Long
    ) -> None:
        async def scenario() -> None:
            jobs, revision = stand.jobs(), stand.revision("1.0", behaviour="hang")
            usual = jobs.supervisor.by_name

            async def late(*, is_needed: bool) -> Mapping[str, Process]:
                """What was seen of processes is old by the time that the files are read."""
                found = await usual(is_needed=is_needed)
                await stand.jobs().start(revision, FIRST, generation=2)
                await until(stand, stand.jobs(), runs)
                return found

            with pytest.raises(PortError):
                await half_started(stand.jobs()).start(revision, FIRST, generation=1)
            jobs.supervisor.by_name = late  # type: ignore[method-assign]
            found = job(await jobs.observe())
            assert found is not None and found.outcome is None and found.started_at is not None

        stand.run(scenario())


class TestCrashes:
    """The controller dies between writing what is to run and handing it over."""

    def test_its_successor_begins_the_job_once(self, stand: Long) -> None:
        async def scenario() -> None:
            revision = stand.revision("1.0")
            with pytest.raises(PortError):
                await half_started(stand.jobs()).start(revision, FIRST, generation=1)
            found = job(await stand.jobs().observe())
            assert found is not None and found.started_at is None
            await stand.jobs().start(revision, FIRST, generation=2)
            await until(stand, stand.jobs(), ended(Outcome.OK))
            assert stand.begun(FIRST) == ["1.0"]

        stand.run(scenario())

    def test_one_whose_runner_failed_before_the_claim_is_begun_when_it_is_asked_for_again(
        self, stand: Long
    ) -> None:
        async def scenario() -> None:
            jobs, revision = stand.jobs(), stand.revision("1.0")
            with pytest.raises(PortError):
                await half_started(stand.jobs()).start(revision, FIRST, generation=1)
            record = jobs.jobs.one(FIRST)
            assert record is not None
            jobs.jobs.directives(record).unlink()
            await stand.supervisor.put(jobs._program(record))
            while (await stand.supervisor.processes())[0].state != "EXITED":
                await stand.let_time_pass()
            await stand.jobs().start(revision, FIRST, generation=2)
            await until(stand, stand.jobs(), ended(Outcome.OK))
            assert stand.begun(FIRST) == ["1.0"]

        stand.run(scenario())

    def test_its_successor_may_move_the_job_to_the_former_version(self, stand: Long) -> None:
        async def scenario() -> None:
            jobs = stand.jobs()
            with pytest.raises(PortError):
                await half_started(jobs).start(stand.revision("2.0"), FIRST, generation=1)
            abandoned = jobs.jobs.one(FIRST)
            await stand.jobs().start(stand.revision("1.0"), FIRST, generation=2)
            assert abandoned is not None
            await stand.supervisor.put(jobs._program(abandoned))
            await until(stand, stand.jobs(), ended(Outcome.OK))
            await stand.jobs().start(stand.revision("1.0"), SECOND, generation=3)
            await until(stand, stand.jobs(), ended(Outcome.OK, SECOND))
            assert stand.begun(FIRST) == ["1.0"]

        stand.run(scenario())

    def test_its_successor_may_withdraw_the_job_and_think_better_of_it(self, stand: Long) -> None:
        async def scenario() -> None:
            revision = stand.revision("1.0")
            with pytest.raises(PortError):
                await half_started(stand.jobs()).start(revision, FIRST, generation=1)
            await stand.jobs().end(FIRST, running=False, generation=2)
            await until(stand, stand.jobs(), ended(Outcome.WITHDRAWN))
            assert stand.begun(FIRST) == []
            await stand.jobs().start(revision, FIRST, generation=3)
            await until(stand, stand.jobs(), ended(Outcome.OK))

        stand.run(scenario())


class TestWhatIsKept:
    def test_the_newest_jobs_stay_with_their_logs_and_a_forgotten_one_never_begins_again(
        self, stand: Long
    ) -> None:
        async def scenario() -> None:
            revision, names = stand.revision("1.0"), [f"20260301T02{minute:02}00Z" for minute in range(6)]
            for generation, name in enumerate(names, start=1):
                await stand.jobs().start(revision, name, generation=generation)
                await until(stand, stand.jobs(), ended(Outcome.OK, name))
            kept = {each.id for each in (await stand.jobs().observe()).jobs}
            logs = {path.stem.removeprefix("report-") for path in stand.home.glob("services/report/logs/*/*.log")}
            assert kept == logs and set(names[-3:]) <= kept and names[0] not in kept
            with pytest.raises(StaleGeneration):
                await stand.jobs().start(revision, names[0], generation=1)

        stand.run(scenario())

    def test_what_cannot_be_run_has_failed_and_says_why(self, stand: Long) -> None:
        async def scenario() -> None:
            revision = stand.revision("1.0", command="./nothing-there")
            await stand.jobs().start(revision, FIRST, generation=1)
            seen = await until(stand, stand.jobs(), ended(Outcome.FAILED))
            assert "No such file" in _last_words(seen)

        stand.run(scenario())
