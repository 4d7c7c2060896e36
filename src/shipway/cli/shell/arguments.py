"""Parameters that several commands share, each with its help and what completes it."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from shipway.cli.shell import completing

Strategy = Literal["rolling", "blue-green", "canary", "experiment", "auto"]

Named = Annotated[
    str | None,
    Parameter(
        name="--service",
        alias="-s",
        help="The service; without it, every service.",
        metavar="SERVICE",
        completer=completing.services,
    ),
]
Service = Annotated[
    str | None,
    Parameter(
        name="--service",
        alias="-s",
        help="The service; by default that of ./shipway.yaml, or the only one there is.",
        metavar="NAME",
        completer=completing.services,
    ),
]
Json = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON; times are in UTC.")]
Version = Annotated[str, Parameter(help="The version to ship.", completer=completing.versions)]
File = Annotated[
    Path, Parameter(name="--file", alias="-f", help="The release file.", metavar="PATH", show_default=True)
]
Chosen = Annotated[
    Strategy | None, Parameter(name="--strategy", help="Instead of the strategy in the release file.")
]
Detach = Annotated[
    bool, Parameter(name="--detach", alias="-d", negative=(), help="Do not wait and watch; return at once.")
]
Reason = Annotated[
    str, Parameter(name="--reason", alias="-m", help="Why, for the journal and your colleagues.", metavar="TEXT")
]
Yes = Annotated[bool, Parameter(name="--yes", alias="-y", negative=(), help="Do not ask.")]
