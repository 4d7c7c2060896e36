"""Has a backfill wait while users suffer, whoever it is that hurts them."""

from msgspec.structs import replace

from shipway.analysis import strain
from shipway.analysis.windows import window
from shipway.engine.guard import Evidence
from shipway.engine.state import Run
from shipway.model.observed import Observed


def look(evidence: Evidence, run: Run, observed: Observed) -> Evidence:
    """With what the last look says of users while rows are filled; without a memory of it once they are."""
    is_filling = run.back is None and observed.schema is not None and bool(observed.schema.filling)
    if observed.schema is None and evidence.strain is not None:
        return evidence
    if not is_filling:
        return evidence if evidence.strain is None else replace(evidence, strain=None)
    if evidence.strain is None:
        totals = [window(None, sample) for sample in evidence.before.values()]
        return replace(evidence, strain=strain.begun(totals))
    found = strain.looked(evidence.strain, [*evidence.windows.values()], now=observed.at)
    return replace(evidence, strain=found)


def reason(evidence: Evidence, run: Run) -> str:
    """Why a backfill should wait, as it is told to the database; empty while all is calm."""
    found = evidence.strain if evidence.run == run.id else None
    return f"users suffer: {found.said}" if found and found.said else ""
