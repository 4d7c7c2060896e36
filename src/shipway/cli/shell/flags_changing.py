"""Commands that change flags, in a file or on a server."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import Json
from shipway.cli.shell.flags_arguments import ON_SERVER, WHY, Name, OnServer, Steps, Why
from shipway.cli.shell.terminal import out

Values = Mapping[tuple[str, ...], object]


def set_values(
    flag: Name,
    /,
    *values: Annotated[str, Parameter(help="A key of the flag and what it says.", metavar="KEY=VALUE")],
    why: Why = WHY,
    json: Json = False,
) -> int:
    """Set keys of a flag. A flag that is not there is made.

    Examples:
        shipway flags set new-checkout rollout.percentage=25 owner=payments
        shipway flags set page-size value=50 --reason "less paging"

    Then:
        Programs have it within a second from a file, at once from a server.
    """
    from shipway.cli.render.flags import pairs

    made = {tuple(key.split(".")): value for key, value in pairs(values).items()}
    return _change(why, flag, made, json=json, makes=True)


def enable(
    flag: Name,
    *,
    why: Why = WHY,
    json: Json = False,
) -> int:
    """Switch a flag on; who has it is what its rollout and rules say.

    Examples:
        shipway flags enable new-checkout

    Then:
        `shipway flags ramp new-checkout --to 25` shows it to a part of all users.
    """
    return _change(why, flag, {("enabled",): True}, json=json)


def disable(
    flag: Name,
    *,
    why: Why = WHY,
    json: Json = False,
) -> int:
    """Switch a flag off for all but its allowlist.

    Examples:
        shipway flags disable new-checkout --reason "carts are lost"

    Then:
        `shipway flags enable` switches it on as it was; `shipway flags kill` leaves out nobody.
    """
    return _change(why, flag, {("enabled",): False}, json=json)


def kill(
    flag: Name,
    *,
    why: Why = WHY,
    json: Json = False,
) -> int:
    """Take a flag from everybody, whatever else is said. It waits for nobody's approval.

    Examples:
        shipway flags kill new-checkout --reason "carts are lost"

    Then:
        It stays so until `shipway flags restore new-checkout`.
    """
    return _change(why, flag, {("kill",): True}, json=json)


def restore(
    flag: Name,
    *,
    why: Why = WHY,
    json: Json = False,
) -> int:
    """Take a kill back: the flag means again what it says.

    Examples:
        shipway flags restore new-checkout

    Then:
        Who had it before the kill has it again.
    """
    return _change(why, flag, {("kill",): False}, json=json)


def ramp(flag: Name, *, steps: Steps, why: Why = WHY, json: Json = False) -> int:
    """Show a flag to a growing part of all users, step by step.

    Where a live service names the flag in its release file, it is a release of its own: users with
    the flag are compared with users without, and harm takes it from everybody at once. Otherwise, and
    with --unwatched, the steps become the flag's schedule: they come by themselves in every program,
    and nobody watches them. Who has the flag keeps it, and a killed flag stays killed.

    Examples:
        shipway flags ramp new-checkout --to 5,25,50,100 --bake 1h
        shipway flags ramp new-checkout --to 25 --unwatched

    Then:
        `shipway rollback` takes a watched ramp back. `shipway flags kill new-checkout` takes the flag from
        everybody, whatever else is said.
    """
    from shipway.cli.render.flags import percentages, scheduled, seconds_of
    from shipway.cli.shell.flags_ramping import guarding, ramp_of, ramped, shown_now
    from shipway.home import find

    is_elsewhere = why.file is not None or why.server is not None
    is_unwatched = steps.unwatched or (is_elsewhere and steps.service is None)
    guard = None if is_unwatched else guarding(find(), flag, steps.service)
    if guard is None:
        shown = shown_now(why, flag, find())
        return _change(why, flag, scheduled(steps.to, steps.bake, shown=shown, now=time.time()), json=json)
    wish = ramp_of(flag, percentages(steps.to), seconds_of(steps.bake))
    return asyncio.run(ramped(find(), guard, wish, as_json=json))


def import_file(
    path: Annotated[Path, Parameter(help="A file of flags.", metavar="PATH")],
    *,
    keep: Annotated[bool, Parameter(help="Beside what is there, not instead of it.", negative=())] = False,
    why: OnServer = ON_SERVER,
    json: Json = False,
) -> int:
    """Bring a file of flags to a server, instead of what is there.

    Examples:
        shipway flags import feature-flags.yaml --environment staging
        shipway flags import more-flags.yaml --keep

    Then:
        Programs have all of it at once. `shipway flags export` prints what a server has.
    """
    from shipway.cli.render import as_json
    from shipway.cli.shell.flag_server import api
    from shipway.flags.load import parse_flags, read
    from shipway.home import find

    text = read(path)
    parse_flags(text, file=str(path))
    query = {"keep": "true" if keep else "false"} | ({"reason": why.reason} if why.reason else {})
    said = api(why.server, why.environment, find()).ask("POST", "/import", body=text.encode(), query=query)
    if json:
        out().say(as_json.text(said.content))
    elif said.status == 202:
        out().say(f"… this waits for a second person: proposal {said.content['id']}")
    else:
        out().say(
            f"✓ {said.content['entries']} entries; the environment is at revision {said.content['revision']}"
        )
    return 0


def _change(why: Why, flag: str, values: Values, *, json: bool, makes: bool = False) -> int:
    from shipway.cli.render import as_json
    from shipway.cli.render import flags as render
    from shipway.cli.shell.flag_desk import desk
    from shipway.home import find

    found = desk(why.server, why.file, why.environment, find())
    result = found.set(flag, values, why.reason, makes=makes)
    if json:
        out().say(as_json.text({"flag": flag, "version": result.version, "waits": result.waits}))
    else:
        out().all(render.changed(result, values, found.place))
    return 0
