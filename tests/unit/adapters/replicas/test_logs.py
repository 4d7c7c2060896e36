"""What replicas printed: its order, its times, and what of it is asked for."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from shipway.adapters.replicas import log_files, logs
from shipway.adapters.replicas.records import Records
from shipway.adapters.supervisor.log_keeper import Log, rotate
from shipway.model.log import LogLine, LogQuery
from shipway.model.revision import RevisionId

OLD, NEW = RevisionId("1.0-aaaaaaaa"), RevisionId("1.1+beta-bbbbbbbb")


class Printing:
    """One replica's program, and the keeper of its log."""

    def __init__(self, records: Records, revision: RevisionId, number: int) -> None:
        records.name_logs(revision)
        folder = records.logs_directory / revision.replace("+", "-")
        self.name = f"shop-{folder.name}-g2-{number}"
        self.path = folder / f"{self.name}.log"
        self.path.touch()
        self.keeper = Log(str(self.path))
        self.keeper.look(999.0)

    def says(self, text: str, *, at: float, noted: bool = True) -> None:
        if noted:
            self.keeper.look(at - 0.25)
        with self.path.open("a") as file:
            file.write(text)
        os.utime(self.path, (at, at))
        if noted:
            self.keeper.look(at)


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return Records(tmp_path, "shop")


def told(records: Records, **query: object) -> list[LogLine]:
    async def all_of_it() -> list[LogLine]:
        return [line async for batch in logs.told(records, LogQuery(**query)) for line in batch]  # type: ignore[arg-type]

    return asyncio.run(all_of_it())


def texts(records: Records, **query: object) -> list[str]:
    return [line.text for line in told(records, **query)]


@pytest.fixture
def both(records: Records) -> tuple[Printing, Printing]:
    first, second = Printing(records, OLD, 1), Printing(records, NEW, 2)
    first.says("a1\n", at=1001.0)
    second.says("b1\n", at=1002.0)
    first.says("a2\n", at=1003.0)
    second.says("b2\nERROR b3\n", at=1004.0)
    return first, second


def test_lines_of_all_replicas_come_in_the_order_of_time(
    records: Records, both: tuple[Printing, Printing]
) -> None:
    lines = told(records)
    assert [line.text for line in lines] == ["a1", "b1", "a2", "b2", "ERROR b3"]
    assert [line.at for line in lines][:3] == [1001.0, 1002.0, 1003.0]
    assert 1003.75 < lines[3].at < lines[4].at == 1004.0
    assert lines[1] == LogLine(1002.0, NEW, both[1].name, "b1"), "also of a version that names no folder"


def test_lines_are_asked_for_by_version_replica_time_and_text(
    records: Records, both: tuple[Printing, Printing]
) -> None:
    assert texts(records, revision=NEW) == ["b1", "b2", "ERROR b3"]
    assert texts(records, replica=both[0].name) == texts(records, replica="g2-1") == ["a1", "a2"]
    assert texts(records, replica="2") == ["b1", "b2", "ERROR b3"]
    assert texts(records, since=1002.0, until=1003.0) == ["b1", "a2"]
    assert texts(records, since=1004.0) == ["ERROR b3"]
    assert texts(records, pattern="^[ab]2|ERROR") == ["a2", "b2", "ERROR b3"]
    assert texts(records, pattern="^[ab]", tail=1) == ["a2", "b2"]
    assert texts(records, tail=1) == ["a2", "ERROR b3"]
    assert texts(records, tail=0) == texts(records, since=1005.0) == texts(records, until=1000.0) == []


