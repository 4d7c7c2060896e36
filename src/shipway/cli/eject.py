"""`shipway eject`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import Json, Yes

Ejected = Annotated[
    str | None, Parameter(help="The service; by default the only one there is.", metavar="SERVICE")
]
To = Annotated[Path | None, Parameter(help="Where the files go; by default ./ejected-SERVICE.", metavar="FOLDER")]


def eject(service: Ejected = None, /, *, to: To = None, yes: Yes = False, json: Json = False) -> int:
    """Hand everything back: what serves goes on serving, and nothing of Shipway has to run.

    Containers stay as they are, under Docker's own restart policy. A second Envoy with the same
    configuration, as plain files, takes over the port while the former one finishes what it has
    in hand, so no request is lost. Flags and schema changes are told as they stand. Processes
    are written down as units of systemd and a Procfile, and go on until you start those.

    Without --yes it only shows what it would do.

    Examples:
        shipway eject checkout
        shipway eject checkout --to /srv/checkout --yes

    Then:
        The README.md among the files says how each part is run. Deploys of this SHIPWAY_HOME are
        refused from then on; another home may take the service over again.
    """
    import asyncio

    from shipway.cli.render import as_json, ejection
    from shipway.cli.shell.ejecting import ejected
    from shipway.cli.shell.services import chosen
    from shipway.cli.shell.terminal import out
    from shipway.home import find

    home, screen = find(), out()
    name = chosen(home, service)
    found = asyncio.run(ejected(home, name, to or Path(f"ejected-{name}"), does_it=yes))
    if json:
        screen.say(as_json.text(as_json.plain(found)))
    else:
        screen.all(ejection.lines(found, screen.paint))
    return 0
