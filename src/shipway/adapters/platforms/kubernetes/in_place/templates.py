"""What the pods of each revision are made from, kept in the cluster: a take-back has it word by word."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from shipway.adapters.platforms.kubernetes import deriving, forgetting, marks, pods
from shipway.adapters.platforms.kubernetes.cluster import Cluster, Conflict
from shipway.adapters.platforms.kubernetes.kinds import CONFIG_MAP
from shipway.errors import Refused
from shipway.model.revision import Revision, RevisionId

Object = dict[str, Any]
KEY = "template"


@dataclass(frozen=True)
class Templates:
    """Of one service."""

    cluster: Cluster
    service: str

    def _name(self, revision: RevisionId) -> str:
        return marks.name_of(f"{self.service}-template", revision)

    async def keep(self, revision: Revision) -> None:
        """What is there already is the same: a revision's name has a hash of it."""
        metadata = {
            "name": self._name(revision.id),
            "labels": {
                marks.UPDATE: marks.label_of(self.service),
                marks.REVISION: marks.label_of(revision.id),
                marks.MANAGED_BY: "shipway",
            },
        }
        made = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": metadata,
            "data": {KEY: json.dumps(deriving.template(revision))},
            "immutable": True,
        }
        try:
            await self.cluster.create(CONFIG_MAP, made)
        except Conflict:
            return

    async def forget_others(self, kept: Collection[str]) -> None:
        """Let those go whose revisions' labels these are not, with the copies of Secrets that they name."""
        mine = f"{marks.UPDATE}={marks.label_of(self.service)},{marks.REVISION}"
        for found in await self.cluster.list(CONFIG_MAP, mine):
            if pods.label(found, marks.REVISION) not in kept:
                await forgetting.secrets_gone(self.cluster, found, json.loads(found["data"][KEY]))
                await forgetting.deleted(self.cluster, CONFIG_MAP, found)

    async def of(self, revision: RevisionId) -> Object:
        """Raises `Refused` where somebody deleted it."""
        found = await self.cluster.read(CONFIG_MAP, self._name(revision))
        if found is None:
            raise Refused(
                f"it is not known what the pods of {revision} are made from",
                where=f"ConfigMap {self._name(revision)}",
                why="Its preparation keeps it there, and somebody deleted it.",
                fix="Deploy that version again.",
            )
        template: Object = json.loads(found["data"][KEY])
        return template
