"""The platform contract over a real Swarm."""

import json
import os
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contract.platform import PlatformContract, Stand, draining, ids, ready, until
from platforms.docker.docker_stand import APP_IMAGE
from platforms.docker.engine import Engine
from platforms.swarm.swarm_stand import SwarmStand, services
from shipway.adapters.platforms.swarm.patterns import Asked
from shipway.adapters.platforms.swarm.platform import SwarmPlatform
from shipway.adapters.platforms.swarm.resolving import resolved
from shipway.adapters.platforms.swarm.services import Services
from shipway.errors import StaleGeneration
from shipway.model.fleet import Fleet, Replica

pytestmark = pytest.mark.real


class TestSwarmPlatform(PlatformContract):
    @pytest.fixture
    def stand(self, swarm: Engine, tmp_path: Path) -> Iterator[SwarmStand]:  # type: ignore[override]
        stand = SwarmStand(swarm, tmp_path)
        yield stand
        stand.close()


class NativeStand(SwarmStand):
    """One whose service has all replicas, and is updated by the Swarm."""

    options: Mapping[str, object] = {"update": {"monitor": 1.0}}

    async def kill(self, replica: Replica) -> None:
        digits = replica.id.rpartition("-")[2]
        listed = self.engine.ask("service", "ps", "--quiet", "--no-trunc", self.service).stdout.split()
        [task] = [one for one in listed if one.startswith(digits)]
        found = json.loads(self.engine.ask("inspect", task).stdout)[0]
        os.kill(found["Status"]["ContainerStatus"]["PID"], signal.SIGKILL)


class TestSwarmsOwnUpdate(PlatformContract):
    """A Swarm cannot be told which task to end, and one that is made anew is another one: what the contract says
    of that is replaced here by what holds."""

    @pytest.fixture
    def stand(self, swarm: Engine, tmp_path: Path) -> Iterator[NativeStand]:  # type: ignore[override]
        stand = NativeStand(swarm, tmp_path)
        yield stand
        stand.close()

    def test_a_stopped_replica_leaves_the_fleet_and_the_others_stay(self, stand: Stand) -> None:
        """As many leave; those that stay take requests again."""

        async def scenario() -> None:
            platform, revision, before = await self.started(stand, 3)
            named = ids(before)[:2]
            await platform.drain(revision.id, named, generation=3)
            await platform.stop(revision.id, named, generation=4)
            fleet = await until(stand, platform, lambda fleet: len(fleet.replicas) == 1)
            assert set(ids(fleet)) < set(ids(before)) and draining(fleet) <= set(ids(before)[2:])
            await platform.scale(revision, 1, generation=5)
            assert draining(await platform.observe()) == set()

        stand.run(scenario())

    def test_a_killed_replica_comes_back_at_the_same_address_and_is_counted(self, stand: Stand) -> None:
        """Another one comes in its place, and the loss is counted there."""

        async def scenario() -> None:
            platform, _, before = await self.started(stand, 2)
            victim = before.replicas[0]
            await stand.kill(victim)
            fleet = await until(stand, platform, lambda f: victim.id not in ids(f) and ready(2)(f))
            assert sum(replica.restarts for replica in fleet.replicas) == 1

        stand.run(scenario())

    def test_a_crash_loop_is_visible(self, stand: Stand) -> None:
        async def scenario() -> None:
            platform, revision = stand.platform(), stand.revision("1.0", behaviour="exits")
            await platform.prepare(revision, generation=1)
            await platform.scale(revision, 1, generation=2)
            await until(stand, platform, lambda f: any(one.restarts >= 2 and not one.ready for one in f.replicas))

        stand.run(scenario())

    def test_each_revision_has_a_fence_of_its_own(self, stand: Stand) -> None:
        """All of them have one, in the Swarm: their tasks are the same service's."""

        async def scenario() -> None:
            platform, revision, _ = await self.started(stand, 1)
            await platform.scale(revision, 2, generation=10)
            other = stand.revision("2.0")
            await platform.prepare(other, generation=3)
            with pytest.raises(StaleGeneration):
                await platform.scale(other, 1, generation=4)
            await platform.scale(other, 1, generation=11)

            def has_both(fleet: Fleet) -> bool:
                return ready(2)(fleet) and {one.revision for one in fleet.replicas} == {revision.id, other.id}

            await until(stand, platform, has_both)

        stand.run(scenario())

    def test_what_was_asked_for_and_not_done_is_nobody_elses_change(self, stand: SwarmStand) -> None:
        """A controller that dies between what it writes down and the Swarm's answer."""

        async def scenario() -> None:
            platform, revision, _ = await self.started(stand, 2)
            assert isinstance(platform, SwarmPlatform)
            last = platform.tasks.patterns.asked()
            assert last is not None
            more = {**last.spec, "Mode": {"Replicated": {"Replicas": 3}}}
            platform.tasks.patterns.keep_asked(Asked(more, last.spec, 3))
            assert (await platform.observe()).foreign == ()
            await platform.scale(revision, 3, generation=9)
            await until(stand, platform, ready(3))

        stand.run(scenario())

    def test_a_service_that_was_removed_is_missed_and_made_anew(self, stand: SwarmStand) -> None:
        async def scenario() -> None:
            platform, revision, _ = await self.started(stand, 2)
            stand.engine.ask("service", "rm", stand.service)
            says = f"{stand.service} was changed in the Swarm by other hands: it was removed."
            await until(stand, platform, lambda fleet: fleet.foreign == (says,))
            await platform.scale(revision, 2, generation=9)
            fleet = await until(stand, platform, ready(2))
            assert fleet.foreign == ()

        stand.run(scenario())


