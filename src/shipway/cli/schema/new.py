"""`shipway schema new`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell.terminal import out
from shipway.errors import Exit

Name = Annotated[str, Parameter(help="Small letters, digits and underscores.", metavar="NAME")]
Operation = Annotated[
    str, Parameter(help="What it does, such as rename_column.", metavar="OPERATION", show_default=True)
]
Folder = Annotated[
    Path, Parameter(name="--folder", help="Where it is written.", metavar="PATH", show_default=True)
]


def new(name: Name, operation: Operation = "rename_column", *, folder: Folder = Path("migrations")) -> int:
    """Write a commented file for a change, with the next number.

    Examples:
        shipway schema new email_address
        shipway schema new total_cents change_type

    Then:
        Fill it in; `shipway schema plan` shows what it would do.
    """
    from shipway.cli.shell.writing import written

    path = written(name, operation, folder)
    out().say(f"{out().paint.good('✓')} {path}", f"  {out().paint.faint('next')} shipway schema plan {path}")
    return Exit.DONE
