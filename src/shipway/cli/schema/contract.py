"""`shipway schema contract`."""

from shipway.cli.shell.arguments import Yes
from shipway.cli.shell.changing import Database, File
from shipway.cli.shell.terminal import out


def contract(file: File, *, database: Database = None, yes: Yes = False) -> int:
    """Drop the old shape, when it is proven that nothing needs it. There is no way back.

    It refuses while a row is wrong, while the hold of the file lasts, while a view, function, policy or
    trigger uses the old column, and while statements are counted that name it. What cannot be
    known is said, and it asks.

    Examples:
        shipway schema contract migrations/0007_email_address.yaml
        shipway schema contract migrations/0007_email_address.yaml --yes

    Then:
        The change is finished, and its file can stay where it is.
    """
    from shipway.cli.render import schema as render
    from shipway.cli.shell.changing import running
    from shipway.cli.shell.prompts import agreed
    from shipway.cli.shell.reaching import reached

    with running(file, database, purpose="contract") as runner:
        if not runner.is_contracting():
            from shipway.adapters.databases.proofs import refuse

            found = runner.evidence()
            out().all(render.evidence(found, out().paint))
            refuse(found, where=str(file))
            agreed(f"Drop the old shape of {runner.change.name}? There is no way back.", yes=yes)
        phase = runner.contract()
    return reached(file, phase, "")