def test_rotated_files_are_read_too_with_their_times(records: Records) -> None:
    one = Printing(records, OLD, 1)
    for number in range(8):
        one.says(f"line {number}\n", at=1001.0 + number)
        if number in (2, 4):
            assert rotate(one.keeper, size_max=1)
            one.path.with_name(f"{one.path.name}.1").touch()
            os.utime(f"{one.path}.1", (1001.0 + number,) * 2)
    assert [(line.text, round(line.at, 3)) for line in told(records)] == [
        (f"line {number}", 1001.0 + number) for number in range(8)
    ]
    assert texts(records, tail=4) == [f"line {number}" for number in (4, 5, 6, 7)]
    assert texts(records, since=1003.0, until=1006.0) == [f"line {number}" for number in (2, 3, 4, 5)]


def test_a_line_without_an_end_is_told_and_a_log_without_times_has_that_of_its_file(records: Records) -> None:
    one = Printing(records, OLD, 1)
    one.says("whole\nSegmentation fau", at=1001.0, noted=False)
    Path(f"{one.path}.times").unlink(missing_ok=True)
    assert [(line.text, line.at) for line in told(records)] == [("whole", 1001.0), ("Segmentation fau", 1001.0)]


def test_a_line_of_megabytes_is_told_in_parts(records: Records) -> None:
    one = Printing(records, OLD, 1)
    one.says("x" * 3 * log_files.LINE_BYTES_MAX + "\nnext\n", at=1001.0)
    found = texts(records)
    assert [len(text) for text in found] == [log_files.LINE_BYTES_MAX] * 3 + [0, 4]


def test_the_last_lines_are_found_from_the_end_whatever_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_files, "CHUNK_BYTES", 64)
    rng = random.Random(20)
    path = tmp_path / "a.log"
    for _ in range(100):
        pieces = [b"y" * rng.choice((0, 1, 30, 300)) for _ in range(rng.randrange(6))]
        content = b"\n".join(pieces) + rng.choice((b"", b"\n"))
        path.write_bytes(content)
        whole = content.removesuffix(b"\n").split(b"\n") if content else []
        for count in range(8):
            start, found = log_files.last(path, count)
            rest = content[start:]
            lines = rest.removesuffix(b"\n").split(b"\n") if rest else []
            assert (lines, found) == (whole[-count:] if count else [], min(count, len(whole)))


def test_times_are_never_later_than_noted_and_never_go_back(tmp_path: Path) -> None:
    rng = random.Random(21)
    path = tmp_path / "a.log"
    log, now, wrote = Log(str(path)), 1000.0, []
    log.look(now)
    while len(wrote) < 500:
        now += rng.choice((1, 2, 20, 3000)) / 64
        with path.open("a") as file:
            file.write("some text\n")
        os.utime(path, (now, now))
        wrote.append(now)
        if rng.random() < 0.4:
            log.look(now)
    log.look(now)
    at = [line.at for line in log_files.lines(path)]
    assert at == sorted(at) and at[-1] == wrote[-1]
    for since in (wrote[100], wrote[321], now + 1):
        start = log_files.since(path, since)
        assert start % len("some text\n") == 0
        assert all(line.at < since for line in log_files.lines(path) if line.end <= start)


async def following(lines: AsyncIterator[Sequence[LogLine]]) -> Sequence[str]:
    async with asyncio.timeout(20):
        return [line.text for line in await anext(lines)]


def test_output_is_followed_over_a_cut_and_to_replicas_that_come_later(records: Records) -> None:
    async def scenario() -> None:
        one = Printing(records, OLD, 1)
        one.says("one\ntwo\nhal", at=1001.0)
        lines = logs.told(records, LogQuery(tail=1, follow=True))
        assert await following(lines) == ["two"], "a line that is not finished is waited for"
        one.says("f\n", at=1002.0)
        assert await following(lines) == ["half"]
        one.says("just before the cut\n", at=1003.0)
        assert rotate(one.keeper, size_max=1)
        one.says("new\n", at=1004.0)
        assert await following(lines) == ["just before the cut", "new"]
        Printing(records, NEW, 1).says("hello\n", at=1005.0)
        assert await following(lines) == ["hello"]
        await lines.aclose()  # type: ignore[attr-defined]

    asyncio.run(scenario())
