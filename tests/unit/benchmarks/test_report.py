"""What a benchmark leaves behind."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.picture import Bar, Picture, svg
from benchmarks.report import Figure, Report, Table, amount, page, publish, text

TABLE = Table(title="Cost", columns=("proxy", "us"), rows=(("ours", "12"), ("a|b & <c>", "3")), note="Medians.")
PICTURE = Picture(
    title="Cost <per> request",
    unit="us",
    limit=20.0,
    bars=(Bar(label="a & b", value=3.0), Bar(label="ours", value=12.0, is_ours=True)),
)


def report(*values: float) -> Report:
    figures = tuple(Figure(value=value, target=10.0, unit="ms", what=f"of part {value:g}") for value in values)
    return Report(name="some_claim", claim="It is quick.", figures=figures, tables=(TABLE,), picture=PICTURE)


def test_the_last_line_names_each_figure_its_target_and_whether_it_is_met() -> None:
    assert (
        report(3.0, 9.5).last_line
        == "some_claim: 3 ms of part 3 and 9.5 ms of part 9.5, target < 10 ms and < 10 ms, met"
    )


def test_one_figure_that_is_short_makes_the_benchmark_short() -> None:
    assert report(3.0, 11.0).last_line.endswith(", short")


@pytest.mark.parametrize(("or_equal", "is_met"), [(True, True), (False, False)])
def test_a_figure_at_its_target_is_met_only_where_the_target_says_so(or_equal: bool, is_met: bool) -> None:
    assert Figure(value=0.0, target=0.0, or_equal=or_equal).is_met is is_met


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [(0.8123, "s", "0.812 s"), (3.6, "x", "3.6x"), (300000.0, "", "300000"), (0.0, "", "0")],
)
def test_amounts_keep_three_digits_and_their_unit(value: float, unit: str, words: str) -> None:
    assert amount(value, unit) == words


def test_publishing_writes_the_page_and_the_picture_and_ends_with_the_last_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert publish(report(3.0), docs=tmp_path) == 0
    assert publish(report(12.0), docs=tmp_path) == 1
    assert capsys.readouterr().out.splitlines()[-1] == report(12.0).last_line
    assert "![Cost <per> request](some_claim.svg)" in (tmp_path / "some_claim.md").read_text()
    assert (tmp_path / "some_claim.svg").exists()


def test_a_page_says_where_it_was_measured_and_keeps_cells_apart() -> None:
    written = page(report(3.0), made="a machine; 2026-01-01; `make bench ONLY=some_claim`")
    assert "| a&#124;b & <c> | 3 |" in written
    assert written.endswith("Measured on a machine; 2026-01-01; `make bench ONLY=some_claim`.\n")


def test_a_table_for_the_terminal_aligns_numbers_to_the_right() -> None:
    assert text(TABLE).splitlines() == [
        "Cost",
        "",
        "proxy      us",
        "---------  --",
        "ours       12",
        "a|b & <c>   3",
        "Medians.",
    ]


def test_a_picture_is_well_formed_and_its_bars_are_as_long_as_their_values() -> None:
    rectangles = ElementTree.fromstring(svg(PICTURE)).findall("{http://www.w3.org/2000/svg}rect")
    lengths = [float(rectangle.attrib["width"]) for rectangle in rectangles[1:]]
    assert lengths[1] == pytest.approx(4 * lengths[0], abs=0.2)
