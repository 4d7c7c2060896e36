"""`shipway watch`."""

import asyncio

from shipway.cli.shell.arguments import Json, Service


def watch(*, json: Json = False, service: Service = None) -> int:
    """Show the release under way live, until it ends; Ctrl-C stops only the watching.

    On a terminal it redraws in place: stages, confirmed shares, ready replicas, requests, errors
    and latency per version, the guard's verdict, the time left, and what to press. Elsewhere it
    prints one line per event. Exit codes are those of `shipway deploy`.

    Examples:
        shipway watch
        shipway watch --service checkout
        shipway watch --json | jq .event

    Then:
        While nothing is under way it shows the service at rest, and follows the next release.
    """
    from shipway.cli.shell import reading
    from shipway.cli.shell.following import Followed
    from shipway.cli.shell.services import chosen
    from shipway.cli.shell.watching import Watcher, stopping
    from shipway.home import find

    home = find()
    name = chosen(home, service)
    state = reading.state(home, name)
    run, followed = state.run, Followed(since=state.position)
    if run is not None:
        followed = Followed(run=run.id, plan=run.plan, row=run.row, started_at=run.started_at)
    watcher = Watcher(home, name, followed, wait="window", as_json=json)

    async def watched() -> int:
        with stopping() as stopped:
            return int(await watcher.watch(stopped))

    return asyncio.run(watched())
