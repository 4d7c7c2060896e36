"""`shipway port-forward`."""

from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import Service

Port = Annotated[int, Parameter(help="Of this machine, on its loopback address.", metavar="PORT")]
Revision = Annotated[
    str | None,
    Parameter(
        name=["--revision", "--version", "-r"], help="Which one; left out, the release's, else what serves."
    ),
]


def port_forward(port: Port = 8080, *, revision: Revision = None, service: Service = None) -> int:
    """Reach one replica of a version directly, past all traffic: the candidate before users see it.

    In a cluster a port of this machine leads to one of its pods, through the API server, until
    Ctrl-C. On one machine replicas have addresses already, and the command says which.

    Examples:
        shipway port-forward
        shipway port-forward 9000 --revision 1.8.2

    Then:
        `curl http://127.0.0.1:8080/` asks it. `shipway promote` lets the release go on.
    """
    import asyncio

    from shipway.cli.shell.forwarding import forwarded
    from shipway.cli.shell.services import chosen
    from shipway.home import find

    home = find()
    return asyncio.run(forwarded(home, chosen(home, service), revision, port))
