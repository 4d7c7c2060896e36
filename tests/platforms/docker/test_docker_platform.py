"""The platform contract over real containers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.platform import PlatformContract, ready, until
from platforms.docker.docker_stand import APP_IMAGE, DockerStand
from platforms.docker.engine import Engine
from shipway.errors import PortError

pytestmark = pytest.mark.real


class TestDockerPlatform(PlatformContract):
    @pytest.fixture
    def stand(self, engine: Engine, tmp_path: Path) -> Iterator[DockerStand]:  # type: ignore[override]
        stand = DockerStand(engine, tmp_path)
        yield stand
        stand.close()


class TestContainers:
    def test_of_the_same_name_that_are_not_ours_are_left_alone(self, stand: DockerStand) -> None:
        name = f"{stand.service}-1.0-7f3a91c2-g2-1"
        stranger = stand.engine.ask("create", "--name", name, APP_IMAGE, "true").stdout.strip()

        async def scenario() -> None:
            platform = stand.platform()
            await platform.scale(stand.revision("1.0"), 1, generation=2)
            fleet = await until(stand, platform, ready(1))
            assert fleet.replicas[0].id.endswith("-g2-2")

        try:
            stand.run(scenario())
            assert stand.engine.inspect(name)["State"]["Status"] == "created"
        finally:
            stand.engine.ask("rm", stranger)

    def test_of_a_name_that_was_taken_meanwhile_are_told(self, stand: DockerStand) -> None:
        async def scenario() -> None:
            platform, revision = stand.platform(), stand.revision("1.0")
            await platform.scale(revision, 1, generation=2)
            fleet = await until(stand, platform, ready(1))
            name = fleet.replicas[0].id
            stand.engine.ask("rm", "--force", name)
            stand.engine.ask("create", "--name", name, APP_IMAGE, "true")
            try:
                with pytest.raises(PortError, match=f"another container is called {name}"):
                    await platform.scale(revision, 1, generation=3)
            finally:
                stand.engine.ask("rm", name)

        stand.run(scenario())

    def test_that_nobody_has_a_record_of_are_ended(self, stand: DockerStand) -> None:
        """Made too late, by a controller that had lost its service."""

        async def scenario() -> None:
            platform, revision = stand.platform(), stand.revision("1.0")
            await platform.scale(revision, 2, generation=2)
            fleet = await until(stand, platform, ready(2))
            platform.records.forget(fleet.replicas[0].id)
            for _ in range(600):
                await platform.observe()
                if len(stand.engine.named(stand.service)) == 1:
                    return
                await stand.let_time_pass()
            raise AssertionError("it runs on")

        stand.run(scenario())

    def test_whose_own_check_fails_take_no_requests(self, stand: DockerStand) -> None:
        image = f"{APP_IMAGE}-unwell"
        made = stand.engine.ask("create", APP_IMAGE, "true").stdout.strip()
        check = "HEALTHCHECK --interval=300ms --retries=1 CMD echo no disk; exit 1"
        stand.engine.ask("commit", "--change", check, made, image)
        stand.engine.ask("rm", made)

        async def scenario() -> None:
            platform, revision = stand.platform(), stand.revision("1.0", image=image)
            await platform.scale(revision, 1, generation=2)
            says = "its HEALTHCHECK fails: no disk"
            fleet = await until(stand, platform, lambda fleet: fleet.replicas[0].detail == says)
            assert fleet.replicas[0].alive and not fleet.replicas[0].ready

        stand.run(scenario())

    def test_have_what_the_release_file_gives_them(self, stand: DockerStand) -> None:
        stand.engine.ask("network", "create", f"{stand.service}-db")
        revision = stand.revision(
            "1.0",
            networks=[f"{stand.service}-db"],
            limits={"memory": 64 * 2**20, "cpus": 0.5, "open_files": 256},
            labels={"team": "payments"},
            stop_signal="SIGQUIT",
        )

        async def scenario() -> None:
            platform = stand.platform()
            await platform.scale(revision, 1, generation=2)
            await until(stand, platform, ready(1))

        try:
            stand.run(scenario())
            found = stand.engine.inspect(stand.engine.named(stand.service)[0])
            host, config = found["HostConfig"], found["Config"]
            assert (host["Memory"], host["NanoCpus"]) == (64 * 2**20, 500_000_000)
            assert host["Ulimits"] == [{"Name": "nofile", "Hard": 256, "Soft": 256}]
            assert config["Labels"]["team"] == "payments" and config["StopSignal"] == "SIGQUIT"
            assert len(found["NetworkSettings"]["Networks"]) == 2
        finally:
            stand.engine.forget(f"shipway.home={stand.home}")
            stand.engine.ask("network", "rm", f"{stand.service}-db")

    def test_that_could_not_join_a_network_join_it_before_they_start(self, stand: DockerStand) -> None:
        name = f"{stand.service}-db"
        revision = stand.revision("1.0", networks=[name])

        async def scenario() -> None:
            platform = stand.platform()
            with pytest.raises(PortError, match=f"network {name} not found"):
                await platform.scale(revision, 1, generation=2)
            stand.engine.ask("network", "create", name)
            await platform.scale(revision, 1, generation=3)
            await until(stand, platform, ready(1))

        try:
            stand.run(scenario())
            found = stand.engine.inspect(stand.engine.named(stand.service)[0])
            assert name in found["NetworkSettings"]["Networks"]
        finally:
            stand.engine.forget(f"shipway.home={stand.home}")
            stand.engine.ask("network", "rm", name)
