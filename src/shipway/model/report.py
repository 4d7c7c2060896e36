"""Harm that somebody outside of the guard has seen."""

from msgspec import Struct

from shipway.model.verdict import Severity


class Report(Struct, frozen=True, kw_only=True):
    """One report on the candidate of a run."""

    severity: Severity
    reason: str
    by: str
    """Who says so."""
    at: float
