"""`shipway schema contract`."""

from shipway.cli.shell.arguments import Yes
from shipway.cli.shell.changing import Code, Database, File
from shipway.cli.shell.terminal import out


def contract(file: File, *, database: Database = None, code: Code = None, yes: Yes = False) -> int:
    """Drop the old shape, when it is proven that nothing needs it. There is no way back.

    It refuses while a row is wrong, while the hold of the file lasts, while a view, function, policy or
    trigger uses the old column, while statements are counted that name it, and while SQL in the code of
    `--code` does. What cannot be known is said, and it asks. Then nobody may use the old column for as
    long as the file's `freeze` says, an hour by default; if anyone fails, he has it back at once, and
    nothing is dropped.

    Examples:
        shipway schema contract migrations/0007_email_address.yaml
        shipway schema contract migrations/0007_email_address.yaml --code src --yes

    Then:
        The change is finished, and its file can stay where it is.
    """
    from shipway.cli.render import schema as render
    from shipway.cli.shell.changing import running
    from shipway.cli.shell.prompts import agreed
    from shipway.cli.shell.reaching import reached
    from shipway.cli.shell.thawing import ending

    with ending(), running(file, database, purpose="contract") as runner:
        if not runner.is_contracting():
            from shipway.adapters.databases.proofs import refuse
            from shipway.cli.shell.searching import none_in

            found, one = runner.evidence(), runner.proving()
            out().all(render.evidence(found, out().paint))
            refuse(found, where=str(file), is_by_hand=True)
            none_in(code, one, where=str(file))
            if one.old:
                out().all(render.reach(one.reach(), runner.change.freeze_seconds, out().paint))
            agreed(f"Drop the old shape of {runner.change.name}? There is no way back.", yes=yes)
            runner.freeze()
        phase = runner.contract()
    return reached(file, phase, "")
