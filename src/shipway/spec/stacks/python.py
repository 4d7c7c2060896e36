"""Python: the application object in the code, the server among the requirements."""

import re
import tomllib
from collections.abc import Iterator, Mapping

from shipway.spec.stacks.found import PORT_IN_ENVIRONMENT, Found, Listing, first

REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[([^\]]*)\])?", re.MULTILINE)
APPLICATION = re.compile(
    r"^(\w+)(?:\s*:\s*\w+)?\s*=\s*(FastAPI|Starlette|Litestar|Quart|Flask)\s*\(", re.MULTILINE
)
NOTHING: Mapping[str, str] = {}
WSGI = ("gunicorn", "granian", "waitress", "flask")
ASGI = ("uvicorn", "granian", "hypercorn", "fastapi[standard]")
COMMANDS = {
    ("gunicorn", "wsgi"): "gunicorn {app} --bind 127.0.0.1:{{port}}",
    ("granian", "wsgi"): "granian --interface wsgi {app} --host 127.0.0.1 --port {{port}}",
    ("waitress", "wsgi"): "waitress-serve --listen=127.0.0.1:{{port}} {app}",
    ("flask", "wsgi"): "flask --app {app} run --port {{port}}",
    ("uvicorn", "asgi"): "uvicorn {app} --host 127.0.0.1 --port {{port}}",
    ("fastapi[standard]", "asgi"): "uvicorn {app} --host 127.0.0.1 --port {{port}}",
    ("granian", "asgi"): "granian --interface asgi {app} --host 127.0.0.1 --port {{port}}",
    ("hypercorn", "asgi"): "hypercorn {app} --bind 127.0.0.1:{{port}}",
}
SCRIPTS = ("app.py", "main.py", "server.py", "serve.py", "run.py")
OPTION = re.compile(r"""["']--(port|version)["']""")
READS_PORT = re.compile(r"""(?:environ(?:\.get\(|\[)|getenv\()\s*["']PORT["']""")


def guess(listing: Listing) -> Found | None:
    """A command when both the application and a server are known, or a script takes its port."""
    return _project_of(listing) or _script(listing) or _unknown(listing)


def _script(listing: Listing) -> Found | None:
    """A program that is told its port: by an option, or in PORT."""
    python = ".venv/bin/python" if ".venv" in listing.paths else "python"
    for path in SCRIPTS:
        text = listing.text(path)
        options = set(OPTION.findall(text))
        if "port" in options:
            version = " --version {version}" if "version" in options else ""
            return _told(listing, f"{python} {path} --port {{port}}{version}", f"{path} has an option --port.")
        if READS_PORT.search(text):
            return _told(listing, f"{python} {path}", f"{path} reads PORT.", env=PORT_IN_ENVIRONMENT)
    return None


def _told(listing: Listing, command: str, why: str, *, env: Mapping[str, str] = NOTHING) -> Found:
    return Found(stack="Python", service=_name(listing), command=command, env=env, reasons={"command": why})


def _is_project(listing: Listing) -> bool:
    return bool(listing.paths & {"pyproject.toml", "requirements.txt", "setup.py", "manage.py"})


def _unknown(listing: Listing) -> Found | None:
    """It is Python, and more cannot be told."""
    if not _is_project(listing):
        return None
    application = _django(listing) if "manage.py" in listing.paths else _application(listing)
    if application is None:
        why = "No application object was found in the Python files."
    else:
        missing = "no server for it is required: add uvicorn, gunicorn or granian."
        why = f"{application[1]} has the application, but {missing}"
    stack = "Django" if "manage.py" in listing.paths else "Python"
    return Found(stack=stack, service=_name(listing), reasons={"command": why})


def _project_of(listing: Listing) -> Found | None:
    if not _is_project(listing):
        return None
    required = set(_required(listing))
    application = _django(listing) if "manage.py" in listing.paths else _application(listing)
    return _started(listing, required, *application) if application else None


def _started(listing: Listing, required: set[str], app: str, path: str) -> Found | None:
    kind = "asgi" if _is_asgi(listing, required, path) else "wsgi"
    server = first(ASGI if kind == "asgi" else WSGI, required)
    stack = "Django" if "manage.py" in listing.paths else "Python"
    if server is None:
        return None
    program = COMMANDS[server, kind].format(app=app)
    return Found(
        stack=stack,
        service=_name(listing),
        command=f".venv/bin/{program}" if ".venv" in listing.paths else program,
        reasons={"command": f"{path} has the application, and {server} is required."},
    )


def _required(listing: Listing) -> Iterator[str]:
    """Normalised names, and names with each extra."""
    lines = [*_project(listing), listing.text("requirements.txt")]
    for name, extras in REQUIREMENT.findall("\n".join(lines)):
        plain = re.sub(r"[-_.]+", "-", name).lower()
        yield plain
        yield from (f"{plain}[{extra.strip().lower()}]" for extra in extras.split(",") if extra.strip())


def _pyproject(listing: Listing) -> dict[str, object]:
    """Its `project` table; a file that is not TOML tells nothing."""
    try:
        project = tomllib.loads(listing.text("pyproject.toml")).get("project", {})
    except tomllib.TOMLDecodeError:
        return {}
    return project if isinstance(project, dict) else {}


def _project(listing: Listing) -> list[str]:
    dependencies = _pyproject(listing).get("dependencies", [])
    return [line for line in dependencies if isinstance(line, str)] if isinstance(dependencies, list) else []


def _name(listing: Listing) -> str | None:
    name = _pyproject(listing).get("name")
    return name if isinstance(name, str) else None


def _application(listing: Listing) -> tuple[str, str] | None:
    """`package.module:name`, and the file it is in."""
    for path, text in listing.ending(".py"):
        if found := APPLICATION.search(text):
            return f"{_module(path)}:{found[1]}", path
    return None


def _django(listing: Listing) -> tuple[str, str] | None:
    for end in ("/asgi.py", "/wsgi.py"):
        wanted = {"uvicorn", "hypercorn"} if end == "/asgi.py" else set(WSGI) | {"granian"}
        for path, _ in listing.ending(end):
            if wanted & set(_required(listing)) or end == "/wsgi.py":
                return f"{_module(path)}:application", path
    return None


def _is_asgi(listing: Listing, required: set[str], path: str) -> bool:
    if "manage.py" in listing.paths:
        return path.endswith("/asgi.py")
    found = APPLICATION.search(listing.text(path))
    return bool(found and found[2] != "Flask")


def _module(path: str) -> str:
    return path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
