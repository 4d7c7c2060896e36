"""`shipway run`."""

from typing import TYPE_CHECKING

from shipway.cli.shell.arguments import Named

if TYPE_CHECKING:
    from shipway.engine.state import ServiceState


def run(service: Named = None) -> int:
    """Start a job of a scheduled service now, beside its schedule.

    It is of the version whose jobs are next, and obeys `schedule.overlap`: while another one
    runs it is refused, waits, or takes its place, as an instant's job would. The schedule goes
    on as it was. During a release the guard judges it like any other.

    Examples:
        shipway run
        shipway run nightly-report

    Then:
        `shipway jobs` shows how it ends; `shipway logs --follow` what it prints.
    """
    from shipway.cli.render.words import version_of
    from shipway.cli.shell.steering import steer
    from shipway.model.command import RunJob

    def said(state: "ServiceState") -> str:
        version = version_of(state.agenda.revision) if state.agenda.revision else "the next version"
        return f"a job of {version} is started. `shipway jobs` shows how it ends."

    return steer(service, RunJob(), said)
