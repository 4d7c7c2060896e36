"""Secrets of containers: in the program, and in nothing that Docker tells."""

import os
import stat
from pathlib import Path

import pytest

from contract.platform import ready, until
from platforms.docker.docker_stand import APP_IMAGE, DockerStand
from shipway.adapters.secrets import digest_of
from shipway.errors import PortError
from shipway.model.revision import Revision

pytestmark = pytest.mark.real
SECRET = "open 'sesame' $HOME"


def secret(stand: DockerStand, folder: Path, **options: object) -> Revision:
    """A revision with a variable and a file that are secrets."""
    (folder / "secrets.env").write_text(f"TOKEN={SECRET}\n")
    (folder / "password").write_text(SECRET)
    told: dict[str, object] = {
        "env_from": [{"command": "cat secrets.env"}],
        "secret_files": {"password": "password", "/etc/second": "password"},
        "directory": str(folder),
    }
    digest = digest_of(told, home=stand.home, where="here")
    return stand.revision("1.0", secrets=digest, **told, **options)


async def run_one(stand: DockerStand, revision: Revision) -> str:
    platform = stand.platform()
    await platform.scale(revision, 1, generation=2)
    await until(stand, platform, ready(1))
    return stand.engine.named(stand.service)[0]


def environments(stand: DockerStand, name: str) -> str:
    return stand.engine.ask("exec", name, "/bin/busybox", "sh", "-c", "cat /proc/*/environ").stdout


def test_a_program_has_its_secrets_and_docker_does_not_tell_them(stand: DockerStand, tmp_path: Path) -> None:
    name = stand.run(run_one(stand, secret(stand, tmp_path, user="65534:65534")))
    assert f"TOKEN={SECRET}\0" in environments(stand, name)
    for path in ("/run/secrets/password", "/etc/second"):
        assert stand.engine.ask("exec", name, "cat", path).stdout == SECRET
    assert "sesame" not in str(stand.engine.inspect(name))
    folder = stand.home / "services" / stand.service / "handed"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    records = (stand.home / "services" / stand.service / "replicas").glob("*.json")
    assert all("sesame" not in path.read_text() for path in records)


def test_a_container_that_docker_starts_again_has_them_still(stand: DockerStand, tmp_path: Path) -> None:
    async def scenario() -> None:
        name = await run_one(stand, secret(stand, tmp_path))
        (tmp_path / "secrets.env").unlink()
        os.kill(stand.engine.inspect(name)["State"]["Pid"], 9)
        platform = stand.platform()
        await until(stand, platform, lambda fleet: ready(1)(fleet) and fleet.replicas[0].restarts == 1)
        assert f"TOKEN={SECRET}\0" in environments(stand, name)

    stand.run(scenario())


def test_an_image_without_a_shell_gets_them_as_variables(stand: DockerStand, tmp_path: Path) -> None:
    image = f"{APP_IMAGE}-bare"
    made = stand.engine.ask("create", APP_IMAGE, "/bin/busybox", "rm", "/bin/sh").stdout.strip()
    stand.engine.ask("start", "--attach", made)
    stand.engine.ask("commit", made, image)
    stand.engine.ask("rm", made)
    name = stand.run(run_one(stand, secret(stand, tmp_path, image=image)))
    assert f"TOKEN={SECRET}\0" in environments(stand, name)


def test_what_is_not_what_it_was_is_not_started(stand: DockerStand, tmp_path: Path) -> None:
    revision = secret(stand, tmp_path)
    (tmp_path / "password").write_text("another")

    async def scenario() -> None:
        with pytest.raises(PortError, match="are not what they were"):
            await stand.platform().scale(revision, 1, generation=2)

    stand.run(scenario())
    assert not stand.engine.named(stand.service)


def test_nothing_is_left_of_them_when_the_revision_is_gone(stand: DockerStand, tmp_path: Path) -> None:
    async def scenario() -> None:
        await run_one(stand, revision := secret(stand, tmp_path))
        platform = stand.platform()
        names = [replica.id for replica in (await platform.observe()).replicas]
        await platform.drain(revision.id, names, generation=3)
        await platform.stop(revision.id, names, generation=4)
        await until(stand, platform, lambda fleet: not fleet.replicas)
        folder = stand.home / "services" / stand.service / "handed"
        for _ in range(600):
            if not list(folder.iterdir()):
                return
            await stand.let_time_pass()
        raise AssertionError("they are there still")

    stand.run(scenario())
