"""`shipway check`."""

import asyncio
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import File, Json

NoStart = Annotated[bool, Parameter(name="--no-start", negative=(), help="Do not start a replica.")]

Manifests = Annotated[
    tuple[str, ...],
    Parameter(
        name="--manifests",
        negative=(),
        allow_leading_hyphen=True,
        help="Only these Kubernetes manifests: a file, a folder, or `-` for standard input. May be repeated.",
    ),
]


def check(
    version: Annotated[str | None, Parameter(help="The version to try; its `prepare` must have run.")] = None,
    *,
    file: File = Path("shipway.yaml"),
    no_start: NoStart = False,
    manifests: Manifests = (),
    json: Json = False,
) -> int:
    """Try whether the release file and this machine work together, without releasing anything.

    It reads the file, looks whether ports are free, the command exists, Envoy is installed, the
    disk has room and the store opens; then it starts one replica on a free port, beside
    everything else, asks its health endpoints, and stops it. Exit code 3 when something fails.

    Of Kubernetes manifests it says what in them would lose requests, each with what to write instead.

    Examples:
        shipway check
        shipway check 1.9.0
        shipway check --no-start
        shipway check --manifests k8s/
        helm template chart | shipway check --manifests -

    Then:
        `shipway plan VERSION` shows what a deploy would do.
    """
    if manifests:
        from shipway.cli.shell.manifests import checked_alone

        return checked_alone(manifests, as_json_wanted=json)
    from shipway.cli.shell.checking import checked

    return asyncio.run(checked(file, version, starts=not no_start, as_json_wanted=json))
