"""Parameters that the commands of flags share."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

Server = Annotated[
    str | None,
    Parameter(name="--server", help="The flag server; by default the one in SHIPWAY_FLAGS.", metavar="URL"),
]
Environment = Annotated[
    str | None,
    Parameter(name="--environment", alias="-e", help="By default the token's.", metavar="NAME"),
]
FlagFile = Annotated[
    Path | None,
    Parameter(name="--file", alias="-f", help="A file of flags, instead of a server.", metavar="PATH"),
]
Reason = Annotated[str, Parameter(name="--reason", alias="-m", help="Why, for the audit trail.", metavar="TEXT")]
Name = Annotated[str, Parameter(help="The flag.", metavar="FLAG")]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Where:
    """The flags that are meant."""

    file: FlagFile = None
    server: Server = None
    environment: Environment = None


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Why(Where):
    """The flags that are changed, and why."""

    reason: Reason = ""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class OnServer:
    """The flags of a server that are changed, and why."""

    server: Server = None
    environment: Environment = None
    reason: Reason = ""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Steps:
    """How a flag is shown to more and more users, and who watches."""

    to: Annotated[str, Parameter(help="Percentages, one after the other.", metavar="5,25,100")]
    bake: Annotated[
        str, Parameter(help="How long each but the last stays.", metavar="TIME", show_default=True)
    ] = "1h"
    service: Annotated[
        str | None,
        Parameter(help="Whose guard watches; by default that of the service whose code has it.", metavar="NAME"),
    ] = None
    unwatched: Annotated[bool, Parameter(negative=(), help="By a schedule, with no guard.")] = False


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Keeping:
    """For how long a server keeps what nobody decides on any more."""

    keep_changes: Annotated[
        str, Parameter(help="How long lines of the audit trail stay.", metavar="TIME", show_default=True)
    ] = "400d"
    keep_exposures: Annotated[
        str, Parameter(help="How long counts of answers stay.", metavar="TIME", show_default=True)
    ] = "90d"


KEEPING = Keeping()
HERE, WHY, ON_SERVER = Where(), Why(), OnServer()
