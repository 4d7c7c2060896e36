"""The guide's table of risks: a test for each of its indicators, with what it recommends."""

import pytest

from shipway.assessment.change import File
from shipway.model.risk import LEVELS, Risk
from unit.assessment.changes import code, judged, texts

SPECIFICATION = "openapi: 3.0.0\npaths:\n  /a: {get: {responses: {'200': {}}}}\n"
EXTENDED = SPECIFICATION + "  /b: {get: {responses: {'200': {}}}}\n"
ROWS = [
    ("low", "bug fix", [code()], ("fix: round once",)),
    ("low", "config change", [File(path="config/limits.yaml", added=3)], ()),
    ("low", "<50 lines", [code(lines=49)], ()),
    ("medium", "new feature", [code()], ("feat(cart): gift wrapping",)),
    ("medium", "50-500 lines", [code(lines=50)], ()),
    ("medium", "50-500 lines", [code(lines=500)], ()),
    ("medium", "API changes", [texts("openapi.yaml", SPECIFICATION, EXTENDED)], ()),
    ("high", "database schema", [File(path="shop/migrations/0007_email.py", added=4)], ()),
    ("high", "authentication", [code("src/shop/auth/tokens.py")], ()),
    ("high", "payment", [code("app/services/PaymentService.java")], ()),
    ("critical", "core infrastructure", [File(path="terraform/network.tf", added=2)], ()),
    (
        "critical",
        "data migration",
        [texts("db/migrate/008_fill.sql", None, "UPDATE users SET mail = lower(mail);")],
        (),
    ),
]


@pytest.mark.parametrize(("level", "indicator", "files", "subjects"), ROWS)
def test_an_indicator_of_the_guide_means_its_level(
    level: str, indicator: str, files: list[File], subjects: tuple[str, ...]
) -> None:
    assert judged(*files, subjects=subjects).risk.word == level, indicator


APPROACHES = [
    ("low", ("rolling",), ()),
    ("medium", ("canary",), ()),
    ("high", ("blue-green", "canary + feature-flags"), ("approval",)),
    ("critical", ("blue-green",), ("approval", "on-call", "off-peak", "team")),
]


@pytest.mark.parametrize(("level", "strategies", "needs"), APPROACHES)
def test_a_level_recommends_what_the_guide_does(
    level: str, strategies: tuple[str, ...], needs: tuple[str, ...]
) -> None:
    row = LEVELS[Risk[level.upper()]]
    assert (row.strategies, row.needs) == (strategies, needs)


def test_more_than_500_lines_is_large_and_not_more_than_medium_by_itself() -> None:
    found = judged(code(lines=501))
    assert (found.risk, found.is_large) == (Risk.MEDIUM, True)
    assert not judged(code(lines=500)).is_large


def test_the_heaviest_reason_comes_first_and_is_the_risk() -> None:
    found = judged(code(lines=700), code("src/payments/charge.py", 1), File(path="infra/main.tf", added=1))
    assert found.risk == Risk.CRITICAL
    assert [one.risk for one in found.reasons] == sorted((one.risk for one in found.reasons), reverse=True)
    assert found.touches == ("infrastructure", "payments")


def test_only_code_counts_as_size() -> None:
    found = judged(
        code("tests/test_cart.py", 900),
        code("docs/cart.md", 900),
        code("api/shop_pb2.py", 9000),
        code("vendor/lib.go", 900),
    )
    assert (found.risk, found.lines) == (Risk.LOW, 0)


def test_nothing_that_differs_is_low() -> None:
    found = judged()
    assert (found.risk, found.reasons[0].sentence) == (Risk.LOW, "nothing differs")
