"""The small deciders of the Swarm platform, without a Swarm."""

import copy
from pathlib import Path
from typing import Any

import pytest

from shipway.adapters.platforms.swarm import creating, names, runs, seeing, together
from shipway.adapters.platforms.swarm.options import Update
from shipway.adapters.platforms.swarm.seeing import Seen
from shipway.adapters.replicas.container import Container, Given, InSwarm
from shipway.adapters.replicas.health import HealthOptions
from shipway.adapters.replicas.records import Records, ReplicaRecord
from shipway.model.revision import Revision, RevisionId

HOME = Path("/srv/home")
OLD, NEW = "1.8.2-aaaaaaaa", "1.9.0-bbbbbbbb"


def record(**changes: Any) -> ReplicaRecord:
    container = Container(
        engine="unix:///d.sock",
        image="shop@sha256:0a",
        command=("serve",),
        networks=("backend",),
        volumes=("data:/data", "/srv/conf:/etc/conf:ro"),
        memory=64,
        swarm=InSwarm(port=8000, secrets=(Given("id1", "key", "key"),), constraints=("node.role == worker",)),
    )
    told: dict[str, Any] = {
        "id": "shop-1",
        "revision": RevisionId(NEW),
        "version": "1.9.0",
        "generation": 12,
        "port": 21_000,
        "environment": {"SHIPWAY_SERVICE": "shop"},
        "stop_grace": 30.0,
        "health": HealthOptions(),
        "created_at": 0.0,
        "container": container,
    }
    return ReplicaRecord(**{**told, **changes})


def task(
    state: str, *, slot: int = 1, revision: str = NEW, desired: str = "running", **status: Any
) -> dict[str, Any]:
    """What a Swarm says of one."""
    return {
        "ID": f"{state}{slot}{revision}",
        "Slot": slot,
        "NodeID": "n1",
        "CreatedAt": "2026-11-30T07:00:00Z",
        "DesiredState": desired,
        "Status": {"State": state, "Timestamp": "2026-11-30T03:58:49.5Z", **status},
        "Spec": {"ContainerSpec": {"Labels": {"shipway.revision": revision}}},
    }


def seen(*tasks: dict[str, Any], replicas: int = 1) -> Seen:
    spec = {"Name": "shop-1", "Labels": {}, "Mode": {"Replicated": {"Replicas": replicas}}}
    return Seen(service={"ID": "s1", "Spec": spec}, tasks=tasks)


def process(*tasks: dict[str, Any], replicas: int = 1) -> Any:
    return seeing.process(seen(*tasks, replicas=replicas), restarts=0, is_here=True)


class TestNames:
    def test_are_parts_of_host_names(self) -> None:
        revision = Revision(
            id=RevisionId("1.9.0-7f3a91c2"), service="shop", version="1.9.0", platform={}, health={}
        )
        assert names.replica(revision, generation=12, number=1) == "shop-1-9-0-7f3a91c2-g12-1"

    def test_are_cut_where_they_are_too_long_and_stay_different(self) -> None:
        revisions = [
            Revision(id=RevisionId(f"{'9' * 60}-{end}"), service="shop", version="9", platform={}, health={})
            for end in ("aaaaaaaa", "bbbbbbbb")
        ]
        found = {names.replica(revision, generation=123_456, number=12) for revision in revisions}
        assert len(found) == 2 and all(len(name) <= 63 for name in found)

    def test_of_configurations_are_what_they_hold(self) -> None:
        assert names.config("shop", b"a") != names.config("shop", b"b")


class TestTasks:
    def test_that_run_are_processes(self) -> None:
        found = process(task("failed"), task("running", ContainerStatus={"PID": 7, "ContainerID": "c"}))
        assert (found.state, found.pid, found.detail) == ("RUNNING", 7, "")
        assert found.started_at == pytest.approx(1796011129.5)

    def test_that_ended_say_how_while_the_next_one_is_waited_for(self) -> None:
        ended = task("failed", ContainerStatus={"PID": 0, "ContainerID": "c", "ExitCode": 137})
        assert process(ended).detail == "killed by signal 9" and process(ended).state == "BACKOFF"
        again = process(ended, task("ready", Message="prepared"))
        assert (again.state, again.detail, again.exit_code) == ("STARTING", "killed by signal 9", -9)

    def test_that_cannot_be_placed_say_why(self) -> None:
        found = process(task("pending", Err="no suitable node (1 node not available)"))
        assert found.detail == "no suitable node (1 node not available)" and not found.is_running

    def test_that_were_rejected_say_why(self) -> None:
        assert process(task("rejected", Err="port is already allocated")).detail == "port is already allocated"

    def test_of_a_service_that_was_scaled_to_none_stand_still(self) -> None:
        ended = task("shutdown", ContainerStatus={"PID": 0, "ContainerID": "c", "ExitCode": 0})
        assert process(ended, replicas=0).state == "STOPPED"

    def test_whose_check_has_not_answered_are_not_there_yet(self) -> None:
        assert (
            process(task("starting", ContainerStatus={"PID": 0, "ContainerID": "c"})).detail
            == seeing.NO_HEALTH_YET
        )


