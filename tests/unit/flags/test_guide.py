"""The guide's file loads, its program runs, and what it says about users is so."""

import re
from pathlib import Path

import pytest

from shipway.flags import FeatureFlags
from shipway.flags.load import parse_flags
from shipway.flags.rules import compile_rule

GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "feature-flags.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", GUIDE, re.DOTALL)


def test_the_file_loads_and_the_program_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = next(text for language, text in BLOCKS if language == "yaml")
    program = next(text for language, text in BLOCKS if language == "python")
    parse_flags(file, file="guide")
    (tmp_path / "feature-flags.yaml").write_text(file)
    monkeypatch.chdir(tmp_path)
    ran: dict[str, object] = {}
    exec(program, ran)
    flags = ran["flags"]
    assert isinstance(flags, FeatureFlags)
    assert flags.explain("new-checkout", user_id=42).reason == "kill"
    flags.close()


@pytest.mark.parametrize("rule", re.findall(r"`((?:user\.|has|size|semver|int|double)\b[^`]*[)\]'0-9])`", GUIDE))
def test_what_the_guide_shows_of_rules_is_understood(rule: str) -> None:
    compile_rule(rule if re.search(r"with|has|>=|> 2", rule) else f"{rule} == 1")
