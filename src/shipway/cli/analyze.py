"""`shipway analyze`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import Json
from shipway.cli.shell.terminal import out

if TYPE_CHECKING:
    from shipway.engine.analyze import Analysis

Stable = Annotated[Path, Parameter(help="The stable version's counts; or a recording of both.", metavar="STABLE")]
Candidate = Annotated[Path | None, Parameter(help="The candidate's counts.", metavar="CANDIDATE")]
Policy = Annotated[
    Path | None, Parameter(name="--policy", help="A file with a `guard` section to judge by.", metavar="PATH")
]
Picture = Annotated[
    Path | None, Parameter(name="--picture", help="Write a picture: .html, .svg or .png.", metavar="PATH")
]


def analyze(
    stable: Stable,
    candidate: Candidate = None,
    *,
    policy: Policy = None,
    picture: Picture = None,
    json: Json = False,
) -> int:
    """Compare what was counted of two versions, without any release: a verdict in one sentence.

    The files are CSV with the columns at, requests and errors, or JSON lines with latency too;
    counts only grow. The judge is the guard's own. The picture shows how many times as often the
    candidate fails, with what it lies between, and the latency of both over time.

    Examples:
        shipway analyze stable.csv candidate.csv
        shipway analyze stable.jsonl candidate.jsonl --picture comparison.html
        shipway analyze ~/.shipway/services/checkout/recordings/1.9.0-41.jsonl

    Then:
        Exit code 4 says that the candidate would have been taken back. `shipway replay` runs a
        guard over many past releases.
    """
    import asyncio

    from shipway.cli.render import analysis as render
    from shipway.cli.render import as_json
    from shipway.cli.shell.analyzing import exit_code, read, save
    from shipway.engine.analyze import analyze as compare
    from shipway.model.policy import Guard
    from shipway.spec.policy_file import load_policy

    guard = load_policy(policy) if policy else Guard()
    found: Analysis = asyncio.run(compare(read(stable, candidate), guard))
    if picture is not None:
        save(found, picture)
    screen = out()
    screen.say(as_json.text(render.as_data(found))) if json else screen.all(
        render.lines(found, screen.paint, picture)
    )
    return exit_code(found)
