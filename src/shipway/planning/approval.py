"""Rows before anything is started: whoever has to agree to a risky change does, and its hours come."""

from msgspec.structs import replace

from shipway.model.plan import Stay
from shipway.model.release import Release
from shipway.planning.facts import Facts
from shipway.planning.strategies import Written

NAME, HOURS = "approval", "off-peak"


def approved(written: Written, release: Release, facts: Facts) -> Written:
    """The same state as row 0, left once all agree. First deployments and take-backs wait for nobody."""
    wanted = release.approval
    is_new = facts.base is not None and facts.base != release.revision
    if wanted is None or not is_new:
        return written
    now, *others = written.rows
    stay = Stay(deadline=release.deadline)
    rows = []
    if wanted.asks or wanted.gates:
        rows.append(replace(now, name=NAME, stay=replace(stay, asks=wanted.asks), gates=wanted.gates, back=0))
    if wanted.hours:
        rows.append(replace(now, name=HOURS, stay=stay, gates=(wanted.hours,), back=0))
    more = len(rows)
    moved = (replace(other, back=other.back + more if other.back else other.back) for other in others)
    return replace(written, rows=(now, *rows, *moved), promoted=written.promoted + more)
