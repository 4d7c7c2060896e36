"""`shipway analyze`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import Json
from shipway.cli.shell.terminal import out

if TYPE_CHECKING:
    from shipway.engine.analyze import Analysis

Sides = Annotated[
    tuple[str, ...],
    Parameter(
        help="Counts of the stable version and the candidate; or a recording and, if it has many, a release; with "
        "--from, two versions.",
        metavar="STABLE CANDIDATE",
    ),
]
From = Annotated[
    tuple[str, str] | None,
    Parameter(
        name="--from",
        help="Prometheus' address and how long until now; the queries are those of --policy.",
        metavar="URL TIME",
        negative=(),
    ),
]
Policy = Annotated[
    Path | None, Parameter(name="--policy", help="A file with a `guard` section to judge by.", metavar="PATH")
]
Picture = Annotated[
    Path | None, Parameter(name="--picture", help="Write a picture: .html, .svg or .png.", metavar="PATH")
]


def analyze(
    sides: Sides,
    *,
    from_: From = None,
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
        shipway analyze 1.8.2 1.9.0 --from http://prometheus:9090 30m --policy p.yaml
        shipway analyze stable.jsonl candidate.jsonl --picture comparison.html
        shipway analyze ~/.shipway/services/checkout/recordings/1.9.0-41.jsonl
        shipway analyze past.csv 1.9.0

    Then:
        Exit code 4 says that the candidate would have been taken back. `shipway replay` runs a
        guard over many past releases.
    """
    import asyncio

    from shipway.cli.render import analysis as render
    from shipway.cli.render import as_json
    from shipway.cli.shell.analyzing import exit_code, read, read_prometheus, save
    from shipway.engine.analyze import analyze as compare
    from shipway.model.policy import Guard
    from shipway.spec.policy_file import load_policy

    guard = load_policy(policy) if policy else Guard()
    recording = read(sides) if from_ is None else read_prometheus(from_, policy, sides)
    found: Analysis = asyncio.run(compare(recording, guard))
    if picture is not None:
        save(found, picture)
    screen = out()
    screen.say(as_json.text(render.as_data(found))) if json else screen.all(
        render.lines(found, screen.paint, picture)
    )
    return exit_code(found)
