"""Gives a report of harm to the service's owner, and says what follows from it."""

import asyncio

from shipway.app import Shipway, who
from shipway.cli.render import as_json as json
from shipway.cli.render.words import duration
from shipway.cli.shell import reading
from shipway.cli.shell.services import chosen
from shipway.cli.shell.steering import put, running, say
from shipway.cli.shell.terminal import out
from shipway.engine.state import Run
from shipway.errors import Exit
from shipway.home import find
from shipway.model.command import ReportHarm
from shipway.model.verdict import Severity


def reported(named: str | None, report: ReportHarm, *, as_json: bool) -> int:
    """Raises `NotTaken` where no release is under way, `PortError` where nobody takes it."""
    home = find()
    service = chosen(home, named)
    run = running(reading.state(home, service))
    with Shipway(home) as shipway:
        asyncio.run(put(shipway, service, report))
    follows = _follows(run, report.severity)
    if not as_json:
        say(f"{service}: {report.severity} harm is reported. {follows}")
        return Exit.DONE
    told = {"service": service, "run": run.id, "severity": report.severity, "reason": report.reason}
    out().say(json.text({**told, "by": report.by or who(), "follows": follows}))
    return Exit.DONE


def _follows(run: Run, severity: Severity) -> str:
    guard = run.plan.guard
    match severity:
        case Severity.CRITICAL | Severity.HIGH if run.stage.back is None:
            return "There is no earlier version, so it is held; `shipway down` stops the service."
        case Severity.CRITICAL | Severity.HIGH:
            return "The release goes back; `shipway watch` shows it."
        case Severity.MEDIUM:
            patience = duration(guard.medium_patience)
            return f"The release stays where it is, and goes back in {patience}; `shipway resume` goes on."
        case _:
            return f"It is noted for {duration(guard.low_patience)}; medium harm at a later stage then goes back."
