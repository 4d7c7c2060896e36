"""As whom replicas run, and how much they get: real processes, and what the system says of them."""

import asyncio
import os
import pwd
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from contract import process_stand
from contract.platform import Scenes, ids, ready, until
from contract.process_stand import ProcessStand
from shipway.adapters.platforms.process import bounding, job_runner
from shipway.adapters.platforms.process.options import ProcessOptions
from shipway.adapters.replicas import memory
from shipway.adapters.replicas.memory import Excess
from shipway.adapters.supervisor.account import account_of, numbers
from shipway.errors import PortError
from shipway.model.revision import Revision

pytestmark = pytest.mark.real
NOBODY = "nobody"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
BEATING = """umask > {0}/umask; id -un > {0}/who; echo "$HOME $USER $TOKEN" > {0}/home
while :; do touch "$SHIPWAY_HEARTBEAT"; echo 'shipway_queue_age_seconds 3' > "$SHIPWAY_JOBS"; sleep 0.1; done"""


def options(**written: object) -> ProcessOptions:
    return msgspec.convert({"command": "run", **written}, ProcessOptions)


@pytest.fixture
def open_stand() -> Iterator[ProcessStand]:
    """Where another user may enter; pytest's own folders are closed."""
    folder = Path(tempfile.mkdtemp(prefix="shipway-test-"))
    folder.chmod(0o711)
    stand = ProcessStand(folder)
    stand.work.chmod(0o777)
    try:
        yield stand
    finally:
        stand.close()
        shutil.rmtree(folder)