class TestWaysIn:
    def ports(self, published: int | None) -> dict[str, Any]:
        batch = together.Batch(replicas=2, at_once=1)
        spec = together.asked(record(), HOME, batch, Update(published=published))["EndpointSpec"]
        assert isinstance(spec, dict)
        return spec

    def test_a_proxy_finds_each_task_at_a_port_that_its_node_chooses(self) -> None:
        port = {"Protocol": "tcp", "TargetPort": 8000, "PublishMode": "host"}
        assert self.ports(None) == {"Mode": "dnsrr", "Ports": [port]}

    def test_the_mesh_has_one_port_for_all_beside_it(self) -> None:
        """A mesh needs a virtual address, and probes the port of each task."""
        own = {"Protocol": "tcp", "TargetPort": 8000, "PublishMode": "host"}
        mesh = {**own, "PublishMode": "ingress", "PublishedPort": 8080}
        assert self.ports(8080) == {"Mode": "vip", "Ports": [mesh, own]}

    def test_a_port_that_other_hands_took_is_a_change(self) -> None:
        asked = together.asked(record(), HOME, together.Batch(replicas=2, at_once=1), Update(published=8080))
        found = copy.deepcopy(asked)
        assert creating.changed(asked, found) == ""
        found["EndpointSpec"]["Ports"][0]["PublishedPort"] = 8081
        assert creating.changed(asked, found) == "its Ports is another one"


class TestChanges:
    def test_what_the_swarm_fills_in_is_none(self) -> None:
        wanted = creating.asked(record(), HOME)
        there = copy.deepcopy(wanted)
        there["TaskTemplate"]["ContainerSpec"].update(Isolation="default", DNSConfig={})
        there["TaskTemplate"]["RestartPolicy"]["MaxAttempts"] = 0
        there["TaskTemplate"]["Networks"] = [{"Target": "an id"}]
        assert creating.changed(wanted, there) == ""

    @pytest.mark.parametrize(
        ("path", "value", "says"),
        [
            (("Mode", "Replicated", "Replicas"), 3, "it was scaled to 3"),
            (("TaskTemplate", "ContainerSpec", "Image"), "shop:2", "its image is shop:2"),
            (("TaskTemplate", "ContainerSpec", "Env"), ["DEBUG=1"], "its Env is another one"),
            (("TaskTemplate", "ContainerSpec", "Secrets"), None, "its Secrets is another one"),
            (("TaskTemplate", "Resources", "Limits", "MemoryBytes"), 65, "its Resources is another one"),
            (("TaskTemplate", "Placement", "Constraints"), [], "its Constraints is another one"),
            (("EndpointSpec", "Ports"), [], "its Ports is another one"),
        ],
    )
    def test_of_other_hands_are_told(self, path: tuple[str, ...], value: object, says: str) -> None:
        wanted = creating.asked(record(), HOME)
        there = copy.deepcopy(wanted)
        part: Any = there
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = value
        assert creating.changed(wanted, there) == says


