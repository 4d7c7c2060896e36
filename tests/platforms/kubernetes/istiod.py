"""Istio's own control plane, where it is asked for: `ISTIOD=yes make test-kubernetes`.

The first time it is built, which takes 8.5 minutes of a processor: too much for CI.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import yaml

from platforms import kept
from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.settings import NODE_ADDRESS

VERSION = "v0.0.0-20260827124520-eed52ebb66ad"
NAMESPACE, ADS_PORT, HTTP_PORT, HTTPS_PORT = "istio-system", 15010, 15080, 15017
WEBHOOK = "istio-validator-istio-system"
BUILD_SECONDS, READY_SECONDS = 3000.0, 60.0
MAIN = """package main

import (
	"os"

	"istio.io/istio/pilot/cmd/pilot-discovery/app"
)

func main() {
	if app.NewRootCommand().Execute() != nil {
		os.Exit(1)
	}
}
"""
WITHOUT = {
    # A plain Envoy has no filters of Istio's own.
    "PILOT_ENABLE_ALPN_FILTER": "false",
    "PILOT_ENABLE_METADATA_EXCHANGE": "false",
    "INJECT_ENABLED": "false",
    "VALIDATION_WEBHOOK_CONFIG_NAME": WEBHOOK,
    "PILOT_ENABLE_GATEWAY_API": "false",
    "POD_NAMESPACE": NAMESPACE,
}
MESH = {"enableAutoMtls": False, "defaultProviders": {"metrics": [], "tracing": [], "accessLogging": []}}


def asked_for() -> bool:
    return bool(os.environ.get("ISTIOD"))


def build() -> Path:
    """From its module, whose checksum `go` verifies."""
    made = kept.place(f"istiod-{VERSION.rpartition('-')[2]}")
    with kept.alone("istiod"), tempfile.TemporaryDirectory() as folder:
        if not made.exists():
            (Path(folder) / "main.go").write_text(MAIN)
            for words in (
                ["mod", "init", "shipway.test/istiod"],
                ["get", f"istio.io/istio@{VERSION}"],
                ["mod", "tidy"],
                ["build", "-trimpath", "-ldflags", "-s -w", "-o", "istiod", "."],
            ):
                settings = {**os.environ, "CGO_ENABLED": "0"}
                subprocess.run(["go", *words], cwd=folder, env=settings, check=True, timeout=BUILD_SECONDS)
            shutil.move(Path(folder) / "istiod", made)
    return made


@contextmanager
def running(cluster: Cluster, folder: Path) -> Iterator[None]:
    """It ends with the block."""
    binary = build()
    cluster.kubectl("create", "namespace", NAMESPACE)
    cluster.apply(*_webhook())
    (folder / "mesh.yaml").write_text(yaml.safe_dump(MESH))
    words = [
        *(str(binary), "discovery", "--kubeconfig", str(cluster.kubeconfig), "--namespace", NAMESPACE),
        *("--meshConfig", str(folder / "mesh.yaml"), "--grpcAddr", f"127.0.0.1:{ADS_PORT}"),
        *("--httpAddr", f"127.0.0.1:{HTTP_PORT}", "--httpsAddr", f":{HTTPS_PORT}", "--secureGRPCAddr", ""),
        *("--monitoringAddr", "127.0.0.1:15014", "--ctrlz_port", "0", "--registries", "Kubernetes"),
    ]
    with (folder / "istiod.log").open("ab") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log, env={**os.environ, **WITHOUT}, cwd=folder)
    try:
        _ready(process, folder / "istiod.log")
        _validates(cluster)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def _ready(process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        assert process.poll() is None and time.monotonic() < deadline, log.read_text()[-3000:]
        try:
            if httpx2.get(f"http://127.0.0.1:{HTTP_PORT}/ready", trust_env=False).status_code == 200:
                return
        except httpx2.HTTPError:
            pass
        time.sleep(0.2)


def _validates(cluster: Cluster) -> None:
    """What Istio's definitions would take, and Istio itself does not, is refused."""
    deadline = time.monotonic() + READY_SECONDS
    wrong = {"host": "a", "subsets": [{"name": "Not_A_Name"}]}
    rule = {"apiVersion": "networking.istio.io/v1", "kind": "DestinationRule", "metadata": {"name": "a"}}
    words = ["apply", "--dry-run=server", "-f", "-"]
    while True:
        told = cluster.kubectl(*words, stdin=yaml.safe_dump({**rule, "spec": wrong}), check=False)
        if "subset name is invalid" in told.stderr:
            return
        assert time.monotonic() < deadline, told
        time.sleep(0.5)


def _webhook() -> list[dict[str, Any]]:
    """By which the API server asks istiod about every object; istiod itself adds whom it is to trust."""
    place = {"name": "istiod", "namespace": NAMESPACE}
    rules = {
        "operations": ["CREATE", "UPDATE"],
        "apiGroups": ["networking.istio.io"],
        "apiVersions": ["*"],
        "resources": ["*"],
    }
    asked = {
        "name": "rev.validation.istio.io",
        "clientConfig": {"service": {**place, "path": "/validate"}},
        "rules": [rules],
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "failurePolicy": "Ignore",
    }
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": place,
            "spec": {"ports": [{"name": "https", "port": 443, "targetPort": HTTPS_PORT}]},
        },
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {**place, "labels": {"kubernetes.io/service-name": "istiod"}},
            "addressType": "IPv4",
            "ports": [{"name": "https", "port": HTTPS_PORT}],
            "endpoints": [{"addresses": [NODE_ADDRESS], "conditions": {"ready": True}}],
        },
        {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": WEBHOOK, "labels": {"istio.io/rev": ""}},
            "webhooks": [asked],
        },
    ]


def gateway(namespace: str, port: int) -> dict[str, Any]:
    """What the Envoy of a namespace is told to be."""
    server = {"port": {"number": port, "name": "http", "protocol": "HTTP"}, "hosts": ["*"]}
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {"selector": {"gateway": namespace}, "servers": [server]},
    }


def bootstrap(namespace: str, admin_port: int) -> dict[str, Any]:
    """Of an Envoy that asks istiod for everything."""
    source = {"ads": {}, "resource_api_version": "V3", "initial_fetch_timeout": "0s"}
    http = "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
    istiod = {
        "name": "istiod",
        "type": "STATIC",
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": http,
                "explicit_http_config": {"http2_protocol_options": {}},
            }
        },
        "load_assignment": {
            "cluster_name": "istiod",
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _address(ADS_PORT)}}]}],
        },
    }
    metadata = {
        "NAMESPACE": namespace,
        "LABELS": {"gateway": namespace},
        "CLUSTER_ID": "Kubernetes",
        "ISTIO_VERSION": "1.30.0",
        "NAME": "web",
    }
    return {
        "node": {
            "id": f"router~127.0.0.1~web.{namespace}~{namespace}.svc.cluster.local",
            "cluster": f"web.{namespace}",
            "metadata": metadata,
        },
        "admin": {"address": _address(admin_port)},
        "dynamic_resources": {
            "lds_config": source,
            "cds_config": source,
            "ads_config": {
                "api_type": "GRPC",
                "transport_api_version": "V3",
                "grpc_services": [{"envoy_grpc": {"cluster_name": "istiod"}}],
            },
        },
        "static_resources": {"clusters": [istiod]},
    }


def _address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}
