"""`shipway resume`."""

from shipway.cli.shell.arguments import Service


def resume(*, service: Service = None) -> int:
    """Go on after a pause, or try on after a hold.

    The stage's stay begins again. What made the release hold may make it hold again; `shipway
    why` tells what that is.

    Examples:
        shipway resume
        shipway resume --service checkout

    Then:
        `shipway watch` shows how it goes on.
    """
    from shipway.cli.shell.steering import stage_name, steer
    from shipway.model.command import Resume

    return steer(service, Resume(), lambda state: f"goes on from {stage_name(state)}. `shipway watch` shows it.")
