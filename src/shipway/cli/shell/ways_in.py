"""What a release needs of a cluster's own way in to pods.

Each has a module `adapters.traffic.<name>.asking`, with `tried`.
"""

import asyncio
from importlib import import_module

from msgspec.structs import replace

from shipway.adapters.platforms.kubernetes.cluster import NotAllowed
from shipway.adapters.platforms.kubernetes.rights import role
from shipway.cli.render.findings import Finding
from shipway.errors import PortError
from shipway.spec.load import Loaded
from shipway.wishing import options_of_traffic


def way_in(loaded: Loaded) -> Finding:
    """Whether the object is there that is to be moved, and may be; nothing is changed."""
    name = loaded.file.traffic.name
    options = options_of_traffic(loaded)
    asking = import_module(f"shipway.adapters.traffic.{name}.asking")
    try:
        told = asyncio.run(asking.tried(options, loaded.file.service))
    except NotAllowed as error:
        needed = role(str(options.get("namespace", "default")), name)
        found = Finding.of("traffic", error, where=loaded.where("traffic", name))
        return replace(found, rewrite=tuple(needed), fix="`kubectl apply` this Role, and bind it to the account:")
    except PortError as error:
        return Finding.of("traffic", error, where=loaded.where("traffic", name))
    return Finding(name="traffic", is_fine=True, said=told)
