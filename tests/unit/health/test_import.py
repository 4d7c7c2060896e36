"""An application that embeds us must not pay for the rest of the package."""

import subprocess
import sys

HEAVY = ("pydantic", "sqlalchemy", "numpy", "scipy", "msgspec", "httpx2", "rich", "starlette", "uvicorn")


def test_importing_loads_the_standard_library_only() -> None:
    code = f"import sys, shipway.health; print([name for name in {HEAVY} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
