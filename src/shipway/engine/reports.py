"""Harm that a person or a script reports. It counts as a verdict of that severity, beside those of the guard."""

from msgspec.structs import replace

from shipway.analysis.combine import combined
from shipway.engine.state import Run
from shipway.model.command import ReportHarm
from shipway.model.report import Report
from shipway.model.verdict import Kind, Severity, Verdict

REPORTS_MAX = 50
"""Open at once in one run; more of them say nothing new."""


def taken(run: Run, command: ReportHarm, *, by: str, at: float) -> tuple[Report, ...]:
    """The run's reports with this one. The same once more keeps its first time, so that its patience runs on."""
    said = Report(severity=command.severity, reason=command.reason, by=_who(command, by), at=at)
    is_known = any(replace(said, at=report.at) == report for report in run.reports)
    return run.reports if is_known else (*run.reports, said)[-REPORTS_MAX:]


def _who(command: ReportHarm, by: str) -> str:
    return f"{command.by} (by way of {by})" if command.by else by


def with_reports(verdict: Verdict, run: Run, *, now: float) -> Verdict:
    """The verdict, or a worse one that somebody reported; low harm is heeded for its patience."""
    patience = run.plan.guard.low_patience
    heeded = [r for r in run.reports if r.severity != Severity.LOW or now - r.at < patience]
    if not heeded:
        return verdict
    worst = combined((verdict, *(_verdict(report) for report in heeded)))
    return worst or verdict


def _verdict(report: Report) -> Verdict:
    return Verdict(
        kind=Kind.HARMFUL, severity=report.severity, sentence=f"{report.by} reports harm: {report.reason}"
    )
