"""`shipway completion`."""

from typing import Annotated, Literal

from cyclopts import Parameter

from shipway.cli.shell.terminal import out

Shell = Annotated[Literal["bash", "zsh", "fish"], Parameter(help="The shell.")]


def completion(shell: Shell) -> int:
    """Print the shell's completion script: commands, options, services, versions and stages.

    Examples:
        source <(shipway completion bash)
        shipway completion zsh > "${fpath[1]}/_shipway"
        shipway completion fish > ~/.config/fish/completions/shipway.fish

    Then:
        Open a new shell, type `shipway ` and press Tab.
    """
    from shipway.cli.shell.commands import application

    out().write(application().generate_completion(prog_name="shipway", shell=shell))
    return 0
