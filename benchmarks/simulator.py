"""How fast two hours of a canary pass in the simulator, with the real judge and with scripted verdicts.

It is the whole of `simulate`: the first deployment that comes before the canary, every tick of the real engine,
and the simulation's own checks of the safety rules. FULL=1 takes more rounds.
"""

import sys
from collections.abc import Sequence
from functools import partial

from benchmarks.picture import Bar, Picture
from benchmarks.reference import NOMINAL_SECONDS, Timed, timed
from benchmarks.report import Figure, Report, Table, is_full, publish
from shipway.model.command import Deploy
from shipway.model.event import RunEnded, RunStarted
from shipway.model.policy import Guard, Rollback
from shipway.model.release import Canary, Release
from shipway.model.revision import Revision, RevisionId
from shipway.model.route import Sticky
from shipway.model.share import from_percent
from shipway.model.verdict import Kind, Verdict
from shipway.simulation.scenario import Asked, Scenario, Scripted
from shipway.simulation.simulate import Outcome, simulate

STABLE, CANDIDATE = RevisionId("1.8.2-a1b2c3d4"), RevisionId("1.9.0-7f3a91c2")
SHARES = (5, 25, 50, 75, 100)
TWO_HOURS = 7200.0
BAKE_SECONDS = TWO_HOURS / len(SHARES)
"""At each of four shares; then the fifth, with all traffic on the candidate, and a window of the same length."""
SCRAPE_SECONDS = 5.0
NEVER_SECONDS = 1e6
"""A script needs no scrapes."""
JUDGE_TARGET_SECONDS, SCRIPT_TARGET_SECONDS = 1.0, 0.025
HEALTHY = Scripted(at=0.0, verdict=Verdict(kind=Kind.HEALTHY, sentence="no sign of harm"))
ROUNDS, FULL_ROUNDS = 7, 31


def scenario(*, scrape_seconds: float, script: tuple[Scripted, ...] = ()) -> Scenario:
    """A first deployment, then the canary; 100 requests/s, of which one in a thousand fails on both sides."""
    guard = Guard(interval=scrape_seconds)
    return Scenario(
        revisions=(_revision(STABLE), _revision(CANDIDATE)),
        asked=(
            Asked(at=1.0, command=Deploy(release=_release(STABLE, guard))),
            Asked(at=60.0, command=Deploy(release=_release(CANDIDATE, guard))),
        ),
        script=script,
        horizon=2 * TWO_HOURS,
    )


def _revision(id: RevisionId) -> Revision:
    return Revision(id=id, service="checkout", version=id.partition("-")[0], platform={})


def _release(revision: RevisionId, guard: Guard) -> Release:
    return Release(
        service="checkout",
        revision=revision,
        strategy="canary",
        replicas=4,
        canary=Canary(
            shares=tuple(from_percent(share) for share in SHARES),
            bake=BAKE_SECONDS,
            sticky=Sticky(kind="cookie", name="shipway"),
        ),
        guard=guard,
        rollback=Rollback(window=BAKE_SECONDS),
    )


def canary_seconds(outcome: Outcome) -> float:
    """Simulated seconds from the canary's beginning to its end. It must have gone all the way, and safely."""
    assert not outcome.violations, outcome.violations
    begun = [entry.at for entry in outcome.entries if isinstance(entry.event, RunStarted)]
    ended = [entry.at for entry in outcome.entries if isinstance(entry.event, RunEnded)]
    assert outcome.state.proven == CANDIDATE and len(begun) == len(ended) == 2, outcome.state.past
    return ended[-1] - begun[-1]


def main(argv: Sequence[str] = ()) -> int:
    """Measure both, and publish."""
    rounds = FULL_ROUNDS if is_full() else ROUNDS
    judged = scenario(scrape_seconds=SCRAPE_SECONDS)
    scripted = scenario(scrape_seconds=NEVER_SECONDS, script=(HEALTHY,))
    for each in (judged, scripted):
        assert canary_seconds(simulate(each)) >= TWO_HOURS, "two hours were promised"
    by_judge = timed(partial(simulate, judged), rounds=rounds)
    by_script = timed(partial(simulate, scripted), rounds=rounds)
    return publish(_report(by_judge, by_script, ticks=(simulate(judged).ticks, simulate(scripted).ticks)))


def _report(by_judge: Timed, by_script: Timed, *, ticks: tuple[int, int]) -> Report:
    rows = (
        _row("real judge, a scrape every 5 s", by_judge, JUDGE_TARGET_SECONDS, ticks[0]),
        _row("scripted verdicts", by_script, SCRIPT_TARGET_SECONDS, ticks[1]),
    )
    return Report(
        name="simulator",
        claim="A two-hour canary (5, 25, 50, 75 and 100%) passes in the simulator in less than a second with the "
        "real judge, and in less than 25 ms with scripted verdicts, beside a reference operation.",
        figures=(
            Figure(value=by_judge.nominal, target=JUDGE_TARGET_SECONDS, unit="s", what="with the real judge"),
            Figure(
                value=by_script.nominal * 1000,
                target=SCRIPT_TARGET_SECONDS * 1000,
                unit="ms",
                what="with a script",
            ),
        ),
        tables=(
            Table(
                title="Two simulated hours",
                columns=("judged by", "ticks", "CPU seconds", "reference", "ratio", "at nominal speed", "target"),
                rows=rows,
            ),
        ),
        picture=Picture(
            title="CPU seconds for two simulated hours, at nominal speed",
            unit="s",
            bars=(
                Bar(label="real judge, scrapes at 5 s", value=by_judge.nominal, is_ours=True),
                Bar(label="scripted verdicts", value=by_script.nominal, is_ours=True),
                Bar(label="reference operation", value=NOMINAL_SECONDS),
            ),
            limit=JUDGE_TARGET_SECONDS,
        ),
        notes=(
            "The reference operation turns a fixed document into JSON and back 200 times, right before and after "
            f"each round. Nominal speed is where it takes {NOMINAL_SECONDS * 1000:.0f} ms. The ratio is judged, "
            "so the target means the same on a slow or a busy machine. Figures are medians, without imports "
            "and without a first round.",
            "Virtual time jumps from one happening to the next, so the cost is that of the ticks: one for each "
            "scrape with the real judge; with a script only those that move replicas and traffic.",
        ),
    )


def _row(name: str, found: Timed, target: float, ticks: int) -> tuple[str, ...]:
    return (
        name,
        f"{ticks}",
        f"{found.seconds:.3f}",
        f"{found.reference:.4f}",
        f"{found.ratio:.2f}x",
        f"{found.nominal:.3f} s",
        f"< {target:g} s",
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
