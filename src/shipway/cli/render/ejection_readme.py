"""The page that lies among the files of a service that was handed back."""

from pathlib import Path

from shipway.cli.render.ejection import Ejection

REPLICAS = {
    "docker": """\
Docker starts the containers again by itself, also after a reboot. `compose.yaml` makes them anew, with the
names and addresses that they have: end the former ones first. What is secret is not in it. Files below
`handed` and `jobs` in SHIPWAY_HOME are mounted into containers, so keep that folder.""",
    "kubernetes": """\
The cluster keeps the pods: `manifests.yaml` is the deployment as it runs, and `kubectl apply -f` of it changes
nothing. Its name and labels are those of this version; change its image, and it is a native rolling update.
Secrets are not in the file: `kubectl get secrets -l shipway.dev/service`. Your own manifests were not changed. A
proxy on this machine knows the pods by addresses, which change when a pod is made anew: have a Service choose
them by the deployment's selector, and send callers there.""",
    "swarm": """\
The Swarm keeps the services and starts their tasks again: `docker service ls`. `stack.yaml` makes them anew with
the ports that they have: end the former ones first (`docker service rm`), then `docker stack deploy`. Secrets and
configs stay in the Swarm by their names. `docker service inspect` tells all that a service was asked for.""",
    "process": """\
Each `.service` is a unit of systemd, and the Procfile has the same commands. They name the ports that the
replicas of Shipway have now. Where a moment without answers does no harm: `shipway down`, then start them.
Where it does: give each another port, here and in `proxy/services/*/eds/`, start them, start `proxy/run`
beside the former Envoy, and then `shipway down`.""",
}
PROXY = """
## Proxy

`proxy/run` starts Envoy by the files beside it. It watches them: one that is replaced by another (`mv`) is read
at once. How requests are divided is in `proxy/services/*/rds.json`, addresses are in `eds/`. To have systemd
keep it, write a unit with `Restart=always` and

    ExecStart={folder}/proxy/run

A second one takes over the port before the first one is ended.
"""
REST = """
## Flags and schema

`flags.json` says what each ramped flag was shown to, `schema.json` how far each change of the schema was.
Neither was touched.
"""


def text(found: Ejection) -> str:
    """In Markdown."""
    folder = Path(found.folder).absolute()
    proxy = PROXY.format(folder=folder) if found.proxy else ""
    head = f"# {found.service} {found.version}\n\nHanded back by Shipway.\n\n## Replicas\n\n"
    return f"{head}{REPLICAS[found.platform]}\n{proxy}{REST}"
