"""The rights that are documented are those that are printed."""

from pathlib import Path

import pytest
import yaml

from shipway.adapters.platforms.kubernetes import rights

GUIDES = Path(__file__).parents[5] / "docs" / "guides"


@pytest.mark.parametrize(
    ("page", "rules"),
    [
        ("kubernetes.md", rights.PODS),
        *(("kubernetes-traffic.md", rights.TRAFFIC[name]) for name in ("service", "gateway_api")),
        ("istio.md", rights.TRAFFIC["istio"]),
    ],
)
def test_the_guide_has_each_of_them(page: str, rules: tuple[rights.Rule, ...]) -> None:
    text = (GUIDES / page).read_text()
    assert not [line for line in rights.shown(rules) if line not in text]


def test_the_role_of_pods_has_no_other() -> None:
    text = (GUIDES / "kubernetes.md").read_text()
    rules = (*rights.PODS, *rights.UPDATES["StatefulSet"], *rights.UPDATES["DaemonSet"])
    assert [line for line in text.splitlines() if "apiGroups" in line] == rights.shown(rules)


def test_it_is_a_role_that_can_be_applied() -> None:
    role = yaml.safe_load("\n".join(rights.role("shop", "gateway_api")))
    assert (role["kind"], role["metadata"]["namespace"]) == ("Role", "shop")
    assert {"apiGroups": [""], "resources": ["events"], "verbs": ["get", "list"]} in role["rules"]
