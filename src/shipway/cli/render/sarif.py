"""Findings as SARIF 2.1.0, which code hosts show beside the code.

Protocol: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
"""

from collections.abc import Iterable

from shipway import __version__
from shipway.schema.lint.hazard import Finding, Hazard, Level

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(findings: Iterable[Finding]) -> dict[str, object]:
    """One run with its rules."""
    from shipway.schema.hazards import hazards

    rules = [_rule(hazard) for hazard in hazards()]
    driver = {"name": "shipway schema lint", "version": __version__, "rules": rules}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": [_result(one) for one in findings]}],
    }


def _rule(hazard: Hazard) -> dict[str, object]:
    return {
        "id": hazard.name,
        "shortDescription": {"text": hazard.title},
        "fullDescription": {"text": hazard.why},
        "defaultConfiguration": {"level": _level(hazard)},
    }


def _level(hazard: Hazard) -> str:
    return "error" if hazard.level == Level.HAZARD else "note"


def _result(one: Finding) -> dict[str, object]:
    region = {"startLine": one.line, "startColumn": one.column}
    place = {"artifactLocation": {"uri": one.file}, "region": region}
    return {
        "ruleId": one.hazard.name,
        "level": _level(one.hazard),
        "message": {"text": "\n".join((one.found.what, *one.found.fix))},
        "locations": [{"physicalLocation": place}],
    }
