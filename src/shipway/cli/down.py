"""`shipway down`."""

from shipway.cli.shell.arguments import Service, Yes


def down(*, yes: Yes = False, service: Service = None) -> int:
    """Stop serving, and stop every replica. Nobody is served any more.

    A release under way ends. Kept revisions and the history stay. It asks first on a terminal;
    elsewhere it needs --yes.

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
    said = "goes down: its replicas drain and stop. `shipway deploy VERSION` starts it again."
    return steer(name, Down(), lambda state: "is down already." if state.is_down else said)
