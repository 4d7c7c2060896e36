"""What people see, whole. Every line fits into 80 columns."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from shipway.adapters.disk.leftovers import Leftover
from shipway.adapters.disk.pruning import Pruned, RevisionOnDisk
from shipway.analysis.sequence import Interval
from shipway.cli.render import (
    analysis,
    comparison,
    error,
    findings,
    history,
    jobs,
    outcome,
    plan,
    pruned,
    rehearsal,
    replay,
    service,
    why,
)
from shipway.cli.render.comparison import Compared
from shipway.cli.render.findings import Finding
from shipway.cli.render.paint import Paint, width
from shipway.cli.shell.following import Followed
from shipway.engine.analyze import Analysis, Quantiles, Version
from shipway.engine.replay import Replayed
from shipway.engine.state import ServiceState
from shipway.errors import Exit, ShipwayError
from shipway.model.hook import AFTER_STAGE, DURING_STAGE, Hook, Hooks
from shipway.model.plan import Plan
from shipway.model.revision import Revision, RevisionId
from shipway.model.verdict import Kind, Verdict
from shipway.planning.price import Price
from shipway.ports.revisions import Kept
from shipway.simulation.rehearse import FAULTS, Line, Rehearsal
from shipway.spec.problems import InputErrors, UnknownKey, WrongUnit
from unit.cli import scheduled, views
from unit.cli.golden import same

PLAIN = Paint()
COLOURED = Paint(colour=True)


def fits(lines: list[str]) -> None:
    assert [line for line in lines if width(line) > 80] == []


@pytest.mark.parametrize("name", views.VIEWS)
def test_status_says_what_happens_and_what_to_press(name: str) -> None:
    lines = service.lines(views.VIEWS[name], PLAIN, now=views.NOW)
    same(f"status-{name}", lines)
    fits(lines)


def test_jobs_are_listed_with_their_ends() -> None:
    lines = [
        jobs.heading("nightly-report", scheduled.JOBS.past, PLAIN),
        "",
        *jobs.lines(scheduled.JOBS, PLAIN, now=views.NOW),
    ]
    same("jobs", lines)
    fits(lines)


def test_the_plan_of_a_scheduled_service_says_whose_job_is_next() -> None:
    lines = plan.lines(scheduled.NIGHTLY, PLAIN, start_seconds=3.0, is_measured=False)
    same("plan-scheduled", lines)
    fits(lines)


@pytest.mark.parametrize("name", views.VIEWS)
def test_why_gives_cause_rule_and_evidence(name: str) -> None:
    lines = why.lines(views.VIEWS[name], PLAIN, now=views.NOW)
    same(f"why-{name}", lines)
    fits(lines)


@pytest.mark.parametrize("name", views.VIEWS)
def test_colours_change_no_width(name: str) -> None:
    view = views.VIEWS[name]
    plain = service.lines(view, PLAIN, now=views.NOW)
    coloured = service.lines(view, COLOURED, now=views.NOW)
    assert [width(line) for line in coloured] == [len(line) for line in plain]


def test_all_services_take_a_line_each() -> None:
    shown = [replace(view, service=f"service-{name}") for name, view in views.VIEWS.items()]
    lines = service.overview(shown, PLAIN, now=views.NOW)
    same("status-all", lines)
    fits(lines)
    assert len(lines) == len(shown)


PLANS: dict[str, tuple[Plan, bool]] = {
    "canary": (views.CANARY, True),
    "chosen": (views.CHOSEN, True),
    "rolling": (views.ROLLING, False),
    "first": (views.FIRST, False),
    "mirrored": (views.MIRRORED.run.plan, True),  # type: ignore[union-attr]
}


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_tells_who_is_exposed_and_how_fast_it_goes_back(name: str) -> None:
    shown, is_measured = PLANS[name]
    lines = plan.lines(shown, PLAIN, start_seconds=12.0, is_measured=is_measured)
    lines += plan.guard_lines(views.RUN.calibration if is_measured else "")
    same(f"plan-{name}", lines)
    fits(lines)


def test_a_plan_names_the_stages_that_nothing_runs_along_with() -> None:
    def told(shown: Plan, *moments: str) -> str:
        calls = tuple(Hook(moment=moment, kind="command", target="hey", timeout=60.0) for moment in moments)
        lines = plan.hook_lines(replace(shown, hooks=Hooks(calls=calls)))
        fits(lines)
        return " ".join(lines)

    assert told(views.CANARY, DURING_STAGE) == ""
    assert "is not called in stages 1 (1 of 4), 2 (2 of 4), 3 (3 of 4), 4 (all)" in told(
        views.ROLLING, DURING_STAGE
    )
    rushed = replace(views.ROLLING, stages=views.ROLLING.stages[:-1])
    assert "during_stage is never called" in told(rushed, DURING_STAGE)
    assert told(views.ROLLING, DURING_STAGE, AFTER_STAGE) == told(views.ROLLING) == ""


def test_history_lists_releases_with_their_four_times() -> None:
    def kept(number: int, id: str) -> Kept:
        revision = Revision(
            id=views.STABLE if number == 1 else views.CANDIDATE, service="checkout", version=id, platform={}
        )
        return Kept(number=number, at=views.NOW - 90_000, revision=revision)

    first = replace(
        views.PAST,
        id=2,
        base=None,
        candidate=views.STABLE,
        outcome="finished",
        reason="",
        started_at=views.NOW - 90_000,
        first_bad_at=None,
        turned_at=None,
        recovered_at=None,
    )
    state = ServiceState(service="checkout", proven=views.STABLE, past=(first, views.PAST))
    lines = history.lines(history.history(state, (kept(1, "1.8.2"), kept(2, "1.9.0"))), PLAIN, now=views.NOW)
    same("history", lines)
    fits(lines)


def test_history_sums_what_releases_cost() -> None:
    past = replace(views.PAST, extra_replica_hours=4.25, price=0.51)
    state = ServiceState(service="checkout", proven=views.STABLE, past=(replace(past, id=2), past))
    lines = history.lines(history.history(state, ()), PLAIN, now=views.NOW)
    same("history-priced", lines)
    fits(lines)


def test_strategies_stand_side_by_side() -> None:
    def price(back: float, hours: float, fewer: int = 0) -> Price:
        return Price(
            stages=4,
            fewer_replicas=fewer,
            take_back_seconds=back,
            until_all_seconds=2745.0,
            extra_replica_hours=hours,
            price=hours * 0.12,
        )

    lines = comparison.lines(
        [
            Compared(strategy="rolling", is_chosen=False, is_refused=True, price=price(372.0, 0.02, fewer=1)),
            Compared(strategy="blue-green", is_chosen=False, price=price(0.2, 4.25)),
            Compared(strategy="canary", is_chosen=True, impossible="A canary needs stages."),
        ],
        PLAIN,
        source=["Times: a replica was last seen to need 8 s from its start to steady."],
    )
    same("comparison", lines)
    fits(lines)


FOLLOWED = Followed(
    run=41,
    plan=views.CANARY,
    started_at=views.NOW - 250,
    row=5,
    is_promoted=True,
    first_bad_at=views.NOW - 12,
    turned_at=views.NOW - 3,
    recovered_at=views.NOW - 2.8,
)
OUTCOMES = {
    "promoted": (FOLLOWED, Exit.DONE),
    "finished": (replace(FOLLOWED, outcome="finished", row=6), Exit.DONE),
    "rolled-back": (replace(FOLLOWED, outcome="rolled-back", back_reason=views.BAD.sentence), Exit.ROLLED_BACK),
    "held": (replace(FOLLOWED, hold="the candidate is not ready: 503 from /health/ready"), Exit.HELD),
    "superseded": (replace(FOLLOWED, outcome="superseded", reason="superseded by 1.9.1-12345678"), Exit.REFUSED),
    "aborted": (replace(FOLLOWED, take_back=7, row=0), Exit.DONE),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_command_ends_with_what_was_seen(name: str) -> None:
    followed, code = OUTCOMES[name]
    lines = outcome.lines(followed, code, PLAIN)
    same(f"outcome-{name}", lines)
    fits(lines)


def test_an_error_has_its_four_lines_and_its_page() -> None:
    unknown = UnknownKey(
        "`gard` is not a key of the release file",
        where="/home/ana/projects/checkout/shipway.yaml:18:1",
        why="Known here: canary, deadline, drain, drift, files, guard, health, keep, platform, rollback, rolling.",
        fix="Did you mean `guard`?",
    )
    unit = WrongUnit("canary.bake: `15` has no unit", where="shipway.yaml:14:9", why="15 what?", fix="Write 15m.")
    lines = [
        *error.lines(unknown, PLAIN),
        "",
        *error.lines(InputErrors([unknown, unit], file="shipway.yaml"), PLAIN),
        "",
        *error.lines(ShipwayError("Only this is known."), PLAIN),
    ]
    same("error", lines)
    fits(lines)


def test_a_check_says_what_to_do_about_what_fails() -> None:
    found = [
        Finding(name="file", is_fine=True, said="shipway.yaml: checkout, canary, 4 replicas"),
        Finding(name="command", is_fine=None, said="not there yet; prepare makes it: python -m venv .venvs/1.9.0"),
        Finding(
            name="replica",
            is_fine=False,
            said="it ended with exit code 1 before it was ready",
            where="shipway.yaml:12:11",
            why="A replica gets no users before it says that it is ready.",
            fix="See what it printed; correct the command or the health paths.",
            output=("Traceback (most recent call last):", "ModuleNotFoundError: No module named 'checkout'" * 3),
        ),
    ]
    lines = findings.lines(found, PLAIN)
    same("check", lines)
    fits(lines)


def test_a_rehearsal_is_a_timeline_and_several_are_a_table() -> None:
    played = [
        Rehearsal(
            fault=fault,
            plan=views.CANARY,
            lines=(
                Line(at=4.8, text="reached stage 2 (canary 5%)"),
                Line(at=10.2, text=f"back to now: {views.BAD.sentence}"),
            ),
            outcome="rolled-back" if number else "finished",
            seconds=10.2 * (number + 1),
            requests=12_592 * (number + 1),
            failed=20,
            noticed=number * 4,
            exposed=0.0213 * number,
            deaths=0,
        )
        for number, fault in enumerate(FAULTS.values())
    ]
    lines = [*rehearsal.overview(played, PLAIN), "", *rehearsal.timeline(played[1], PLAIN)]
    same("rehearsal", lines)
    fits(lines)


REPLAYED = [
    Replayed(name="1.8.0-aa11bb22-12", was="good", seconds=4500.0, requests=512_000, errors=301),
    Replayed(
        name="1.9.0-7f3a91c2-41",
        was="bad",
        seconds=900.0,
        back_at=64.0,
        verdict=views.BAD,
        requests=150,
        errors=78,
    ),
    Replayed(name="1.9.1-99aa88bb-77", was="good", seconds=900.0, back_at=410.0, verdict=views.BAD),
    Replayed(name="1.9.2-55ee66ff-90", was="bad", seconds=4500.0, held_at=840.0, requests=98_000, errors=212),
    Replayed(name="1.9.3-11223344-99", was="", seconds=4500.0, requests=98_000, errors=96),
]


def test_replays_say_what_was_caught_when_and_how_often_wrongly() -> None:
    lines = replay.lines(REPLAYED, PLAIN)
    same("replay", lines)
    fits(lines)
    assert [width(line) for line in replay.lines(REPLAYED, COLOURED)] == [len(line) for line in lines]


def test_replays_are_counted_for_programs() -> None:
    data = replay.as_data(REPLAYED)
    assert {key: data[key] for key in ("releases", "taken_back", "caught", "missed", "false_alarms", "good")} == {
        "releases": 5,
        "taken_back": 2,
        "caught": 1,
        "missed": 1,
        "false_alarms": 1,
        "good": 2,
    }


def version(name: str, requests: int, errors: int, *seconds: float | None) -> Version:
    whole = Quantiles(900.0, *seconds)
    return Version(name=name, requests=requests, errors=errors, whole=whole, over_time=())


ANALYSES = {
    "bad": Analysis(
        name="1.9 against 1.8",
        verdict=views.BAD,
        metrics={"memory": Verdict(kind=Kind.HEALTHY, sentence="memory: 64.0 MiB against 61.0 MiB")},
        seconds=900.0,
        alpha=0.001,
        ratios=(Interval(900.0, 1.93, 3.02, 4.51),),
        stable=version("stable", 85_543, 868, 0.1, 0.281, 0.407),
        candidate=version("candidate", 4_388, 134, 0.141, 0.376, None),
    ),
    "few": Analysis(
        name="1.9 against 1.8",
        verdict=views.UNSURE,
        metrics={},
        seconds=30.0,
        alpha=0.001,
        ratios=(Interval(30.0, 0.05, 1.0, 200.0),),
        stable=version("stable", 254, 0, None, None, None),
        candidate=version("candidate", 13, 0, None, None, None),
    ),
}


@pytest.mark.parametrize("name", ANALYSES)
def test_an_analysis_gives_the_verdict_numbers_and_how_sure_they_are(name: str) -> None:
    lines = analysis.lines(ANALYSES[name], PLAIN, Path("comparison.html") if name == "bad" else None)
    same(f"analysis-{name}", lines)
    fits(lines)


def test_an_analysis_for_programs_begins_with_what_matters() -> None:
    data = analysis.as_data(ANALYSES["few"])
    assert list(data)[:2] == ["verdict", "ratio"]
    assert data["ratio"] == {"low": None, "likeliest": 1.0, "high": None}


def on_disk(number: int, version: str, bytes: int, why: str, *, goes: bool = False) -> RevisionOnDisk:
    name = RevisionId(f"{version}-7f3a91c2")
    return RevisionOnDisk(number=number, revision=name, version=version, bytes=bytes, goes=goes, why=why)


PRUNED = Pruned(
    service="checkout",
    revisions=(
        on_disk(3, "1.6.0", 12_300_000, "older than what `keep` asks for", goes=True),
        on_disk(4, "1.7.0-hotfix.20270411.beta", 410_000, "`shipway rollback` returns to it"),
        on_disk(5, "1.8.0", 40_200_000, "is live"),
        on_disk(6, "1.9.0", 0, "one of the newest 2"),
    ),
    leftovers=(
        Leftover(path="/h/logs/1.6.0-7f3a91c2", what="logs", bytes=12_300_000, revision="1.6.0-7f3a91c2"),
        Leftover(path="/h/logs/1.8.0-7f3a91c2/one.log", what="logs", bytes=9_000, revision="1.8.0-7f3a91c2"),
        Leftover(path="/h/.status.json.1.2", what="temporary", bytes=100),
    ),
    bytes=12_309_100,
    bytes_left=41_000_000,
)


@pytest.mark.parametrize("dry_run", (True, False))
def test_prune_shows_what_goes_and_why_the_rest_stays(dry_run: bool) -> None:
    lines = pruned.lines([PRUNED], PLAIN, dry_run=dry_run)
    same("prune-dry" if dry_run else "prune", lines)
    fits(lines)


def test_prune_says_so_where_there_is_nothing_to_do() -> None:
    nothing = replace(PRUNED, revisions=PRUNED.revisions[1:], leftovers=(), bytes=0)
    assert pruned.lines([nothing], PLAIN, dry_run=False)[-1] == "✓ Nothing to prune; 41 MB stay."
    assert pruned.lines([], PLAIN, dry_run=True) == ["Nothing was deployed yet."]
