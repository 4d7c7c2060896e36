"""`shipway down`."""

from typing import TYPE_CHECKING

from shipway.cli.shell.arguments import Service, Yes

if TYPE_CHECKING:
    from shipway.engine.state import ServiceState


def down(*, yes: Yes = False, service: Service = None) -> int:
    """Stop serving, and stop every replica. Nobody is served any more.

    Of a scheduled service no job is started any more, and one that runs is ended. A release
    under way ends. Kept revisions and the history stay. It asks first on a terminal; elsewhere
    it needs --yes.

    Examples:
        shipway down
        shipway down --yes --service checkout

    Then:
        `shipway rollback --to-revision N` or `shipway deploy VERSION` starts it again.
    """
    from shipway.cli.shell.prompts import agreed
    from shipway.cli.shell.services import chosen
    from shipway.cli.shell.steering import steer
    from shipway.home import find
    from shipway.model.command import Down

    name = chosen(find(), service)
    agreed(f"Stop {name}? Nobody is served by it then.", yes=yes)
    return steer(name, Down(), _said)


def _said(state: "ServiceState") -> str:
    """What follows, by what the service is."""
    from shipway.model.service_kind import ServiceKind

    if state.is_down:
        return "is down already."
    jobs = state.limits.kind == ServiceKind.CRON
    what = "no job is started any more, and one that runs is ended" if jobs else "its replicas drain and stop"
    return f"goes down: {what}. `shipway deploy VERSION` starts it again."
