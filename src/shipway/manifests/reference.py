"""`docs/reference/manifest-hazards.md`, made from the hazards: `python -m shipway.manifests.reference`."""

import sys

from shipway.manifests.hazard import Hazard, Level
from shipway.manifests.hazards import hazards

INTRODUCTION = """# Hazards of manifests

What `shipway check` finds in Kubernetes manifests. A *hazard* loses requests, or keeps a release from working, and
makes the exit code 3; *advice* does not. [The guide](../guides/kubernetes.md#what-would-lose-requests) says how to
run it, and how to accept one.
"""


def text() -> str:
    """The whole page."""
    return "\n".join([INTRODUCTION, *(_section(one) for one in hazards())]).rstrip() + "\n"


def _section(hazard: Hazard) -> str:
    level = "advice" if hazard.level is Level.ADVICE else "**hazard**"
    return f"## `{hazard.name}`\n\n{hazard.title}. {hazard.why}\n\n{level}.\n"


if __name__ == "__main__":
    sys.stdout.write(text())
