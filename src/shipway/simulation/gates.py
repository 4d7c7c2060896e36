"""A simulated gate: its target says what it will answer, and when."""

from collections.abc import Mapping

from shipway.ports.gate import Answer
from shipway.simulation.timeline import Timeline

KIND = "simulated"


class SimulatedGate:
    """A `Gate` over virtual time. `yes 3` agrees three seconds after it was first asked; `never` is silent."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self._asked: dict[tuple[str, ...], float] = {}

    async def ask(self, target: str, facts: Mapping[str, str], *, timeout: float) -> Answer:
        """The answer, once its time has come; after `timeout` seconds silence is a no."""
        question = (target, facts.get("key") or f"{facts['run']}/{facts['stage']}")
        waited = self.timeline.now() - self._asked.setdefault(question, self.timeline.now())
        word, _, seconds = target.partition(" ")
        if word != "never" and waited >= float(seconds or 0.0):
            del self._asked[question]
            return Answer(passed=word == "yes", detail=f"the gate said {word}")
        if waited >= timeout:
            del self._asked[question]
            return Answer(passed=False, detail=f"no answer in {timeout:.0f} s")
        return Answer(passed=None)

    async def end(self, target: str, facts: Mapping[str, str]) -> None:
        """Nobody waits any more."""
        self._asked.pop((target, facts["key"]), None)
