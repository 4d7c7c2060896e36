"""What is free, what is held in reserve, and when it is given up."""

from pathlib import Path

import pytest
from pytest import MonkeyPatch

from shipway.adapters.disk import reserve as module
from shipway.adapters.disk.reserve import RESERVE_BYTES, SPARE_BYTES, Reserve
from shipway.adapters.disk.room import FULL_BYTES, free_bytes, is_full
from shipway.cli.shell import room as asked
from shipway.cli.shell.room import LOGS_BYTES, RELEASE_BYTES, NoRoom, require_room, room
from shipway.home import Home


def free(monkeypatch: MonkeyPatch, amount: int) -> None:
    for place in (module, asked):
        monkeypatch.setattr(place, "free_bytes", lambda _: amount)


def test_what_is_free_is_told_of_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    assert free_bytes(tmp_path / "a" / "b") > 0
    assert not is_full(tmp_path / "a")


def test_a_reserve_has_blocks_of_its_own_and_is_made_once(tmp_path: Path, monkeypatch: MonkeyPatch) -> None:
    free(monkeypatch, SPARE_BYTES + 1)
    reserve = Reserve(tmp_path)
    reserve.look()
    made = reserve.path.stat()
    assert made.st_size == RESERVE_BYTES <= made.st_blocks * 512
    reserve.look()
    assert reserve.path.stat().st_ino == made.st_ino
    assert [path.name for path in tmp_path.iterdir()] == ["reserve"]


def test_none_is_made_where_it_would_fill_the_disk(tmp_path: Path, monkeypatch: MonkeyPatch) -> None:
    free(monkeypatch, SPARE_BYTES)
    Reserve(tmp_path).look()
    assert list(tmp_path.iterdir()) == []


def test_it_is_given_up_once_the_disk_is_full_and_not_before(tmp_path: Path, monkeypatch: MonkeyPatch) -> None:
    reserve = Reserve(tmp_path)
    reserve.path.write_bytes(b"x")
    free(monkeypatch, FULL_BYTES)
    reserve.look()
    assert reserve.path.exists()
    free(monkeypatch, FULL_BYTES - 1)
    reserve.look()
    assert not reserve.path.exists()
    reserve.look()


def test_a_disk_that_takes_no_reserve_is_left_clean(tmp_path: Path, monkeypatch: MonkeyPatch) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    free(monkeypatch, SPARE_BYTES + 1)
    monkeypatch.setattr(module, "_fill", refuse)
    Reserve(tmp_path).look()
    assert list(tmp_path.iterdir()) == []


def test_a_release_is_refused_without_room_and_warned_of_where_logs_may_fill_it(
    tmp_path: Path, monkeypatch: MonkeyPatch
) -> None:
    home = Home(tmp_path)
    free(monkeypatch, RELEASE_BYTES - 1)
    with pytest.raises(NoRoom) as refused:
        require_room(home)
    assert str(refused.value).count("\n") == 3
    assert room(home, 4).is_fine is False
    free(monkeypatch, RELEASE_BYTES + 4 * LOGS_BYTES - 10**6)
    require_room(home)
    assert room(home, 4).said == "191 MB are free, and logs of 4 replicas may grow to 192 MB"
    free(monkeypatch, RELEASE_BYTES + 4 * LOGS_BYTES)
    assert room(home, 4).is_fine is True
