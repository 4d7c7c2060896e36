"""`shipway abort`."""

from shipway.cli.shell.arguments import Detach, Json, Reason, Service


def abort(*, reason: Reason = "", detach: Detach = False, json: Json = False, service: Service = None) -> int:
    """Take the release under way back, now: all traffic to the former version.

    It goes the fastest safe way: flags first, then traffic, then replicas. The command waits
    until every proxy has confirmed that no traffic is left on the new version. Exit codes: 0 it
    is confirmed, 5 there is no version to go back to, or it is not confirmed within a minute.

    Examples:
        shipway abort
        shipway abort --reason "checkout totals are wrong"

    Then:
        The new version's replicas are drained and stopped. `shipway why` keeps the reason,
        `shipway logs --revision VERSION` what the version printed.
    """
    from shipway.cli.shell.steering import take_back
    from shipway.model.command import Back

    return take_back(service, Back(stage=0, reason=reason), detach=detach, as_json=json)
