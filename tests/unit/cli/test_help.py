"""Help that teaches, for every command, and the page that is made from it."""

import subprocess
import sys
from pathlib import Path

import pytest
from cyclopts import App

from shipway.cli.render.paint import width
from shipway.cli.shell import help, reference
from shipway.cli.shell.commands import application, commands

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "commands.md"
GROUPS = (("config",), ("flags",), ("schema",))
"""Words that only hold others."""
FOLDER = Path(__file__).parents[3] / "src" / "shipway" / "cli"


def paths(app: App, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every command and subcommand."""
    found: list[tuple[str, ...]] = []
    for name in app:
        if not name.startswith("-"):
            found += [(*before, name), *paths(app[name], (*before, name))]
    return found


ALL = paths(application())


def test_every_command_is_a_file_of_its_name() -> None:
    files = {path.stem.replace("_", "-") for path in FOLDER.glob("*.py")} - {"--init--"}
    folders = {path.parent.name for path in FOLDER.glob("*/__init__.py")} - {"render", "shell"}
    assert files | folders == set(commands())


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_fits_and_has_a_purpose_examples_and_what_follows(path: tuple[str, ...]) -> None:
    lines = help.page(application(), list(path))
    assert [line for line in lines if width(line) > 80] == []
    assert len(lines[2]) > 10
    if path not in GROUPS:
        assert "Examples" in lines and any(f"shipway {' '.join(path)}" in line for line in lines[3:])
        assert "Then" in lines


def test_the_overview_fits_and_names_every_command() -> None:
    lines = help.overview()
    assert [line for line in lines if width(line) > 80] == []
    assert all(any(line.strip().startswith(f"{name} ") for line in lines) for name in commands())


def test_the_reference_page_is_what_the_commands_say() -> None:
    fix = "python -m shipway.cli.shell.reference > docs/reference/commands.md"
    assert PAGE.read_text(encoding="utf-8") == reference.text(), f"run {fix}"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_completion_script(shell: str) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "shipway", "completion", shell], capture_output=True, text=True, timeout=60
    )
    assert found.returncode == 0, found.stderr
    assert "rollback" in found.stdout and "__complete" in found.stdout


def test_the_bash_completion_script_is_valid(tmp_path: Path) -> None:
    script = tmp_path / "completion.bash"
    made = subprocess.run(
        [sys.executable, "-m", "shipway", "completion", "bash"], capture_output=True, check=True, timeout=60
    )
    script.write_bytes(made.stdout)
    subprocess.run(["bash", "-n", str(script)], check=True, timeout=60)
