"""`shipway report-harm`."""

from typing import Annotated, Literal

from cyclopts import Parameter

from shipway.cli.shell.arguments import Json, Service

Level = Annotated[
    Literal["critical", "high", "medium", "low"],
    Parameter(name="--severity", help="How bad it is; this decides what follows."),
]
Why = Annotated[
    str, Parameter(name="--reason", alias="-m", help="What was seen, for the journal and your colleagues.")
]
By = Annotated[
    str, Parameter(name="--by", help="Who saw it, when a script tells it for somebody.", metavar="NAME")
]


def report_harm(*, severity: Level, reason: Why, by: By = "", json: Json = False, service: Service = None) -> int:
    """Tell the guard that the version being released hurts users: it counts as a verdict of its own.

    critical takes all traffic back at once, high goes back as the stage says. medium holds the
    release where it is and takes it back after 15 minutes, unless somebody says `shipway resume`.
    low is noted, and makes medium harm at a later stage go back at once. The journal keeps who
    said it.

    Examples:
        shipway report-harm --severity critical --reason "orders are charged twice"
        shipway report-harm --severity medium -m "5 tickets" --by helpdesk --json

    Then:
        `shipway why` shows the report as cause, `shipway watch` how the release goes back.
    """
    from shipway.cli.shell.reporting import reported
    from shipway.model.command import ReportHarm
    from shipway.model.verdict import Severity

    return reported(service, ReportHarm(severity=Severity(severity), reason=reason, by=by), as_json=json)
