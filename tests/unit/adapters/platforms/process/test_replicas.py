"""What a replica runs with, and who cares for it."""

import asyncio

import msgspec
import pytest

from contract import process_stand
from contract.platform import Scenes, ids, ready, until
from contract.process_stand import ProcessStand
from shipway.model.log import LogQuery

pytestmark = pytest.mark.real


class TestReplicas:
    def test_get_exactly_the_environment_of_their_revision(
        self, stand: ProcessStand, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SECRET_OF_THE_SHELL", "1")
        values = {"A": "two\nlines ; %(x)s 'q' \"d\" $HOME", "URL": "http://127.0.0.1:{port}/", "EMPTY": ""}

        async def scenario() -> None:
            platform = stand.platform()
            await platform.scale(stand.revision("1.0+local", env=values), 1, generation=1)
            replica = (await until(stand, platform, ready(1))).replicas[0]
            said = process_stand.asked(replica)
            port = replica.address.split(":")[1]
            assert said["env"]["A"] == values["A"] and said["env"]["EMPTY"] == ""
            assert said["env"]["URL"] == f"http://{replica.address}/" and said["env"]["PORT"] == port
            assert said["env"]["SHIPWAY_VERSION"] == "1.0+local" and said["env"]["SHIPWAY_REPLICA"] == replica.id
            assert "SECRET_OF_THE_SHELL" not in said["env"] and "SUPERVISOR_ENABLED" not in said["env"]
            assert said["cwd"] == str(stand.work)

        stand.run(scenario())

    def test_whose_workers_outlive_them_get_their_port_back(self, stand: ProcessStand) -> None:
        async def scenario() -> None:
            platform = stand.platform()
            await platform.scale(stand.revision("1.0", behaviour="forks"), 1, generation=1)
            before = (await until(stand, platform, ready(1))).replicas[0]
            worker = process_stand.asked(before)["pid"]
            assert worker != await stand.pid(before.id)
            await stand.kill(before)
            await until(stand, platform, lambda f: f.replicas[0].restarts == 1 and ready(1)(f))
            assert process_stand.asked(before)["pid"] != worker and not process_stand.works(worker)

        stand.run(scenario())

    def test_that_are_stopped_after_their_main_process_died_leave_no_worker(self, stand: ProcessStand) -> None:
        async def scenario() -> None:
            platform, revision = stand.platform(), stand.revision("1.0", behaviour="forks")
            await platform.scale(revision, 1, generation=1)
            before = (await until(stand, platform, ready(1))).replicas[0]
            worker = process_stand.asked(before)["pid"]
            await stand.kill(before)
            await platform.drain(revision.id, [before.id], generation=2)
            await platform.stop(revision.id, [before.id], generation=3)
            await until(stand, platform, lambda fleet: not fleet.replicas)
            assert not process_stand.works(worker)

        stand.run(scenario())

    def test_are_not_ready_before_their_initial_delay(self, stand: ProcessStand) -> None:
        async def scenario() -> None:
            revision = stand.revision("1.0")
            late = {"ready": {"path": "/health/ready", "initial_delay": 3600.0}}
            revision = msgspec.structs.replace(revision, health=late)
            platform = stand.platform()
            await platform.scale(revision, 1, generation=1)
            await process_stand.answers(stand, (await platform.observe()).replicas[0])
            for look in (await platform.observe(), await stand.platform().observe()):
                assert look.replicas[0].alive and not look.replicas[0].ready

        stand.run(scenario())

    def test_are_asked_at_the_first_look_where_nobody_noted_that_they_are_ready(self, stand: ProcessStand) -> None:
        async def scenario() -> None:
            _, _, before = await Scenes.started(stand, 2)
            for note in (stand.home / "services" / stand.service / "ready").iterdir():
                note.unlink()
            fleet = await stand.platform().observe()
            assert [r.ready_since for r in fleet.replicas] == [r.started_at for r in before.replicas]

        stand.run(scenario())

    def test_that_are_ready_no_more_are_so_for_the_next_observer_too(self, stand: ProcessStand) -> None:
        sick = stand.work / "sick"

        async def scenario() -> None:
            platform, revision = stand.platform(), stand.revision("1.0", env={"SICK": str(sick)})
            health = {**revision.health, "alive": {"path": "/env"}}
            await platform.scale(msgspec.structs.replace(revision, health=health), 1, generation=1)
            fleet = await until(stand, platform, ready(1))
            assert fleet.replicas[0].sick_since is None
            sick.touch()
            fleet = await until(stand, platform, ready(0))
            since = fleet.replicas[0].sick_since
            assert since is not None and fleet.replicas[0].alive
            assert (await stand.platform().observe()).replicas[0].sick_since == since
            sick.unlink()
            fleet = await until(stand, platform, ready(1))
            assert fleet.replicas[0].sick_since is None and fleet.replicas[0].restarts == 0

        stand.run(scenario())

    def test_that_do_not_live_are_restarted_without_a_controller(self, stand: ProcessStand) -> None:
        sick = stand.work / "sick"

        async def scenario() -> None:
            platform = stand.platform()
            await platform.scale(stand.revision("1.0", env={"SICK": str(sick)}), 1, generation=1)
            before = (await until(stand, platform, ready(1))).replicas[0]
            first = await stand.pid(before.id)
            sick.touch()
            for _ in range(600):
                found = {p.name: p for p in await stand.supervisor.processes()}[before.id]
                if found.pid not in (None, first):
                    break
                await stand.let_time_pass()
            sick.unlink()
            fleet = await until(stand, platform, ready(1))
            assert fleet.replicas[0].restarts >= 1 and fleet.foreign == ()

        stand.run(scenario())

    def test_of_services_that_start_at_once_never_share_a_port(self, stand: ProcessStand) -> None:
        async def scenario() -> None:
            platforms = [stand.platform(service=name) for name in ("alpha", "beta", "gamma")]
            revision = stand.revision("1.0", ports=[28_200, 28_299])
            await asyncio.gather(
                *(
                    platform.scale(
                        msgspec.structs.replace(revision, service=platform.records.service), 2, generation=1
                    )
                    for platform in platforms
                )
            )
            fleets = [await until(stand, platform, ready(2)) for platform in platforms]
            assert len({r.address for fleet in fleets for r in fleet.replicas}) == 6

        stand.run(scenario())


class TestOutput:
    def test_is_followed_as_it_comes_also_of_replicas_that_come_later(self, stand: ProcessStand) -> None:
        async def scenario() -> None:
            platform, revision, before = await Scenes.started(stand, 1)
            batches = platform.logs(LogQuery(tail=10, follow=True))
            (line,) = await anext(batches)
            assert line.replica == ids(before)[0] and line.revision == revision.id
            assert line.text == f"listening on {before.replicas[0].address.split(':')[1]}"
            started = before.replicas[0].started_at
            assert started <= line.at <= (before.replicas[0].ready_since or 0.0)
            await platform.scale(revision, 2, generation=3)
            async with asyncio.timeout(20):
                (line,) = await anext(batches)
            assert line.replica.endswith("-g3-1") and "listening on" in line.text
            await batches.aclose()  # type: ignore[attr-defined]

        stand.run(scenario())
