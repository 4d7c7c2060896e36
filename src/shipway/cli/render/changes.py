"""Schema changes that move with a release, in words."""

from collections.abc import Iterator

from shipway.cli.render.paint import filled
from shipway.cli.render.words import duration, known, named
from shipway.model.phase import Phase
from shipway.model.plan import Plan, Stage
from shipway.model.view import ChangeView, View


def words(view: View) -> Iterator[str]:
    """`email_address is dual-writing, 45% filled, 43 s left`."""
    cause = f"{view.run.hold}{view.run.reason}" if view.run else ""
    yield from (_words(one, now=view.at, cause=cause) for one in view.schema)


def _words(one: ChangeView, *, now: float, cause: str) -> str:
    """`cause` is what is said anyway, and need not be said again."""
    if not one.phase:
        return f"{one.change}: the database is not seen"
    said = f"{one.change} is {one.phase}"
    if one.filled is not None:
        left = f", {duration(one.seconds_left)} left" if one.seconds_left is not None and not one.waits else ""
        said += f", {one.filled:.0%} filled{left}"
    if one.waits:
        said += f", paused for {duration(max(0.0, now - one.waits.since))}"
        return said if one.waits.why in cause else f"{said}: {one.waits.why}"
    return f"{said}. {one.said}" if one.said else said


def ends(stage: Stage) -> bool:
    """Whether an old shape is dropped here."""
    return Phase.CONTRACTED in stage.schema.values()


def no_return(plan: Plan) -> list[str]:
    """The point of no return, or that there is none; nothing where no schema moves."""
    if not any(stage.schema for stage in plan.stages):
        return []
    row = next((row for row, stage in enumerate(plan.stages) if ends(stage)), None)
    if row is None:
        return filled("Point of no return: none. Every stage keeps both shapes of the schema.")
    gone = [change for change, phase in plan.stages[row].schema.items() if phase == Phase.CONTRACTED]
    called = named(known(plan))
    base = f", and {called[plan.base]} cannot come back" if plan.base and plan.base != plan.candidate else ""
    said = f"Point of no return: stage {row}, contract. It drops the old shape of {' and '.join(gone)}{base}. "
    before = "; until then every stage can be taken back without the database" if plan.base else ""
    return filled(f"{said}It asks first{before}.")
