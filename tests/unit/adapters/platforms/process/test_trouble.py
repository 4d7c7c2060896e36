"""What users get wrong, and what machines refuse."""

import errno
import os

import pytest

from contract.platform import Scenes, ids, ready, until
from contract.process_stand import ProcessStand
from shipway.errors import PortError

pytestmark = pytest.mark.real


class TestTrouble:
    @pytest.mark.parametrize(
        ("options", "what"),
        [
            ({"command": "no-such-command --port {port}"}, "`no-such-command` was found nowhere in PATH"),
            ({"command": "./missing {port}"}, "`./missing` does not exist"),
            ({"command": "./plain.txt {port}"}, "`./plain.txt` is not an executable file"),
            ({"command": "sh 'half {port}"}, "No closing quotation"),
            ({"command": " "}, "no command"),
            ({"directory": "/no/such/place"}, "The working directory does not exist"),
            ({"ports": [28_300, 28_300]}, "All of them are in use"),
        ],
    )
    def test_with_what_the_user_wrote_is_told_in_four_lines_and_nothing_changes(
        self, stand: ProcessStand, options: dict[str, object], what: str
    ) -> None:
        (stand.work / "plain.txt").write_text("text")

        async def scenario() -> None:
            platform = stand.platform()
            with pytest.raises(PortError) as caught:
                await platform.scale(stand.revision("1.0", **options), 2, generation=1)
            assert what in caught.value.why and len(str(caught.value).splitlines()) == 4
            assert (await platform.observe()).replicas == ()

        stand.run(scenario())

    def test_with_the_disk_is_told_in_four_lines(
        self, stand: ProcessStand, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def scenario() -> None:
            platform, revision, before = await Scenes.started(stand, 1)

            def full(_: int) -> None:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

            monkeypatch.setattr(os, "fsync", full)
            with pytest.raises(PortError, match="cannot be written") as caught:
                await platform.scale(revision, 2, generation=3)
            assert "Make room" in caught.value.fix and len(str(caught.value).splitlines()) == 4
            monkeypatch.undo()
            assert ids(await platform.observe()) == ids(before)
            await platform.scale(revision, 2, generation=3)
            await until(stand, platform, ready(2))

        stand.run(scenario())

    def test_with_the_directory_of_the_logs_is_told_in_four_lines(self, stand: ProcessStand) -> None:
        async def scenario() -> None:
            blocked = stand.home / "services" / stand.service
            blocked.mkdir(parents=True)
            (blocked / "logs").write_text("a file where a directory should be")
            with pytest.raises(PortError, match="cannot be written") as caught:
                await stand.platform().scale(stand.revision("1.0"), 1, generation=1)
            assert len(str(caught.value).splitlines()) == 4

        stand.run(scenario())