class TestCommonServices:
    def test_know_their_generation_and_their_tasks_do_not(self) -> None:
        batches = [together.Batch(replicas=3, at_once=1, generation=number) for number in (12, 13)]
        one, other = (together.asked(record(), HOME, batch, Update()) for batch in batches)
        assert one["TaskTemplate"] == other["TaskTemplate"] and one["Labels"] != other["Labels"]

    def test_replace_a_batch_and_then_wait(self) -> None:
        batch = together.Batch(replicas=3, at_once=2, generation=1)
        update = together.asked(record(), HOME, batch, Update(order="stop-first"))["UpdateConfig"]
        assert (update["Parallelism"], update["Order"]) == (2, "stop-first")
        assert update["Delay"] >= 24 * 3600 * 10**9

    @pytest.mark.parametrize(
        ("replicas", "old", "new", "missing", "next_replicas", "at_once"),
        [
            (3, 3, 0, 1, 3, 1),  # the first batch
            (3, 1, 2, 1, 3, 1),  # the last one
            (3, 3, 0, 3, 3, 3),  # all at once, or the way back
            (3, 0, 3, 2, 5, 1),  # more of the same
            (2, 1, 1, 3, 4, 1),  # the last old one is replaced, and there are more
        ],
    )
    def test_grow_only_where_there_is_nothing_left_to_replace(
        self, replicas: int, old: int, new: int, missing: int, next_replicas: int, at_once: int
    ) -> None:
        found = {"Mode": {"Replicated": {"Replicas": replicas}}}
        tasks = [task("running", slot=n, revision=OLD) for n in range(old)]
        tasks += [task("running", slot=old + n) for n in range(new)]
        batch = together.next_batch(found, tasks, revision=NEW, missing=missing)
        assert batch is not None
        assert (batch.replicas, batch.at_once) == (next_replicas, at_once)

    def test_that_are_not_there_begin_whole(self) -> None:
        batch = together.next_batch(None, (), revision=NEW, missing=3)
        assert batch is not None and batch.replicas == 3

    def test_replace_nothing_that_ends_already(self) -> None:
        tasks = [task("running", revision=OLD, desired="shutdown"), task("running", slot=2, revision=OLD)]
        found = {"Mode": {"Replicated": {"Replicas": 2}}}
        batch = together.next_batch(found, tasks, revision=NEW, missing=1)
        assert batch is not None and batch.at_once == 1

    @pytest.mark.parametrize(
        ("replicas", "ready", "others", "stay"),
        [(2, 0, 2, 1), (2, 1, 1, 0), (4, 0, 4, 2), (4, 1, 3, 1), (4, 0, 0, 0), (1, 0, 1, 0)],
    )
    def test_keep_half_of_all_ready(self, replicas: int, ready: int, others: int, stay: int) -> None:
        assert together.kept(replicas, ready=ready, others=others) == stay

    def test_wait_while_those_that_are_kept_are_all_there_is(self) -> None:
        tasks = [task("running", revision=OLD), task("running", slot=2)]
        found = {"Mode": {"Replicated": {"Replicas": 2}}}
        assert together.next_batch(found, tasks, revision=NEW, missing=1, kept=1) is None

    def test_of_which_two_tasks_are_in_one_place_are_told_from_those_that_are_replaced(self) -> None:
        new, other = task("running"), {**task("running"), "ID": "other"}
        assert together.is_doubled([new, other], NEW)
        assert not together.is_doubled([new, task("running", revision=OLD), task("running", slot=2)], NEW)
        assert not together.is_doubled([new, {**other, "DesiredState": "shutdown"}], NEW)

    @pytest.mark.parametrize(
        ("first", "beside", "former"),
        [
            ("oo", ".n", OLD),  # one was begun beside the former, and never runs
            ("oo", "nn", OLD),
            ("oo", "..", ""),
            ("on", "..", ""),  # one that runs already has replaced its former
            ("on", "n.", ""),
            ("nn", "..", ""),
            ("o.", "..", ""),
        ],
    )
    def test_go_back_to_the_revision_that_is_kept_beside_one_that_never_runs(
        self, first: str, beside: str, former: str
    ) -> None:
        """By place: whose task was there first, and whose was begun beside it; `o` is the old revision's."""
        revisions = {"o": OLD, "n": NEW}
        tasks = [
            task(state, slot=place, revision=revisions[it])
            for state, row in (("running", first), ("accepted", beside))
            for place, it in enumerate(row)
            if it != "."
        ]
        assert together.kept_beside(tasks, NEW) == former

    @pytest.mark.parametrize(
        ("there", "asked_for", "before", "former"),
        [(OLD, NEW, "", OLD), (NEW, NEW, OLD, OLD), (NEW, OLD, OLD, NEW), ("", NEW, "", "")],
    )
    def test_remember_whom_they_replace_over_all_batches(
        self, there: str, asked_for: str, before: str, former: str
    ) -> None:
        found = {"Labels": {"shipway.revision": there}} if there else None
        assert together.former(found, asked_for, before) == former

    def test_that_ended_by_themselves_are_there_until_the_next_is_made(self) -> None:
        waiting, replaced = task("rejected", desired="ready"), task("rejected", desired="shutdown")
        assert together.live(seen(replaced, waiting)) == (waiting,)
        assert together.before(seen(waiting), waiting) == ()

    def test_are_over_when_they_are_told_to_end_before_they_were_started(self) -> None:
        left = [
            task("accepted", desired="shutdown"),
            task("running", slot=2, desired="shutdown"),
            task("preparing"),
        ]
        assert together.live(seen(*left)) == tuple(left[1:])

    def test_count_what_ended_by_itself_in_the_same_place(self) -> None:
        running = task("running")
        others = (task("failed"), task("failed", slot=2), task("shutdown"), task("failed", revision=OLD))
        assert together.before(seen(*others, running), running) == (task("failed"),)


def test_runs_are_counted_once_whoever_looks_and_remembered_longer_than_by_the_swarm(tmp_path: Path) -> None:
    records = Records(tmp_path, "shop")
    assert runs.restarts("shop-1", ["a"], records) == 0
    assert runs.restarts("shop-1", ["a", "b"], records) == 1
    assert runs.restarts("shop-1", ["a", "b"], Records(tmp_path, "shop")) == 1
    assert runs.restarts("shop-1", ["b", "c", "d"], records) == 3
