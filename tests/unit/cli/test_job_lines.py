"""Jobs whose names and ends are long."""

import pytest
from msgspec.structs import replace

from shipway.cli.render import jobs
from shipway.cli.render.paint import Paint
from shipway.model.job import Cause, Outcome
from unit.cli import scheduled, views


@pytest.mark.parametrize("name", ["-hand4", "-hand4-again"])
def test_an_end_that_does_not_fit_beside_its_name_is_told_all_the_same(name: str) -> None:
    worst = max(scheduled.JOBS.past, key=lambda job: len(jobs.ended(job)))
    long = replace(worst, id=worst.id + name, cause=Cause.RERUN, outcome=Outcome.TIMED_OUT, exit_code=124)
    lines = jobs.lines(replace(scheduled.JOBS, past=(long,), open=()), Paint(), now=views.NOW)
    assert max(map(len, lines)) <= 80
    assert "timed out, exit code 124 (again)" in " ".join(" ".join(lines).split())
    assert lines[-1] == f"    {long.detail}"
