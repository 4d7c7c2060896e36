"""Rows that move a schema alongside the code: ready before it starts, switched behind it, contracted at the end.

Rows say *at least*: a take-back leaves the schema where it is, on which the former code runs as well.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from shipway.errors import ShipwayError
from shipway.model.phase import Phase
from shipway.model.plan import Stage, Stay
from shipway.model.release import Release
from shipway.model.revision import RevisionId, SchemaRange
from shipway.planning.facts import Facts
from shipway.planning.strategies import Written

OLD_SHAPE = SchemaRange(Phase.ABSENT, Phase.SWITCHED)
"""What code runs on that does not know of a change: both shapes are kept true until the old one is dropped."""
STILL = ("flag-ramp", "back")
"""Strategies that never touch a schema: a take-back must not wait for a database."""


class OldShapeGone(ShipwayError):
    """The revision needs what was dropped."""

    code = "old-shape-gone"


def supported(release: Release, facts: Facts) -> Mapping[RevisionId, Mapping[str, SchemaRange]]:
    """Of every revision and every change what it says itself, or what code runs on that says nothing."""
    names = {*facts.schema, *(one.change for one in release.schema)}
    unsaid = dict.fromkeys(sorted(names), OLD_SHAPE)
    return {revision: {**unsaid, **said} for revision, said in facts.supports.items()}


def refuse_the_old_shape(release: Release, facts: Facts) -> None:
    """Raises `OldShapeGone` for a revision that a contracted schema leaves without its columns."""
    ranges = facts.supports.get(release.revision, {})
    for change, phase in facts.schema.items():
        if phase == Phase.CONTRACTED and change in ranges and ranges[change].highest < phase:
            raise OldShapeGone(
                f"{release.revision} needs the old shape of {change}, which is gone",
                where=f"service {release.service}, schema change {change}",
                why="It was contracted, and the revision does not say that it stands that.",
                fix="Deploy a version that uses the new shape; a backup is the only way to the old one.",
            )


def moving(release: Release, facts: Facts) -> tuple[Release, Facts]:
    """Both with the changes that this release moves: none where it only goes back, or only shows a flag."""
    wanted = () if release.strategy in STILL else release.schema
    left = tuple(one for one in wanted if facts.schema.get(one.change, Phase.ABSENT) < Phase.CONTRACTED)
    at = {one.change: facts.schema.get(one.change, Phase.ABSENT) for one in left}
    return replace(release, schema=left), replace(facts, schema=at)


def prepared(written: Written, release: Release, facts: Facts) -> Written:
    """The strategy's rows on a schema that the revision runs on, reached before it gets any capacity."""
    if not release.schema:
        return written
    now, *others = written.rows
    needed = {one.change: max(facts.schema[one.change], one.needs) for one in release.schema}
    stay = Stay(deadline=release.schema_within)
    is_there = needed == facts.schema or not others
    expand = () if is_there else (replace(now, name="expand", stay=stay, schema=needed, back=0),)
    following = (replace(row, schema=needed, back=_moved(row.back, len(expand))) for row in others)
    return replace(written, rows=(now, *expand, *following), promoted=written.promoted + len(expand))


def _moved(back: int | None, by: int) -> int | None:
    """Where a row goes back to has moved too, unless that is row 0."""
    return back + by if back else back


def switched(rows: tuple[Stage, ...], release: Release, facts: Facts, *, by_flag: bool) -> tuple[Stage, ...]:
    """One row more, once all traffic is on the revision, or behind the ramp of the flag that leads its readers.

    It is taken back to the row before it: what a check finds there somebody has to look at. Where the former code
    says that it does not stand what is reached here, there is no way back from it.
    """
    wanted = {one.change: one.until for one in release.schema if bool(one.flag) == by_flag}
    before = rows[-1].schema
    further = {change: phase for change, phase in wanted.items() if phase > before.get(change, Phase.ABSENT)}
    if not further:
        return rows
    row = _last(rows, release, "switch", further)
    return (*rows, row if _stands(facts, release, further) else replace(row, back=None))


def _stands(facts: Facts, release: Release, further: Mapping[str, Phase]) -> bool:
    """Whether the revision that would be gone back to runs on these phases."""
    ranges = supported(release, facts).get(facts.base, {}) if facts.base else {}
    return all(phase <= ranges[change].highest for change, phase in further.items() if change in ranges)


def contracts(release: Release) -> bool:
    """Whether an old shape is to be dropped in the end."""
    return any(one.contract for one in release.schema)


def contracted(rows: tuple[Stage, ...], release: Release) -> tuple[Stage, ...]:
    """The one row without a way back, behind one in which its proofs are waited for and somebody is asked."""
    ends = [one.change for one in release.schema if one.contract]
    if not ends:
        return rows
    if rows[-1].name != "switch":
        rows = (*rows, _last(rows, release, "hold", {}))
    last = _last(rows, release, "contract", dict.fromkeys(ends, Phase.CONTRACTED))
    return (*rows, replace(last, back=None))


def _last(rows: tuple[Stage, ...], release: Release, name: str, schema: Mapping[str, Phase]) -> Stage:
    """As the row before it, but for the schema."""
    return replace(
        rows[-1],
        name=name,
        schema={**rows[-1].schema, **schema},
        ramp="",
        stay=Stay(deadline=release.schema_within),
        gates=(),
        is_repeat=False,
        back=len(rows) - 1,
    )
