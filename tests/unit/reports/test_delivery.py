"""The figures of a period, by hand from runs that a person can count."""

from xml.etree import ElementTree

import pytest
from msgspec.structs import replace

from shipway.model.past import Past
from shipway.model.past_release import PastStage
from shipway.model.recording import Total
from shipway.model.revision import RevisionId
from shipway.model.share import TOTAL, Share
from shipway.reports.delivery import DAY, HOUR, WEEK, Delivery, Known, delivery, full_seconds
from shipway.reports.delivery_picture import drawn

BEGIN = 1_700_000_000.0
UNTIL = BEGIN + 4 * WEEK
CANARY = (PastStage(at=0.0, name="5%", share=Share(5_000)), PastStage(at=600.0, name="all", share=TOTAL))


def run(number: int, *, day: float, met: tuple[PastStage, ...] = CANARY, **changes: object) -> Past:
    """One release a number, each over the one before it."""
    began = BEGIN + day * DAY
    given = Past(
        id=number,
        strategy="canary",
        base=RevisionId(f"1.{number - 1}-aa") if number else None,
        candidate=RevisionId(f"1.{number}-aa"),
        by="ana",
        outcome="finished",
        reason="",
        started_at=began,
        ended_at=began + HOUR,
        met=met,
        met_until=began + HOUR,
        extra_replica_hours=0.5,
        price=0.06,
    )
    return replace(given, **changes)


def taken_back(number: int, *, day: float, first_bad: float | None = 60.0) -> Past:
    began = BEGIN + day * DAY
    return run(
        number,
        day=day,
        met=CANARY[:1],
        outcome="rolled-back",
        back_rule="critical",
        first_bad_at=None if first_bad is None else began + first_bad,
        turned_at=began + 66.0,
        recovered_at=began + 67.0,
        met_until=began + 66.0,
    )


def figures(*past: Past, known: Known | None = None) -> Delivery:
    return delivery("checkout", past, known or Known(), period=(BEGIN - WEEK, UNTIL))


GOOD = [run(number, day=7.0 * number) for number in range(3)]


def test_the_four_figures_of_dora() -> None:
    commits = {number: (GOOD[number].started_at - 2 * HOUR,) for number in range(3)}
    found = figures(*GOOD, taken_back(3, day=20.0), known=Known(commits=commits))
    assert found.since_at == BEGIN, "a period begins where something is remembered"
    assert found.per_week == pytest.approx(3 / 4)
    assert found.lead_time is not None
    assert (found.lead_time.count, found.lead_time.median) == (3, 2 * HOUR + 600.0)
    assert found.change_fail_rate == 1 / 4
    assert found.restore_time is not None and found.restore_time.longest == pytest.approx(7.0)


def test_what_a_bad_version_cost_is_counted_or_told_as_time() -> None:
    bad = taken_back(3, day=20.0), taken_back(4, day=21.0, first_bad=None)
    found = figures(*GOOD, *bad, known=Known(counts={3: Total(requests=812, errors=401), 0: Total(requests=9)}))
    assert (found.exposure.requests, found.exposure.errors, found.exposure.uncounted) == (812, 401, 1)
    assert found.exposure.full_minutes == pytest.approx(0.05 * 67 / 60)
    assert found.restore_time is not None and found.restore_time.median == pytest.approx(4.0)
    assert found.extra_replica_hours == 2.5 and found.price == pytest.approx(0.30)


def test_shares_over_time_add_up() -> None:
    assert full_seconds(run(1, day=0.0)) == pytest.approx(0.05 * 600 + 3000)
    assert full_seconds(run(1, day=0.0, met=())) == 0.0


@pytest.mark.parametrize(
    ("other", "met", "failed"),
    [
        (run(3, day=20.0, strategy="experiment", turned_at=1.0, back_rule="asked", outcome="rolled-back"), 3, 0),
        (run(3, day=20.0, strategy="experiment", turned_at=1.0, back_rule="high", outcome="rolled-back"), 4, 1),
        (run(3, day=20.0, base=RevisionId("1.3-aa")), 3, 0),
        (run(3, day=20.0, met=(), outcome="rolled-back", turned_at=BEGIN), 3, 0),
        (run(3, day=20.0, met=(), kind="worker"), 4, 0),
        (run(3, day=20.0, met=CANARY[:1], outcome="superseded"), 4, 0),
        (run(3, day=20.0, outcome="superseded"), 4, 0),
        (taken_back(3, day=20.0), 4, 1),
        (run(3, day=20.0, strategy="back", candidate=RevisionId("1.1-aa"), base=RevisionId("1.2-aa")), 3, 1),
        (run(3, day=20.0, strategy="back", candidate=RevisionId("1.0-aa"), base=RevisionId("1.1-aa")), 3, 0),
    ],
    ids=[
        "an experiment that somebody decided is no failure",
        "an experiment that hurt is one",
        "a flag's ramp ships no change",
        "what no user met is no deployment",
        "a worker's end counts",
        "superseded on its way counts as met",
        "superseded in its window was shipped",
        "taken back",
        "a return later makes the one before it a failure",
        "a return from something else does not",
    ],
)
def test_what_counts_as_a_deployment_and_as_a_failure(other: Past, met: int, failed: int) -> None:
    found = figures(*GOOD, other)
    assert (len(found.deployments), len(found.failed)) == (met, failed)


def test_a_return_tells_how_long_it_took_from_when_it_was_asked() -> None:
    back = run(3, day=20.0, strategy="back", candidate=RevisionId("1.1-aa"), base=RevisionId("1.2-aa"))
    found = figures(*GOOD, replace(back, met=(PastStage(at=9.0, name="all", share=TOTAL),)))
    assert found.restore_time is not None and found.restore_time.median == 9.0
    assert [one.version for one in found.failed] == ["1.2"]


def test_a_short_period_has_no_weekly_rate_and_an_empty_one_no_figures() -> None:
    short = delivery("checkout", GOOD[:1], Known(), period=(BEGIN, BEGIN + DAY))
    assert short.per_week is None and len(short.shipped) == 1
    empty = figures()
    assert (empty.change_fail_rate, empty.lead_time, empty.restore_time, empty.price) == (None, None, None, None)


def test_a_cut_journal_is_told() -> None:
    assert delivery("checkout", GOOD, Known(), period=(BEGIN - DAY, UNTIL), is_full=True).is_cut
    assert not delivery("checkout", GOOD, Known(), period=(BEGIN + DAY, UNTIL), is_full=True).is_cut


def test_the_picture_has_a_mark_for_each_and_nothing_foreign() -> None:
    known = Known(commits={0: (BEGIN - HOUR,)})
    found = delivery("a<b", [*GOOD, taken_back(3, day=20.0)], known, period=(BEGIN, UNTIL))
    picture = ElementTree.fromstring(drawn(found))
    circles = [one for one in picture.iter() if one.tag.endswith("circle")]
    assert len(circles) == 2, "one lead time, one time to restore"
    assert "a<b" in "".join(picture.itertext())
    assert ElementTree.fromstring(drawn(figures())) is not None
