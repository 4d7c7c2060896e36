"""go.mod."""

import re

REQUIRE = re.compile(
    r"^[ \t]*(?:require[ \t]+)?([a-z0-9][\w~-]*(?:\.[\w~-]+)+(?:/[\w.~-]+)*)[ \t]+(v[^\s/]+)", re.MULTILINE
)


def go_mod(text: str) -> dict[str, str]:
    """Modules that are required, directly or not."""
    kept = "\n".join(line for line in text.splitlines() if "=>" not in line)
    return dict(REQUIRE.findall(kept))
