"""Manifests that have each hazard, and the same without it."""

from collections.abc import Mapping
from typing import Any

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, version: v1}}
    spec:
      terminationGracePeriodSeconds: 45
      containers:
        - name: app
          image: shop/web:1.9.0
          ports: [{containerPort: 8080, name: http}]
          readinessProbe: {httpGet: {path: /health/ready, port: http}, periodSeconds: 2}
          livenessProbe: {httpGet: {path: /health/alive, port: http}, periodSeconds: 10}
          lifecycle: {preStop: {sleep: {seconds: 10}}}
          resources: {requests: {cpu: 100m, memory: 128Mi}}
"""
"""It has nothing."""
ON_NODES = WEB.replace("kind: Deployment", "kind: DaemonSet").replace("  replicas: 3\n", "")
SERVICE = """
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
"""
BUDGET = """
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: web}}}
"""
SCALER = """
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 3
  maxReplicas: 9
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]
"""
VIRTUAL = """
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web}
spec:
  hosts: [web]
  http:
    - match: [{headers: {canary: {exact: "true"}}}]
      route: [{destination: {host: web, subset: v2}}]
    - route:
        - {destination: {host: web, subset: v1}, weight: 95}
        - {destination: {host: web, subset: v2}, weight: 5}
"""
RULE = """
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: web}
spec: {host: web, subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]}
"""
CANARY = """
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {name: web}
spec:
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  service: {port: 8080}
  analysis:
    interval: 1m
    threshold: 5
    metrics:
      - {name: request-success-rate, thresholdRange: {min: 99}}
"""
CLAIM = """
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce]}
"""
TEMPLATE = """
apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata: {name: latency}
spec: {query: QUERY}
"""
RAW = 'histogram_quantile(0.95, http_request_duration_seconds{version="v2"})'
OVER_RATES = "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))"
PROBE = "readinessProbe: {httpGet: {path: /health/ready, port: http}, periodSeconds: 2}"
DELAY = "lifecycle: {preStop: {sleep: {seconds: 10}}}"


def other(text: str, name: str = "cart") -> str:
    """A second of the same, whose pods are as the first's."""
    return f"---\n{text.replace('{name: web}', f'{{name: {name}}}', 1)}"


HAZARDS: Mapping[str, tuple[str, str]] = {
    "no-readiness-probe": (WEB.replace(PROBE, ""), WEB),
    "no-pre-stop": (WEB.replace(DELAY, ""), WEB),
    "short-grace": (WEB.replace("terminationGracePeriodSeconds: 45", "terminationGracePeriodSeconds: 12"), WEB),
    "unavailable-at-once": (
        WEB.replace("  replicas: 3", "  replicas: 3\n  strategy: {rollingUpdate: {maxUnavailable: 100%}}"),
        WEB.replace("  replicas: 3", "  replicas: 3\n  strategy: {rollingUpdate: {maxUnavailable: 25%}}"),
    ),
    "gap-on-each-node": (
        ON_NODES,
        ON_NODES.replace(
            "spec:\n  selector", "spec:\n  updateStrategy: {rollingUpdate: {maxSurge: 1}}\n  selector"
        ),
    ),
    "one-replica": (WEB.replace("  replicas: 3\n", ""), WEB),
    "shared-service": (
        f"{WEB}{other(WEB).replace('version: v1', 'version: v2')}{SERVICE}",
        f"{WEB}{other(WEB).replace('app: web', 'app: cart')}{SERVICE}",
    ),
    "overlapping-selectors": (WEB + other(WEB), WEB + other(WEB).replace("app: web", "app: cart")),
    "shared-autoscaler": (WEB + SCALER + other(SCALER, "more"), WEB + SCALER),
    "blocking-budget": (WEB + BUDGET.replace("maxUnavailable: 1", "minAvailable: 100%"), WEB + BUDGET),
    "two-budgets": (WEB + BUDGET + other(BUDGET), WEB + BUDGET),
    "probes-alike": (WEB.replace("/health/alive", "/health/ready"), WEB),
    "missing-selector": (WEB.replace("  selector: {matchLabels: {app: web}}\n", ""), WEB),
    "moving-tag": (WEB.replace("shop/web:1.9.0", "registry:5000/shop/web"), WEB),
    "no-requests": (WEB.replace("resources: {requests: {cpu: 100m, memory: 128Mi}}", ""), WEB),
    "host-port": (WEB.replace("containerPort: 8080", "containerPort: 8080, hostPort: 80"), WEB),
    "single-writer": (
        WEB + "      volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]\n" + CLAIM,
        WEB
        + "      volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]\n"
        + CLAIM.replace("ReadWriteOnce", "ReadWriteMany"),
    ),
    "shell-before-stop": (
        WEB.replace("{sleep: {seconds: 10}}", '{exec: {command: [/bin/sh, -c, "sleep 15"]}}'),
        WEB,
    ),
    "shell-keeps-signal": (
        WEB.replace(
            "          ports:", '          command: [sh, -c, "./migrate && python -m web"]\n          ports:'
        ),
        WEB.replace(
            "          ports:", '          command: [sh, -c, "./migrate && exec python -m web"]\n          ports:'
        ),
    ),
    "unready-addresses": (
        WEB + SERVICE.replace("{selector:", "{publishNotReadyAddresses: true, selector:"),
        WEB + SERVICE,
    ),
    "missing-port": (WEB + SERVICE.replace("targetPort: http", "targetPort: web"), WEB + SERVICE),
    "selects-nothing": (
        WEB + SERVICE.replace("selector: {app: web}", "selector: {app: web, version: v3}"),
        WEB + SERVICE,
    ),
    "missing-subset": (WEB + VIRTUAL, WEB + VIRTUAL + RULE),
    "metric-without-template": (CANARY.replace("request-success-rate", "error-rate"), CANARY),
    "misplaced-webhooks": (CANARY + "  webhooks: [{name: load, url: http://tester/}]\n", CANARY),
    "removed-version": (WEB + BUDGET.replace("policy/v1", "policy/v1beta1"), WEB + BUDGET),
    "autoscaler-without-requests": (WEB.replace("cpu: 100m, ", "") + SCALER, WEB + SCALER),
    "replicas-beside-autoscaler": (WEB + SCALER, WEB.replace("  replicas: 3\n", "") + SCALER),
    "raw-histogram": (TEMPLATE.replace("QUERY", f"'{RAW}'"), TEMPLATE.replace("QUERY", f"'{OVER_RATES}'")),
}
"""As `kubectl apply` would use them."""

RELEASED: Mapping[str, tuple[dict[str, Any], str, str]] = {
    "other-controller": ({}, WEB + "---" + CANARY, WEB),
    "other-namespace": (
        {"namespace": "shop"},
        WEB.replace("{name: web}", "{name: web, namespace: cart}"),
        WEB.replace("{name: web}", "{name: web, namespace: shop}"),
    ),
}
"""Which only a release file makes wrong."""
