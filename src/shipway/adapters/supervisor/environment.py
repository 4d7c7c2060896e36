"""Which variables a program gets besides its own: those that tell how this machine works, and no others.

Configuration belongs into the release file's `env`, where it is part of the revision and comes back with
a rollback; a variable of the shell that happened to start the first deploy would not.
"""

from collections.abc import Mapping

NAMES = frozenset(
    {
        "PATH",
        "HOME",
        "USER",
        "LOGNAME",
        "SHELL",
        "LANG",
        "LANGUAGE",
        "TZ",
        "TMPDIR",
        "VIRTUAL_ENV",
        "XDG_RUNTIME_DIR",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "REQUESTS_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "no_proxy",
        "all_proxy",
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
        "SYSTEMROOT",
    }
)
PREFIXES = ("LC_", "PIP_", "UV_")


def inherited(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables that every program gets."""
    return {name: value for name, value in variables.items() if name in NAMES or name.startswith(PREFIXES)}
