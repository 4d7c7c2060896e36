"""Schema changes that move with the revisions of a scenario."""

from collections.abc import Mapping
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from shipway.model.command import Deploy, Promote
from shipway.model.phase import Phase
from shipway.model.release import SchemaChange
from shipway.model.revision import RevisionId, SchemaRange
from shipway.model.share import TOTAL, Share
from shipway.simulation.scenario import Asked

FLAG = "new-checkout"
CHANGE = "orders.currency"


def range_of(random: Random, *, is_first: bool) -> SchemaRange:
    """The first version knows nothing of the change; the others need it to some degree."""
    if is_first:
        return SchemaRange(Phase.ABSENT, random.choice((Phase.EXPANDED, Phase.BACKFILLED, Phase.SWITCHED)))
    return SchemaRange(random.choice((Phase.ABSENT, Phase.EXPANDED, Phase.BACKFILLED)), Phase.CONTRACTED)


class Wish(Struct, frozen=True, kw_only=True):
    """What moves beside a revision's code."""

    ramp: tuple[Share, ...]
    change: SchemaChange | None
    step_back: bool


def wish_of(random: Random, schema: bool) -> Wish:
    """The shares of a ramp, and what moves beside it."""
    shares = (Share(10_000), Share(50_000), TOTAL)
    ramp = shares[-random.randint(1, 3) :] if random.random() < 0.5 else ()
    needs = random.choice((Phase.EXPANDED, Phase.BACKFILLED, Phase.SWITCHED))
    contract = random.random() < 0.3
    change = SchemaChange(
        change=CHANGE, needs=needs, until=Phase.SWITCHED if contract else needs, contract=contract
    )
    return Wish(ramp=ramp, change=change if schema else None, step_back=random.random() < 0.3)


def moving(asked: Asked, changes: Mapping[RevisionId, SchemaChange]) -> Asked:
    """A deploy with the schema change of its revision. One of them follows the ramp of a flag."""
    match asked.command:
        case Deploy(release=release) as deploy if release.revision in changes:
            flag = FLAG if release.revision == min(changes) else ""
            moved = replace(release, schema=(replace(changes[release.revision], flag=flag),), schema_within=60.0)
            return replace(asked, command=replace(deploy, release=moved))
        case _:
            return asked


def agreeing(changes: Mapping[RevisionId, SchemaChange], until: float) -> tuple[Asked, ...]:
    """In the end somebody lets an old shape go."""
    if not any(change.contract for change in changes.values()):
        return ()
    return tuple(Asked(at=until + after, command=Promote()) for after in (40.0, 100.0, 200.0))
