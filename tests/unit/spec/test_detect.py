"""Guesses about a folder: each with its reason, and none where nothing tells."""

from pathlib import Path

import pytest

from shipway.spec.detect import detect, look
from shipway.spec.load import parse_release
from shipway.spec.sample import Facts, sample
from shipway.spec.stacks.found import Found


def folder(root: Path, files: dict[str, str]) -> Found:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return detect(look(root))


FASTAPI = "from fastapi import FastAPI\n\napp = FastAPI()\n\n@app.get('/healthz')\ndef ok(): ...\n"
CODE = "app = Flask(__name__)\n"
DJANGO = {"manage.py": "", "site/wsgi.py": "", "site/asgi.py": ""}
CASES: dict[str, tuple[dict[str, str], str]] = {
    "fastapi": (
        {"requirements.txt": "fastapi[standard]>=0.1\n", "main.py": FASTAPI},
        "uvicorn main:app --host 127.0.0.1 --port {port}",
    ),
    "uvicorn in a package": (
        {
            "pyproject.toml": '[project]\nname = "Web_Shop"\ndependencies = ["uvicorn[standard]", "starlette"]\n',
            "src/shop/asgi.py": "app: Starlette = Starlette(routes=[])\n",
        },
        "uvicorn shop.asgi:app --host 127.0.0.1 --port {port}",
    ),
    "granian": (
        {"requirements.txt": "granian\nlitestar\n", "app.py": "app = Litestar([])\n"},
        "granian --interface asgi app:app --host 127.0.0.1 --port {port}",
    ),
    "flask with gunicorn": (
        {"requirements.txt": "Flask\ngunicorn==23\n", "wsgi.py": CODE},
        "gunicorn wsgi:app --bind 127.0.0.1:{port}",
    ),
    "flask alone": (
        {"requirements.txt": "flask\n", "app.py": CODE},
        "flask --app app:app run --port {port}",
    ),
    "django with gunicorn": (
        DJANGO | {"requirements.txt": "django\ngunicorn\n"},
        "gunicorn site.wsgi:application --bind 127.0.0.1:{port}",
    ),
    "django with uvicorn": (
        DJANGO | {"requirements.txt": "django\nuvicorn\n"},
        "uvicorn site.asgi:application --host 127.0.0.1 --port {port}",
    ),
    "script with options": (
        {"app.py": "options.add_argument('--port')\noptions.add_argument('--version')\n"},
        "python app.py --port {port} --version {version}",
    ),
    "script in its environment": (
        {"server.py": "port = int(os.environ.get('PORT', 8000))\n", ".venv/bin/python": ""},
        ".venv/bin/python server.py",
    ),
    "script beside an application without a server": (
        {"requirements.txt": "starlette\n", "main.py": "app = Starlette()\nargs.add_argument('--port')\n"},
        "python main.py --port {port}",
    ),
    "node": (
        {"package.json": '{"name": "@acme/shop", "scripts": {"start": "node server.js"}}'},
        "node server.js",
    ),
    "node with a build tool": (
        {"package.json": '{"scripts": {"start": "NODE_ENV=production node x.js"}}'},
        "npm start",
    ),
    "go": (
        {"go.mod": "module example.com/acme/shop/v2\n", "cmd/shop/main.go": "package main\n"},
        "bin/{version}/shop",
    ),
    "rails": (
        {"config.ru": "", "Gemfile": "gem 'rails'\ngem 'puma'\n"},
        "bin/rails server -b 127.0.0.1 -p {port}",
    ),
    "rack with puma": (
        {"config.ru": "", "Gemfile": 'gem "puma"\n'},
        "bundle exec puma -b tcp://127.0.0.1:{port}",
    ),
    "rack": (
        {"config.ru": ""},
        "bundle exec rackup -o 127.0.0.1 -p {port}",
    ),
    "procfile": (
        {"Procfile": "worker: x\nweb: ./serve --port $PORT\n"},
        "./serve --port {port}",
    ),
    "procfile before python": (
        {"Procfile": "web: serve ${PORT:-8000}\n", "requirements.txt": "flask\n", "app.py": CODE},
        "serve {port}",
    ),
    "procfile with a shell's signs": (
        {"Procfile": "web: A=1 ./serve $PORT && true\n"},
        "sh -c 'A=1 ./serve {port} && true'",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_usual_application_is_recognised_with_a_reason(tmp_path: Path, case: str) -> None:
    files, command = CASES[case]
    guessed = folder(tmp_path, files)
    assert guessed.command == command
    assert guessed.reasons["command"].endswith(".")


@pytest.mark.parametrize("case", CASES)
def test_what_is_guessed_makes_a_file_that_loads(tmp_path: Path, case: str) -> None:
    guessed = folder(tmp_path, CASES[case][0])
    assert guessed.command and guessed.service
    facts = Facts(service=guessed.service, command=guessed.command, prepare=guessed.prepare, env=guessed.env)
    assert parse_release(sample(facts), path=Path("shipway.yaml")).file.service == guessed.service


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"README.md": "hello"},
        {"requirements.txt": "requests\n", "x.py": "print(1)\n"},
        {"requirements.txt": "django\n", "manage.py": ""},
        {"package.json": '{"name": "x"}'},
        {"package.json": "not json"},
        {"pyproject.toml": "not [toml"},
        {"go.mod": "module x\n", "lib.go": "package lib\n"},
    ],
)
def test_what_cannot_be_told_is_none_and_says_why(tmp_path: Path, files: dict[str, str]) -> None:
    guessed = folder(tmp_path, files)
    assert guessed.command is None
    assert guessed.reasons["command"]


