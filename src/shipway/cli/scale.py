"""`shipway scale`."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import Service

if TYPE_CHECKING:
    from shipway.engine.state import ServiceState

Replicas = Annotated[int, Parameter(help="How many replicas full capacity has.", metavar="N")]


def scale(replicas: Replicas, *, service: Service = None) -> int:
    """Change how many replicas the service has, without releasing anything.

    During a release every stage grows or shrinks in proportion. Replicas that are too many are
    drained before they stop, so that no request is lost.

    Examples:
        shipway scale 6
        shipway scale 2 --service billing

    Then:
        `shipway status` shows when they are ready. The next deploy takes `replicas` from the
        release file again.
    """
    from shipway.cli.shell.steering import steer
    from shipway.model.command import SetReplicas

    def said(state: "ServiceState") -> str:
        same = state.replicas == replicas
        change = f"{replicas} replicas already" if same else f"{state.replicas} → {replicas} replicas"
        return f"{change}. `shipway status` shows when they are ready."

    return steer(service, SetReplicas(replicas=replicas), said)
