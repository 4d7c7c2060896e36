"""Blocks of YAML and of a shell as people write them for Kubernetes: what each is worth here."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "blocks"
BARE = {"no-readiness-probe", "no-pre-stop"}

MANIFESTS: Mapping[str, set[str]] = {
    "rolling.yaml": {"missing-selector", "probes-alike", "no-pre-stop"},
    "blue-green.yaml": BARE,
    "istio.yaml": {"missing-subset", "one-replica", *BARE},
    "istio-rollback.yaml": {"missing-subset"},
    "flagger.yaml": {"misplaced-webhooks"},
    "flagger-rollback.yaml": {"metric-without-template"},
}
"""With the hazards that each has."""
FRAGMENTS = ("probes.yaml", "pre-stop.yaml")
"""Parts of a container; together they have no hazard."""
PIPELINE = "workflow.yaml"


@dataclass(frozen=True)
class Line:
    """One command: it runs on the cluster, or has a defect."""

    ours: str = ""
    """What Shipway is told instead."""
    defect: str = ""


UNDO = Line("shipway rollback")
LINES: Mapping[str, Line] = {
    "kubectl apply -f deployment.yaml": Line("shipway deploy 1.9.0"),
    "kubectl rollout status deployment/shop": Line("shipway watch"),
    "kubectl get pods -l app=shop -w": Line("shipway status"),
    "kubectl rollout undo deployment/shop": UNDO,
    "kubectl rollout history deployment/shop": Line("shipway history"),
    "kubectl rollout undo deployment/shop --to-revision=3": Line("shipway rollback --to-revision 1.8.2"),
    "kubectl rollout pause deployment/shop": Line("shipway pause"),
    "kubectl rollout resume deployment/shop": Line("shipway resume"),
    "kubectl scale deployment/shop --replicas=10": Line("shipway scale 10"),
    "kubectl apply -f shop-green-deployment.yaml": Line("shipway deploy 1.9.0 --strategy blue-green"),
    "kubectl rollout status deployment/shop-green": Line("shipway watch"),
    "kubectl port-forward deployment/shop-green 8080:8000": Line("shipway port-forward 8080"),
    """kubectl patch service shop-service -p '{"spec":{"selector":{"version":"green"}}}'""": Line(
        "shipway promote"
    ),
    """kubectl patch service shop-service -p '{"spec":{"selector":{"version":"blue"}}}'""": Line("shipway abort"),
    "kubectl logs -l app=shop,version=green --tail=100 -f": Line("shipway logs --revision 1.9.0 --follow"),
    "kubectl apply -f shop-v2-deployment.yaml": Line("shipway deploy 1.9.0 --strategy canary"),
    "kubectl apply -f virtualservice-5percent.yaml": Line(
        "shipway deploy 1.9.0 --strategy canary", "missing-subset: a VirtualService needs a DestinationRule"
    ),
    "kubectl logs -l version=v2 --tail=100 -f": Line("shipway logs --revision 1.9.0 --follow"),
    "kubectl scale deployment shop-v1 --replicas=0": Line("shipway promote"),
    "kubectl apply -f virtualservice-0percent.yaml": Line(
        "shipway abort", "missing-subset: a VirtualService needs a DestinationRule"
    ),
    "kubectl delete deployment shop-v2": Line("shipway abort"),
    "kubectl logs -l version=v1 | grep ERROR | wc -l": Line("shipway logs --revision 1.8.2 --grep ERROR"),
    "kubectl logs -l version=v2 | grep ERROR | wc -l": Line("shipway logs --revision 1.9.0 --grep ERROR"),
    "kubectl top pods -l version=v1": Line("shipway status", "needs metrics-server, which a cluster may not have"),
    "kubectl top pods -l version=v2": Line("shipway status", "needs metrics-server, which a cluster may not have"),
    'rate(http_requests_total{version="v2", status=~"5.."}[5m])': Line(
        defect="PromQL, not a command; a rate of each series, and not the share of requests that fail"
    ),
    'histogram_quantile(0.95, http_request_duration_seconds{version="v2"})': Line(
        defect="PromQL, not a command; a quantile of raw counters (raw-histogram)"
    ),
    "eb deploy shop-green-env": Line(defect="Elastic Beanstalk"),
    "eb swap shop-blue-env --destination-name shop-green-env": Line(defect="Elastic Beanstalk"),
    "gcloud compute target-pools add-instances blue-pool --instances=green-instances": Line(
        defect="Google Cloud: it adds green instances to the blue pool, and both serve"
    ),
    "gcloud compute forwarding-rules set-target my-forwarding-rule --target-pool=green-pool": Line(
        defect="Google Cloud"
    ),
    "curl -X PATCH https://api.featureflags.com/flags/new-checkout "
    """-H "Authorization: Bearer $API_KEY" -d '{"enabled": false}'""": Line(
        "shipway flags kill new-checkout", "an address that nobody serves"
    ),
}


def scripts() -> Mapping[str, list[str]]:
    """The lines of each block of a shell."""
    return {
        path.name: [line for line in path.read_text().splitlines() if line] for path in sorted(FOLDER.glob("*.sh"))
    }


def text(name: str) -> str:
    """A block as it is written."""
    return (FOLDER / name).read_text()