def test_a_procfile_with_a_worker_alone_makes_a_file_of_a_worker(tmp_path: Path) -> None:
    guessed = folder(tmp_path, {"Procfile": "worker: python worker.py\n"})
    assert (guessed.kind, guessed.command) == ("worker", "python worker.py")
    facts = Facts(service="mailer", command="python worker.py", kind="worker")
    assert parse_release(sample(facts), path=Path("shipway.yaml")).file.kind == "worker"


def test_an_application_without_a_server_asks_for_one(tmp_path: Path) -> None:
    guessed = folder(tmp_path, {"requirements.txt": "starlette\n", "app.py": "app = Starlette()\n"})
    assert guessed.command is None
    assert "add uvicorn" in guessed.reasons["command"]


def test_the_project_s_own_environment_is_used(tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    guessed = folder(tmp_path, {"requirements.txt": "uvicorn\n", "main.py": FASTAPI})
    assert guessed.command == ".venv/bin/uvicorn main:app --host 127.0.0.1 --port {port}"


def test_health_paths_come_from_the_code(tmp_path: Path) -> None:
    guessed = folder(tmp_path, {"requirements.txt": "uvicorn\n", "main.py": FASTAPI})
    assert (guessed.ready, guessed.alive) == ("/healthz", "/healthz")
    assert guessed.reasons["ready"] == "main.py mentions /healthz."


def test_the_port_comes_from_the_dockerfile(tmp_path: Path) -> None:
    assert folder(tmp_path, {"Dockerfile": "FROM x\nexpose 3000/tcp\n"}).port == 3000
    assert folder(tmp_path, {"Dockerfile": "FROM x\nEXPOSE 80\n"}).port is None


@pytest.mark.parametrize(
    ("files", "service"),
    [
        ({"pyproject.toml": '[project]\nname = "Web_Shop"\n'}, "web-shop"),
        ({"package.json": '{"name": "@acme/shop"}'}, "shop"),
        ({"go.mod": "module example.com/acme/shop/v2\n"}, "shop"),
        ({}, "my-app"),
    ],
)
def test_the_service_is_named_after_the_project_or_its_folder(
    tmp_path: Path, files: dict[str, str], service: str
) -> None:
    root = tmp_path / "1_My App!"
    root.mkdir()
    assert folder(root, files).service == service


def test_hidden_folders_and_packages_of_others_are_not_looked_into(tmp_path: Path) -> None:
    hidden = {
        "node_modules/x/app.py": FASTAPI,
        ".venv/app.py": FASTAPI,
        "a/b/c/d/app.py": FASTAPI,
        "requirements.txt": "uvicorn\n",
    }
    assert folder(tmp_path, hidden).command is None


def test_a_huge_folder_is_looked_at_in_part(tmp_path: Path) -> None:
    for number in range(2500):
        (tmp_path / f"{number:04}.py").touch()
    assert len(look(tmp_path).paths) == 2000
