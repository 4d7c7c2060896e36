"""`shipway init`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import File, Yes

Force = Annotated[bool, Parameter(name="--force", negative=(), help="Overwrite a file that is there.")]


def init(*, file: File = Path("shipway.yaml"), yes: Yes = False, force: Force = False) -> int:
    """Write a first release file: commented, and as complete as this folder tells.

    It looks how the application is started, asks on a terminal where it is not sure, and says why
    it believes what it writes. --yes takes every guess without asking.

    Examples:
        shipway init
        shipway init --yes

    Then:
        Read the file, then `shipway check`: it tries whether the application starts and answers.
    """
    from shipway.cli.shell.beginning import begin

    return begin(file, yes=yes, force=force)
