"""`shipway back`."""

from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell import completing
from shipway.cli.shell.arguments import Detach, Json, Reason, Service

Stage = Annotated[
    int | None,
    Parameter(
        name="--stage",
        help="The stage to go back to; the one before the current one by default.",
        metavar="N",
        completer=completing.stages,
    ),
]


def back(
    *,
    stage: Stage = None,
    reason: Reason = "",
    detach: Detach = False,
    json: Json = False,
    service: Service = None,
) -> int:
    """Go back to an earlier stage of the release under way, and stay there.

    A release that went back stays where it is until you say more. The command waits until every
    proxy has confirmed the earlier stage's shares.

    Examples:
        shipway back
        shipway back --stage 1 --reason "look at the 5% again"

    Then:
        `shipway promote` goes forward again from there, `shipway abort` takes all of it back.
    """
    from shipway.cli.shell import reading
    from shipway.cli.shell.services import chosen
    from shipway.cli.shell.steering import running, take_back
    from shipway.home import find
    from shipway.model.command import Back

    home = find()
    name = chosen(home, service)
    row = max(0, running(reading.state(home, name)).row - 1) if stage is None else stage
    return take_back(name, Back(stage=row, reason=reason), detach=detach, as_json=json)
