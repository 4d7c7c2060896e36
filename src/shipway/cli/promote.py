"""`shipway promote`."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import Service

if TYPE_CHECKING:
    from shipway.engine.state import ServiceState

Stage = Annotated[bool, Parameter(name="--stage", negative=(), help="Only the next stage; this is the default.")]
All = Annotated[bool, Parameter(name="--all", negative=(), help="All the way to all traffic.")]


def promote(*, stage: Stage = False, all: All = False, service: Service = None) -> int:
    """Go to the next stage now, without waiting for the rest of this one's stay.

    What this stage needs before it may be left is not asked for again: you judge. The guard
    stays armed. After a hold it goes on from there; in the window after full traffic it closes
    the window.

    Examples:
        shipway promote
        shipway promote --all

    Then:
        `shipway watch` shows how it goes on; `shipway abort` takes it back.
    """
    from shipway.cli.shell.commands import WrongWords
    from shipway.cli.shell.steering import stage_name, steer
    from shipway.model.command import Promote

    if stage and all:
        raise WrongWords("--stage and --all contradict each other", fix="Take one of them.")
    aim = "all traffic" if all else "the next stage"

    def said(state: "ServiceState") -> str:
        if state.run and state.run.back:
            return f"goes forward again from {stage_name(state)}, once that is reached. `shipway watch`."
        return f"leaves {stage_name(state)} for {aim}. `shipway watch`."

    return steer(service, Promote(all=all), said)
