"""What a killed supervisor, and a machine that restarts, leave behind."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from contract import process_stand
from contract.platform import Scenes, ids, lasting, output, ready, until
from contract.process_stand import ProcessStand
from shipway.model.fleet import Preparation
from shipway.model.log import LogQuery

pytestmark = pytest.mark.real


class TestASupervisorThatWasKilled:
    def test_leaves_replicas_that_work_on_and_are_reported_as_stale(self, stand: ProcessStand) -> None:
        async def scenario() -> None:
            platform, _, before = await Scenes.started(stand, 2)
            stand.kill_supervisor()
            fleet = await until(stand, platform, lambda f: all(r.stale for r in f.replicas))
            assert [lasting(r) for r in fleet.replicas] == [lasting(r) for r in before.replicas]
            assert [r.ready_since for r in fleet.replicas] == [r.ready_since for r in before.replicas]
            its = await stand.platform().observe()
            assert all(r.ready and r.stale for r in its.replicas) and its.foreign == ()

        stand.run(scenario())

    def test_leaves_replicas_that_are_replaced_one_by_one(self, stand: ProcessStand) -> None:
        async def scenario() -> None:
            platform, revision, before = await Scenes.started(stand, 2)
            stand.kill_supervisor()
            await platform.scale(revision, 2, generation=3)
            fleet = await until(stand, platform, ready(4))
            assert {r.id for r in fleet.replicas if r.stale} == set(ids(before))
            await platform.drain(revision.id, ids(before), generation=4)
            await platform.stop(revision.id, ids(before), generation=5)
            fleet = await until(stand, platform, lambda f: len(f.replicas) == 2)
            assert all(r.ready and not r.stale for r in fleet.replicas)
            assert not {r.address for r in fleet.replicas} & {r.address for r in before.replicas}

        stand.run(scenario())

    def test_may_be_killed_again_and_again(self, stand: ProcessStand) -> None:
        async def scenario() -> None:
            platform, _, before = await Scenes.started(stand, 1)
            number = await stand.pid(ids(before)[0])
            for _ in range(3):
                stand.kill_supervisor()
                await platform.observe()
            fleet = await platform.observe()
            assert fleet.replicas[0].stale and fleet.replicas[0].ready
            assert process_stand.asked(fleet.replicas[0])["pid"] == number == await stand.pid(ids(before)[0])
            lines = await output(platform, LogQuery())
            assert len(lines) == 1, "another copy was started beside it"

        stand.run(scenario())

    def test_leaves_a_replica_that_comes_back_under_care_once_it_ends(self, stand: ProcessStand) -> None:
        async def scenario() -> None:
            platform, _, before = await Scenes.started(stand, 1)
            stand.kill_supervisor()
            await platform.observe()
            await stand.kill(before.replicas[0])
            fleet = await until(stand, platform, lambda f: f.replicas[0].restarts == 1 and ready(1)(f))
            assert not fleet.replicas[0].stale and fleet.replicas[0].address == before.replicas[0].address

        stand.run(scenario())

    def test_leaves_a_stubborn_replica_that_is_stopped_with_its_grace_period_all_the_same(
        self, stand: ProcessStand
    ) -> None:
        async def scenario() -> None:
            platform = stand.platform()
            revision = stand.revision("1.0", behaviour="stubborn", stop_grace=1)
            await platform.scale(revision, 1, generation=1)
            before = await until(stand, platform, ready(1))
            number = await stand.pid(ids(before)[0])
            stand.kill_supervisor()
            await platform.drain(revision.id, ids(before), generation=2)
            await platform.stop(revision.id, ids(before), generation=3)
            assert (await platform.observe()).replicas[0].alive
            await until(stand, platform, lambda f: not f.replicas)
            assert not process_stand.works(number)

        stand.run(scenario())

    def test_leaves_a_preparation_that_still_runs_once(self, stand: ProcessStand) -> None:
        async def scenario() -> None:
            platform, revision = stand.platform(), stand.revision("1.0", prepare="works")
            await platform.prepare(revision, generation=1)
            await until(stand, platform, lambda _: stand.prepared_times(revision) == 1)
            stand.kill_supervisor()
            await platform.prepare(revision, generation=2)
            await until(stand, platform, lambda f: f.prepared[revision.id] is Preparation.DONE)
            assert stand.prepared_times(revision) == 1

        stand.run(scenario())


class TestAMachineThatRestarts:
    def test_gets_its_replicas_back_at_the_same_ports_by_supervisord_alone(self, stand: ProcessStand) -> None:
        async def scenario() -> None:
            platform, _, before = await Scenes.started(stand, 2)
            everything = [p.pid for p in await stand.supervisor.processes() if p.pid]
            stand.kill_supervisor()
            for number in everything:
                os.kill(number, signal.SIGKILL)
            await stand.let_time_pass()
            configuration = stand.home / "supervisor" / "supervisord.conf"
            command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)]
            done = await asyncio.create_subprocess_exec(*command, env={"PATH": os.defpath}, stderr=subprocess.PIPE)
            assert await done.wait() == 0
            for replica in before.replicas:
                await process_stand.answers(stand, replica)
            fleet = await until(stand, platform, ready(2))
            assert [r.address for r in fleet.replicas] == [r.address for r in before.replicas]
            assert not any(r.stale for r in fleet.replicas)

        stand.run(scenario())

    def test_that_was_shut_down_stays_so_until_somebody_scales(self, stand: ProcessStand) -> None:
        async def scenario() -> None:
            platform, revision, before = await Scenes.started(stand, 1)
            await stand.supervisor.shutdown()
            fleet = await platform.observe()
            assert ids(fleet) == ids(before) and not fleet.replicas[0].alive and not fleet.replicas[0].ready
            assert not await stand.supervisor.is_running()
            await platform.scale(revision, 1, generation=3)
            assert ids(await until(stand, platform, ready(1))) == ids(before)

        stand.run(scenario())
