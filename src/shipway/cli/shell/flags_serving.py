"""`shipway flags serve` and `shipway flags token`."""

from typing import Annotated, Literal

from cyclopts import Parameter

from shipway.cli.shell.arguments import Json
from shipway.cli.shell.flags_arguments import KEEPING, Environment, Keeping, Server
from shipway.cli.shell.terminal import out


def serve(
    *,
    host: Annotated[str, Parameter(help="Where to listen.", show_default=True)] = "127.0.0.1",
    port: Annotated[int, Parameter(help="Where to listen.", show_default=True)] = 8016,
    origin: Annotated[
        tuple[str, ...], Parameter(help="Whose web pages may ask; * for all.", negative=(), metavar="URL")
    ] = (),
    database: Annotated[
        str | None,
        Parameter(help="A PostgreSQL database for the flags; SHIPWAY_FLAGS_DATABASE without it.", metavar="URL"),
    ] = None,
    keeping: Keeping = KEEPING,
) -> int:
    """Run a flag server: OFREP for any program, updates as they happen for shipway.flags.

    Flags lie in SHIPWAY_HOME, or in a PostgreSQL database that several servers share, per
    environment, with every change and who made it. The first
    start writes the token of an administrator to SHIPWAY_HOME/flags-token, for you alone.

    Examples:
        shipway flags serve
        shipway flags serve --host 0.0.0.0 --origin https://shop.example.com

    Then:
        `shipway flags token checkout --kind server` makes a token for an application, which
        takes it and the server's address from SHIPWAY_FLAGS_TOKEN and SHIPWAY_FLAGS.
    """
    from shipway.cli.render.flags import seconds_of
    from shipway.cli.shell.flag_server import Wanted, start
    from shipway.home import find

    wanted = Wanted(
        host=host,
        port=port,
        origins=origin,
        database=database,
        changes_seconds=seconds_of(keeping.keep_changes, "--keep-changes"),
        exposures_seconds=seconds_of(keeping.keep_exposures, "--keep-exposures"),
    )
    start(find(), wanted)
    return 0


def token(
    name: Annotated[str, Parameter(help="Who will use it; the audit trail says this name.")],
    *,
    kind: Annotated[
        Literal["server", "client", "admin"],
        Parameter(help="server: applications. client: browsers. admin: who changes flags.", show_default=True),
    ] = "server",
    environment: Environment = None,
    server: Server = None,
    json: Json = False,
) -> int:
    """Make a token for a flag server. It is shown once, and kept nowhere.

    A server token reads flags, a client token asks for answers and sees no rule, an admin token
    changes flags; without --environment in all environments.

    Examples:
        shipway flags token checkout --environment production
        shipway flags token web --kind client --environment production
        shipway flags token anna --kind admin

    Then:
        Give it to the program as SHIPWAY_FLAGS_TOKEN.
    """
    from shipway.cli.render import as_json
    from shipway.cli.shell.flag_server import api
    from shipway.home import find

    body = {"name": name, "kind": kind, "environment": environment}
    made = api(server, None, find()).ask("POST", "/tokens", body=body).content
    out().say(as_json.text(made) if json else made["token"])
    return 0
