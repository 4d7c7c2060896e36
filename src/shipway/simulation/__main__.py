"""`python -m shipway.simulation 12345` replays a seed and prints it; `--from N --count M` plays many."""

import argparse
import sys
from collections.abc import Iterator

from shipway.model import action, event
from shipway.model.action import Action
from shipway.model.event import Entry, Event
from shipway.model.share import percent
from shipway.simulation.ending import violations_of
from shipway.simulation.random_scenario import scenario_of
from shipway.simulation.scenario import Scenario
from shipway.simulation.simulate import Outcome


def main(arguments: list[str]) -> int:
    """0 if every rule was kept."""
    parser = argparse.ArgumentParser(prog="python -m shipway.simulation", description=__doc__)
    parser.add_argument("seed", type=int, nargs="?")
    parser.add_argument("--from", type=int, default=0, dest="first")
    parser.add_argument("--count", type=int, default=100)
    asked = parser.parse_args(arguments)
    if asked.seed is not None:
        return _replay(asked.seed)
    bad = [seed for seed in range(asked.first, asked.first + asked.count) if _is_bad(seed)]
    print(f"{asked.count} seeds from {asked.first}: {len(bad)} broke a rule")
    return 1 if bad else 0


def _is_bad(seed: int) -> bool:
    _, found = violations_of(scenario_of(seed))
    for violation in found[:1]:
        print(f"{replay_line(seed)}   # {violation.rule}: {violation.what}")
    return bool(found)


def replay_line(seed: int) -> str:
    """What to type to see a seed again."""
    return f"python -m shipway.simulation {seed}"


def _replay(seed: int) -> int:
    scenario = scenario_of(seed)
    outcome, found = violations_of(scenario)
    for line in (*_introduction(scenario), *(_line(entry) for entry in outcome.entries), *_end(outcome)):
        print(line)
    for violation in found:
        print(f"{violation.at:9.2f}  BROKEN  {violation.rule}: {violation.what}")
    return 1 if found else 0


def _introduction(scenario: Scenario) -> Iterator[str]:
    yield str(scenario.faults)
    yield from (f"{name}: {code}" for name, code in scenario.codes.items())
    yield from (f"{name}: goes back by single rows" for name in scenario.stepping)
    yield from (f"{asked.at:9.2f}  asked   {asked.command}" for asked in scenario.asked)
    for line in scenario.script:
        verdict = line.verdict
        said = verdict.severity.value if verdict.severity else verdict.kind.value
        yield f"{line.at:9.2f}  script  {said} for {line.candidate or 'any'}"


def _end(outcome: Outcome) -> Iterator[str]:
    run = outcome.state.run
    under_way = f"under way at row {run.row}, held: {run.hold.rule if run.hold else 'no'}" if run else "no run"
    yield f"{outcome.ended_at:9.2f}  the end: {under_way}, replicas {outcome.replicas}, shares {outcome.shares}"
    yield f"           {outcome.ticks} ticks, {outcome.deaths} deaths, {outcome.stale} stale effects refused"


def _line(entry: Entry) -> str:
    return f"{entry.at:9.2f} {entry.position:5d}  {_told(entry.event)}"


def _told(happened: Event) -> str:
    match happened:
        case event.Intended(key=key, action=intended):
            return f"intend  {key}: {_asked(intended)}"
        case event.RunStarted(plan=plan):
            rows = "".join(f"\n{'':18}{number} {stage}" for number, stage in enumerate(plan.stages))
            return f"RUN     {plan.strategy} {plan.base} -> {plan.candidate} {plan.limits}{rows}"
        case event.CommandRead(command=command, refused=refused):
            return f"read    {type(command).__name__} {'refused: ' + refused.splitlines()[0] if refused else ''}"
        case _:
            return str(happened)


def _asked(intended: Action) -> str:
    match intended:
        case action.SetRoute(route=route):
            return ", ".join(f"{name} {percent(share)}" for name, share in route.shares.items()) or "nothing"
        case action.Publish(endpoints=endpoints):
            return ", ".join(f"{e.revision}@{e.address}{' draining' if e.draining else ''}" for e in endpoints)
        case _:
            return str(intended)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
