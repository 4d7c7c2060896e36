"""Release files that several tests read."""

LEAST = "service: checkout\nplatform:\n  process:\n    command: ./checkout --port {port}\n"
FULL = """\
service: checkout
platform:
  process:
    prepare: python -m venv .venvs/{version} && .venvs/{version}/bin/pip install checkout=={version}   # once
    command: .venvs/{version}/bin/checkout --port {port}
    replicas: 4
    env: {LOG_LEVEL: info}
health:
  ready: {path: /health/ready, initial_delay: 5s, period: 5s, timeout: 2s, failure_threshold: 3}
  alive: {path: /health/alive, initial_delay: 15s, period: 10s, failure_threshold: 3}
traffic:
  envoy: {listen: 8080, preview: 8081}
strategy: canary             # rolling | blue-green | canary
canary:
  {stages: [5%, 25%, 50%, 75%, 100%], bake: 15m, users: {header: {canary: "true"}}, sticky: {cookie: shipway}}
smoke: ./smoke.sh {url}
guard: {success_rate: ">= 99%", latency_p99: "<= 500ms"}
rollback: {window: 1h, within: 5m}
"""
