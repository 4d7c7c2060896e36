"""Traffic: shares grow only as far as steady replicas carry them; the dead lose theirs at once."""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from shipway.engine.world import TOLERANCE, World, anchor
from shipway.model.action import Action, SetRoute
from shipway.model.revision import RevisionId
from shipway.model.route import Mirror, Route, UserRule
from shipway.model.share import NONE, TOTAL, Share

Shares = Mapping[RevisionId, Share]


def step(world: World) -> Iterator[Action]:
    """The best route that is safe now, if it is not the one in force."""
    if world.routing is None or world.fleet is None:
        return
    best = _best(world)
    if best is not None and not is_in_force(world, best):
        yield SetRoute(best)


def _best(world: World) -> Route | None:
    """A stage that has replicas but names no shares leaves traffic with those that serve it, and begins none."""
    wanted = world.wanted.route
    is_kept = world.wanted.capacity and any(world.highest(name) for name in world.revisions)
    shares = divide(world) if wanted.shares or is_kept else {}
    if wanted.shares and not shares:
        return None
    return replace(wanted, shares=shares, users=_users(world, wanted), mirror=_mirror(world, wanted))


def is_in_force(world: World, best: Route) -> bool:
    """Whether every proxy runs this route, and nothing under way may still change it."""
    if world.routing is None or world.possible_routes:
        return False
    return world.routing.confirmed is not None and _is_same(world.routing.confirmed, best)


def _is_same(one: Route, other: Route) -> bool:
    """Equal but for rounding: moves have no tolerance, comparisons have one unit. Nothing is exactly nothing."""
    if replace(one, shares={}) != replace(other, shares={}):
        return False
    if _serving(one) != _serving(other):
        return False
    return all(abs(share - other.shares[name]) <= TOLERANCE for name, share in one.shares.items() if share)


def _serving(route: Route) -> set[RevisionId]:
    return {name for name, share in route.shares.items() if share}


def divide(world: World) -> Shares:
    """Shares towards the wanted ones, as far as capacity carries them; empty when nobody can serve.

    First every revision gets what is wanted of it, limited to what it has or what it can carry. What is
    left stays with those that have it or can carry it, the anchor first; what then is still without a home
    goes to the anchor, or to whoever is most ready: too little capacity is better than none.
    """
    names = world.revisions
    limits = {name: _limit(world, name) for name in names}
    wanted = world.wanted.route.shares
    shares = {name: Share(min(wanted.get(name, NONE), limits[name])) for name in names}
    for name in _keepers(world, names):
        left = TOTAL - sum(shares.values())
        shares[name] = Share(shares[name] + min(left, limits[name] - shares[name]))
    left = TOTAL - sum(shares.values())
    if left:
        refuge = _refuge(world, names)
        if refuge is None:
            return {}
        shares[refuge] = Share(shares[refuge] + left)
    return {name: share for name, share in shares.items() if share}


def _limit(world: World, revision: RevisionId) -> Share:
    """What the revision may have: nothing without a ready replica, else what it has or what it carries."""
    if not world.ready(revision):
        return NONE
    if not world.fits(revision):
        return min(world.lowest(revision), world.wanted.route.shares.get(revision, NONE))
    return max(world.lowest(revision), world.carry(revision))


def _keepers(world: World, names: tuple[RevisionId, ...]) -> tuple[RevisionId, ...]:
    """Who takes what nobody wanted can carry yet: those that (may) serve, largest first; then the anchor."""
    serving = [name for name in names if world.highest(name) > NONE]
    serving.sort(key=lambda name: (-world.lowest(name), -world.highest(name), name))
    first = anchor(world.wanted)
    return (*serving, *((first,) if first else ()))


def _refuge(world: World, names: tuple[RevisionId, ...]) -> RevisionId | None:
    """Where a share without a home goes. Before the first route ever there is no such share: it waits."""
    if not any(world.highest(name) for name in names):
        return None
    first = anchor(world.wanted)
    if first and world.ready(first):
        return first
    alive = [name for name in names if world.ready(name)]
    return max(alive, key=lambda name: (len(world.ready(name)), name)) if alive else None


def _users(world: World, wanted: Route) -> tuple[UserRule, ...]:
    """Rules for chosen users whose revision can take them."""
    return tuple(rule for rule in wanted.users if _can_take(world, rule.revision))


def _mirror(world: World, wanted: Route) -> Mirror | None:
    """Copies for a revision that can take them."""
    mirror = wanted.mirror
    return mirror if mirror and _can_take(world, mirror.revision) else None


def _can_take(world: World, revision: RevisionId) -> bool:
    return bool(world.ready(revision)) and world.fits(revision)
