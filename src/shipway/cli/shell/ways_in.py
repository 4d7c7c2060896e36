"""What a release needs of a cluster's own way in to pods.

Each has a module `adapters.traffic.<name>.asking`, with `tried`.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module

from msgspec.structs import replace

from shipway.adapters.answering import answered
from shipway.adapters.platforms.kubernetes.cluster import NotAllowed
from shipway.adapters.platforms.kubernetes.rights import role
from shipway.cli.render.findings import Finding
from shipway.errors import PortError
from shipway.home import Home
from shipway.model.revision import Revision
from shipway.spec.load import Loaded
from shipway.spec.platforms import updated_by
from shipway.wishing import options_of_traffic


def way_in(home: Home, loaded: Loaded, revision: Revision) -> Iterator[Finding]:
    """Whether the object is there that is to be moved, and may be; nothing is changed."""
    name = loaded.file.traffic.name
    options = {**options_of_traffic(loaded), **_chosen(loaded)}
    asking = import_module(f"shipway.adapters.traffic.{name}.asking")
    try:
        told = answered(asking.tried(options, loaded.file.service))
    except PortError as error:
        yield refused("traffic", error, loaded, ("traffic", name))
        return
    yield Finding(name="traffic", is_fine=True, said=told)


def _chosen(loaded: Loaded) -> Mapping[str, object]:
    """Users that a release chooses; of a segment anybody, for what its values are is looked up later."""
    written = loaded.file.canary.users
    named = [("header", *one) for one in written.header.items()]
    named += [("cookie", *one) for one in written.cookie.items()]
    if written.segment is not None:
        named.append((*written.segment.told_by, "anybody"))
    return {"users": named} if named else {}


def refused(name: str, error: PortError, loaded: Loaded, at: tuple[str, ...]) -> Finding:
    """With the Role that is needed, where a right lacks."""
    found = Finding.of(name, error, where=loaded.where(*at))
    if not isinstance(error, NotAllowed):
        return found
    namespace = getattr(loaded.file.platform.options, "namespace", None) or "default"
    needed = role(namespace, loaded.file.traffic.name, updated_by(loaded.file.platform))
    return replace(found, rewrite=tuple(needed), fix="`kubectl apply` this Role, and bind it to the account:")
