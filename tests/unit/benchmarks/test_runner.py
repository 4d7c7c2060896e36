"""The runner of the benchmarks."""

from pathlib import Path

import pytest

import benchmarks.__main__ as runner
from benchmarks.__main__ import judged, main


def test_a_script_is_met_only_when_its_last_line_and_its_exit_code_say_so() -> None:
    line = "cli: 3.1x, target <= 4x, met"
    assert judged("cli", f"table\n{line}\n", code=0, seconds=1.0).is_met
    assert not judged("cli", f"table\n{line}\n", code=1, seconds=1.0).is_met
    assert not judged("cli", "cli: 5x, target <= 4x, short", code=0, seconds=1.0).is_met


@pytest.mark.parametrize("output", ["", "Traceback", "other: 1, target 2, met", "cli: half a li"])
def test_a_script_without_its_last_line_has_failed(output: str) -> None:
    result = judged("cli", output, code=3, seconds=1.0)
    assert result.line == "cli: failed with exit code 3, short" and not result.is_met


def test_an_unknown_name_is_refused_with_its_siblings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulater"]) == 2
    assert "simulator" in capsys.readouterr().err


def script(folder: Path, *lines: str) -> None:
    (folder / "benchmarks").mkdir()
    (folder / "benchmarks" / "cli.py").write_text("\n".join(lines))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(runner, "FOLDER", tmp_path / "benchmarks")
    monkeypatch.setattr(runner, "DOCS", tmp_path / "docs")
    return tmp_path


def test_a_missing_script_is_reported_and_counts_as_short(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cli"]) == 1
    assert "✗ cli: missing" in capsys.readouterr().out


def test_the_summary_repeats_the_last_line_and_a_script_without_a_page_gets_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script(folder, "print('a table')", "print('cli: 3x, target <= 4x, met')")
    assert main(["cli"]) == 0
    assert "✓ cli: 3x, target <= 4x, met" in capsys.readouterr().out
    assert "a table" in (folder / "docs" / "cli.md").read_text()


def test_a_script_that_hangs_is_ended(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "SECONDS_MAX", 0.3)
    script(folder, "import time", "time.sleep(60)")
    assert main(["cli"]) == 1
