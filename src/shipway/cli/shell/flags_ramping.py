"""A ramp that a service's guard watches: a run that moves nothing but the flag."""

import msgspec
from msgspec.structs import replace

from shipway.adapters.clock import WallClock
from shipway.adapters.context import Context
from shipway.adapters.flag_services._meaning import killed, shown
from shipway.app import RELEASE, Shipway
from shipway.cli.shell import reading
from shipway.cli.shell.flag_desk import desk, entry, state
from shipway.cli.shell.flags_arguments import Why
from shipway.cli.shell.following import Followed
from shipway.cli.shell.services import all_services, unknown
from shipway.cli.shell.steering import put
from shipway.cli.shell.watching import Watcher, stopping
from shipway.errors import Exit, ShipwayError
from shipway.home import Home
from shipway.model.command import Deploy
from shipway.model.release import Chosen, Ramp, Release
from shipway.model.revision import Revision
from shipway.model.share import Share, from_percent
from shipway.planning.plan import FLAG_RAMP
from shipway.ramping import with_shown


class NobodyGuards(ShipwayError):
    """No service, or more than one, could watch a ramp."""

    code = "ramp-unguarded"
    exit_code = Exit.REFUSED


def guarding(home: Home, flag: str, named: str | None) -> str | None:
    """The live service whose code has the flag; none where there is none. Raises `ShipwayError`."""
    known = all_services(home)
    if named is not None and named not in known:
        raise unknown(home, named, known)
    found = [one for one in ([named] if named else known) if _has(reading.live(home, one), flag)]
    if len(found) > 1:
        raise NobodyGuards(
            f"{len(found)} services have {flag}.",
            where=f"flag {flag}",
            why=f"{', '.join(found)} name it in their release files; one of them watches the ramp.",
            fix=f"Say which: `--service {found[0]}`.",
        )
    if named and not found:
        raise NobodyGuards(
            f"The live version of {named} does not name {flag}.",
            where=f"--service {named}",
            why="Only who has the code can tell how users fare with it.",
            fix=f"Add `flags: {{ramps: {{{flag}: {{}}}}}}` to its release file, and deploy.",
        )
    return found[0] if found else None


def _has(live: Revision | None, flag: str) -> bool:
    return live is not None and flag in live.flags


async def ramped(home: Home, service: str, ramp: Ramp, *, as_json: bool) -> int:
    """Ask for the ramp, then watch it to its end."""
    with Shipway(home) as shipway:
        release = await _release(shipway, service, ramp)
        await shipway.store.journal.keep(service, RELEASE, msgspec.json.encode(release))
        number = await put(shipway, service, Deploy(release=release, during="refuse"))
        watcher = Watcher(home, service, Followed(command=number), wait="window", as_json=as_json)
        with stopping() as stopped:
            return int(await watcher.watch(stopped))


async def _release(shipway: Shipway, service: str, ramp: Ramp) -> Release:
    """The live release, with nothing to do but this ramp."""
    kept = (await shipway.store.journal.kept(service))[RELEASE]
    release, state = msgspec.json.decode(kept, type=Release), await shipway.state(service)
    assert state.proven is not None and release.flags is not None, "a live version that names flags"
    flags = Chosen(name=release.flags.name, options={**release.flags.options, "flags": [ramp.flag]})
    context = Context(service=service, home=shipway.home.path, clock=WallClock(), health=release.health)
    wish = replace(
        release,
        revision=state.proven,
        strategy=FLAG_RAMP,
        replicas=state.replicas or release.replicas,
        ramps=(ramp,),
        flags=flags,
        smoke=None,
    )
    return with_shown(wish, context)


def ramp_of(flag: str, percentages: list[float], bake_seconds: float) -> Ramp:
    """From the command line's words."""
    return Ramp(flag=flag, shares=tuple(map(from_percent, percentages)), bake=bake_seconds)


def shown_now(why: Why, flag: str, home: Home) -> Share:
    """To how many a flag is shown where it is kept. Raises `FlagKilled`: its schedule would change nothing."""
    found = desk(why.server, why.file, why.environment, home)
    entry(found.document(), flag)
    known = state(found).file.features[flag]
    if known.is_killed:
        raise killed(flag, otherwise="until then nobody can see it")
    return shown(known)
