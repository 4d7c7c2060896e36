"""`shipway check`."""

import asyncio
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import File, Json

NoStart = Annotated[bool, Parameter(name="--no-start", negative=(), help="Do not start a replica.")]


def check(
    version: Annotated[str | None, Parameter(help="The version to try; its `prepare` must have run.")] = None,
    *,
    file: File = Path("shipway.yaml"),
    no_start: NoStart = False,
    json: Json = False,
) -> int:
    """Try whether the release file and this machine work together, without releasing anything.

    It reads the file, looks whether ports are free, the command exists, Envoy is installed, the
    disk has room and the store opens; then it starts one replica on a free port, beside
    everything else, asks its health endpoints, and stops it. Exit code 3 when something fails.

    Examples:
        shipway check
        shipway check 1.9.0
        shipway check --no-start

    Then:
        `shipway plan VERSION` shows what a deploy would do.
    """
    from shipway.cli.shell.checking import checked

    return asyncio.run(checked(file, version, starts=not no_start, as_json_wanted=json))
