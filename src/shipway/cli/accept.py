"""`shipway accept`."""

from shipway.cli.shell.arguments import Service


def accept(*, service: Service = None) -> int:
    """Overwrite what other hands changed, and go on.

    A release holds when somebody changes replicas or routes beside it. First see with `shipway
    why` what was changed; this command puts everything back to what the stage says.

    Examples:
        shipway why
        shipway accept

    Then:
        The release goes on by itself once its stage is seen to be reached again.
    """
    from shipway.cli.shell.steering import steer
    from shipway.model.command import Accept

    return steer(
        service,
        Accept(),
        lambda state: (
            "what other hands changed is overwritten"
            + ("; the release goes on. `shipway watch` shows it." if state.run else ".")
        ),
    )
