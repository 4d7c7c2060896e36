"""`shipway pause`."""

from shipway.cli.shell.arguments import Service


def pause(*, service: Service = None) -> int:
    """Stop going forward: the release stays in its stage, and its guard stays armed.

    A pause that lasts longer than a day becomes a hold, so that somebody is told.

    Examples:
        shipway pause
        shipway pause --service checkout

    Then:
        `shipway resume` goes on, `shipway abort` takes the release back. The guard still takes
        it back by itself when users would be hurt.
    """
    from shipway.cli.shell.steering import stage_name, steer
    from shipway.model.command import Pause

    return steer(
        service,
        Pause(),
        lambda state: f"stays in {stage_name(state)}; the guard stays armed. `shipway resume` goes on.",
    )
