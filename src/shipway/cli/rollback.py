"""`shipway rollback`."""

from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell import completing
from shipway.cli.shell.arguments import Detach, Json, Reason, Service

ToRevision = Annotated[
    int | None,
    Parameter(
        name="--to-revision",
        help="A kept revision by its number in `shipway history`.",
        metavar="N",
        completer=completing.numbers,
    ),
]


def rollback(
    *,
    to_revision: ToRevision = None,
    reason: Reason = "",
    detach: Detach = False,
    json: Json = False,
    service: Service = None,
) -> int:
    """Return to the former version, or to any kept revision, as fast as is safe.

    While a release runs it is taken back, as by `shipway abort`. Otherwise the former revision
    is started beside the live one, gets all traffic in one step, and the live one is stopped: with
    its own command, environment and files, so the release file is not needed.

    Examples:
        shipway rollback
        shipway rollback --to-revision 12 --reason "INC-4711"

    Then:
        It waits until the former version is seen to have all traffic. `shipway history` lists
        the revisions and how each release went.
    """
    from shipway.cli.shell.returning import Returning, returned

    wish = Returning(to_revision=to_revision, reason=reason, detach=detach, as_json=json)
    return returned(service, wish)
