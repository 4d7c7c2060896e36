"""Flags of a file, through the contract of every flag service."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.flag_service import FLAG, HALF, OTHER, FlagServiceContract, expose, seen
from shipway.adapters.clock import WallClock
from shipway.adapters.context import Context
from shipway.adapters.flag_services.file import FlagFile, build
from shipway.errors import PortError
from shipway.flags.source import FileSource
from shipway.model.share import NONE

TEXT = (
    f"# ours\nfeatures:\n  {FLAG}: {{enabled: false, owner: payments}}  # soon\n  {OTHER}:\n    enabled: false\n"
)


class Place:
    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "feature-flags.yaml"
        self.path.write_text(TEXT)
        self.service = self.again()

    def again(self) -> FlagFile:
        context = Context(service="checkout", home=self.folder / "home", clock=WallClock(), health={})
        return build({"path": str(self.path), "flags": [FLAG, OTHER]}, context)

    def kill(self, flag: str) -> None:
        FileSource(self.path).write({("features", flag, "kill"): "true"})

    def set(self, flag: str, percentage: float) -> None:
        values = {"enabled": "true"}
        FileSource(self.path).write({("features", flag, key): value for key, value in values.items()})
        FileSource(self.path).write({("features", flag, "rollout", "percentage"): str(percentage)})


class TestFlagsOfAFile(FlagServiceContract):
    @pytest.fixture
    def flags(self, tmp_path: Path) -> Iterator[Place]:
        yield Place(tmp_path)

    def test_all_that_people_wrote_stays(self, flags: Place) -> None:
        expose(flags.service, HALF, 1)
        text = flags.path.read_text()
        assert "# ours" in text and "# soon" in text and "owner: payments" in text

    def test_a_schedule_ends_where_a_ramp_begins(self, flags: Place) -> None:
        past = '{at: "2020-01-01T00:00:00Z", percentage: 80, enabled: true}'
        later = f'[{past}, {{at: "2099-01-01T00:00:00Z", percentage: 90}}]'
        flags.path.write_text(f"features:\n  {FLAG}:\n    schedule: {later}\n  {OTHER}:\n    enabled: false\n")
        assert seen(flags.service)[0] == 80_000
        expose(flags.service, HALF, 1)
        assert seen(flags.service)[0] == HALF and "2099" not in flags.path.read_text()

    @pytest.mark.parametrize("text", ["features: [", "features: {}", None])
    def test_a_file_that_is_wrong_or_gone_says_so_and_shows_nothing_else(
        self, flags: Place, text: str | None
    ) -> None:
        expose(flags.service, HALF, 1)
        if text is None:
            flags.path.unlink()
        else:
            flags.path.write_text(text)
        with pytest.raises(PortError):
            asyncio.run(flags.service.observe())
        with pytest.raises(PortError):
            expose(flags.service, NONE, 2)
        flags.path.write_text(TEXT)
        assert seen(flags.service) == (NONE, 2), "what is seen is what was wished for last"
