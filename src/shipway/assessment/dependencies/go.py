"""go.mod."""

import re

REQUIRE = re.compile(r"^\s*(?:require\s+)?([a-z0-9][\w.~-]*\.[\w.~-]+(?:/[\w.~/-]+)*)\s+(v[^\s/]+)", re.MULTILINE)


def go_mod(text: str) -> dict[str, str]:
    """Modules that are required, directly or not."""
    kept = "\n".join(line for line in text.splitlines() if "=>" not in line)
    return dict(REQUIRE.findall(kept))
