"""What to verify around going back: the rows that teams tick by hand, and what is seen of each."""

import pytest
from msgspec.structs import replace

from shipway.cli.render import rollback_checklist as render
from shipway.cli.render.paint import Paint, width
from shipway.model.verdict import Kind, Verdict
from shipway.model.view import View
from shipway.planning.rollback_checklist import POINTS, gone_through
from unit.cli import views

BEFORE = [
    ("Rollback will actually fix the problem (not infrastructure issue)", "cause"),
    ("Database migrations are backward-compatible (or plan data rollback)", "database"),
    ("Team is notified (#incidents channel)", "team"),
    ("Incident ticket created with details", "ticket"),
    ("Monitoring dashboards open to confirm rollback success", "dashboards"),
]
AFTER = [
    ("Verify error rates return to normal", "errors"),
    ("Verify key user flows working", "flows"),
    ("Verify performance metrics recovered", "latency"),
    ("Post-mortem scheduled", "post-mortem"),
    ("Root cause investigation started", "root-cause"),
    ("Prevention plan documented", "prevention"),
]


@pytest.mark.parametrize(
    ("at", "row", "name", "is_after"),
    [
        (at, row, name, is_after)
        for at, (row, name, is_after) in enumerate(
            [*((row, name, False) for row, name in BEFORE), *((row, name, True) for row, name in AFTER)]
        )
    ],
    ids=[row for row, _ in (*BEFORE, *AFTER)],
)
def test_each_row_is_an_item_in_its_place(at: int, row: str, name: str, is_after: bool) -> None:
    assert (POINTS[at].name, POINTS[at].is_after, bool(POINTS[at].words)) == (name, is_after, True)


def test_there_are_no_others() -> None:
    assert len(POINTS) == len(BEFORE) + len(AFTER)


def seen(view: View, name: str) -> tuple[bool | None, str]:
    [found] = [found for point, found in gone_through(view) if point.name == name]
    return found.is_so, found.said


def judged(kind: Kind) -> View:
    run = replace(views.RUN, verdict=Verdict(kind=kind, sentence="it is so"))
    return replace(views.RELEASING, run=run)


@pytest.mark.parametrize(
    ("view", "is_so"),
    [
        (judged(Kind.HARMFUL), True),
        (judged(Kind.HEALTHY), False),
        (judged(Kind.NOT_ENOUGH), None),
        (judged(Kind.BLIND), None),
        (views.LIVE, None),
    ],
)
def test_the_version_is_the_cause_where_the_other_one_does_better(view: View, is_so: bool | None) -> None:
    assert seen(view, "cause")[0] is is_so


def test_a_schema_that_the_former_version_cannot_read_is_told() -> None:
    assert seen(views.LIVE, "database")[0] is None
    assert seen(views.RELEASING, "database") == (True, "this release moves no schema of Shipway's")
    row = views.RUN.row
    stages = [replace(one, back=None) if at == row else one for at, one in enumerate(views.CANARY.stages)]
    gone = replace(views.RUN, plan=replace(views.CANARY, stages=tuple(stages)))
    assert seen(replace(views.RELEASING, run=gone), "database")[0] is False


def test_numbers_of_now_stand_beside_what_a_person_judges() -> None:
    is_so, said = seen(views.RELEASING, "errors")
    assert is_so is None and "%" in said
    assert seen(views.DOWN, "errors") == (None, "nothing is counted now")


@pytest.mark.parametrize("age", [0.0, 1e6])
@pytest.mark.parametrize("view", [views.RELEASING, views.LIVE, views.DOWN])
def test_it_fits_into_eighty_columns_and_says_all_eleven(view: View, age: float) -> None:
    lines = render.lines(view, gone_through(view), Paint(), now=view.at + age)
    assert [line for line in lines if width(line) > 80] == []
    assert [point.name for point in POINTS if not any(f" {point.name} " in line for line in lines)] == []
    data = render.as_data(view, gone_through(view), now=view.at + age)
    assert len(data["items"]) == 11  # type: ignore[arg-type]
