"""Charts as SVG: well formed, all of it on the sheet."""

import re
from itertools import pairwise
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from shipway.reports.chart import Band, Chart, Line, Panel, labels, span, ticks, time_said, time_ticks
from shipway.reports.svg import PANEL_HEIGHT, WIDTH, drawn

VALUES = st.lists(st.tuples(st.floats(0, 100), st.floats(1e-4, 1e4)), min_size=1, max_size=30)


def chart(points: list[tuple[float, float]]) -> Chart:
    band = Band(name="between", colour="#c2570c", points=tuple((at, value / 2, value * 2) for at, value in points))
    line = Line(name="a < b", colour="#333333", points=tuple(points), is_dashed=True)
    panel = Panel(title="this & that", unit="x", lines=(line,), bands=(band,), level=1.0)
    return Chart(title="<all>", subtitle='"said"', seconds=100.0, panels=(panel, panel))


@given(points=VALUES)
def test_everything_is_on_the_sheet(points: list[tuple[float, float]]) -> None:
    text = drawn(chart(points))
    root = ElementTree.fromstring(text)
    assert root.attrib["viewBox"] == f"0 0 {WIDTH} {2 * PANEL_HEIGHT}"
    shapes = re.findall(r'points="([^"]+)"', text)
    assert len(shapes) == 4
    for x, y in (pair.split(",") for shape in shapes for pair in shape.split()):
        assert 0.0 <= float(x) <= WIDTH
        assert 0.0 <= float(y) <= 2 * PANEL_HEIGHT


@given(values=st.lists(st.floats(1e-5, 1e5), min_size=1))
def test_an_axis_holds_its_values_and_has_ticks(values: list[float]) -> None:
    low, high = span(values)
    assert low < min(values) and max(values) < high
    found = ticks(low, high)
    assert 1 <= len(found) <= 12
    assert all(low <= tick <= high for tick in found)


@given(seconds=st.floats(1.0, 3e6))
def test_time_has_a_few_round_ticks(seconds: float) -> None:
    found = time_ticks(seconds)
    assert 1 <= len(found) <= 9
    assert found[0] == 0.0 and found[-1] <= seconds
    assert len({time_said(tick) for tick in found}) == len(found)


@given(values=st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=8))
def test_names_stand_at_the_ends_of_their_curves_and_never_cover_each_other(values: list[float]) -> None:
    lines = tuple(Line(name=f"{value:g}", colour="#333333", points=((0.0, value),)) for value in values)
    panel = Panel(title="x", unit="x", lines=lines, level=1.0, level_name="equal")
    found = labels(panel, *span(panel.values), gap=0.05)
    assert {label.name for label in found} == {"equal", *(line.name for line in lines)}
    assert all(above.part - below.part > 0.0499 for above, below in pairwise(found))


def test_what_an_axis_does_not_show_is_drawn_at_its_edge() -> None:
    line = Line(name="far", colour="#333333", points=((0.0, 0.001), (100.0, 5000.0)))
    panel = Panel(title="x", unit="x", lines=(line,), window=(0.1, 20.0))
    low, high = span(panel.values)
    assert 0.05 < low < 0.1 and 20.0 < high < 40.0
    drawn(Chart(title="x", subtitle="", seconds=100.0, panels=(panel,)))
