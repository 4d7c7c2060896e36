"""`shipway replay`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import Json
from shipway.cli.shell.terminal import out

From = Annotated[
    str,
    Parameter(
        name="--from",
        help="A recording (.jsonl, .csv), a folder of them, or Prometheus' address.",
        metavar="PATH",
    ),
]
Releases = Annotated[
    Path | None,
    Parameter(
        name="--releases",
        help="With an address: a table of releases (.csv) in place of those made here.",
        metavar="PATH",
    ),
]
Policy = Annotated[
    Path,
    Parameter(
        name="--policy",
        help="A file with a `guard` section; a release file too.",
        metavar="PATH",
        show_default=True,
    ),
]
Release = Annotated[
    str | None, Parameter(name="--release", help="Only this one, with what the guard would say.", metavar="NAME")
]


def replay(
    *,
    from_: From,
    policy: Policy = Path("shipway.yaml"),
    releases: Releases = None,
    release: Release = None,
    json: Json = False,
) -> int:
    """Run a guard over recorded past releases: what would it have caught, when, how often wrongly?

    The judge is the one that guards real releases; only its numbers come from a recording. The
    controller records every release in services/NAME/recordings below SHIPWAY_HOME. Write
    `was: good` or `was: bad` into a recording, and alarms are told apart from false ones.

    Examples:
        shipway replay --from ~/.shipway/services/checkout/recordings
        shipway replay --from releases.csv --policy strict.yaml
        shipway replay --from http://prometheus:9090
        shipway replay --from http://prometheus:9090 --releases past.csv
        shipway replay --from releases.csv --release 1.9.0 --json

    Then:
        Change `false_rollback`, limits or metrics in the policy and run it again, until it
        catches what it should and nothing else. Then put it into the release file.
    """
    import asyncio

    from shipway.cli.render import as_json
    from shipway.cli.render import replay as render
    from shipway.cli.shell.replaying import chosen, read
    from shipway.engine.replay import replay as run
    from shipway.spec.policy_file import load_policy

    guard = load_policy(policy)
    found = [asyncio.run(run(one, guard)) for one in chosen(read(from_, policy, releases), release)]
    screen = out()
    screen.say(as_json.text(render.as_data(found))) if json else screen.all(render.lines(found, screen.paint))
    return 0
