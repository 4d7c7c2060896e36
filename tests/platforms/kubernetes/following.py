"""A plane at work, for an Envoy of one namespace: files that follow the real objects."""

import asyncio
import json
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from platforms.kubernetes.plane import Config, Plane
from shipway.adapters.platforms.kubernetes.cluster import Cluster as Asked

LOOK_SECONDS = 0.1


class Following:
    """Until it is stopped."""

    def __init__(self, asked: Asked, folder: Path, plane: Plane) -> None:
        self._asked, self._folder, self._plane = asked, folder, plane
        self._ends = threading.Event()
        self._pool = ThreadPoolExecutor(1)
        self._told: dict[str, str] = {}
        self._tell(Config((), ()))
        self._follows: Future[None] = self._pool.submit(lambda: asyncio.run(self._follow()))

    def stop(self) -> None:
        """Raises what it did not understand."""
        self._ends.set()
        self._follows.result(timeout=15)

    async def _follow(self) -> None:
        while not self._ends.is_set():
            found = await asyncio.gather(*(self._asked.list(kind, "") for kind in self._plane.kinds))
            self._tell(self._plane.configured(*found))
            await asyncio.sleep(LOOK_SECONDS)

    def _tell(self, config: Config) -> None:
        """Endpoints and clusters before the routes that name them."""
        listed = config.clusters
        kind = "type.googleapis.com/envoy.config."
        for name, endpoints in listed:
            load = {"@type": f"{kind}endpoint.v3.ClusterLoadAssignment", **_load(name, endpoints)}
            self._put(_file(name), [load])
        self._put("cds", [{"@type": f"{kind}cluster.v3.Cluster", **self._cluster(name)} for name, _ in listed])
        hosts = {"name": "web", "virtual_hosts": list(config.virtual_hosts)}
        self._put("rds", [{"@type": f"{kind}route.v3.RouteConfiguration", **hosts}])

    def _put(self, name: str, resources: list[dict[str, Any]]) -> None:
        text = json.dumps(resources, sort_keys=True)
        if self._told.get(name) == text:
            return
        self._told[name] = text
        unfinished = self._folder / f"{name}.unfinished"
        unfinished.write_text(json.dumps({"version_info": str(time.time_ns()), "resources": resources}))
        unfinished.rename(self._folder / f"{name}.json")

    def _source(self, name: str) -> dict[str, Any]:
        watched = {"path": str(self._folder / f"{name}.json"), "watched_directory": {"path": str(self._folder)}}
        return {"path_config_source": watched, "resource_api_version": "V3"}

    def _cluster(self, name: str) -> dict[str, Any]:
        return {"name": name, "type": "EDS", "eds_cluster_config": {"eds_config": self._source(_file(name))}}

    def bootstrap(self, port: int, admin_port: int) -> dict[str, Any]:
        """Of an Envoy that reads these files."""
        http = "type.googleapis.com/envoy.extensions.filters"
        router = {"name": "router", "typed_config": {"@type": f"{http}.http.router.v3.Router"}}
        manager = {
            "@type": f"{http}.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "web",
            "rds": {"route_config_name": "web", "config_source": self._source("rds")},
            "http_filters": [router],
            "upgrade_configs": [{"upgrade_type": "websocket"}],
        }
        listener = {
            "name": "web",
            "address": _address("127.0.0.1", port),
            "filter_chains": [{"filters": [{"name": "web", "typed_config": manager}]}],
        }
        return {
            "node": {"id": "web", "cluster": "web"},
            "admin": {"address": _address("127.0.0.1", admin_port)},
            "dynamic_resources": {"cds_config": self._source("cds")},
            "static_resources": {"listeners": [listener]},
        }


def _file(cluster: str) -> str:
    """Envoy takes one list of endpoints from each file."""
    return "eds-" + cluster.replace("|", "-")


def _load(name: str, endpoints: Sequence[tuple[str, int]]) -> dict[str, Any]:
    listed = [{"endpoint": {"address": _address(*one)}} for one in sorted(endpoints)]
    return {"cluster_name": name, "endpoints": [{"lb_endpoints": listed}]}


def _address(ip: str, port: int) -> dict[str, Any]:
    return {"socket_address": {"address": ip, "port_value": port}}
