"""An application that embeds flags must not pay for the rest of the package."""

import subprocess
import sys

HEAVY = ("pydantic", "sqlalchemy", "numpy", "scipy", "msgspec", "httpx2", "rich", "yaml", "ruamel.yaml", "re2")


def test_importing_loads_nothing_heavy() -> None:
    code = f"import sys, shipway.flags; print([name for name in {HEAVY} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
