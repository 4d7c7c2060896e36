"""Node: the start script of package.json, which takes its port from the environment."""

import json

from shipway.spec.stacks.found import PORT_IN_ENVIRONMENT, Found, Listing, needs_shell


def guess(listing: Listing) -> Found | None:
    """The script itself where it is one `node` command: npm between us and it would keep signals from it."""
    if "package.json" not in listing.paths:
        return None
    package = _package(listing)
    scripts = package.get("scripts")
    script = scripts.get("start") if isinstance(scripts, dict) else None
    name = package.get("name")
    service = name if isinstance(name, str) else None
    if not isinstance(script, str) or not script.strip():
        why = "package.json has no script `start`."
        return Found(stack="Node", service=service, reasons={"command": why})
    direct = script.startswith("node ") and not needs_shell(script)
    return Found(
        stack="Node",
        service=service,
        command=script if direct else "npm start",
        env=PORT_IN_ENVIRONMENT,
        reasons={"command": "package.json has a script `start`."},
    )


def _package(listing: Listing) -> dict[str, object]:
    try:
        package = json.loads(listing.text("package.json"))
    except json.JSONDecodeError:
        return {}
    return package if isinstance(package, dict) else {}
