"""What a decision looks at, and what it says: data on both sides, and the answers that most rules give."""

from enum import StrEnum

from msgspec import Struct

from shipway.engine.state import Run
from shipway.engine.world import World
from shipway.model.job import DONE, Outcome
from shipway.model.phase import Phase
from shipway.model.verdict import Kind, Severity, Verdict


class Move(StrEnum):
    """What a decision asks of the run."""

    STAY = "stay"
    FORWARD = "forward"
    BACK = "back"
    HOLD = "hold"
    RELEASE = "release"
    EXTEND = "extend"
    END = "end"


class Decision(Struct, frozen=True, kw_only=True):
    """A move with the name of the rule that chose it and one sentence why."""

    move: Move
    rule: str
    reason: str = ""
    row: int = 0
    outcome: str = ""


class Case(Struct, frozen=True, kw_only=True):
    """All that a decision may look at."""

    run: Run
    world: World
    verdict: Verdict
    now: float

    def marked_for(self, name: str) -> float:
        """How long a condition has held, in seconds; negative when it does not."""
        began = self.run.marks.get(name)
        return self.now - began if began is not None else -1.0

    @property
    def ended_jobs(self) -> int:
        """Of the candidate, in this run, with an end that says something."""
        return sum(
            job.generation > self.run.id and job.revision == self.run.plan.candidate and job.outcome in DONE
            for job in self.world.agenda.past
        )

    @property
    def void_jobs(self) -> int:
        """Jobs of this stage that ended and say nothing of the version: stopped, interrupted, missed."""
        since = self.run.stayed_from or self.now
        return sum(
            job.outcome not in (*DONE, Outcome.SKIPPED)
            and job.revision in (None, self.run.plan.candidate)
            and (job.ended_at or 0.0) > since
            for job in self.world.agenda.past
        )

    @property
    def is_harmful(self) -> bool:
        """Whether the candidate is proven harmful enough to leave."""
        return self.verdict.kind == Kind.HARMFUL and self.verdict.severity in (Severity.CRITICAL, Severity.HIGH)

    @property
    def is_stable_broken(self) -> bool:
        """Whether the revision to go back to has had no ready replica for its patience."""
        return self.marked_for("dead") >= self.run.plan.guard.dead_patience


def staying(rule: str, reason: str) -> Decision:
    """Nothing changes, for this reason."""
    return Decision(move=Move.STAY, rule=rule, reason=reason)


def holding(case: Case, rule: str, reason: str) -> Decision:
    """Hold once; while it is held for this rule already, stay."""
    if case.run.hold and case.run.hold.rule == rule:
        return staying(rule, reason)
    return Decision(move=Move.HOLD, rule=rule, reason=reason)


def going_back(case: Case, row: int | None, rule: str, reason: str) -> Decision:
    """Back, if there is a way and something to go back to; otherwise a person must decide."""
    if row is None:
        return holding(case, f"{rule}-no-way-back", f"{reason}; {no_way_back(case)}")
    if case.is_stable_broken and row < case.run.row:
        return holding(case, f"{rule}-stable-broken", f"{reason}; the stable revision does not answer either")
    return Decision(move=Move.BACK, rule=rule, reason=reason, row=row)


def no_way_back(case: Case) -> str:
    """Why a row has none."""
    if Phase.CONTRACTED in case.run.stage.schema.values():
        return "the old shape of the schema goes in this stage, and nothing brings it back"
    return "there is no earlier revision to go back to"


def furthest_back(case: Case) -> int:
    """The row that going back as far as rows allow ends at; the own one where there is no way back."""
    stages, row = case.run.plan.stages, case.run.row
    while (before := stages[row].back) is not None and before < row:
        row = before
    return row


def first_row(case: Case) -> int | None:
    """Row 0, unless this row has no way back at all. From a ramp the flag goes first, which takes no time; where
    harm goes on without it, the rest follows."""
    return case.run.stage.back if case.run.stage.back is None or case.run.stage.ramp else 0
