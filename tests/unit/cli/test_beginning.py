"""`shipway init` on a real terminal: it asks, says what cannot be, and asks again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shipway.errors import Exit
from shipway.spec.load import load

APPLICATION = "options.add_argument('--port')\noptions.add_argument('--version')\n"
ANSWERS = ("Web Shop", "shop", "python app.py", "", "eighty", "8123", "health", "/up")


def begin(folder: Path, answers: tuple[str, ...]) -> tuple[int, str]:
    """All answers are typed before they are asked for, as a quick person would."""
    keyboard, terminal = os.openpty()
    os.write(keyboard, "".join(f"{answer}\n" for answer in answers).encode())
    words = [sys.executable, "-m", "shipway", "init"]
    with subprocess.Popen(words, cwd=folder, stdin=terminal, stdout=terminal, stderr=terminal) as process:
        os.close(terminal)
        said = b""
        while part := _read(keyboard):
            said += part
        code = process.wait(timeout=60)
    os.close(keyboard)
    return code, said.decode()


def _read(keyboard: int) -> bytes:
    """Nothing once the other end is closed, which Linux tells as an error."""
    try:
        return os.read(keyboard, 4096)
    except OSError:
        return b""


def test_an_answer_that_cannot_be_is_asked_for_again_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APPLICATION)
    code, said = begin(tmp_path, ANSWERS)
    assert code == Exit.DONE, said
    for reason in ("small letters", "It needs {port}", "Ports are 1 to 65535", "A path begins with /"):
        assert reason in said
    file = load(tmp_path / "shipway.yaml").file
    assert (file.service, file.health.ready.path) == ("shop", "/up")
    assert file.traffic.options.listen == "0.0.0.0:8123"  # type: ignore[attr-defined]
    assert "The folder is called" not in said, "a guess that was not taken is not explained"


@pytest.mark.parametrize("wrong", ["A B", "-", "9"])
def test_answers_that_stay_wrong_change_nothing(wrong: str, tmp_path: Path) -> None:
    code, said = begin(tmp_path, (wrong,) * 5)
    assert code == Exit.REFUSED and "Nothing was changed" in said
    assert list(tmp_path.iterdir()) == []