class TestServices:
    def test_of_the_same_name_that_are_not_ours_are_passed_over(self, stand: SwarmStand, tmp_path: Path) -> None:
        """What another home left behind in the same Swarm."""
        other = SwarmStand(stand.engine, tmp_path / "other")
        other.service = stand.service

        async def scenario() -> None:
            await other.platform().scale(other.revision("1.0"), 1, generation=2)
            [name] = services(stand.engine, stand.service)
            await stand.platform().scale(stand.revision("1.0"), 1, generation=2)
            assert set(services(stand.engine, stand.service)) == {name, f"{name[:-1]}2"}
            await until(stand, stand.platform(), ready(1))
            await until(other, other.platform(), ready(1))

        try:
            stand.run(scenario())
        finally:
            other.close()

    def test_that_nobody_has_a_record_of_are_ended(self, stand: SwarmStand) -> None:
        """Made too late, by a controller that had lost its service."""

        async def scenario() -> None:
            platform, revision = stand.platform(), stand.revision("1.0")
            await platform.scale(revision, 2, generation=2)
            fleet = await until(stand, platform, ready(2))
            platform.records.forget(fleet.replicas[0].id)
            for _ in range(600):
                await platform.observe()
                if services(stand.engine, stand.service) == [fleet.replicas[1].id]:
                    return
                await stand.let_time_pass()
            raise AssertionError("it runs on")

        stand.run(scenario())

    def test_a_change_decided_on_what_is_not_there_any_more_is_refused_by_the_swarm(
        self, stand: SwarmStand
    ) -> None:
        """Somebody else was quicker: it is decided anew on what is there, and nothing of theirs is lost unseen."""

        async def scenario() -> None:
            platform, revision = stand.platform(), stand.revision("1.0")
            await platform.scale(revision, 1, generation=2)
            fleet = await until(stand, platform, ready(1))
            name, found = fleet.replicas[0].id, []
            mine = Services(stand.engine.address, stand.home)

            def decide(spec: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
                assert spec is not None
                found.append(spec["Labels"].get("by"))
                if len(found) == 1:
                    stand.engine.ask("service", "update", "--detach", "--label-add", "by=them", name)
                return {**spec, "Labels": {**spec["Labels"], "mine": "1"}}

            mine.change(name, decide)
            assert found == [None, "them"]
            labels = mine.seen(stand.service)[name].service["Spec"]["Labels"]
            assert (labels["by"], labels["mine"]) == ("them", "1")

        stand.run(scenario())

    def test_have_what_the_release_file_gives_them(self, stand: SwarmStand, tmp_path: Path) -> None:
        secret = f"{stand.service}-key"
        (tmp_path / "key").write_text("hush")
        (tmp_path / "shop.toml").write_text("colour = 'blue'\n")
        stand.engine.ask("secret", "create", secret, str(tmp_path / "key"))
        revision = stand.revision(
            "1.0",
            secrets=[secret],
            configs={"/etc/shop.toml": "shop.toml"},
            constraints=["node.role == manager"],
            limits={"memory": 64 * 2**20, "cpus": 0.5, "open_files": 256},
            reserve={"memory": 32 * 2**20},
            labels={"team": "payments"},
            stop_signal="SIGQUIT",
        )
        options = {**revision.platform, "engine": stand.engine.address}
        found = resolved(options, root=tmp_path, service=stand.service, home=stand.home)
        revision = msgspec.structs.replace(revision, platform={**options, **found})

        async def scenario() -> None:
            platform = stand.platform()
            await platform.scale(revision, 1, generation=2)
            fleet = await until(stand, platform, ready(1))
            name = fleet.replicas[0].id
            container = stand.task(name)["Status"]["ContainerStatus"]["ContainerID"]
            read = stand.engine.ask("exec", container, "cat", f"/run/secrets/{secret}", "/etc/shop.toml").stdout
            assert read == "hushcolour = 'blue'\n"
            host, config = (stand.engine.inspect(container)[key] for key in ("HostConfig", "Config"))
            assert (host["Memory"], host["NanoCpus"]) == (64 * 2**20, 500_000_000)
            assert host["Ulimits"] == [{"Name": "nofile", "Hard": 256, "Soft": 256}]
            assert config["Labels"]["team"] == "payments" and config["StopSignal"] == "SIGQUIT"
            task = stand.task(name)["Spec"]
            assert task["Placement"]["Constraints"] == ["node.role == manager"]
            assert task["Resources"]["Reservations"]["MemoryBytes"] == 32 * 2**20
            assert fleet.foreign == ()

        stand.run(scenario())

    def test_leave_a_configuration_for_as_long_as_a_revision_has_it(
        self, stand: SwarmStand, tmp_path: Path
    ) -> None:
        (tmp_path / "shop.toml").write_text("colour = 'green'\n")
        options = {"engine": stand.engine.address, "configs": {"/etc/shop.toml": "shop.toml"}}
        revision = stand.revision("1.0", **options)
        found = resolved(revision.platform, root=tmp_path, service=stand.service, home=stand.home)
        revision = msgspec.structs.replace(revision, platform={**revision.platform, **found})

        def configs() -> list[str]:
            ours = f"label=shipway.service={stand.service}"
            return stand.engine.ask("config", "ls", "--quiet", "--filter", ours).stdout.split()

        async def scenario() -> None:
            platform = stand.platform()
            await platform.scale(revision, 1, generation=2)
            fleet = await until(stand, platform, ready(1))
            await platform.forget_others([])
            assert len(configs()) == 1, "a replica has it"
            await platform.drain(revision.id, ids(fleet), generation=3)
            await platform.stop(revision.id, ids(fleet), generation=4)
            await until(stand, platform, lambda fleet: not fleet.replicas)
            await platform.forget_others([revision])
            assert len(configs()) == 1, "a rollback may need it"
            await platform.forget_others([])
            assert configs() == []
            await platform.scale(revision, 1, generation=5)
            await until(stand, platform, ready(1))

        stand.run(scenario())

    def test_that_no_node_may_run_say_so(self, stand: SwarmStand) -> None:
        async def scenario() -> None:
            platform, revision = stand.platform(), stand.revision("1.0", constraints=["node.labels.zone == b"])
            await platform.scale(revision, 1, generation=2)
            fleet = await until(stand, platform, lambda fleet: "no suitable node" in fleet.replicas[0].detail)
            assert not fleet.replicas[0].alive

        stand.run(scenario())

    def test_whose_own_check_fails_take_no_requests(self, stand: SwarmStand) -> None:
        image = f"{APP_IMAGE}-unwell"
        made = stand.engine.ask("create", APP_IMAGE, "true").stdout.strip()
        check = "HEALTHCHECK --interval=300ms --retries=100 CMD exit 1"
        stand.engine.ask("commit", "--change", check, made, image)
        stand.engine.ask("rm", made)

        async def scenario() -> None:
            platform, revision = stand.platform(), stand.revision("1.0", image=image)
            await platform.scale(revision, 1, generation=2)
            says = "its HEALTHCHECK has not answered yet"
            fleet = await until(stand, platform, lambda fleet: fleet.replicas[0].detail == says)
            assert not fleet.replicas[0].ready

        stand.run(scenario())
