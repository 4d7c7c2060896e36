"""Plays a rollout and lets something happen at one chosen step of its controller."""

from collections.abc import Callable

from shipway.simulation.checker import Violation
from shipway.simulation.ending import judged
from shipway.simulation.pilot import ControllerDied
from shipway.simulation.scenario import Scenario
from shipway.simulation.simulate import Outcome, Simulation

Happening = Callable[[str], float]


def steps(scenario: Scenario) -> tuple[str, ...]:
    """Every journal write and effect, before and after, in order."""
    seen: list[str] = []
    simulation = Simulation(scenario)
    simulation.before_point = lambda what: seen.append(what) or 0.0  # type: ignore[func-returns-value]
    simulation.play()
    return tuple(seen)


def play(scenario: Scenario, *, at: int, happening: Happening) -> tuple[Outcome, tuple[Violation, ...]]:
    """The whole rollout; `happening` is called once, at that step, and says how long the controller sleeps."""
    simulation = Simulation(scenario)
    count = iter(range(1_000_000))
    simulation.before_point = lambda what: happening(what) if next(count) == at else 0.0
    return judged(simulation, simulation.play())


def die(what: str) -> float:
    raise ControllerDied(what)
