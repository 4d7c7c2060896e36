"""Schema changes that move with a release, written into a plan whose strategy knows only traffic."""

from msgspec import Struct
from msgspec.structs import replace

from shipway.model.phase import Phase
from shipway.model.plan import Plan, Stage, Stay


class Alongside(Struct, frozen=True, kw_only=True):
    """What moves together with one revision."""

    change: str = ""
    """A schema change, brought to `until` before the revision starts."""
    until: Phase = Phase.ABSENT
    contract: bool = False
    """Whether the change is contracted at the very end."""
    step_back: bool = False
    """Whether a row goes back to the one before it, not all the way."""


def written_into(plan: Plan, wish: Alongside) -> Plan:
    """The same plan with the other dimensions in its table."""
    rows = _with_schema(plan.stages, wish) if wish.change else plan.stages
    promoted = plan.promoted + len(rows) - len(plan.stages)
    if wish.contract and wish.change:
        schema = {**rows[-1].schema, wish.change: Phase.CONTRACTED}
        rows = (*rows, replace(rows[-1], name="contract", schema=schema, back=None))
    if wish.step_back:
        rows = tuple(
            replace(row, back=max(0, number - 1)) if row.back == 0 else row for number, row in enumerate(rows)
        )
    return replace(plan, stages=rows, promoted=promoted)


def _with_schema(rows: tuple[Stage, ...], wish: Alongside) -> tuple[Stage, ...]:
    """Row 0 asks for nothing; a row that only expands comes before the revision starts."""
    now, *others = rows
    expand = replace(now, name="expand", stay=Stay(deadline=60.0), back=0 if now.capacity else None)
    return (now, *(_at_least(row, wish) for row in (expand, *map(_moved_down, others))))


def _moved_down(row: Stage) -> Stage:
    """One row further: where it goes back to has moved too, unless that is row 0."""
    return replace(row, back=row.back + 1) if row.back else row


def _at_least(row: Stage, wish: Alongside) -> Stage:
    phase = max(row.schema.get(wish.change, Phase.ABSENT), wish.until)
    return replace(row, schema={**row.schema, wish.change: phase})
