"""`shipway prune`."""

from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import Json, Named

DryRun = Annotated[bool, Parameter(name="--dry-run", negative=(), help="Only show what would go.")]


def prune(*, dry_run: DryRun = False, json: Json = False, service: Named = None) -> int:
    """Forget revisions beyond `keep:`, and remove what they left on the disk.

    The controller does this after each release; here you see it: every kept revision with its
    size, whether it goes, and why the others stay. What serves, is being released, waits to be,
    or is returned to by a rollback never goes.

    Examples:
        shipway prune --dry-run
        shipway prune --service checkout
        shipway prune --json | jq '.[].bytes'

    Then:
        `keep:` in the release file says how many revisions stay, from the next deploy on.
    """
    import asyncio

    from shipway.cli.render import as_json, pruned
    from shipway.cli.shell.pruning import prune_all
    from shipway.cli.shell.services import all_services, chosen
    from shipway.cli.shell.terminal import out
    from shipway.home import find

    home, screen = find(), out()
    services = [chosen(home, service)] if service else all_services(home)
    found = asyncio.run(prune_all(home, services, dry_run=dry_run)) if services else []
    if json:
        screen.say(as_json.text(found))
    else:
        screen.all(pruned.lines(found, screen.paint, dry_run=dry_run))
    return 0
