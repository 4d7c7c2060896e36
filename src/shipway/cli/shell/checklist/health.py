"""Whether health answers as it should: readiness is another question than liveness, and knows dependencies."""

import tempfile

from msgspec.structs import replace

from shipway.adapters.checks.asking import Found
from shipway.adapters.replicas.health import HealthOptions, probes_of
from shipway.cli.shell import trying
from shipway.cli.shell.checklist.subject import Subject
from shipway.model.revision import Revision


async def health(subject: Subject) -> Found:
    """A replica that is well, and one that has lost its dependencies, both beside everything else."""
    file, revision = subject.loaded.file, subject.made.revision
    if file.kind != "http":
        return Found(None, "heartbeats and jobs are not asked")
    probes = probes_of(revision, HealthOptions())
    if probes.ready.path == probes.alive.path:
        return Found(False, f"{probes.ready.path} is both: a lost database would restart every replica")
    if file.platform.name != "process":
        return Found(None, "a replica can only be tried on the platform `process`")
    if not subject.starts:
        return Found(None, "no replica was started: --no-start")
    well = await trying.tried(subject.home, revision, where="")
    if well.is_fine is not True:
        return Found(False, well.said)
    if not file.checklist.without:
        return Found(None, "ready and alive; `checklist.without` can show what it answers without dependencies")
    return await _deprived(subject, _without(revision, file.checklist.without))


def _without(revision: Revision, variables: dict[str, str]) -> Revision:
    env = revision.platform.get("env")
    before = env if isinstance(env, dict) else {}
    return replace(revision, platform={**revision.platform, "env": {**before, **variables}})


async def _deprived(subject: Subject, revision: Revision) -> Found:
    with tempfile.TemporaryFile() as output:
        ready, alive = await trying.answers(subject.home, revision, output=output)
    if alive != trying.YES:
        return Found(False, f"without its dependencies it is not alive, so it would be restarted: {alive}")
    if ready == trying.YES:
        return Found(False, "without its dependencies it still says that it is ready")
    return Found(True, f"ready and alive; without its dependencies alive, and not ready: {ready}")
