"""Labels and annotations by which objects are Shipway's."""

import hashlib
import re

PREFIX = "shipway.dev"
SERVICE, REVISION, VERSION = f"{PREFIX}/service", f"{PREFIX}/revision", f"{PREFIX}/version"
GENERATION = f"{PREFIX}/generation"
"""Of a deployment: of the newest intent for this revision's capacity."""
GROWN = f"{PREFIX}/grown"
"""Of a deployment: of the newest intent that had it grow."""
PODS = f"{PREFIX}/pods"
"""Of a deployment: what each of its pods was told."""
REPLICAS = f"{PREFIX}/replicas"
"""Of a deployment: how many pods it was told to have."""
REQUESTS, YES, NO = f"{PREFIX}/requests", "yes", "no"
"""Label of a pod: whether Services may send it requests; a drained one has none."""
SHARE = f"{PREFIX}/share"
"""Label of a pod: it is among those by whose number a Service divides requests."""
ID, PORT = f"{PREFIX}/id", f"{PREFIX}/port"
"""Of a deployment: which revision it is of, in full, and where its pods take requests."""
UPDATE = f"{PREFIX}/update"
"""Label of a workload that is updated in place, and of what is kept for it: whose it is. Its
annotation of this name: how far that is."""
UPDATED = f"{PREFIX}/updated"
"""Label of such a workload: the hash of that annotation, as Shipway wrote it."""
NOWHERE = f"{PREFIX}/nowhere"
"""Label that no node has: a DaemonSet whose pods ask for it has none."""
AUTOSCALED = f"{PREFIX}/autoscaled"
"""Of a deployment: an autoscaler of its own may change how many pods it has."""
LEAST, MOST = f"{PREFIX}/least", f"{PREFIX}/most"
"""Of an autoscaler: between what the user lets it scale."""
WRITTEN = f"{PREFIX}/written"
"""Of the autoscaler of a workload that is updated in place: the hash of the manifest that it was made from."""
COST = "controller.kubernetes.io/pod-deletion-cost"
"""Of a pod: those with less are ended first when a deployment shrinks."""
MANAGED_BY = "app.kubernetes.io/managed-by"
NAME_MAX, LABEL_MAX = 52, 63
"""A pod's name adds 11 characters to its deployment's, and is a host's name of 63."""


def label_of(text: str) -> str:
    """As a label's value, and as part of a name: never the same for two texts."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "-", text).strip("-_.")
    if plain == text and len(plain) <= LABEL_MAX:
        return plain
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{plain[: LABEL_MAX - 9].rstrip('-_.')}-{digest}"


def name_of(base: str, revision: str) -> str:
    """Of the revision's deployment: a host's name. The revision ends with a hash, so none is needed beside it."""
    whole = f"{base}-{revision}".lower()
    plain = re.sub(r"[^a-z0-9-]", "-", whole).strip("-")
    if len(plain) <= NAME_MAX:
        return plain
    digest = hashlib.sha256(whole.encode()).hexdigest()[:8]
    return f"{plain[: NAME_MAX - 9].rstrip('-')}-{digest}"


def selector(service: str) -> str:
    """All objects of a service."""
    return f"{SERVICE}={label_of(service)}"
