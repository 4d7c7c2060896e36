"""A scenario: what is deployed when, how it behaves, what goes wrong. A value, so a seed can make it."""

from collections.abc import Mapping

from msgspec import Struct

from shipway.model.command import Command
from shipway.model.revision import Revision, RevisionId
from shipway.model.service_kind import ServiceKind
from shipway.model.verdict import Verdict
from shipway.simulation.faults import Bursts, Code, Faults


class Asked(Struct, frozen=True, kw_only=True):
    """A command at an instant, seconds from the beginning."""

    at: float
    command: Command


class Scripted(Struct, frozen=True, kw_only=True):
    """From this instant the judge says this, while the candidate is the one named (or any)."""

    at: float
    verdict: Verdict
    candidate: RevisionId | None = None


class Scenario(Struct, frozen=True, kw_only=True):
    """Everything that a simulation starts from."""

    service: str = "checkout"
    seed: int = 0
    revisions: tuple[Revision, ...]
    asked: tuple[Asked, ...]
    codes: Mapping[RevisionId, Code] = {}
    stepping: tuple[RevisionId, ...] = ()
    """Revisions whose rows go back to the one before them, not all the way."""
    faults: Faults = Faults()
    requests_per_second: float = 100.0
    flag_errors: float = 0.0
    """The part of requests that fails for users who are shown a flag, beside what fails for all."""
    bursts: Bursts | None = None
    """Of each replica's own, as far as replicas are counted apart."""
    script: tuple[Scripted, ...] = ()
    """Verdicts in place of the judge's; empty: the real judge looks at simulated users."""
    kind: ServiceKind = ServiceKind.HTTP
    horizon: float = 7200.0
    until_end: bool = True
    """Whether to stop as soon as nothing is under way or waiting any more."""
    watch: float = 0.0
    """How often the rules that only time breaks are looked at, seconds; 0: never."""
    quiet: float = 0.0
    """Instead of that: stop once the journal has been silent for so long after the last fault and command."""
    stop_when_held: float = float("inf")
    """Stop, too, once a run has been held for so long: nobody is there to decide."""
