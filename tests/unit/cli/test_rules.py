"""`shipway why` knows every rule that can decide."""

import re
from pathlib import Path

import pytest

from shipway.cli.render.rules import RULES, meaning
from shipway.engine import decide

SOURCE = Path(decide.__file__).read_text(encoding="utf-8")
NAMED = re.compile(r'(?:rule=|staying\(|holding\(case, |_next\(case, |going_back\(case, [^"\n]*, )"([a-z-]+)"')


def test_the_search_finds_rules() -> None:
    assert {"critical", "bake", "drift", "late", "blind-wait", "asked"} <= set(NAMED.findall(SOURCE))


@pytest.mark.parametrize("rule", sorted(set(NAMED.findall(SOURCE))))
def test_every_rule_is_explained(rule: str) -> None:
    assert meaning(rule)


@pytest.mark.parametrize("rule", ["critical-no-way-back", "high-stable-broken", "asked-no-way-back"])
def test_a_rule_that_has_nowhere_to_go_is_explained_too(rule: str) -> None:
    assert meaning(rule).startswith(RULES[rule.split("-")[0]])
