"""Whether GitLab's pipeline of a commit is green: https://docs.gitlab.com/api/pipelines/#list-project-pipelines."""

import os
from urllib.parse import quote

from msgspec import Struct

from shipway.adapters.checks.asking import Found, Service

API = "https://gitlab.com/api/v4"
SKIPPED = "skipped"


class Pipeline(Struct, frozen=True):
    """One run of a pipeline."""

    id: int
    sha: str
    status: str


async def green(project: str, commit: str, *, api: str | None) -> Found:
    """The newest pipeline of the commit but the one that asks. Raises `PortError`."""
    token = {"private-token": "GITLAB_TOKEN"}
    async with Service("GitLab", api or API, {}, secrets=token) as gitlab:
        question = {"sha": commit, "order_by": "id", "sort": "desc", "per_page": "20"}
        path = f"/projects/{quote(project, safe='')}/pipelines"
        told = await gitlab.read(path, tuple[Pipeline, ...], question)
    own = os.environ.get("CI_PIPELINE_ID")
    others = [one for one in told if str(one.id) != own and one.sha == commit and one.status != SKIPPED]
    if not others:
        if len(told) > len(others):
            return Found(None, "only the pipeline that asks has run for this commit")
        return Found(False, f"no pipeline of GitLab has run for {commit[:12]}")
    newest = others[0]
    is_green = newest.status == "success"
    return Found(is_green, f"pipeline {newest.id} of GitLab for {commit[:12]}: {newest.status}")
