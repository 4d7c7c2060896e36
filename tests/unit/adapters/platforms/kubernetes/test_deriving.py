"""A version's own deployment, derived from the user's."""

import copy
from typing import Any

from shipway.adapters.platforms.kubernetes import deriving
from shipway.model.revision import Revision, RevisionId

WORKLOAD: dict[str, Any] = {
    "metadata": {"name": "checkout", "labels": {"team": "shop"}, "annotations": {"note": "x"}},
    "spec": {
        "replicas": 3,
        "minReadySeconds": 5,
        "selector": {"matchLabels": {"app": "checkout"}},
        "template": {
            "metadata": {"labels": {"app": "checkout"}, "annotations": {"scrape": "yes"}},
            "spec": {
                "containers": [
                    {
                        "name": "app",
                        "image": "shop:1",
                        "readinessProbe": {"tcpSocket": {"port": 8000}},
                        "env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "A"}}}],
                        "envFrom": [{"configMapRef": {"name": "settings"}}, {"secretRef": {"name": "settings"}}],
                    },
                    {"name": "logs", "image": "logs"},
                ],
                "volumes": [
                    {"name": "c", "configMap": {"name": "settings"}},
                    {"name": "p", "projected": {"sources": [{"configMap": {"name": "settings"}}]}},
                ],
            },
        },
    },
}
CONFIG = {"kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"A": "1"}}
OWN = "settings-1-9-0-7f3a91c2"


def revision(version: str = "1.9.0", digest: str = "7f3a91c2") -> Revision:
    platform = {"workload": copy.deepcopy(WORKLOAD), "configs": [CONFIG], "container": "app", "port": 8000}
    return Revision(id=RevisionId(f"{version}-{digest}"), service="checkout", version=version, platform=platform)


def test_it_has_a_name_and_a_selector_of_its_own_and_no_number_of_pods() -> None:
    made = deriving.deployment(revision())
    assert made["metadata"]["name"] == "checkout-1-9-0-7f3a91c2"
    assert "replicas" not in made["spec"]
    other = deriving.deployment(revision(digest="00000000"))
    assert made["spec"]["selector"] != other["spec"]["selector"]
    chosen, labels = made["spec"]["selector"]["matchLabels"], made["spec"]["template"]["metadata"]["labels"]
    assert chosen.items() <= labels.items() and chosen["app"] == "checkout"


def test_what_the_user_wrote_stays() -> None:
    made, before = deriving.deployment(revision()), copy.deepcopy(WORKLOAD)
    assert made["metadata"]["labels"]["team"] == "shop" and made["metadata"]["annotations"]["note"] == "x"
    assert made["spec"]["minReadySeconds"] == 5
    assert made["spec"]["template"]["metadata"]["annotations"] == {"scrape": "yes"}
    assert before == WORKLOAD


def test_probes_are_given_only_to_the_container_that_takes_requests_and_only_where_it_has_none() -> None:
    app, logs = deriving.deployment(revision())["spec"]["template"]["spec"]["containers"]
    assert app["readinessProbe"] == {"tcpSocket": {"port": 8000}}
    assert app["livenessProbe"]["httpGet"] == {"path": "/health/alive", "port": 8000}
    assert "livenessProbe" not in logs


def test_containers_know_their_version_before_their_own_variables() -> None:
    for container in deriving.deployment(revision())["spec"]["template"]["spec"]["containers"]:
        names = [variable["name"] for variable in container["env"]]
        assert names[:3] == ["SHIPWAY_SERVICE", "SHIPWAY_REVISION", "SHIPWAY_VERSION"]


def test_every_use_of_a_configuration_is_the_version_s_own_and_secrets_stay() -> None:
    pod = deriving.deployment(revision())["spec"]["template"]["spec"]
    app = pod["containers"][0]
    assert app["envFrom"] == [{"configMapRef": {"name": OWN}}, {"secretRef": {"name": "settings"}}]
    assert app["env"][-1]["valueFrom"]["configMapKeyRef"]["name"] == OWN
    assert pod["volumes"][0]["configMap"]["name"] == OWN
    assert pod["volumes"][1]["projected"]["sources"][0]["configMap"]["name"] == OWN
    (config,) = deriving.configs(revision())
    assert config["metadata"]["name"] == OWN and config["data"] == {"A": "1"} and config["immutable"]


def test_long_names_stay_different() -> None:
    names = {
        deriving.name(revision(version="1." + "9" * 60, digest=digest)) for digest in ("00000000", "11111111")
    }
    assert len(names) == 2 and all(len(name) <= 52 for name in names)
