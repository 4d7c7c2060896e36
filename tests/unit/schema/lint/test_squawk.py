"""Held against squawk, the linter that most people use: the same verdict on its own rules."""

import pytest

from unit.schema.lint.squawk import Verdict, agreement, both, known

AGREEMENT_MIN = 0.99


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> list[Verdict]:
    return both(tmp_path_factory.mktemp("corpus"))


def test_its_rules_are_seen_where_squawk_sees_them(verdicts: list[Verdict]) -> None:
    found = agreement(verdicts)
    print(f"{found.share:.4f} of {found.agreed + found.differ.total()} verdicts in {found.files} files")
    assert found.share >= AGREEMENT_MIN, "\n".join(sorted(found.differ)[:60])


def test_no_rule_of_squawk_is_unknown_here(verdicts: list[Verdict]) -> None:
    assert {rule for _, theirs, _ in verdicts for rule in theirs} <= known() | {"syntax-error"}
