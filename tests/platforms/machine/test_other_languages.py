"""Applications in Node, Go and Java, released under load and taken back: not one request is lost."""

import asyncio
import json
import os
import shutil
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from ruamel.yaml import YAML

from acceptance.stand import HOST, Stand, merged, on_a_stand, process
from shipway.demo.answer import read
from shipway.model.command import Rollback
from shipway.model.release import Release
from shipway.spec.load import load

EXPRESS = Path(__file__).parents[3] / "examples" / "express"
GREETER = Path(__file__).parent / "greeter"
OLD, NEW = "1.0.0", "1.1.0"
PAUSE_SECONDS = 0.05
BUILD_SECONDS = 600
EXPECTED = "SHIPWAY_EXPECTED"
"""Names the languages that a machine has to have; CI sets it, so that nothing is skipped there unnoticed."""


def needs(program: str) -> pytest.MarkDecorator:
    """Skipped where it is not installed, unless it is expected to be."""
    is_expected = program in os.environ.get(EXPECTED, "").split()
    return pytest.mark.skipif(not is_expected and shutil.which(program) is None, reason=f"{program} is not here")


class Readers:
    """Keep-alive users who ask which version they see; some ask for an answer that takes two seconds."""

    def __init__(self, port: int) -> None:
        self.port, self.seen, self.lost = port, Counter[str](), Counter[str]()
        self._is_over = False
        self._tasks = [asyncio.create_task(self._read(path)) for path in ("/", "/", "/", "/slow", "/slow")]

    async def stop(self) -> None:
        self._is_over = True
        await asyncio.gather(*self._tasks)

    async def _read(self, path: str) -> None:
        while not self._is_over:
            try:
                await self._session(path)
            except (OSError, asyncio.IncompleteReadError) as error:
                self.lost[type(error).__name__] += 1

    async def _session(self, path: str) -> None:
        reader, writer = await asyncio.open_connection(HOST, self.port)
        while not self._is_over:
            writer.write(f"GET {path} HTTP/1.1\r\nhost: greeter\r\n\r\n".encode())
            answer = await read(reader)
            if answer.status == 200:
                self.seen[json.loads(answer.body)["version"]] += 1
            else:
                self.lost[f"status {answer.status}"] += 1
            await asyncio.sleep(PAUSE_SECONDS)
        writer.close()


async def there_and_back(stand: Stand) -> None:
    """Two versions under load, and the first one again."""
    await stand.ship_first(OLD)
    readers = Readers(stand.port)
    await stand.ship(NEW)
    former = (await stand.shipway.store.revisions.all(stand.service))[0]
    release = msgspec.structs.replace(msgspec.json.decode(former.release, type=Release), strategy="back")
    await stand.ask(Rollback(release=release))
    assert (await stand.ended()).outcome == "finished"
    await readers.stop()
    assert not readers.lost
    assert set(readers.seen) == {OLD, NEW}
    assert readers.seen.total() > 50


def express() -> dict[str, object]:
    """The example's release file as it stands, without the hour that a former version is watched."""
    written: dict[str, object] = YAML(typ="safe").load(EXPRESS / "shipway.yaml")
    options = load(EXPRESS / "shipway.yaml").file.platform.process
    assert options is not None
    return merged(written, {"rollback": {"window": "1s"}, **process(prepare=options.prepare)})


@needs("node")
@on_a_stand(**express())
async def test_the_express_example_is_released_and_taken_back_without_loss(stand: Stand) -> None:
    for name in ("app.js", "package.json", "package-lock.json", ".npmrc"):
        shutil.copy(EXPRESS / name, stand.folder)
    await there_and_back(stand)


@needs("go")
@on_a_stand(
    service="greeter",
    health={name: {"path": "/"} for name in ("ready", "alive")},
    **process(
        prepare='go build -ldflags "-X main.version={version}" -o bin/{version} .',
        command="bin/{version} {port}",
    ),
)
async def test_a_go_program_needs_nothing_of_ours(stand: Stand) -> None:
    for source in GREETER.iterdir():
        shutil.copy(source, stand.folder)
    await built(stand.folder)
    await there_and_back(stand)


@needs("javac")
@on_a_stand(
    service="greeter",
    health={name: {"path": "/"} for name in ("ready", "alive")},
    **process(
        prepare="mkdir -p classes/{version} && javac -d classes/{version} Greeter.java",
        command="java -XX:TieredStopAtLevel=1 -cp classes/{version} Greeter {port} {version}",
        limits={"memory": "400MiB", "open_files": 4096},
    ),
)
async def test_a_java_program_needs_nothing_of_ours(stand: Stand) -> None:
    shutil.copy(GREETER / "Greeter.java", stand.folder)
    await there_and_back(stand)


async def built(folder: Path) -> None:
    """Once ahead: with a cold cache the standard library is compiled, longer than a stage may take here."""
    build = await asyncio.create_subprocess_exec("go", "build", "-o", os.devnull, ".", cwd=folder)
    assert await asyncio.wait_for(build.wait(), BUILD_SECONDS) == 0
