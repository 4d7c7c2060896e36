"""`examples/datasette`: two released versions of somebody else's application, rolled under load and back."""

import asyncio
import json
import shutil
from collections import Counter
from pathlib import Path

import msgspec
from ruamel.yaml import YAML

from acceptance.asking import answer_of
from acceptance.stand import HOST, Stand, on_a_stand
from shipway.demo.answer import read
from shipway.model.command import Rollback
from shipway.model.release import Release

EXAMPLE = Path(__file__).parents[3] / "examples" / "datasette"
OLD, NEW = "0.65.4", "0.65.5"
PAUSE_SECONDS = 0.05


class Readers:
    """Keep-alive users who ask which version they see."""

    def __init__(self, port: int, *, count: int = 4) -> None:
        self.port, self.seen, self.lost = port, Counter[str](), Counter[str]()
        self._is_over = False
        self._tasks = [asyncio.create_task(self._read()) for _ in range(count)]

    async def stop(self) -> None:
        self._is_over = True
        await asyncio.gather(*self._tasks)

    async def _read(self) -> None:
        while not self._is_over:
            try:
                await self._session()
            except (OSError, asyncio.IncompleteReadError) as error:
                self.lost[type(error).__name__] += 1

    async def _session(self) -> None:
        reader, writer = await asyncio.open_connection(HOST, self.port)
        while not self._is_over:
            writer.write(b"GET /-/versions.json HTTP/1.1\r\nhost: plants\r\n\r\n")
            answer = await read(reader)
            if answer.status == 200:
                self.seen[json.loads(answer.body)["datasette"]["version"]] += 1
            else:
                self.lost[f"status {answer.status}"] += 1
            await asyncio.sleep(PAUSE_SECONDS)
        writer.close()


def example() -> dict[str, object]:
    """The release file as it stands, without the hour that a former version is watched."""
    written: dict[str, object] = YAML(typ="safe").load(EXAMPLE / "shipway.yaml")
    return {**written, "rollback": {"window": "1s"}, "deadline": "90s"}


@on_a_stand(**example())
async def test_two_releases_of_datasette_roll_under_load_and_back_without_loss(stand: Stand) -> None:
    shutil.copy(EXAMPLE / "plants.py", stand.folder)
    await stand.ship_first(OLD)
    readers = Readers(stand.port)
    await stand.ship(NEW)
    former = (await stand.shipway.store.revisions.all(stand.service))[0]
    release = msgspec.structs.replace(msgspec.json.decode(former.release, type=Release), strategy="back")
    await stand.ask(Rollback(release=release))
    assert (await stand.ended()).outcome == "finished"
    answer = await answer_of(stand.port, "/plants/plants.json?_shape=arrays")
    assert b"Fagus sylvatica" in answer.body
    await readers.stop()
    assert not readers.lost
    assert set(readers.seen) == {OLD, NEW}
    assert readers.seen.total() > 50
