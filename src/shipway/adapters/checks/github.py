"""Whether GitHub's checks of a commit are green: https://docs.github.com/rest/checks/runs, …/commits/statuses."""

import os

from msgspec import Struct

from shipway.adapters.checks.asking import Found, Service

API = "https://api.github.com"
HEADERS = {"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28"}
PAGE, PAGES_MAX = 100, 10
FINE = ("success", "neutral", "skipped")


class CheckRun(Struct, frozen=True):
    """One check."""

    name: str
    status: str
    conclusion: str | None = None
    details_url: str | None = None


class CheckRuns(Struct, frozen=True):
    """A page of them."""

    total_count: int
    check_runs: tuple[CheckRun, ...]


class Status(Struct, frozen=True):
    """One status of the older kind."""

    context: str
    state: str


class Combined(Struct, frozen=True):
    """All of those."""

    statuses: tuple[Status, ...]


async def green(repository: str, commit: str, *, api: str | None) -> Found:
    """Every check of the commit but those of the workflow that asks. Raises `PortError`."""
    async with Service("GitHub", api or API, HEADERS, bearer="GITHUB_TOKEN") as github:
        path = f"/repos/{repository}/commits/{commit}"
        runs = [run for run in await _runs(github, path) if not _is_own(run)]
        combined = await github.read(f"{path}/status", Combined, {"per_page": str(PAGE)})
    bad = [run.name for run in runs if run.status == "completed" and run.conclusion not in FINE]
    bad += [one.context for one in combined.statuses if one.state in ("failure", "error")]
    waiting = [run.name for run in runs if run.status != "completed"]
    waiting += [one.context for one in combined.statuses if one.state == "pending"]
    count = len(runs) + len(combined.statuses)
    return verdict(bad, waiting, count, f"{commit[:12]} on GitHub")


def verdict(bad: list[str], waiting: list[str], count: int, where: str) -> Found:
    """In one sentence."""
    if bad:
        return Found(False, f"{', '.join(sorted(bad))} failed for {where}")
    if waiting:
        return Found(False, f"{', '.join(sorted(waiting))} has not ended for {where}")
    if not count:
        return Found(False, f"nothing has tested {where}")
    return Found(True, f"{count} green for {where}")


async def _runs(github: Service, path: str) -> list[CheckRun]:
    found: list[CheckRun] = []
    for page in range(1, PAGES_MAX + 1):
        told = await github.read(f"{path}/check-runs", CheckRuns, {"per_page": str(PAGE), "page": str(page)})
        found += told.check_runs
        if len(found) >= told.total_count or not told.check_runs:
            break
    return found


def _is_own(run: CheckRun) -> bool:
    """Of the workflow run that asks: it cannot have ended."""
    own = os.environ.get("GITHUB_RUN_ID")
    return bool(own) and f"/actions/runs/{own}/" in f"{run.details_url or ''}/"
