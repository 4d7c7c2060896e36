"""`shipway startup`."""

from typing import Annotated

from cyclopts import Parameter

System = Annotated[bool, Parameter(negative=(), help="A unit of the system, as root; otherwise one of this user.")]
Remove = Annotated[bool, Parameter(negative=(), help="Take the unit away again.")]
Show = Annotated[bool, Parameter(negative=(), help="Print the unit; write nothing.")]


def startup(*, system: System = False, remove: Remove = False, show: Show = False) -> int:
    """Have systemd bring everything back when the machine starts.

    It starts the supervisor of SHIPWAY_HOME, and that starts Envoy, the replicas and the
    controller: traffic comes back without any command of yours. What runs now is not touched.

    Examples:
        shipway startup
        shipway startup --show
        sudo SHIPWAY_HOME=/var/lib/shipway shipway startup --system

    Then:
        Restart a test machine and ask your service. Without systemd, let your own init run the
        line that --show prints.
    """
    from shipway.adapters.supervisor import systemd
    from shipway.cli.shell.terminal import out
    from shipway.home import find

    home = find().path
    if show:
        out().write(systemd.unit(home, is_system=system))
    elif remove:
        systemd.uninstall(home, is_system=system)
        out().all([f"{systemd.unit_name(home)} is gone; what runs now goes on."])
    else:
        path = systemd.install(home, is_system=system)
        out().all([f"{path.name} is enabled: the next start of the machine brings everything back."])
    return 0
