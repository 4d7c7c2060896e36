"""One row before anything is started, in which whoever has to agree to a risky change does."""

from msgspec.structs import replace

from shipway.model.plan import Stay
from shipway.model.release import Release
from shipway.planning.facts import Facts
from shipway.planning.strategies import Written

NAME = "approval"


def approved(written: Written, release: Release, facts: Facts) -> Written:
    """The same state as row 0, left once all agree. First deployments and take-backs wait for nobody."""
    wanted = release.approval
    is_new = facts.base is not None and facts.base != release.revision
    if wanted is None or not is_new or not (wanted.asks or wanted.gates):
        return written
    now, *others = written.rows
    stay = Stay(deadline=release.deadline, asks=wanted.asks)
    row = replace(now, name=NAME, stay=stay, gates=wanted.gates, back=0)
    moved = (replace(other, back=other.back + 1 if other.back else other.back) for other in others)
    return replace(written, rows=(now, row, *moved), promoted=written.promoted + 1)