class TestLimits(Scenes):
    def test_reach_the_process_itself(self, stand: ProcessStand) -> None:
        async def scenario() -> None:
            platform = stand.platform()
            limits = {"open_files": 300, "nice": 7, "memory": 2**30}
            revision = stand.revision("1.0", umask="0027", limits=limits)
            await platform.scale(revision, 1, generation=1)
            fleet = await until(stand, platform, ready(1))
            pid = await stand.pid(ids(fleet)[0])
            assert resource.prlimit(pid, resource.RLIMIT_NOFILE) == (300, 300)
            assert psutil.Process(pid).nice() == 7
            assert Path(f"/proc/{pid}/oom_score_adj").read_text().strip() == "500"
            assert "\nUmask:\t0027\n" in Path(f"/proc/{pid}/status").read_text()
            assert process_stand.asked(fleet.replicas[0])["pid"] == pid

        stand.run(scenario())

    def test_without_any_a_replica_is_as_its_supervisor_is(self) -> None:
        assert bounding.bounds_of(options()) is None

    def test_more_than_the_machine_gives_is_refused_in_four_lines(self) -> None:
        with pytest.raises(PortError) as caught:
            bounding.check_bounds(options(limits={"open_files": 2**30}), ())
        assert len(str(caught.value).splitlines()) == 4
        assert caught.value.where == "platform.process.limits.open_files"

    def test_less_nice_than_one_is_needs_root(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        with pytest.raises(PortError, match="only root") as caught:
            bounding.check_bounds(options(limits={"nice": -5}), ())
        assert len(str(caught.value).splitlines()) == 4


class TestMemory(Scenes):
    def test_a_replica_that_grew_too_large_is_started_again_and_says_why(self, stand: ProcessStand) -> None:
        async def scenario() -> None:
            platform = stand.platform()
            revision = stand.revision("1.0", behaviour="grows", limits={"memory": 60 * 2**20})
            await platform.scale(revision, 1, generation=1)
            fleet = await until(stand, platform, ready(1))
            before = await stand.pid(ids(fleet)[0])
            await asyncio.to_thread(process_stand.asked, fleet.replicas[0], "/grow")
            fleet = await until(stand, platform, lambda f: f.replicas[0].restarts == 1 and f.replicas[0].ready)
            assert before != await stand.pid(ids(fleet)[0])
            assert "of the 60.0 MiB that it may have before (restarted once)" in fleet.replicas[0].detail

        stand.run(scenario())

    def test_replicas_of_a_service_are_started_again_one_after_the_other(self) -> None:
        def one(name: str, service: str, mebibytes: int) -> Excess:
            return Excess(name=name, service=service, bytes=mebibytes, limit=100)

        found = [one("a-1", "a", 110), one("a-2", "a", 120), one("b-1", "b", 101)]
        assert [excess.name for excess in memory.next_ones(found, busy=())] == ["a-2", "b-1"]
        assert [excess.name for excess in memory.next_ones(found, busy={"a"})] == ["b-1"]
        runaway = one("a-3", "a", 151)
        assert memory.next_ones([*found, runaway], busy={"a", "b"}) == [runaway]


@needs_root
class TestAccounts(Scenes):
    def worker(self, stand: ProcessStand, **platform: object) -> Revision:
        revision = stand.revision("1.0")
        command = shlex.join(["/bin/sh", "-c", BEATING.format(stand.work)])
        own = {"command": command, "heartbeat": {"within": 5.0}, "user": NOBODY, **platform}
        return msgspec.structs.replace(revision, platform={**revision.platform, **own}, health={})

    def test_a_replica_runs_as_its_user_who_can_reach_what_is_its_own(self, open_stand: ProcessStand) -> None:
        stand = open_stand

        async def scenario() -> None:
            platform = stand.platform()
            revision = self.worker(stand, umask="0022")
            await platform.scale(revision, 1, generation=1)
            fleet = await until(stand, platform, ready(1))
            process = psutil.Process(await stand.pid(ids(fleet)[0]))
            nobody = pwd.getpwnam(NOBODY)
            assert set(process.uids()) == {nobody.pw_uid} and set(process.gids()) == {nobody.pw_gid}
            assert (stand.work / "who").read_text() == f"{NOBODY}\n"
            assert (stand.work / "umask").read_text() == "0022\n"
            assert (stand.work / "home").read_text() == f"{nobody.pw_dir} {NOBODY} \n"
            await until(stand, platform, lambda f: f.usage[revision.id].queue_age_seconds == 3.0)
            records = stand.home / "services" / stand.service / "replicas"
            closed = [stand.home / "supervisor" / "programs", records, *records.iterdir()]
            assert [path for path in closed if path.stat().st_mode & 0o077] == []

        stand.run(scenario())

    def test_a_secret_is_read_by_us_and_given_to_the_user(self, open_stand: ProcessStand) -> None:
        from shipway.adapters.secrets import digest_of

        stand = open_stand
        (stand.work / "secrets.env").write_text("TOKEN=for-nobody\n")
        (stand.work / "secrets.env").chmod(0o600)

        async def scenario() -> None:
            platform = stand.platform()
            revision = self.worker(stand, env_from=[{"file": "secrets.env"}])
            stand.home.mkdir(exist_ok=True)
            digest = digest_of(revision.platform, home=stand.home, where="")
            revision = msgspec.structs.replace(revision, platform={**revision.platform, "secrets": digest})
            await platform.scale(revision, 1, generation=1)
            await until(stand, platform, ready(1))
            assert "for-nobody" in (stand.work / "home").read_text()
            assert (stand.work / "who").read_text() == f"{NOBODY}\n"

        stand.run(scenario())

    def test_a_job_runs_as_its_user_and_its_runner_as_we_do(self, open_stand: ProcessStand) -> None:
        work, kept = open_stand.work, open_stand.home
        kept.mkdir(mode=0o700)
        told = job_runner.Directives(
            argv=["/bin/sh", "-c", f"id -un > {work}/who"],
            directory=str(work),
            claim=str(kept / "claim"),
            result=str(kept / "result"),
            time_limit=60.0,
            stop_grace=5.0,
            account=numbers(account_of(NOBODY, None)),
        )
        (kept / "told").write_bytes(msgspec.json.encode(told))
        subprocess.run([sys.executable, "-I", "-S", job_runner.__file__, str(kept / "told")], check=True)
        assert (work / "who").read_text() == f"{NOBODY}\n"
        assert (kept / "result").stat().st_uid == os.getuid()

    def test_what_the_user_cannot_reach_is_told_before(self, tmp_path: Path) -> None:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        with pytest.raises(PortError, match="cannot reach") as caught:
            bounding.check_bounds(options(user=NOBODY), [closed / "app"])
        assert len(str(caught.value).splitlines()) == 4


def test_a_user_or_group_that_is_not_there_is_told() -> None:
    for key in ("user", "group"):
        with pytest.raises(PortError, match=f"no {key} `shipway-nobody-knows`") as caught:
            bounding.bounds_of(options(**{key: "shipway-nobody-knows"}))
        assert caught.value.where == f"platform.process.{key}" and len(str(caught.value).splitlines()) == 4


def test_without_root_nobody_becomes_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(PortError, match=f"only root may start processes as {NOBODY}") as caught:
        bounding.bounds_of(options(user=NOBODY))
    assert len(str(caught.value).splitlines()) == 4
