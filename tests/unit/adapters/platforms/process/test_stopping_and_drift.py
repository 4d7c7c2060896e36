"""How replicas end, by us and by other hands."""

import asyncio
import sys

import pytest

from contract.platform import Scenes, ids, ready, until
from contract.process_stand import ProcessStand

pytestmark = pytest.mark.real


class TestStopping:
    def test_ends_a_stubborn_replica_after_its_grace_and_the_call_does_not_wait_for_it(
        self, stand: ProcessStand
    ) -> None:
        async def scenario() -> None:
            platform = stand.platform()
            revision = stand.revision("1.0", behaviour="stubborn", stop_grace=2)
            await platform.scale(revision, 1, generation=1)
            before = await until(stand, platform, ready(1))
            await platform.drain(revision.id, ids(before), generation=2)
            await platform.stop(revision.id, ids(before), generation=3)
            seen = (await platform.observe()).replicas[0]
            assert seen.alive and not seen.ready and seen.draining_since is not None and seen.detail == "stopping"
            await until(stand, platform, lambda f: not f.replicas)
            assert ids(before)[0] not in {p.name for p in await stand.supervisor.processes()}

        stand.run(scenario())

    def test_gives_the_port_back_to_be_taken_last(self, stand: ProcessStand) -> None:
        async def scenario() -> None:
            platform = stand.platform()
            revision = stand.revision("1.0", ports=[28_100, 28_199])
            await platform.scale(revision, 1, generation=1)
            before = await until(stand, platform, ready(1))
            await platform.drain(revision.id, ids(before), generation=2)
            await platform.stop(revision.id, ids(before), generation=3)
            await until(stand, platform, lambda f: not f.replicas)
            await platform.scale(revision, 1, generation=4)
            after = await until(stand, platform, ready(1))
            assert after.replicas[0].address != before.replicas[0].address

        stand.run(scenario())


class TestDrift:
    def test_is_told_when_other_hands_stop_a_replica_and_scaling_heals_it(self, stand: ProcessStand) -> None:
        async def scenario() -> None:
            platform, revision, before = await Scenes.started(stand, 2)
            await stand.supervisor.stop(ids(before)[0])
            fleet = await platform.observe()
            assert fleet.foreign == (f"{ids(before)[0]} was stopped in the supervisor by other hands.",)
            assert not fleet.replicas[0].alive and fleet.replicas[1].ready
            await platform.scale(revision, 2, generation=3)
            healed = await until(stand, platform, ready(2))
            assert healed.foreign == () and ids(healed) == ids(before)

        stand.run(scenario())

    def test_is_told_when_other_hands_remove_a_replica(self, stand: ProcessStand) -> None:
        async def scenario() -> None:
            platform, revision, before = await Scenes.started(stand, 1)
            configuration = str(stand.home / "supervisor" / "supervisord.conf")
            control = [sys.executable, "-m", "supervisor.supervisorctl", "-c", configuration]
            for command in ("stop", "remove"):
                done = await asyncio.create_subprocess_exec(*control, command, ids(before)[0])
                assert await done.wait() == 0
            fleet = await platform.observe()
            assert fleet.foreign == (f"{ids(before)[0]} was removed from the supervisor by other hands.",)
            await platform.scale(revision, 1, generation=3)
            assert ids(await until(stand, platform, ready(1))) == ids(before)

        stand.run(scenario())
