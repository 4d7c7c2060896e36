"""Names of replicas in a Swarm: parts of host names, with 63 characters at most."""

import re
from hashlib import sha256

from shipway.model.revision import Revision

LENGTH_MAX, DIGITS = 63, 8


def replica(revision: Revision, *, generation: int, number: int) -> str:
    """`checkout-1-9-0-7f3a91c2-g12-1`; where that is too long, a hash stands for what is cut off."""
    return _fitting(f"{revision.service}-{revision.id}", f"g{generation}-{number}")


def common(service: str) -> str:
    """Of a service that has all replicas: the user's own."""
    begin = re.sub("[^A-Za-z0-9]+", "-", service).strip("-")
    return begin if len(begin) <= LENGTH_MAX else _fitting(service, "all")


def config(service: str, data: bytes) -> str:
    """Of a file's content: another content has another name."""
    return _fitting(service, sha256(data).hexdigest()[:12])


def _fitting(whole: str, end: str) -> str:
    begin = re.sub("[^A-Za-z0-9]+", "-", whole).strip("-")
    room = LENGTH_MAX - len(end) - 1
    if len(begin) > room:
        digits = sha256(whole.encode()).hexdigest()[:DIGITS]
        begin = f"{begin[: room - DIGITS - 1].rstrip('-')}-{digits}"
    return f"{begin}-{end}"
