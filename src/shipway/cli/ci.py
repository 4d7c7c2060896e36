"""`shipway ci`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from shipway.cli.shell.arguments import File
from shipway.cli.shell.terminal import out

Tool = Annotated[
    Literal["github", "gitlab", "jenkins", "argo-workflows"], Parameter(help="What runs the pipeline.")
]
Cloud = Annotated[
    Literal["aws", "google", "azure"] | None,
    Parameter(name="--cloud", help="Give the deploying job an identity there by OpenID Connect, without a key."),
]
Branch = Annotated[str, Parameter(name="--branch", help="A merge into it deploys.", metavar="NAME")]
Runner = Annotated[
    str, Parameter(name="--runner", help="Labels of the runner that owns SHIPWAY_HOME.", metavar="LABELS")
]
Output = Annotated[
    Path | None,
    Parameter(
        name="--output",
        alias="-o",
        allow_leading_hyphen=True,
        help="Where to write; - prints it.",
        metavar="PATH",
    ),
]
Force = Annotated[bool, Parameter(name="--force", negative=(), help="Overwrite a file that is there.")]


@Parameter(name="*")
@dataclass(frozen=True)
class Where:
    """How the blanks are filled, and where the file goes."""

    branch: Branch = "main"
    runner: Runner = "self-hosted,production"
    output: Output = None
    force: Force = False


USUAL = Where()


def ci(tool: Tool, *, cloud: Cloud = None, where: Where = USUAL, file: File = Path("shipway.yaml")) -> int:
    """Write a pipeline that plans pull requests, deploys merges under the guard, and reports.

    A pull request gets the stage table as a comment. A merge deploys: the guard watches and takes
    back, the job fails where it did, the report is uploaded, and SHIPWAY_NOTIFY_URL is told. It
    is a plain file of that tool: read it, change it, keep it. Nothing is overwritten unless told.

    Examples:
        shipway ci github
        shipway ci gitlab --branch main --runner production
        shipway ci github --cloud aws --output -
        shipway ci argo-workflows --file deploy/shipway.yaml

    Then:
        Commit the file. What each tool needs stands in docs/guides/ci.md.
    """
    from shipway.cli.shell.piping import wishes_of, write
    from shipway.pipelines.writing import path_of, written

    wishes = wishes_of(tool, where.branch, where.runner, cloud=cloud, file=file)
    text = written(tool, wishes)
    if where.output == Path("-"):
        out().write(text)
        return 0
    path = where.output or Path(path_of(tool, wishes.service))
    out().all(write(path, text, force=where.force, told=str(path)))
    return 0
