"""`shipway config`."""

from cyclopts import App

from shipway.cli.shell.terminal import out

config = App(name="config", help="Everything about the release file's form.", help_flags=(), version_flags=())


@config.command
def schema() -> int:
    """Print the JSON Schema of the release file, for editors and other tools.

    Examples:
        shipway config schema > .shipway/schema.json

    Then:
        The first line of a file that `shipway init` writes makes editors read it: they complete
        keys and underline mistakes while you type.
    """
    from shipway.spec.schema import text

    out().write(text())
    return 0


@config.command
def reference() -> int:
    """Print a commented sample with every key that a release file may have.

    Examples:
        shipway config reference | less

    Then:
        Copy what you need into shipway.yaml; `shipway check` tells whether it works.
    """
    from shipway.spec.reference import text

    out().write(text())
    return 0
